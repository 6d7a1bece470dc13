"""Puts a described estate into moto's memory without HTTP and without storing a byte of content.

This leans on moto 5.2's internals, and is the only module that does so to that depth; the
tests read everything it puts in back through boto3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import (
    CloudWatchBackend,
    MetricDatum,
    MetricDatumBase,
    cloudwatch_backends,
)
from moto.iam.models import iam_backends
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import (
    FakeDeleteMarker,
    FakeKey,
    S3Backend,
    s3_backends,
)
from moto.sts.models import sts_backends
from requests.structures import CaseInsensitiveDict

from bot.workspace.sample.estate import Estate, Object, SampleBucket
from bot.workspace.sample.history import ALL, Series, metrics
from bot.workspace.sample.listing import DatedUpload

#: AWS's limit of queries in one GetMetricData; moto does not hold it.
_QUERIES = 500

#: ListMetrics names what had a point in the last two weeks.
_LISTED_FOR = timedelta(days=14)


class SizedKey(FakeKey):
    """An object that has a size, and no content: reading it is refused.

    What it does not say itself, it says as `like`, one FakeKey for all objects of a bucket:
    a whole FakeKey takes 5 KB and a temporary file.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> SizedKey:
        """Not counted among moto's tracked instances, which are never let go."""
        return object.__new__(cls)

    def __init__(
        self,
        like: FakeKey,
        name: str,
        size: int,
        modified: datetime,
        storage_class: str,
        token: str,
    ) -> None:
        self.like = like
        self.name = name
        self.contentsize = size
        # moto counts in naive UTC.
        self.last_modified = modified.replace(tzinfo=None)
        self._storage_class = storage_class
        self._etag = token
        self._version_id = token if like._is_versioned else None

    def __getattr__(self, name: str) -> Any:
        """Everything else is as in `like`."""
        if name == "like":
            raise AttributeError(name)
        return getattr(self.like, name)

    def __deepcopy__(self, memo: dict[int, Any]) -> SizedKey:
        """A copy of its own; moto marks copies when it lists versions."""
        copy = object.__new__(SizedKey)
        copy.__dict__.update(self.__dict__)
        return copy

    def __del__(self) -> None:
        """Nothing to dispose of."""

    def dispose(self, garbage: bool = False) -> None:
        """Nothing to dispose of."""

    @property
    def value(self) -> bytes:
        """Refused: there is no content."""
        raise AccessDeniedByLock


class Metrics(CloudWatchBackend):
    """CloudWatch in one region of one account, answering from series rather than from points.

    moto's own scans every point for every query, and adds made-up sizes of today for every
    bucket.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.series: dict[tuple[str, str, str], Series] = {}

    @property
    def aws_metric_data(self) -> list[MetricDatumBase]:
        """The points of every series, for what does not ask `get_metric_data`."""
        return [
            self._datum(key, moment, value)
            for key, points in self.series.items()
            for moment, value in points
        ]

    def get_metric_data(
        self,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        """GetMetricData for S3's daily metrics; expressions are left to moto."""
        if len(queries) > _QUERIES:
            raise ValidationError(
                "The collection MetricDataQueries must not have a size greater than 500."
            )
        if any("Expression" in query for query in queries):
            return super().get_metric_data(queries, start_time, end_time, scan_by)
        results = []
        for query in queries:
            metric = query["MetricStat"]["Metric"]
            said = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
            key = (
                metric["MetricName"],
                said.pop("BucketName", ""),
                said.pop("StorageType", ""),
            )
            unknown = said or metric["Namespace"] != "AWS/S3"
            points = [
                (moment, float(value))
                for moment, value in (() if unknown else self.series.get(key, ()))
                if start_time <= moment.replace(tzinfo=start_time.tzinfo) < end_time
            ]
            if scan_by == "TimestampDescending":
                points.reverse()
            results.append(
                {
                    "id": query["Id"],
                    "label": query.get("Label") or key[0],
                    "timestamps": [moment for moment, _ in points],
                    "values": [value for _, value in points],
                    "status_code": "Complete",
                }
            )
        return results

    def get_filtered_metrics(
        self, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
    ) -> list[MetricDatumBase]:
        """ListMetrics: one entry for every series with a recent point."""
        newest = max((points[-1][0] for points in self.series.values() if points), default=None)
        return [
            datum
            for key, points in self.series.items()
            if points and newest is not None and points[-1][0] > newest - _LISTED_FOR
            if (datum := self._datum(key, *points[-1])).filter(namespace, metric_name, [])
            and all(
                any(
                    own.name == d["Name"] and d.get("Value") in (None, own.value)
                    for own in datum.dimensions
                )
                for d in dimensions
            )
        ]

    @staticmethod
    def _datum(key: tuple[str, str, str], moment: datetime, value: int) -> MetricDatum:
        metric, bucket, storage_type = key
        return MetricDatum(
            namespace="AWS/S3",
            name=metric,
            value=value,
            dimensions=[
                {"Name": "BucketName", "Value": bucket},
                {"Name": "StorageType", "Value": storage_type},
            ],
            timestamp=moment,
            unit="Count" if metric == "NumberOfObjects" else "Bytes",
        )


def inject(estate: Estate) -> None:
    """Put the estate into moto's memory. Raises RuntimeError when it holds one already."""
    taken = {bucket.name for bucket in estate.buckets} & s3_backends.bucket_accounts.keys()
    if taken:
        raise RuntimeError("A sample account runs in this process already; moto keeps only one.")
    for account in estate.accounts:
        regions = cloudwatch_backends[account.id]
        # In every region, for moto's own makes up metrics of all buckets in each.
        for region in regions.regions:
            regions[region] = Metrics(region, account.id)
    for bucket in estate.buckets:
        if bucket.exists(estate.now):
            _inject_bucket(s3_backends[bucket.account]["aws"], bucket, estate)
        _inject_metrics(bucket, estate)


def remove(estate: Estate) -> None:
    """Take everything of the estate's accounts out of moto's memory again."""
    for account in estate.accounts:
        backend = s3_backends[account.id]["aws"]
        for bucket in backend.buckets.values():
            for versions in dict.values(bucket.keys):
                for version in versions:
                    if isinstance(version, FakeKey):
                        version.dispose()
            for upload in bucket.multiparts.values():
                upload.dispose()
            s3_backends.bucket_accounts.pop(bucket.name, None)
        for backends in (s3_backends, cloudwatch_backends, sts_backends, iam_backends):
            backends.pop(account.id, None)


def _inject_bucket(backend: S3Backend, described: SampleBucket, estate: Estate) -> None:
    bucket = backend.create_bucket(described.name, described.region)
    bucket.creation_date = described.created
    if described.versioned:
        bucket.versioning_status = "Enabled"
    if described.tags:
        backend.tagger.tag_resource(
            bucket.arn, [{"Key": key, "Value": value} for key, value in described.tags.items()]
        )
    # Version ids, entity tags and upload ids.
    tokens = Random(f"{estate.seed}/{described.name}/tokens")  # noqa: S311 - no secret

    def token() -> str:
        return f"{tokens.getrandbits(128):032x}"

    like = FakeKey(
        "",
        b"",
        account_id=described.account,
        region_name=described.region,
        bucket_name=described.name,
        is_versioned=described.versioned,
    )
    like.dispose()

    def sized(thing: Object) -> SizedKey:
        name = thing.class_at(estate.now)
        return SizedKey(like, thing.key, thing.size, thing.born, name, token())

    alive = [thing for thing in described.objects if thing.lives(estate.now)]
    for thing in sorted(alive, key=lambda thing: thing.born):
        bucket.keys[thing.key] = sized(thing)
    for described_marker in described.delete_markers:
        marker = FakeDeleteMarker(bucket.keys[described_marker.key])
        marker.last_modified = described_marker.born.replace(tzinfo=None)
        marker._version_id = token()
        bucket.keys[described_marker.key] = marker
    for unfinished in described.uploads:
        upload = DatedUpload(
            unfinished.born,
            unfinished.key,
            CaseInsensitiveDict(),
            account_id=described.account,
            region_name=described.region,
            storage=unfinished.storage_class,
        )
        upload.id = token()
        for number, size in enumerate(unfinished.parts, start=1):
            # A part's name is its number.
            part: Any = number
            upload.parts[number] = SizedKey(
                like, part, size, unfinished.born, unfinished.storage_class, token()
            )
            upload.partlist.append(number)
        bucket.multiparts[upload.id] = upload


def _inject_metrics(described: SampleBucket, estate: Estate) -> None:
    backend = cloudwatch_backends[described.account][described.region]
    if not isinstance(backend, Metrics):
        raise TypeError(f"CloudWatch in {described.region} is not the sample's.")
    for kind, points in metrics(described, estate.now, estate.days).items():
        metric = "NumberOfObjects" if kind == ALL else "BucketSizeBytes"
        backend.series[metric, described.name, kind] = points
