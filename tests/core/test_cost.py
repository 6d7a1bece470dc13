"""What usages cost: pooled steps, exact shares, overheads, ranges, and what has no price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.charges import Component, Doubt, Reason
from bot.core.cost import Estimate, estimate
from bot.core.pools import shares
from bot.core.prices import shipped_prices
from bot.core.storage import storage_types
from bot.core.terms import Terms
from bot.core.usage import GB, KB, Cell, Source, Tally, Usage
from tests.core.estates import (
    AS_OF,
    LISTED,
    METRICS,
    REGIONS,
    listed,
    measured,
    metric,
    objects,
    usages,
)

TB = 1024 * GB


def cost(*usages: Usage) -> Estimate:
    """Their estimate at the shipped prices."""
    return estimate(usages, shipped_prices())


def test_steps_count_the_volume_of_a_region_not_of_a_bucket() -> None:
    """30 TB and 70 TB are 100 TB: 50 at the first price, 50 at the second, shared 3 to 7."""
    told = cost(
        measured("a", metric("StandardStorage", 30 * TB)),
        measured("b", metric("StandardStorage", 70 * TB)),
    )
    assert Decimal("2304.00") == told.total
    assert (Decimal("691.2"), Decimal("1612.8")) == (told.of("a"), told.of("b"))
    assert not told.at_least


def test_regions_classes_and_payers_have_steps_of_their_own() -> None:
    """50 TB each in two regions, two classes and two payers all cost the first price."""
    usages = [
        measured("a", metric("StandardStorage", 50 * TB), account="1"),
        measured("b", metric("StandardStorage", 50 * TB), account="2"),
        measured("c", metric("StandardStorage", 50 * TB), region="us-west-2"),
        measured("d", metric("IntelligentTieringFAStorage", 50 * TB)),
    ]
    told = estimate(usages, shipped_prices(), Terms(payers={"2": "2"}))
    assert [Decimal("1177.6")] * 4 == [told.of(name) for name in "abcd"]


def test_metrics_contain_their_overheads() -> None:
    """Overhead types are priced as they stand: archive names at STANDARD, the rest as the class."""
    told = cost(
        measured(
            "tiny",
            metric("GlacierStorage", 1 * GB),
            metric("GlacierObjectOverhead", 32 * GB),
            metric("GlacierS3ObjectOverhead", 8 * GB),
            metric("StandardIASizeOverhead", 2 * GB),
            metric("DeepArchiveStagingStorage", 1 * GB),
        )
    )
    expected = {
        (Component.STORAGE, "GLACIER", "GLACIER", Decimal("0.0036")),
        (Component.ARCHIVE_INDEX, "GLACIER", "GLACIER", Decimal("0.1152")),
        (Component.ARCHIVE_NAMES, "GLACIER", "STANDARD", Decimal("0.184")),
        (Component.MINIMUM_SIZE, "STANDARD_IA", "STANDARD_IA", Decimal("0.025")),
        (Component.UNFINISHED, "DEEP_ARCHIVE", "GLACIER_STAGING", Decimal("0.021")),
    }
    actual = {(line.component, line.storage_class, line.price_key, line.usd) for line in told.lines}
    assert expected == actual
    assert Decimal("0.3028") == told.of("tiny", "GLACIER")


def test_a_listing_gets_the_smallest_billable_size() -> None:
    """A million objects of 1 KB are billed as 128 KB each; one of 128 KB as it is."""
    million = 1_000_000
    told = cost(
        listed("logs", objects("STANDARD_IA", million, KB), objects("STANDARD_IA", 1, 128 * KB))
    )
    billed = {line.component: line.bytes for line in told.lines}
    expected = {
        Component.STORAGE: million * KB + 128 * KB,
        Component.MINIMUM_SIZE: million * 127 * KB,
    }
    assert expected == billed
    assert Decimal("1.52588") == told.total


def test_a_listing_gets_the_archives_40_kb() -> None:
    """Each archived object adds 32 KB at the archive's price and 8 KB at STANDARD's."""
    told = cost(listed("old", objects("DEEP_ARCHIVE", 2**20, KB)))
    billed = {(line.component, line.price_key): (line.bytes, line.usd) for line in told.lines}
    expected = {
        (Component.STORAGE, "DEEP_ARCHIVE"): (GB, Decimal("0.00099")),
        (Component.ARCHIVE_INDEX, "DEEP_ARCHIVE"): (32 * GB, Decimal("0.03168")),
        (Component.ARCHIVE_NAMES, "STANDARD"): (8 * GB, Decimal("0.184")),
    }
    assert expected == billed


def test_a_plain_listing_is_only_the_least() -> None:
    """It cannot see noncurrent versions and unfinished uploads, and says so."""
    seen = listed("a", objects("STANDARD", 1, GB))
    plain = Usage("b", "us-east-1", None, Source.LIST, AS_OF, 1, seen.cells)
    assert not cost(seen).at_least
    told = cost(plain)
    assert told.at_least
    assert told.most is None
    assert told.doubts == {"b": (Doubt.VERSIONS_UNSEEN, Doubt.UPLOADS_UNSEEN)}


def test_versions_and_uploads_that_were_listed_are_billed() -> None:
    """Noncurrent versions like current ones, minimum sizes included; parts bound for an archive
    at staging's price; bytes whose class is not known are named.
    """
    usage = Usage(
        "a",
        "us-east-1",
        None,
        Source.LIST,
        AS_OF,
        0,
        (),
        noncurrent=Tally(3, 3 * GB),
        delete_markers=0,
        unfinished=Tally(1, GB),
        noncurrent_cells=(objects("STANDARD_IA", 2, GB),),
        unfinished_cells=(objects("GLACIER", 1, GB),),
    )
    told = cost(usage)
    expected = {
        Component.NONCURRENT: Decimal("0.025"),
        Component.UNFINISHED: Decimal("0.021"),
    }
    assert expected == {line.component: line.usd for line in told.lines}
    (part,) = told.unpriced
    assert (
        part.component,
        part.bytes,
        part.reason,
    ) == (Component.NONCURRENT, GB, Reason.CLASS_NOT_KNOWN)


@pytest.mark.parametrize(
    ("month", "least"),
    [
        ("2026-11", "23.552"),  # too young to have left Frequent Access
        ("2026-10", "12.8"),  # Infrequent Access at best
        ("2026-08", "3.6864"),  # Archive Access, could it be had without its overhead
        ("2026-01", "1.013971"),  # Deep Archive Access, 1,024 times 40 KB included
    ],
)
def test_intelligent_tiering_from_a_listing_is_a_range(month: str, least: str) -> None:
    """From the cheapest tier its objects can be in by their age, to all in Frequent Access."""
    told = cost(listed("a", objects("INTELLIGENT_TIERING", 1024, GB, month)))
    monitoring = Decimal("0.00256")
    assert Decimal(least) + monitoring == told.total
    assert Decimal("23.552") + monitoring == told.most
    assert told.at_least == (told.total != told.most)


def test_small_objects_of_intelligent_tiering_are_no_question() -> None:
    """Below 128 KB they stay in Frequent Access and pay no monitoring."""
    told = cost(listed("a", objects("INTELLIGENT_TIERING", 2**20, 64 * KB)))
    assert Decimal("1.472") == told.total == told.most


def test_objects_of_128_kb_are_watched() -> None:
    """They pay the fee, and may be in any tier."""
    told = cost(listed("a", objects("INTELLIGENT_TIERING", 1_000, 128 * KB)))
    assert {line.component: line.objects for line in told.lines if line.objects} == {
        Component.MONITORING: 1_000
    }
    assert told.doubts == {"a": (Doubt.TIER_NOT_KNOWN,)}


def test_metrics_leave_the_monitoring_fee_between_two_bounds() -> None:
    """They count no objects by class: from none to all that can be of 128 KB or more."""
    usage = measured("a", metric("IntelligentTieringIAStorage", 1024 * GB), objects=4_000_000_000)
    told = cost(usage)
    assert (Decimal("12.8"), Decimal("33.77152")) == (told.total, told.most)
    assert told.doubts == {"a": (Doubt.MONITORED_NOT_KNOWN,)}
    few = measured("a", metric("IntelligentTieringIAStorage", 1024 * GB), objects=1_000)
    assert not cost(few).at_least


@pytest.mark.parametrize(
    ("kind", "region", "reason"),
    [
        ("SNOW", "us-east-1", Reason.NOT_S3_STORAGE),
        ("STANDARD_XL", "us-east-1", Reason.UNKNOWN_KIND),
        ("NewStorage", "us-east-1", Reason.UNKNOWN_KIND),
        ("STANDARD", "moon-east-1", Reason.UNKNOWN_REGION),
        ("EXPRESS_ONEZONE", "af-south-1", Reason.NO_PRICE),
    ],
)
def test_what_has_no_price_is_named_and_in_no_total(kind: str, region: str, reason: Reason) -> None:
    """Never zero: the bucket has no cost, the total is "at least"."""
    told = cost(
        measured("known", metric("StandardStorage", GB)),
        listed("strange", objects(kind, 1, GB), region=region),
    )
    assert [("strange", kind, GB, reason)] == [
        (part.bucket, part.kind, part.bytes, part.reason) for part in told.unpriced
    ]
    assert (Decimal("0.023"), None, True) == (told.total, told.of("strange"), told.at_least)


def test_volume_beyond_the_known_steps_has_no_price() -> None:
    """New Zealand's price is known for 50 TB: the other 10 are named, shared like the bytes."""
    told = cost(
        measured("a", metric("StandardStorage", 45 * TB), region="ap-southeast-6"),
        measured("b", metric("StandardStorage", 15 * TB), region="ap-southeast-6"),
    )
    assert Decimal("1344.00") == told.total
    assert (Decimal(1008), Decimal(336)) == (told.of("a"), told.of("b"))
    assert [(part.bucket, part.bytes, part.above_gb) for part in told.unpriced] == [
        ("a", 7_680 * GB, 51_200),
        ("b", 2_560 * GB, 51_200),
    ]


def test_an_unfinished_measurement_is_only_the_least() -> None:
    """What stopped half-way may be more, and so may the total."""
    told = cost(measured("a", metric("StandardStorage", GB), complete=False))
    assert (Decimal("0.023"), True, None) == (told.total, told.at_least, told.most)


def test_empty_is_zero_and_unmeasured_is_unknown() -> None:
    """A bucket without metrics costs nobody knows what; an empty one nothing."""
    told = cost(listed("empty"), measured("dark", objects=None))
    assert (Decimal(0), None, None) == (told.of("empty"), told.of("dark"), told.of("other"))
    assert told.doubts == {"dark": (Doubt.NOT_MEASURED,)}
    assert told.at_least


@given(usages())
def test_the_shares_of_buckets_add_up_exactly(estate: list[Usage]) -> None:
    """Lines to pools, buckets to the total: not a millionth is lost or made."""
    told = cost(*estate)
    assert told.total == sum(line.usd for line in told.lines)
    assert told.total == sum(told.of(usage.bucket) or 0 for usage in estate)
    billed = {(pool.region, pool.price_key): 0 for pool in told.pools}
    for line in told.lines:
        billed[line.region, line.price_key] += line.quantity
    assert billed == {(pool.region, pool.price_key): pool.quantity for pool in told.pools}


@given(usages(), st.data())
def test_splitting_a_bucket_changes_no_regional_total(
    estate: list[Usage], data: st.DataObject
) -> None:
    """Its cells in two buckets, each cell's objects and bytes divided, cost the same."""
    halves: list[Usage] = []
    for usage in estate:
        left, right = [], []
        for cell in usage.cells:
            count, size = cell.tally.objects, cell.tally.bytes
            each = size // count if count else 0
            some = data.draw(st.integers(0, count if count is not None else size))
            mine = Tally(some, some * each) if count is not None else Tally(None, some)
            rest = Tally(None if count is None else count - some, size - mine.bytes)
            left.append(Cell(cell.kind, mine, cell.month, cell.band))
            right.append(Cell(cell.kind, rest, cell.month, cell.band))
        make = listed if usage.source is Source.LIST else measured
        halves.append(make(f"{usage.bucket}-left", *left, region=usage.region))
        halves.append(make(f"{usage.bucket}-right", *right, region=usage.region))
    whole, split = cost(*estate), cost(*halves)
    assert {(pool.region, pool.price_key, pool.usd) for pool in whole.pools if pool.usd} == {
        (pool.region, pool.price_key, pool.usd) for pool in split.pools if pool.usd
    }
    assert whole.total == split.total


@given(usages(), METRICS | LISTED, REGIONS)
def test_adding_bytes_never_lowers_the_total(estate: list[Usage], more: Cell, region: str) -> None:
    """Another bucket, of whatever kind, costs nothing or something."""
    make = measured if more.kind in storage_types() else listed
    before, after = cost(*estate), cost(*estate, make("more", more, region=region))
    assert before.total <= after.total
    if before.most is not None and after.most is not None:
        assert before.most <= after.most


@given(usages())
def test_a_range_has_its_ends_in_order(estate: list[Usage]) -> None:
    """The most is no less than the least, in all and for each bucket."""
    told = cost(*estate)
    assert told.most is None or told.total <= told.most
    for usage in estate:
        least, most = told.of(usage.bucket), told.most_of(usage.bucket)
        assert least is None or most is None or least <= most


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**18), max_size=20))
def test_shares_are_proportional_and_whole(total: int, weights: list[int]) -> None:
    """Each within one of its exact part, together the total."""
    parts = shares(total, weights)
    whole = sum(weights)
    assert (total if whole else 0) == sum(parts)
    for part, weight in zip(parts, weights, strict=True):
        assert whole == 0 or abs(part * whole - total * weight) < whole
