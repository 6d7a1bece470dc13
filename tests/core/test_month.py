"""Month to date: byte-hours over the real hours of the month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cost import estimate
from bot.core.month import MonthToDate, month_to_date
from bot.core.prices import shipped_prices
from bot.core.snapshot import Snapshot
from bot.core.usage import GB, Skipped
from tests.core.estates import measured, metric

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def day(number: int, *sizes: int | None, skipped: tuple[str, ...] = ()) -> Snapshot:
    """That day of March, measured at its start; buckets a, b, c of these bytes, None for none."""
    moment = MARCH + (number - 1) * DAY
    usages = tuple(
        measured(name, metric("StandardStorage", size), as_of=moment)
        for name, size in zip("abc", sizes, strict=False)
        if size is not None
    )
    skips = tuple(Skipped(name, "us-east-1", "access denied") for name in skipped)
    return Snapshot(moment, usages, skips)


def so_far(*snapshots: Snapshot, until: datetime = APRIL) -> MonthToDate:
    """The month up to `until`."""
    return month_to_date(snapshots, shipped_prices(), until)


def test_a_month_that_is_over_is_all_its_hours() -> None:
    """March's 744 hours of 100 GB are 100 GB-months, in whatever order its days come."""
    days = [day(number, 100 * GB) for number in range(31, 0, -1)]
    told = so_far(*days)
    assert (told.start, told.until, told.hours, told.elapsed) == (MARCH, APRIL, 744, 744)
    assert told.estimate.total == Decimal("2.3")
    assert not told.at_least


@pytest.mark.parametrize(
    ("until", "hours"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), 672),
        (datetime(2028, 3, 1, tzinfo=UTC), 696),
        (datetime(2026, 5, 1, tzinfo=UTC), 720),
        (datetime(2026, 1, 1, tzinfo=UTC), 744),
    ],
)
def test_a_month_has_its_real_hours(until: datetime, hours: int) -> None:
    """28, 29, 30 or 31 days of 24."""
    assert so_far(until=until).hours == hours


def test_half_a_month_costs_half() -> None:
    """After 15.5 days of 31 the run rate is half used up."""
    days = [day(number, 744 * GB) for number in range(1, 17)]
    told = so_far(*days, until=MARCH + 15 * DAY + timedelta(hours=12, minutes=59))
    assert (told.elapsed, told.estimate.total) == (372, Decimal("8.556"))


def test_a_bucket_costs_from_its_creation_to_its_end() -> None:
    """Neither the days before it was made nor those after it was gone are gaps."""
    made = MARCH + 9 * DAY
    days = [day(number) for number in range(1, 32)]
    for number in range(10, 20):
        usage = measured("a", metric("StandardStorage", 31 * GB), as_of=made)
        usage = replace(usage, as_of=MARCH + (number - 1) * DAY, created=made)
        days[number - 1] = replace(days[number - 1], usages=(usage,))
    told = so_far(*days)
    assert told.unseen == ()
    assert told.estimate.total == Decimal("0.23")


def test_hours_that_nobody_saw_are_named() -> None:
    """A measurement holds for two days; after that the bucket's cost is unknown, not zero."""
    told = so_far(day(1, 744 * GB), day(10, 744 * GB, skipped=("b",)), until=MARCH + 11 * DAY)
    assert told.unseen == (("a", 7 * 24), ("b", 11 * 24))
    assert told.estimate.total == Decimal("0.023") * 4 * 24
    assert told.at_least


def test_what_was_measured_before_the_month_holds_into_it() -> None:
    """The last day of February tells of the first hours of March."""
    before = day(0, 744 * GB)
    assert so_far(before, until=MARCH + timedelta(hours=6)).unseen == ()


@given(st.lists(st.integers(0, 10**15), min_size=31, max_size=31))
def test_a_month_is_the_average_of_its_days(sizes: list[int]) -> None:
    """Any daily sizes cost what their mean would cost all month, to the millionth."""
    days = [day(number, size * 31) for number, size in enumerate(sizes, 1)]
    mean = measured("a", metric("StandardStorage", sum(sizes)))
    assert so_far(*days).estimate.total == estimate([mean], shipped_prices()).total
