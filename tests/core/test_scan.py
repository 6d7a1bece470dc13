"""What a listing costs, announced before and told while it runs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.core.scan import ListingProgress, ScanStats, estimate, request_usd


@pytest.mark.parametrize(
    ("objects", "requests"), [(0, 1), (1, 1), (1000, 1), (1001, 3), (10_000_000, 11_000)]
)
def test_requests_are_estimated_from_objects(objects: int, requests: int) -> None:
    """A page holds 1,000 keys; one request in ten goes into finding out where to split."""
    assert estimate(objects, "us-east-1").requests == requests


def test_a_billion_objects_cost_dollars() -> None:
    """At $0.005 per 1,000 requests in us-east-1."""
    assert estimate(10**9, "us-east-1").usd == Decimal("5.5")


def test_more_streams_take_fewer_minutes() -> None:
    """But never less than a round trip or two."""
    slow, fast = (estimate(10**7, "us-east-1", concurrency=n).minutes for n in (1, 64))
    assert 50 < slow / fast < 65


def test_an_unknown_region_costs_the_dearest_price() -> None:
    """An announced price is never too low."""
    assert request_usd("moon-west-1") >= request_usd("us-east-1") > 0


def test_progress_is_unknown_without_an_expectation() -> None:
    """Not zero, and not a guess."""
    at = ListingProgress(objects=500, pages=1, seconds=0.5, retries=0)
    assert (at.fraction, at.seconds_left, at.keys_per_second) == (None, None, 1000.0)


def test_progress_never_says_it_is_done() -> None:
    """The number expected is a day old; more may have been added."""
    at = ListingProgress(objects=500, pages=1, seconds=0.5, retries=0, expected=400)
    assert (at.fraction, at.seconds_left) == (0.99, 0.0)


def test_what_was_sent_before_a_resumption_is_not_spent_again() -> None:
    """It cost what it cost then; the listing cost both."""
    took = ScanStats(12, 0, 0, 1.0, 1.0, 8, 12 * request_usd("us-east-1"), resumed_requests=9)
    assert took.spent_usd == 3 * request_usd("us-east-1")
