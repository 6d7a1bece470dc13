"""Usages to price: what a bucket's metrics or its listing say."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.core.storage import STORAGE_CLASSES, storage_types
from bot.core.usage import GB, KB, MB, NOTHING, SIZE_BANDS, Cell, Source, Tally, Usage

AS_OF = datetime(2026, 11, 22, tzinfo=UTC)


def measured(
    bucket: str,
    *cells: Cell,
    region: str = "us-east-1",
    account: str | None = None,
    objects: int | None = 0,
    complete: bool = True,
    as_of: datetime = AS_OF,
) -> Usage:
    """A usage from CloudWatch's metrics."""
    return Usage(
        bucket,
        region,
        None,
        Source.METRICS,
        as_of,
        objects,
        cells,
        account=account,
        complete=complete,
    )


def listed(bucket: str, *cells: Cell, region: str = "us-east-1") -> Usage:
    """A usage from a listing that saw versions and uploads too, of which there are none."""
    objects = sum(cell.tally.objects or 0 for cell in cells)
    return Usage(
        bucket,
        region,
        None,
        Source.LIST,
        AS_OF,
        objects,
        cells,
        noncurrent=NOTHING,
        delete_markers=0,
        unfinished=NOTHING,
    )


def metric(kind: str, size: int) -> Cell:
    """A storage type's bytes."""
    return Cell(kind, Tally(None, size))


def objects(kind: str, count: int, each: int, month: str = "2026-01") -> Cell:
    """`count` objects of `each` bytes."""
    band = max(bound for bound in SIZE_BANDS if bound <= each)
    return Cell(kind, Tally(count, count * each), month, band)


REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "ap-southeast-6", "moon-east-1"])
METRICS = st.builds(
    metric, st.sampled_from(sorted(storage_types())), st.integers(0, 6_000 * 1024 * GB)
)
LISTED = st.builds(
    objects,
    st.sampled_from(STORAGE_CLASSES),
    st.integers(0, 10**9),
    st.sampled_from([0, 1, KB, 100_000, 128 * KB - 1, 128 * KB, 5 * MB, 3 * GB]),
    st.sampled_from(["2026-11", "2026-10", "2026-08", "2020-02"]),
)


@st.composite
def usages(draw: st.DrawFn) -> list[Usage]:
    """Estates of a few buckets, measured both ways."""
    return [
        draw(
            st.builds(measured, st.just(f"m{n}"), METRICS, METRICS, region=REGIONS)
            | st.builds(listed, st.just(f"l{n}"), LISTED, LISTED, region=REGIONS)
        )
        for n in range(draw(st.integers(0, 6)))
    ]
