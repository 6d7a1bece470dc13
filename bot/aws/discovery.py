"""Which buckets there are, in every account, and the region of each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bot.aws.accounts import Account, Accounts
from bot.aws.refusals import AWS_ERRORS, Kind, Refusal, estate_error, refusal, refused
from bot.core.usage import WHOLE_ACCOUNT, Bucket, Skipped

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Discovered:
    """The buckets found, by account and name, and what could not be looked at.

    accounts: those whose buckets could be listed, also where there are none.
    """

    buckets: tuple[Bucket, ...]
    skipped: tuple[Skipped, ...] = ()
    accounts: tuple[Account, ...] = ()


class RegionUnknownError(Exception):
    """A bucket's region could not be learnt; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class Discovery:
    """Finds buckets.

    page: buckets asked for at once, at most 10,000. Asking for pages also is what makes S3
        name each bucket's region.
    """

    def __init__(self, accounts: Accounts, *, page: int = 1000) -> None:
        self._accounts = accounts
        self._page = page

    async def buckets(self) -> Discovered:
        """Every bucket of every account. Raises EstateError when no account could be listed."""
        accounts = await self._accounts.all()
        home = await self._accounts.home()
        found = await asyncio.gather(*(self._of(account, home) for account in accounts))
        refusals = [answer for answer in found if isinstance(answer, Refusal)]
        if len(refusals) == len(found):
            raise estate_error(refusals[0], "The buckets could not be listed")
        buckets: list[Bucket] = []
        skipped: list[Skipped] = []
        listed: list[Account] = []
        for account, answer in zip(accounts, found, strict=True):
            if isinstance(answer, Refusal):
                skipped.append(
                    Skipped(WHOLE_ACCOUNT, None, answer.reason, answer.permission, account.id)
                )
            else:
                listed.append(account)
                buckets += answer.buckets
                skipped += answer.skipped
        return Discovered(
            tuple(sorted(buckets, key=lambda each: (each.account or "", each.name))),
            tuple(sorted(skipped, key=lambda each: (each.account or "", each.bucket))),
            tuple(listed),
        )

    async def find(self, name: str) -> Bucket:
        """One bucket by its name, without listing any; it may belong to someone else's account.

        Raises EstateError when its region cannot be learnt.
        """
        home = await self._accounts.home()
        try:
            client = await self._accounts.s3(Account(None), home)
            region = await self._accounts.call(_region_of, client, name, home)
        except AWS_ERRORS as error:
            raise estate_error(refusal(error), f"Bucket {name} could not be found") from error
        except RegionUnknownError as error:
            raise estate_error(error.refusal, f"Bucket {name} could not be found") from error
        return Bucket(name, region, None)

    async def _of(self, account: Account, home: str) -> Discovered | Refusal:
        try:
            client = await self._accounts.s3(account, home)
            listed = await self._accounts.call(_list, client, self._page)
        except AWS_ERRORS as error:
            return refusal(error)
        if listed is None:
            return refused(Kind.NOT_OFFERED)
        placed = await asyncio.gather(
            *(self._place(client, account, home, *entry) for entry in listed)
        )
        return Discovered(
            tuple(each for each in placed if isinstance(each, Bucket)),
            tuple(each for each in placed if isinstance(each, Skipped)),
        )

    async def _place(
        self,
        client: S3Client,
        account: Account,
        home: str,
        name: str,
        created: datetime | None,
        region: str | None,
    ) -> Bucket | Skipped:
        if region:
            return Bucket(name, region, created, account.id)
        try:
            region = await self._accounts.call(_region_of, client, name, home)
        except RegionUnknownError as error:
            why = error.refusal
            return Skipped(name, None, why.reason, why.permission, account.id)
        return Bucket(name, region, created, account.id)


def _list(client: S3Client, page: int) -> list[tuple[str, datetime | None, str | None]] | None:
    """Name, creation and region of each bucket; None when the answer was not S3's at all."""
    found = []
    for answer in client.get_paginator("list_buckets").paginate(
        PaginationConfig={"PageSize": page}
    ):
        # Some other server's "200 OK" parses as an answer with nothing in it.
        if not _is_from_s3(answer):
            return None
        found += [
            (bucket["Name"], _utc(bucket.get("CreationDate")), bucket.get("BucketRegion"))
            for bucket in answer.get("Buckets", ())
        ]
    return found


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _is_from_s3(answer: Mapping[str, object]) -> bool:
    return "Buckets" in answer or "Owner" in answer


def _region_of(client: S3Client, name: str, home: str) -> str:
    """The region of a bucket, by asking for it, else by the header that even a 403 carries."""
    try:
        place = client.get_bucket_location(Bucket=name)["LocationConstraint"]
    except AWS_ERRORS as error:
        why = refusal(error)
        if why.kind is Kind.NOT_OFFERED:
            return home
        if why.kind is not Kind.DENIED:
            raise RegionUnknownError(why) from error
    else:
        # Two relics: us-east-1 has no name here, and Ireland once was all of Europe.
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
        return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(place, place)
    try:
        answer: Mapping[str, Any] = client.head_bucket(Bucket=name)
    except ClientError as error:
        answer = error.response
    except AWS_ERRORS as error:
        raise RegionUnknownError(refusal(error)) from error
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region")
    if not region:
        raise RegionUnknownError(why)
    return str(region)
