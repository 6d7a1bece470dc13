"""Which buckets were deleted lately: CloudWatch still names them when ListBuckets does not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.aws.accounts import Account, Accounts
from bot.aws.discovery import Discovered
from bot.aws.refusals import AWS_ERRORS, Kind, Refusal, refusal, refused
from bot.core.patterns import Patterns
from bot.core.usage import Bucket

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

logger = logging.getLogger(__name__)

#: ListMetrics names a series for so long after its last point.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
REMEMBERED = timedelta(days=14)

#: How the names of directory buckets and of table buckets end. Directory buckets have the same
#: metrics as others, and ListBuckets names neither: that does not make them deleted.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_NEVER_LISTED = ("--x-s3", "--table-s3")


class DeletedBuckets:
    """Finds them by what CloudWatch has sizes of and discovery has not found.

    at_once: calls that run side by side.
    """

    def __init__(self, accounts: Accounts, *, at_once: int = 8) -> None:
        self._accounts = accounts
        self._slots = asyncio.Semaphore(at_once)

    async def beside(self, found: Discovered, regions: Patterns) -> tuple[Bucket, ...]:
        """Buckets of these regions with a size in the last two weeks that `found` does not name.

        Asked are the regions that hold other buckets of the account, and the home region: where
        the last bucket of any other region was deleted, that is not seen. A refusal is logged.
        """
        home = await self._accounts.home()
        places = {(account, home) for account in found.accounts}
        listed = {account.id: account for account in found.accounts}
        places |= {(listed[each.account], each.region) for each in found.buckets}
        asked = [
            (account, region)
            for account, region in sorted(places, key=lambda place: (place[0].id or "", place[1]))
            if regions.match(region)
        ]
        answers = await asyncio.gather(*(self._names(*place) for place in asked))
        known = {each.name for each in found.buckets} | {each.bucket for each in found.skipped}
        deleted: list[Bucket] = []
        for (account, region), names in zip(asked, answers, strict=True):
            if isinstance(names, Refusal):
                logger.warning(
                    "Buckets deleted in %s are not known: %s",
                    region,
                    names.reason,
                    extra={"action": "deleted_unknown", "region": region, "account": account.id},
                )
                continue
            deleted += [
                Bucket(name, region, None, account.id)
                for name in sorted(names - known)
                if not name.endswith(_NEVER_LISTED)
            ]
        return tuple(deleted)

    async def _names(self, account: Account, region: str) -> set[str] | Refusal:
        try:
            client = await self._accounts.cloudwatch(account, region)
            async with self._slots:
                names = await self._accounts.call(_names, client)
        except AWS_ERRORS as error:
            return refusal(error)
        return refused(Kind.NOT_OFFERED, "ListMetrics") if names is None else names


def _names(client: CloudWatchClient) -> set[str] | None:
    """The buckets of every page; None when the answer was not CloudWatch's."""
    names: set[str] = set()
    pages = client.get_paginator("list_metrics").paginate(
        Namespace="AWS/S3", MetricName="BucketSizeBytes"
    )
    for page in pages:
        # Some S3 servers answer "200 OK" to anything, which is not to say "no metrics".
        if not _is_from_cloudwatch(page):
            return None
        names.update(
            dimension["Value"]
            for metric in page["Metrics"]
            for dimension in metric.get("Dimensions", ())
            if dimension["Name"] == "BucketName"
        )
    return names


def _is_from_cloudwatch(page: Mapping[str, object]) -> bool:
    return "Metrics" in page
