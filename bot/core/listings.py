"""Listings before and while they are made: their price, which of them fit under it, how far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.scan import ListingProgress, estimate
from bot.core.usage import Bucket
from bot.errors import ConsentError, Told

#: Dollars that are agreed to when nobody agreed to anything, and when any price will do.
NOTHING_AGREED = Decimal(0)
WHATEVER_IT_COSTS = Decimal("Infinity")
#: Between an offer and the answer to it a bucket may grow a little: a tenth more is no new price.
_GROWTH = Decimal("1.1")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bucket that may be listed.

    objects: about how many it holds; None where nobody knows. limit: of objects, after about
    which the listing ends in any case; None for a listing to the end.
    """

    bucket: Bucket
    objects: int | None
    limit: int | None = None

    @property
    def expected(self) -> int | None:
        """How many objects the listing is about to see; None where nobody knows."""
        return None if self.objects is None else self.most

    @property
    def most(self) -> int | None:
        """How many it sees at most, which is what it is priced by; None where nobody knows."""
        known = [number for number in (self.objects, self.limit) if number is not None]
        return min(known, default=None)

    @property
    def usd(self) -> Decimal | None:
        """The list price of its requests; None where nobody knows."""
        return None if self.most is None else estimate(self.most, self.bucket.region).usd


@dataclass(frozen=True, slots=True)
class Quote:
    """What listing some buckets would take.

    buckets: how many. uncounted: in how many of them nobody knows the number of objects.
    objects, requests, usd, minutes: of all the others together.
    """

    buckets: int
    uncounted: int
    objects: int
    requests: int
    usd: Decimal
    minutes: float

    @property
    def counted(self) -> bool:
        """Whether the price is known, and not just that of a part."""
        return not self.uncounted

    @property
    def price(self) -> Decimal:
        """What has to be agreed to: an unknown number of objects may cost whatever it costs."""
        return self.usd if self.counted else WHATEVER_IT_COSTS

    def agreed_to(self, usd: Decimal) -> bool:
        """Whether who agreed to so many dollars agreed to this."""
        return self.price <= usd * _GROWTH


def quote(
    candidates: Sequence[Candidate], *, concurrency: int = 64, page_seconds: float = 0.1
) -> Quote:
    """What listing all of them side by side would take.

    concurrency, page_seconds: pages in flight over all buckets, and how long S3 takes over one.
    """
    counted = [each for each in candidates if each.most is not None]
    single = [
        estimate(
            each.most or 0,
            each.bucket.region,
            concurrency=concurrency,
            page_seconds=page_seconds,
        )
        for each in counted
    ]
    requests = sum(one.requests for one in single)
    # They share the requests in flight, and none is sooner done than it would be alone.
    together = requests / max(1, concurrency) * page_seconds / 60
    return Quote(
        buckets=len(candidates),
        uncounted=len(candidates) - len(counted),
        objects=sum(each.most or 0 for each in counted),
        requests=requests,
        usd=sum((one.usd for one in single), Decimal(0)),
        minutes=max([together, *(one.minutes for one in single)]),
    )


def affordable(candidates: Iterable[Candidate], usd: Decimal) -> tuple[Candidate, ...]:
    """As many of them as fit under `usd` together, the cheapest first.

    One whose price nobody knows fits under none.
    """
    priced = [(price, each) for each in candidates if (price := each.usd) is not None]
    chosen: list[Candidate] = []
    left = usd
    for price, each in sorted(priced, key=lambda pair: (pair[0], pair[1].bucket.name)):
        if price > left:
            break
        left -= price
        chosen.append(each)
    return tuple(chosen)


@dataclass(frozen=True, slots=True)
class Headway:
    """How far a measurement is.

    done, buckets: measured so far, and in all. to_list: how many of them are listed. listing: all
    listings together; None before the first begins. usd: list price of the requests sent so far.
    id: what the measurement is stopped by; empty where it cannot be. stopped_by: who stopped it,
    or `BUDGET`; None while nobody did.
    """

    done: int
    buckets: int
    to_list: int = 0
    listing: ListingProgress | None = None
    usd: Decimal = Decimal(0)
    id: str = ""
    stopped_by: str | None = None

    @property
    def listed(self) -> int:
        """How many of those to list are done: the others are done before them."""
        return max(0, self.to_list - (self.buckets - self.done))


#: What stops a listing when it is no person.
BUDGET = "budget"


class UnagreedError(ConsentError):
    """A listing above the price that needs somebody's consent; `quote` is what it would take."""

    def __init__(self, asked: Quote) -> None:
        super().__init__("That listing costs more than may be spent without asking.")
        self.quote = asked


class BudgetError(Told):
    """The day's budget for listings forbids one."""

    def __init__(self, asked: Quote, left: Decimal, budget: Decimal) -> None:
        buckets = f"{asked.buckets:,} bucket{'s' * (asked.buckets != 1)}"
        price = _dollars(asked.usd, "about ") if asked.counted else "what nobody knows beforehand"
        # Rounded down: a dollar that is not there must not be promised.
        rest = left.quantize(Decimal("0.01"), "ROUND_DOWN") if left > 0 else Decimal("0.00")
        super().__init__(
            f"Listing {buckets} costs {price}, and of today's budget of {_dollars(budget)} for "
            f"listings ${rest:,} is left.",
            "Ask with `source=metrics`, or again tomorrow: the day ends at midnight UTC.",
        )


def _dollars(usd: Decimal, about: str = "") -> str:
    """`$1.00`; `<$0.01` for what would read as nothing but is not."""
    return "<$0.01" if 0 < usd < Decimal("0.005") else f"{about}${usd:,.2f}"
