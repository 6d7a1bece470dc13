"""What a listing costs, how far it is, and what it took: the numbers around a scan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from bot.core.prices import Fee, shipped_prices
from bot.core.usage import Usage

#: Keys that S3 puts on one page at most.
#: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
PAGE = 1000


@dataclass(frozen=True, slots=True)
class ScanStats:
    """What a listing took.

    requests: all that were sent, refused and repeated ones included. wasted_requests: answers
    that brought no new key. retries: requests sent again after a refusal or a failure.
    seconds: from the first request to the last, summed over resumptions. peak_concurrency: the
    most requests that were in flight at once. cost_usd: list price of the requests.
    resumed_requests: those of them that were sent before it was resumed.
    """

    requests: int
    wasted_requests: int
    retries: int
    seconds: float
    keys_per_second: float
    peak_concurrency: int
    cost_usd: Decimal
    resumed_requests: int = 0

    @property
    def spent_usd(self) -> Decimal:
        """List price of the requests sent since it was resumed, or in all."""
        each = self.cost_usd / max(1, self.requests)
        return each * (self.requests - self.resumed_requests)


@dataclass(frozen=True, slots=True)
class ListingProgress:
    """How far a listing is, told a few times a second while it runs.

    objects, pages: done so far. seconds: since it began or was resumed. retries: requests
    repeated so far. expected: how many objects there should be in all; None where nobody knows.
    sent: requests since it began or was resumed. resumed: objects counted before it was.
    """

    objects: int
    pages: int
    seconds: float
    retries: int
    expected: int | None = None
    sent: int = 0
    resumed: int = 0

    @property
    def keys_per_second(self) -> float:
        """The mean since it began or was resumed; 0 before the first page."""
        return (self.objects - self.resumed) / self.seconds if self.seconds > 0 else 0.0

    @property
    def fraction(self) -> float | None:
        """From 0 up to 0.99, because the expected number is an old one; None where not known."""
        if not self.expected:
            return None
        return min(self.objects / self.expected, 0.99)

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far; None where not known."""
        rate = self.keys_per_second
        if not self.expected or not rate:
            return None
        return max(self.expected - self.objects, 0) / rate


@dataclass(frozen=True, slots=True)
class Begun:
    """A listing that did not end and will be gone on with: when it began, objects counted."""

    began: datetime
    objects: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing found, and what that took."""

    usage: Usage
    stats: ScanStats


@dataclass(frozen=True, slots=True)
class ScanEstimate:
    """What a listing would take: requests, US dollars at list price, minutes."""

    requests: int
    usd: Decimal
    minutes: float


@cache
def request_usd(region: str) -> Decimal:
    """The list price of one LIST request in a region, in US dollars.

    LIST is charged at the Standard rate whatever class the objects are in
    (https://aws.amazon.com/s3/pricing/). A region that the price table lacks costs the
    dearest known price, so that an announced price is never too low.
    """
    book = shipped_prices()
    prices = {
        name: price.cost(1)
        for name in book.regions
        if (price := book.fee(name, Fee.WRITE_REQUESTS, "STANDARD"))
    }
    return prices.get(region, max(prices.values()))


def estimate(
    objects: int, region: str, *, concurrency: int = 64, page_seconds: float = 0.1
) -> ScanEstimate:
    """What listing about `objects` objects would take.

    concurrency: pages in flight. page_seconds: how long S3 takes over a page; 0.1 s is what it
    takes from within the region. One request in ten more than the pages there must be is
    allowed for, which is what `benchmarks/` holds the engine to.
    """
    pages = max(1, math.ceil(objects / PAGE))
    requests = pages if pages <= 1 else math.ceil(pages * 1.1)
    # The number of streams doubles with each round trip, so a small bucket never gets them all.
    rounds = min(requests, math.log2(requests + 1) + requests / max(1, concurrency))
    return ScanEstimate(requests, request_usd(region) * requests, rounds * page_seconds / 60)
