"""What moved between two answers to one question."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given

from bot.core.change import Change, change
from bot.core.language import parse_query
from bot.core.prices import shipped_prices
from bot.core.report import Report, report
from bot.core.snapshot import Snapshot
from bot.core.usage import GB, WHOLE_ACCOUNT, Skipped, Source, Usage
from tests.core.estates import AS_OF, measured, metric, usages

WEEK = timedelta(days=7)
LARGE, SMALL = metric("StandardStorage", 200 * GB), metric("StandardStorage", 100 * GB)
ARCHIVE = metric("GlacierStorage", 100 * GB)


def at(week: int, *found: Usage | Skipped, question: str = "report") -> Report:
    """The answer so many weeks ago."""
    usages = tuple(
        replace(each, as_of=AS_OF - week * WEEK) for each in found if isinstance(each, Usage)
    )
    skipped = tuple(each for each in found if isinstance(each, Skipped))
    snapshot = Snapshot(AS_OF - week * WEEK, usages, skipped)
    return report(snapshot, parse_query(question), shipped_prices())


def states(data: Change) -> dict[str, str]:
    """What became of each bucket."""
    return {
        move.bucket: "new" if move.new else "gone" if move.gone else "there" for move in data.moves
    }


@given(usages(), usages())
def test_totals_are_the_sums_of_the_moves(before: list[Usage], after: list[Usage]) -> None:
    """And every bucket of either time is a move or named as incomparable, never both."""
    then, now = at(1, *before), at(0, *after)
    data = change(then, now)
    assert sum((move.usd for move in data.moves), Decimal(0)) == data.usd
    assert data.usd_after - data.usd_before == data.usd
    assert sum(move.bytes_after - move.bytes_before for move in data.moves) == data.bytes
    moved = [move.bucket for move in data.moves]
    everything = {row.bucket for row in (*then.rows, *now.rows)}
    assert sorted(everything) == sorted([*moved, *data.incomparable])


@given(usages())
def test_nothing_moves_where_nothing_changed(estate: list[Usage]) -> None:
    """The same numbers a week later."""
    data = change(at(1, *estate), at(0, *estate))
    assert (Decimal(0), 0, ()) == (data.usd, data.bytes, data.movers)


@given(usages(), usages())
def test_the_biggest_movers_come_first(before: list[Usage], after: list[Usage]) -> None:
    """By dollars, up or down."""
    moves = change(at(1, *before), at(0, *after)).moves
    assert sorted((abs(move.usd) for move in moves), reverse=True) == [
        abs(move.usd) for move in moves
    ]


def test_a_bucket_that_came_is_new_and_one_that_went_is_gone() -> None:
    """What it held then, and holds now, is known to be nothing."""
    data = change(at(1, measured("old", SMALL)), at(0, measured("young", LARGE)))
    assert states(data) == {"old": "gone", "young": "new"}
    assert data.bytes == 100 * GB


def test_a_bucket_that_is_older_than_the_earlier_answer_is_not_new() -> None:
    """It was there; why it was not measured nobody knows."""
    old = replace(measured("old", SMALL), created=AS_OF - 2 * WEEK)
    young = replace(measured("young", SMALL), created=AS_OF - timedelta(days=1))
    data = change(at(1, measured("a", SMALL)), at(0, measured("a", SMALL), old, young))
    assert data.incomparable == ("old",)
    assert states(data) == {"a": "there", "young": "new"}


def test_a_refusal_at_either_time_compares_nothing() -> None:
    """A bucket that could not be read is neither gone nor new."""
    denied = Skipped("vault", None, "access denied")
    vault, other = measured("vault", LARGE), measured("other", SMALL)
    for before, after in (((vault, other), (denied, other)), ((denied, other), (vault, other))):
        data = change(at(1, *before), at(0, *after))
        assert data.incomparable == ("vault",)
        assert [move.bucket for move in data.moves] == ["other"]
        assert data.movers == ()


def test_buckets_of_an_account_that_could_not_be_listed_are_not_gone() -> None:
    """Nor new, when it can be listed again."""
    account = Skipped(WHOLE_ACCOUNT, None, "access denied", account="2")
    mine, theirs = measured("mine", SMALL, account="1"), measured("theirs", LARGE, account="2")
    for before, after in (((mine, theirs), (mine, account)), ((mine, account), (mine, theirs))):
        data = change(at(1, *before), at(0, *after))
        assert data.incomparable == ("theirs",)
        assert states(data) == {"mine": "there"}


def test_a_lower_bound_compares_nothing() -> None:
    """What was measured in part may have been more."""
    whole, part = measured("a", LARGE), measured("a", SMALL, complete=False)
    assert change(at(1, whole), at(0, part)).incomparable == ("a",)
    assert change(at(1, part), at(0, whole)).incomparable == ("a",)


def test_metrics_and_listings_are_not_compared() -> None:
    """They count different things: old versions, unfinished uploads."""
    metrics = measured("a", LARGE)
    assert change(at(1, metrics), at(0, replace(metrics, source=Source.LIST))).incomparable == (
        "a",
    )


def test_a_bucket_that_left_the_class_asked_for_is_not_gone() -> None:
    """It is still there, and held something of the class before."""
    before, after = measured("a", SMALL, ARCHIVE), measured("a", SMALL)
    question = "report class=GLACIER"
    data = change(at(1, before, question=question), at(0, after, question=question))
    assert states(data) == {"a": "there"}
    assert data.bytes == -100 * GB
    data = change(at(1, after, question=question), at(0, before, question=question))
    assert states(data) == {"a": "there"}


def test_what_has_no_price_moves_by_bytes_alone() -> None:
    """Its dollars are unknown both times, and add nothing."""
    before = measured("moon", SMALL, region="moon-east-1")
    after = measured("moon", LARGE, region="moon-east-1")
    data = change(at(1, before), at(0, after))
    assert (Decimal(0), 100 * GB) == (data.usd, data.bytes)
    assert [move.bucket for move in data.movers] == ["moon"]


def test_since_is_when_the_earlier_numbers_were_true() -> None:
    """Not when they were asked for."""
    assert change(at(1, measured("a", SMALL)), at(0)).since == AS_OF - WEEK
