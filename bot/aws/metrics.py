"""CloudWatch's daily storage metrics: what AWS itself counted and bills, in O(buckets)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.aws.accounts import Accounts
from bot.aws.refusals import AWS_ERRORS, Kind, Refusal, refusal, refused
from bot.core.storage import storage_types
from bot.core.usage import Bucket, Cell, Source, Tally, Usage

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

DAY = timedelta(days=1)

#: Points arrive once a day on a best effort: one of the last three days counts.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
WINDOW = timedelta(days=3)

#: What one GetMetricData call may ask.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
MOST_QUERIES = 500

#: Names that AWS's older pages give to a storage type, and the type's name of today.
OLDER_NAMES = {"GlacierInstantRetrievalSizeOverhead": "GlacierIRSizeOverhead"}

_OBJECTS = "AllStorageTypes"

#: A series' newest point.
Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the metrics say.

    usages: by bucket; None for one that has no metrics, which says nothing about its size.
    refused: why CloudWatch did not answer for these.
    """

    usages: Mapping[Bucket, Usage | None]
    refused: Mapping[Bucket, Refusal]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which storage types to ask about, and what their newest points make of a bucket."""

    names: Sequence[str]
    read: Callable[[Bucket, Mapping[str, Point]], Usage | None]


class StorageMetrics:
    """Reads BucketSizeBytes and NumberOfObjects.

    Each call asks for as many whole buckets as fit into `queries`. AWS charges for every
    metric asked for ($0.01 for 1,000, https://aws.amazon.com/cloudwatch/pricing/): 29 for a
    bucket, $0.29 for 1,000 buckets.

    at_once: calls that run side by side; they are for the most part botocore's own work (17 ms
        each), so more would only keep the event loop and the other threads waiting.
    """

    def __init__(
        self, accounts: Accounts, *, queries: int = MOST_QUERIES, at_once: int = 8
    ) -> None:
        self._accounts = accounts
        self._names = (*storage_types(), *OLDER_NAMES, _OBJECTS)
        self._slots = asyncio.Semaphore(at_once)
        self._queries = queries

    async def usages(self, buckets: Iterable[Bucket], at: datetime) -> Measured:
        """The newest numbers of each bucket in the three days up to `at`. Raises nothing."""
        return await self._measured(buckets, at, _Wanted(self._names, _usage))

    async def counts(self, buckets: Iterable[Bucket], at: datetime) -> dict[Bucket, int]:
        """How many objects those hold of which CloudWatch says it: one metric a bucket, no more."""
        measured = await self._measured(buckets, at, _Wanted((_OBJECTS,), _count))
        return {
            bucket: usage.objects
            for bucket, usage in measured.usages.items()
            if usage is not None and usage.objects is not None
        }

    async def _measured(self, buckets: Iterable[Bucket], at: datetime, wanted: _Wanted) -> Measured:
        places: dict[tuple[str | None, str], list[Bucket]] = defaultdict(list)
        for bucket in buckets:
            places[bucket.account, bucket.region].append(bucket)
        usages: dict[Bucket, Usage | None] = {}
        refused: dict[Bucket, Refusal] = {}
        asked = (self._place(each, at, wanted) for each in places.values())
        for measured in await asyncio.gather(*asked):
            usages.update(measured.usages)
            refused.update(measured.refused)
        return Measured(usages, refused)

    async def _place(self, buckets: Sequence[Bucket], at: datetime, wanted: _Wanted) -> Measured:
        """The buckets of one region of one account."""
        account = self._accounts.of(buckets[0])
        try:
            client = await self._accounts.cloudwatch(account, buckets[0].region)
        except AWS_ERRORS as error:
            return Measured({}, dict.fromkeys(buckets, refusal(error)))
        batch_size = max(1, self._queries // len(wanted.names))
        batches = [
            buckets[start : start + batch_size] for start in range(0, len(buckets), batch_size)
        ]
        # Where CloudWatch refuses one call it refuses all: hear that once, not for each batch.
        first = await self._answers(client, batches[0], at, wanted)
        if isinstance(first, Refusal):
            return Measured({}, dict.fromkeys(buckets, first))
        rest = await asyncio.gather(
            *(self._answers(client, batch, at, wanted) for batch in batches[1:])
        )
        usages: dict[Bucket, Usage | None] = {}
        refused: dict[Bucket, Refusal] = {}
        for batch, answer in zip(batches, (first, *rest), strict=True):
            for bucket in batch:
                said = answer if isinstance(answer, Refusal) else answer[bucket]
                if isinstance(said, Refusal):
                    refused[bucket] = said
                else:
                    usages[bucket] = said
        return Measured(usages, refused)

    async def _answers(
        self, client: CloudWatchClient, buckets: Sequence[Bucket], at: datetime, wanted: _Wanted
    ) -> dict[Bucket, Usage | Refusal | None] | Refusal:
        try:
            async with self._slots:
                return await self._accounts.call(self._ask, client, buckets, at, wanted)
        except AWS_ERRORS as error:
            return refusal(error)

    def _ask(
        self, client: CloudWatchClient, buckets: Sequence[Bucket], at: datetime, wanted: _Wanted
    ) -> dict[Bucket, Usage | Refusal | None] | Refusal:
        """One call's worth, whole in a thread: 500 queries take milliseconds to write and read."""
        series = {
            f"q{number}": (bucket, name)
            for number, (bucket, name) in enumerate(
                (bucket, name) for bucket in buckets for name in wanted.names
            )
        }
        queries = [_query(key, bucket.name, name) for key, (bucket, name) in series.items()]
        answer = _answer(client, queries, at)
        if answer is None:
            return refused(Kind.NOT_OFFERED, "GetMetricData")
        points: dict[Bucket, dict[str, Point]] = {bucket: {} for bucket in buckets}
        for key, point in answer.points.items():
            bucket, name = series[key]
            points[bucket][name] = point
        broken = {series[key][0] for key in answer.failed}
        read = wanted.read
        return {
            bucket: refused(Kind.BROKEN) if bucket in broken else read(bucket, points[bucket])
            for bucket in buckets
        }


@dataclass(frozen=True, slots=True)
class _Answer:
    """By a query's id the newest point; and the ids of the queries that CloudWatch failed."""

    points: dict[str, Point]
    failed: set[str]


def _query(id: str, bucket: str, name: str) -> MetricDataQueryTypeDef:
    return {
        "Id": id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/S3",
                "MetricName": "NumberOfObjects" if name == _OBJECTS else "BucketSizeBytes",
                "Dimensions": [
                    {"Name": "BucketName", "Value": bucket},
                    {"Name": "StorageType", "Value": name},
                ],
            },
            "Period": int(DAY.total_seconds()),
            "Stat": "Average",
        },
    }


def _answer(
    client: CloudWatchClient, queries: Sequence[MetricDataQueryTypeDef], at: datetime
) -> _Answer | None:
    """Every page of the answer; None when it was not CloudWatch's."""
    # Days begin at midnight UTC, and so do the points: a window that begins in between would
    # cut its first day in two.
    since = (at - WINDOW).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    answer = _Answer({}, set())
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=since,
        EndTime=at,
        ScanBy="TimestampDescending",
    )
    for page in pages:
        # Some S3 servers answer "200 OK" to anything, which is not to say "no metrics".
        if not _is_from_cloudwatch(page):
            return None
        for result in page["MetricDataResults"]:
            key = result["Id"]
            # PartialData is no failure: more of the same series follows on the next page.
            if result.get("StatusCode") in ("InternalError", "Forbidden"):
                answer.failed.add(key)
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                newest = answer.points.get(key)
                if newest is None or moment > newest[0]:
                    answer.points[key] = (moment, value)
    return answer


def _is_from_cloudwatch(page: Mapping[str, object]) -> bool:
    return "MetricDataResults" in page


def _usage(bucket: Bucket, points: Mapping[str, Point]) -> Usage | None:
    """A bucket's usage on the newest day that any of its sizes is of; None without any size.

    Sizes of an earlier day do not count: S3 publishes a bucket's storage types together, so a
    type without a point that day is empty, as STANDARD is after all has moved to GLACIER. With
    its last point added, what moved would count twice.
    """
    dated = {name: point for name, point in points.items() if name != _OBJECTS}
    if not dated:
        return None
    newest = max(moment for moment, _ in dated.values())
    sizes = {name: point for name, point in dated.items() if point[0] == newest}
    for older, name in OLDER_NAMES.items():
        # Two names of one series: never counted twice.
        point = sizes.pop(older, None)
        if point is not None:
            sizes[name] = max(sizes.get(name, point), point)
    count = points.get(_OBJECTS)
    return Usage(
        bucket=bucket.name,
        region=bucket.region,
        created=bucket.created,
        source=Source.METRICS,
        as_of=newest.astimezone(UTC),
        objects=None if count is None else round(count[1]),
        cells=tuple(
            Cell(name, Tally(None, round(sizes[name][1])))
            for name in storage_types()
            if name in sizes
        ),
        account=bucket.account,
    )


def _count(bucket: Bucket, points: Mapping[str, Point]) -> Usage | None:
    """A bucket's number of objects alone; None without any."""
    if _OBJECTS not in points:
        return None
    moment, number = points[_OBJECTS]
    return Usage(
        bucket=bucket.name,
        region=bucket.region,
        created=bucket.created,
        source=Source.METRICS,
        as_of=moment.astimezone(UTC),
        objects=round(number),
        cells=(),
        account=bucket.account,
    )
