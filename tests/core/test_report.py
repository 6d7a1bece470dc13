"""A snapshot seen through a query: sums, orders, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cost import estimate
from bot.core.language import parse_query
from bot.core.patterns import Pattern, Patterns
from bot.core.prices import shipped_prices
from bot.core.query import Group, Query, Sort
from bot.core.report import Report, report
from bot.core.snapshot import Snapshot
from bot.core.storage import class_of
from bot.core.usage import GB, WHOLE_ACCOUNT, Cell, Newest, Skipped, Tally, Usage
from tests.core.estates import AS_OF, listed, measured, metric, objects, usages

BOOK = shipped_prices()
TAKEN = AS_OF + timedelta(hours=9)

STANDARD = metric("StandardStorage", 100 * GB)
GLACIER = metric("GlacierStorage", 500 * GB)
MOON = replace(measured("moon", STANDARD, objects=5), region="moon-east-1")


def ask(question: str | Query, estate: list[Usage], *skipped: Skipped) -> Report:
    """The answer about an estate."""
    query = parse_query(question) if isinstance(question, str) else question
    return report(Snapshot(TAKEN, tuple(estate), skipped), query, BOOK)


def names(data: Report) -> list[str]:
    """What the lines are called, in their order."""
    return [line.name for line in data.lines]


@given(usages(), st.sampled_from(Group))
def test_totals_are_the_sums_of_rows_and_of_groups(estate: list[Usage], group: Group) -> None:
    """However the answer is grouped; what is unknown is left out of the sums, and said to be."""
    data = ask(Query(group=group), estate)
    sums = data.totals
    assert len(data.rows) == sums.buckets == len(estate)
    assert sum(row.bytes for row in data.rows) == sums.bytes
    known = [row.usd for row in data.rows if row.usd is not None]
    assert (sum(known, Decimal(0)) if known or not estate else None) == sums.usd
    if group is not Group.BUCKET:
        assert sum(line.bytes for line in data.groups) == sums.bytes
        usd = [line.usd for line in data.groups if line.usd is not None]
        assert sum(usd, Decimal(0)) == (sums.usd or 0)
    if group is Group.REGION:
        assert sum(line.buckets for line in data.groups) == sums.buckets
        assert sum(line.objects or 0 for line in data.groups) == (sums.objects or 0)


@given(usages())
def test_narrowing_by_class_never_loses_bytes_or_dollars(estate: list[Usage]) -> None:
    """The answers class by class add up to the answer of all."""
    whole = ask(Query(), estate)
    kinds = {cell.kind for usage in estate for cell in usage.cells}
    parts = [
        ask(Query(classes=Patterns((Pattern(name),))), estate)
        for name in {class_of(kind) for kind in kinds}
    ]
    assert whole.totals.bytes == sum(part.totals.bytes for part in parts)
    assert (whole.totals.usd or 0) == sum(part.totals.usd or 0 for part in parts)


@given(usages())
def test_a_bucket_is_a_row_or_elsewhere_whatever_the_class(estate: list[Usage]) -> None:
    """No bucket gets lost by narrowing."""
    data = ask("report class=GLACIER", estate)
    shown = [row.bucket for row in data.rows]
    assert sorted(usage.bucket for usage in estate) == sorted([*shown, *data.elsewhere])


@given(usages())
def test_a_bucket_that_costs_something_is_shown_with_its_dollars(estate: list[Usage]) -> None:
    """Rows add up to what the estimate of the whole estate says."""
    costs = estimate(estate, BOOK)
    data = ask("report", estate)
    # what rounds to nothing beside something unpriced may be either: no price is known
    assert [costs.of(row.bucket) or 0 for row in data.rows] == [row.usd or 0 for row in data.rows]


@given(usages(), st.sampled_from(Sort), st.booleans())
def test_every_order_has_the_unknown_last_and_ties_by_name(
    estate: list[Usage], sort: Sort, reverse: bool
) -> None:
    """Numbers and dates from the largest, names from A; `-` reverses the known alone."""
    dated = [
        replace(
            usage,
            created=None if at % 3 == 0 else AS_OF - timedelta(days=at % 2),
            newest=None if at % 2 else Newest("key", AS_OF - timedelta(hours=at)),
        )
        for at, usage in enumerate(estate)
    ]
    data = ask(Query(sort=sort, reverse=reverse), dated)
    values = {
        Sort.COST: lambda row: row.usd,
        Sort.SIZE: lambda row: row.bytes,
        Sort.OBJECTS: lambda row: row.objects,
        Sort.NAME: lambda row: row.name,
        Sort.NEWEST: lambda row: row.newest and row.newest.modified,
        Sort.CREATED: lambda row: row.created,
    }
    found = [values[sort](row) for row in data.rows]
    known = [value for value in found if value is not None]
    assert found == known + [None] * (len(found) - len(known))
    upwards = reverse if sort is not Sort.NAME else not reverse
    assert known == sorted(known, reverse=not upwards)
    ties = [
        (one.name, other.name)
        for one, other in zip(data.rows, data.rows[1:], strict=False)
        if values[sort](one) == values[sort](other)
    ]
    assert [pair for pair in ties if pair[0] > pair[1]] == []


def test_totals_are_of_all_rows_though_only_the_top_are_wanted() -> None:
    """`top` is for the view: the report keeps every row."""
    data = ask("report top=1", [measured("a", STANDARD), measured("b", GLACIER)])
    assert 2 == len(data.rows) == data.totals.buckets


def test_the_dearest_comes_first() -> None:
    """100 GB of STANDARD cost more than 500 GB of GLACIER."""
    estate = [measured("archive", GLACIER), measured("live", STANDARD)]
    assert names(ask("report", estate)) == ["live", "archive"]
    assert names(ask("report sort=size", estate)) == ["archive", "live"]
    assert names(ask("report sort=-cost", estate)) == ["archive", "live"]
    assert names(ask("report by class", estate)) == ["STANDARD", "GLACIER"]


def test_an_unknown_price_is_unknown_and_named_never_zero() -> None:
    """Its bytes count all the same."""
    data = ask("report", [MOON, measured("here", STANDARD)])
    assert {row.bucket: row.usd for row in data.rows if not row.priced} == {"moon": None}
    assert [item.bucket for item in data.unpriced] == ["moon"]
    assert data.totals.bytes == 200 * GB
    assert data.totals.at_least
    assert ask("report", [MOON]).totals.usd is None


def test_an_empty_bucket_costs_nothing_and_an_unmeasured_one_nobody_knows() -> None:
    """Zero is a number; unknown is none."""
    empty, unmeasured = measured("empty", objects=0), measured("unmeasured", objects=None)
    data = ask("report sort=name", [empty, unmeasured])
    assert [Decimal(0), None] == [row.usd for row in data.rows]
    assert [row.objects for row in data.rows] == [0, None]


def test_a_sum_of_objects_says_whether_it_leaves_buckets_out() -> None:
    """Dollars and bytes are exact all the same, so that nothing else is a lower bound."""
    estate = [measured("a", STANDARD, objects=5), measured("b", STANDARD, objects=None)]
    sums = ask("report", estate).totals
    assert (sums.objects, sums.counted, sums.at_least) == (5, False, False)
    [region] = ask("report by region", estate).groups
    assert (region.objects, region.counted, region.at_least) == (5, False, False)


def test_metrics_count_objects_of_a_bucket_with_one_class_only() -> None:
    """CloudWatch counts objects of all classes together."""
    estate = [measured("one", GLACIER, objects=5), measured("two", STANDARD, GLACIER, objects=7)]
    data = ask("report class=GLACIER sort=name", estate)
    assert [row.objects for row in data.rows] == [5, None]


def test_what_is_measured_in_part_or_skipped_makes_a_lower_bound() -> None:
    """The row of what was measured whole stays exact."""
    part = measured("part", STANDARD, complete=False)
    data = ask("report", [part, measured("whole", STANDARD)])
    assert {row.bucket: row.at_least for row in data.rows} == {"part": True, "whole": False}
    assert (data.totals.at_least, data.complete) == (True, False)
    denied = Skipped("vault", "us-east-1", "access denied")
    data = ask("report", [measured("whole", STANDARD)], denied)
    assert (data.totals.at_least, data.complete) == (True, False)


@pytest.mark.parametrize("question", ["report bucket=a*", "report region=eu-*", "bucket a"])
def test_an_account_that_could_not_be_listed_concerns_every_question(question: str) -> None:
    """Who knows what it holds? Other buckets' refusals concern only those who ask for them."""
    account = Skipped(WHOLE_ACCOUNT, None, "access denied", account="1")
    other = Skipped("vault", "us-east-1", "access denied")
    data = ask(question, [measured("a", STANDARD, region="eu-west-1")], account, other)
    assert (account,) == data.skipped
    assert not data.complete


def test_a_class_that_holds_old_versions_alone_keeps_its_dollars() -> None:
    """AWS bills them, though no current object is there."""
    old = Cell("GLACIER", Tally(3, 500 * GB), "2026-01", GB)
    bucket = replace(
        listed("versions", objects("STANDARD", 1, GB)),
        noncurrent=old.tally,
        noncurrent_cells=(old,),
    )
    [row] = ask("report", [bucket]).rows
    assert (row.classes["GLACIER"].objects, row.classes["GLACIER"].bytes) == (0, 0)
    assert (row.classes["GLACIER"].usd or 0) > 1
    assert (row.usd or 0) > 1


def test_the_age_of_an_answer_is_that_of_its_oldest_number() -> None:
    """Of no number at all, the moment it was asked."""
    old = datetime(2026, 11, 20, tzinfo=UTC)
    data = ask("report", [measured("a", STANDARD), measured("b", STANDARD, as_of=old)])
    assert old == data.as_of
    assert ask("report", []).as_of == TAKEN
