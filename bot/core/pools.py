"""Volume pooled as AWS pools it, priced step by step, and shared out to buckets exactly.

AWS adds up the bytes of all buckets of a payer in a region before it applies a price's volume
steps (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html).
So a bucket has no price of its own: it has its share of the region's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.core.charges import Charge, Charged, Component, Reason, Unpriced
from bot.core.prices import EXACT, Fee, Price, PriceBook, PriceSource, Tier
from bot.core.terms import Terms, rounded
from bot.core.usage import GB

#: Decimal places of a quantum.
_PLACES = 6


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a price came to: `quantity / per * usd_each`, rounded, is `usd`.

    up_to_gb: where the step ends in the pool, in GB-months; None for no end.
    unit: "bytes" or "objects"; over a month's hours, byte-hours or object-hours.
    """

    up_to_gb: int | None
    quantity: int
    per: int
    unit: str
    usd_each: Decimal
    usd: Decimal
    source: PriceSource


@dataclass(frozen=True, slots=True)
class Pool:
    """All of one price key in one region under one payer, which is what AWS prices.

    quantity: of all its lines together, in the steps' unit.
    payer: the account that pays; None for the one payer when no other was named.
    """

    payer: str | None
    region: str
    price_key: str
    quantity: int
    steps: tuple[Step, ...]

    @property
    def usd(self) -> Decimal:
        """Dollars at list price, in whole quanta: the sum of the steps'."""
        return sum((step.usd for step in self.steps), Decimal(0))

    @property
    def price_date(self) -> date:
        """The day the oldest of its prices was read."""
        return min(step.source.date for step in self.steps)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One bucket's share of a pool for one component of one storage class.

    quantity: what is billed, in the unit of the pool's steps. list_usd: dollars at list
        price, `pool.usd * quantity / pool.quantity` in whole quanta, so that a pool's lines
        add up to it. usd: the same less the account's discount.
    hours: what the quantity was summed over; 1 for a rate.
    """

    account: str | None
    payer: str | None
    bucket: str
    region: str
    storage_class: str
    component: Component
    price_key: str
    quantity: int
    list_usd: Decimal
    usd: Decimal
    price_date: date
    hours: int = 1

    @property
    def bytes(self) -> int:
        """The bytes billed; over a month's hours their average. Zero for MONITORING."""
        return 0 if self.component is Component.MONITORING else self.quantity // self.hours

    @property
    def objects(self) -> int:
        """Of MONITORING the objects watched, likewise; zero for all else."""
        return self.quantity // self.hours if self.component is Component.MONITORING else 0


@dataclass(frozen=True, slots=True)
class Case:
    """One consistent reading of what is billed: lines, and the pools they are shares of.

    total: the sum of the lines; list_total: that of the pools, before any discount.
    """

    lines: tuple[CostLine, ...]
    pools: tuple[Pool, ...]
    total: Decimal
    list_total: Decimal


def priced(
    billed: Iterable[Charged], book: PriceBook, terms: Terms, hours: int = 1
) -> tuple[Case, list[Unpriced]]:
    """What `billed` costs, and what of it has no price.

    hours: those of the month, when quantities are byte-hours and object-hours; AWS bills
        byte-hours over the month's real hours.
    """
    pooled: dict[tuple[str | None, str, str], dict[Charge, int]] = {}
    for charge, quantity in billed:
        if quantity or charge.component is Component.STORAGE:
            key = terms.payer(charge.account), charge.region, charge.price_key
            same = pooled.setdefault(key, {})
            same[charge] = same.get(charge, 0) + quantity
    lines: list[CostLine] = []
    pools: list[Pool] = []
    unpriced: list[Unpriced] = []
    for (payer, region, price_key), charged in pooled.items():
        prices = _prices(book, region, price_key)
        if prices is None:
            reason = Reason.NO_PRICE if region in book.regions else Reason.UNKNOWN_REGION
            unpriced.extend(_without(part, size // hours, reason) for part, size in charged.items())
            continue
        steps = _steps(sum(charged.values()), prices, hours)
        pool = Pool(payer, region, price_key, sum(step.quantity for step in steps), steps)
        rests = shares(sum(charged.values()) - pool.quantity, list(charged.values()))
        unpriced.extend(
            _without(part, rest // hours, Reason.BEYOND_KNOWN_STEPS, steps[-1].up_to_gb)
            for part, rest in zip(charged, rests, strict=True)
            if rest
        )
        sizes = [size - rest for size, rest in zip(charged.values(), rests, strict=True)]
        quanta = shares(int(pool.usd.scaleb(_PLACES)), sizes)
        pools.append(pool)
        oldest = pool.price_date
        for part, size, quantum in zip(charged, sizes, quanta, strict=True):
            usd = Decimal(quantum).scaleb(-_PLACES)
            paid = terms.paid(part.account, usd)
            lines.append(_line(part, payer, size, usd, paid, oldest, hours))
    total = sum((line.usd for line in lines), Decimal(0))
    list_total = sum((pool.usd for pool in pools), Decimal(0))
    return Case(tuple(lines), tuple(pools), total, list_total), unpriced


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """`total` shared out in proportion to `weights`, adding up to it exactly.

    By largest remainder; of equal remainders the earlier gets more. All zero for no weight.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    result = [part for part, _ in parts]
    largest = sorted(range(len(weights)), key=lambda number: -parts[number][1])
    for number in largest[: total - sum(result)]:
        result[number] += 1
    return result


def _prices(book: PriceBook, region: str, key: str) -> tuple[Tier, ...] | Price | None:
    if key == Fee.MONITORING:
        return book.fee(region, Fee.MONITORING)
    return book.rates(region, key)


def _steps(quantity: int, prices: tuple[Tier, ...] | Price, hours: int) -> tuple[Step, ...]:
    """The steps that `quantity` reaches, at least the first; together at most `quantity`."""
    if isinstance(prices, Price):
        per = prices.per * hours
        return (_step(None, quantity, per, "objects", prices.usd, prices.source),)
    steps: list[Step] = []
    start = 0
    for tier in prices:
        end = quantity if tier.up_to_gb is None else min(quantity, tier.up_to_gb * GB * hours)
        steps.append(_step(tier.up_to_gb, end - start, GB * hours, "bytes", tier.usd, tier.source))
        start = end
        if end == quantity:
            break
    return tuple(steps)


def _step(
    up_to_gb: int | None, quantity: int, per: int, unit: str, each: Decimal, source: PriceSource
) -> Step:
    usd = EXACT.divide(EXACT.multiply(Decimal(quantity), each), Decimal(per))
    return Step(up_to_gb, quantity, per, unit, each, rounded(usd), source)


def _line(
    charge: Charge,
    payer: str | None,
    quantity: int,
    list_usd: Decimal,
    usd: Decimal,
    price_date: date,
    hours: int,
) -> CostLine:
    return CostLine(
        account=charge.account,
        payer=payer,
        bucket=charge.bucket,
        region=charge.region,
        storage_class=charge.storage_class,
        component=charge.component,
        price_key=charge.price_key,
        quantity=quantity,
        list_usd=list_usd,
        usd=usd,
        price_date=price_date,
        hours=hours,
    )


def _without(
    charge: Charge, quantity: int, reason: Reason, above_gb: int | None = None
) -> Unpriced:
    return Unpriced(
        charge.account,
        charge.bucket,
        charge.region,
        charge.kind,
        charge.component,
        quantity,
        reason,
        above_gb,
    )
