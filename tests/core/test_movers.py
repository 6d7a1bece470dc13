"""Which buckets a digest names: those that moved, the largest first, and none for its region's sake."""

from __future__ import annotations

from decimal import Decimal

from bot.core.change import Change, change
from bot.core.prices import shipped_prices
from bot.core.query import Query
from bot.core.report import Report, report
from bot.core.snapshot import Snapshot
from bot.core.usage import GB, Usage
from tests.core.estates import AS_OF, measured, metric

TB = 1024 * GB


def reported(*usages: Usage) -> Report:
    """What they cost."""
    return report(Snapshot(AS_OF, usages), Query(), shipped_prices())


def standard(bucket: str, size: int) -> Usage:
    """A bucket of STANDARD alone."""
    return measured(bucket, metric("StandardStorage", size))


def moved(data: Change) -> list[tuple[str, Decimal, int]]:
    """Name, dollars and bytes of each mover, in order."""
    return [(move.bucket, move.usd, move.bytes) for move in data.movers]


def test_a_bucket_that_leaves_a_pool_makes_the_others_dearer() -> None:
    """100 TB cost $2,304, the remaining 60 TB $1,402.88: a change of the region, to the cent."""
    before = reported(standard("stays", 60 * TB), standard("goes", 40 * TB))
    data = change(before, reported(standard("stays", 60 * TB)))
    assert moved(data) == [
        ("goes", Decimal("-921.600000"), -40 * TB),
        ("stays", Decimal("20.480000"), 0),
    ]
    assert data.movers[0].gone
    assert data.usd == Decimal("1402.88") - Decimal("2304.00")
    assert data.usd_before == before.totals.usd


def test_a_class_left_for_a_cheaper_one_is_a_move_without_bytes() -> None:
    """What a lifecycle rule saves, before larger buckets that hardly grew."""
    data = change(
        reported(standard("archive", 10 * TB), standard("logs", 10 * TB)),
        reported(measured("archive", metric("GlacierStorage", 10 * TB)), standard("logs", 11 * TB)),
    )
    assert moved(data) == [
        ("archive", Decimal("-198.656000"), 0),
        ("logs", Decimal("23.552000"), TB),
    ]


def test_a_share_that_shifts_by_less_than_a_cent_is_no_move() -> None:
    """Nothing of the bucket changed; one that grew by a byte did, and one that came empty."""
    data = change(
        reported(standard("same", 60 * TB), standard("grew", GB)),
        reported(standard("same", 60 * TB), standard("grew", GB + 1), standard("empty", 0)),
    )
    assert [move.bucket for move in data.movers] == ["grew", "empty"]
    shifted = change(
        reported(standard("same", 60 * TB), standard("grew", GB)),
        reported(standard("same", 60 * TB), standard("grew", 2 * GB)),
    )
    (same,) = [move for move in shifted.moves if move.bucket == "same"]
    assert Decimal(0) < abs(same.usd) < Decimal("0.01")
    assert [move.bucket for move in shifted.movers] == ["grew"]
    assert shifted.usd == sum(move.usd for move in shifted.moves)
