"""What listings would take, and which of them fit under a price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.listings import (
    NOTHING_AGREED,
    WHATEVER_IT_COSTS,
    BudgetError,
    Candidate,
    affordable,
    quote,
)
from bot.core.usage import Bucket


def candidate(objects: int | None, limit: int | None = None, name: str = "logs") -> Candidate:
    """A bucket in Virginia."""
    return Candidate(Bucket(name, "us-east-1", None), objects, limit)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """Buckets of all sizes, in cheap and dear regions, some of which nobody has counted."""
    sizes = st.none() | st.integers(0, 10**10)
    limits = st.none() | st.integers(0, 10**6)
    regions = st.sampled_from(["us-east-1", "sa-east-1", "nowhere-1"])
    found = draw(st.lists(st.tuples(sizes, limits, regions), max_size=12))
    return [
        Candidate(Bucket(f"b{at}", region, None), objects, limit)
        for at, (objects, limit, region) in enumerate(found)
    ]


PRICES = st.decimals(0, 100, places=6)


def test_a_quote_is_the_sum_of_its_listings() -> None:
    """38 buckets of 210 million objects in all, at $0.005 for 1,000 requests."""
    buckets = [candidate(200_000_000), *(candidate(10_000_000 // 37) for _ in range(37))]
    asked = quote(buckets)
    assert (asked.buckets, asked.uncounted) == (38, 0)
    assert f"{asked.usd:.2f}" == "1.16"
    assert round(asked.minutes) == 6


def test_listing_nothing_costs_nothing() -> None:
    """Nor does it take any time."""
    assert (quote([]).usd, quote([]).minutes, quote([]).price) == (0, 0, 0)


@given(candidates())
def test_what_nobody_counted_has_no_price_but_any(found: list[Candidate]) -> None:
    """As soon as there is one of them; the others' sums stand."""
    asked = quote(found)
    unknown = [each for each in found if each.usd is None]
    assert asked.uncounted == len(unknown)
    assert asked.price == (WHATEVER_IT_COSTS if unknown else asked.usd)
    assert asked.usd == sum((each.usd or Decimal(0) for each in found), Decimal(0))
    assert asked.agreed_to(WHATEVER_IT_COSTS)
    assert asked.agreed_to(NOTHING_AGREED) == (asked.price == 0)


@pytest.mark.parametrize(("grown", "covered"), [(1.0, True), (1.09, True), (1.2, False)])
def test_a_yes_covers_a_bucket_that_grew_a_little(grown: float, covered: bool) -> None:
    """CloudWatch counts anew each day; a fifth more is another price."""
    agreed = quote([candidate(10**8)]).price
    assert quote([candidate(int(10**8 * grown))]).agreed_to(agreed) == covered


@given(candidates(), PRICES)
def test_what_is_affordable_stays_under_the_price(found: list[Candidate], usd: Decimal) -> None:
    """Together; nothing that nobody has counted is among it."""
    chosen = affordable(found, usd)
    assert quote(chosen).usd <= usd
    assert quote(chosen).uncounted == 0
    assert set(chosen) <= set(found)
    assert len(set(chosen)) == len(chosen)


@given(candidates(), PRICES)
def test_the_cheapest_come_first_and_as_many_as_fit(found: list[Candidate], usd: Decimal) -> None:
    """What is left out is no cheaper than what is in, and none of it would still have fitted."""
    chosen = affordable(found, usd)
    prices = [each.usd for each in chosen if each.usd is not None]
    for other in found:
        if other not in chosen and other.usd is not None:
            assert other.usd >= max(prices, default=Decimal(0))
            assert quote(chosen).usd + other.usd > usd


def test_a_limit_bounds_the_price_of_what_nobody_counted() -> None:
    """Source AUTO lists up to so many objects."""
    assert candidate(None, 100_000).usd == candidate(100_000).usd
    assert candidate(10**9, 1000).usd == candidate(1000).usd


def test_a_refusal_says_what_is_left_and_what_to_type() -> None:
    """Never more than there is: cents are rounded down."""
    told = BudgetError(quote([candidate(10**8)]), Decimal("0.129"), Decimal(1))
    assert str(told) == (
        "Listing 1 bucket costs about $0.55, and of today's budget of $1.00 for listings $0.12 is "
        "left. Ask with `source=metrics`, or again tomorrow: the day ends at midnight UTC."
    )


def test_a_budget_of_less_than_a_cent_is_none_of_nothing() -> None:
    """Nor is a listing for that free."""
    told = BudgetError(quote([candidate(1_000)]), Decimal(0), Decimal("0.0001"))
    assert told.problem == (
        "Listing 1 bucket costs <$0.01, and of today's budget of <$0.01 for listings $0.00 is left."
    )
