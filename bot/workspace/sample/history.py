"""What CloudWatch would have reported for a described bucket, day by day.

The meaning of each storage type and the sizes of the overheads are AWS's:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from bot.core.usage import KB
from bot.workspace.sample.estate import Object, SampleBucket

#: The StorageType under which CloudWatch gives NumberOfObjects.
ALL = "AllStorageTypes"

#: One series of daily points at midnight UTC, oldest first; a day without bytes has no point.
Series = tuple[tuple[datetime, int], ...]

_DAY = timedelta(days=1)
_SMALLEST_BILLED = 128 * KB
_ARCHIVE_INDEX = 32 * KB
_ARCHIVE_NAME = 8 * KB

_PLAIN = {
    "STANDARD": "StandardStorage",
    "REDUCED_REDUNDANCY": "ReducedRedundancyStorage",
}
_WITH_MINIMUM_SIZE = {
    "STANDARD_IA": ("StandardIAStorage", "StandardIASizeOverhead"),
    "ONEZONE_IA": ("OneZoneIAStorage", "OneZoneIASizeOverhead"),
    "GLACIER_IR": ("GlacierInstantRetrievalStorage", "GlacierIRSizeOverhead"),
}
_WITH_INDEX = {
    "GLACIER": ("GlacierStorage", "GlacierObjectOverhead", "GlacierS3ObjectOverhead"),
    "DEEP_ARCHIVE": (
        "DeepArchiveStorage",
        "DeepArchiveObjectOverhead",
        "DeepArchiveS3ObjectOverhead",
    ),
    "INT-AA": ("IntelligentTieringAAStorage", "IntAAObjectOverhead", "IntAAS3ObjectOverhead"),
    "INT-DAA": ("IntelligentTieringDAAStorage", "IntDAAObjectOverhead", "IntDAAS3ObjectOverhead"),
}
_TIERS = {
    "INT-FA": "IntelligentTieringFAStorage",
    "INT-IA": "IntelligentTieringIAStorage",
    "INT-AIA": "IntelligentTieringAIAStorage",
}
_STAGING = {"GLACIER": "GlacierStagingStorage", "DEEP_ARCHIVE": "DeepArchiveStagingStorage"}


@lru_cache(maxsize=65_536)
def stored_as(size: int, place: str) -> tuple[tuple[str, int], ...]:
    """The storage types an object of `size` bytes counts into, with its bytes in each.

    place: a storage class, or for Intelligent-Tiering the access tier `INT-FA`, `INT-IA`,
        `INT-AIA`, `INT-AA` or `INT-DAA`. Raises KeyError for any other.
    """
    if place in _PLAIN:
        return ((_PLAIN[place], size),)
    if place in _TIERS:
        return ((_TIERS[place], size),)
    if place in _WITH_MINIMUM_SIZE:
        whole, missing = _WITH_MINIMUM_SIZE[place]
        short = max(0, _SMALLEST_BILLED - size)
        return ((whole, size), (missing, short)) if short else ((whole, size),)
    whole, index, name = _WITH_INDEX[place]
    return ((whole, size), (index, _ARCHIVE_INDEX), (name, _ARCHIVE_NAME))


def _places(thing: Object, archives: bool) -> Iterator[tuple[datetime, datetime | None, str]]:
    """The stretches of an object's life: from when, until when, in which class or tier."""
    steps = [(thing.born, thing.storage_class), *thing.moves]
    for number, (start, storage_class) in enumerate(steps):
        end = steps[number + 1][0] if number + 1 < len(steps) else thing.died
        if thing.died is not None and end is not None and thing.died < end:
            end = thing.died
        if storage_class != "INTELLIGENT_TIERING":
            yield start, end, storage_class
        elif thing.read or thing.size < _SMALLEST_BILLED:
            yield start, end, "INT-FA"
        else:
            # Days without access after which an object falls a tier:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html
            falls = [(0, "INT-FA"), (30, "INT-IA"), (90, "INT-AA" if archives else "INT-AIA")]
            if archives:
                falls.append((180, "INT-DAA"))
            for step, (days, tier) in enumerate(falls):
                since = start + days * _DAY
                until = start + falls[step + 1][0] * _DAY if step + 1 < len(falls) else end
                if end is not None and since >= end:
                    break
                yield since, min(until, end) if until and end else until, tier


def metrics(bucket: SampleBucket, now: datetime, days: int) -> Mapping[str, Series]:
    """BucketSizeBytes by StorageType, and NumberOfObjects under `ALL`, for the last `days` days.

    A point is the state at midnight UTC; the newest is today's, or `bucket.late` days older.
    Empty for a bucket CloudWatch does not know, and for one without anything in it.
    """
    if not bucket.metrics:
        return {}
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - days * _DAY
    changes: dict[str, list[int]] = defaultdict(lambda: [0] * (days + 1))

    def day(moment: datetime) -> int:
        """The first point that sees what happened at `moment`."""
        return max(0, -((first - moment) // _DAY))

    def add(kind: str, amount: int, start: datetime, end: datetime | None) -> None:
        since, until = day(start), days + 1 if end is None else day(end)
        if since < until and since <= days:
            changes[kind][since] += amount
            if until <= days:
                changes[kind][until] -= amount

    for thing in bucket.objects:
        add(ALL, 1, thing.born, thing.died)
        for start, end, place in _places(thing, bucket.archives):
            for kind, amount in stored_as(thing.size, place):
                add(kind, amount, start, end)
    for marker in bucket.delete_markers:
        add(ALL, 1, marker.born, None)
    for upload in bucket.uploads:
        add(ALL, len(upload.parts), upload.born, None)
        staged = _STAGING.get(upload.storage_class)
        for part in upload.parts:
            # Archive classes stage their parts; elsewhere a part counts as bytes of its class.
            kind = staged or stored_as(part, upload.storage_class)[0][0]
            add(kind, part, upload.born, None)

    last = today - bucket.late * _DAY
    return {
        kind: tuple(
            (moment, value)
            for number, value in enumerate(accumulate(steps))
            if value
            and (moment := first + number * _DAY) <= last
            and (bucket.deleted is None or moment < bucket.deleted)
        )
        for kind, steps in sorted(changes.items())
    }
