"""What usages cost a month at list prices: volume pooled as AWS pools it, shared out exactly.

AWS adds up the bytes of all buckets of a payer in a region before it applies a price's volume
steps (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html).
So a bucket has no price of its own: it has its share of the region's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.core.charges import Charge, Component, Doubt, Reason, Unpriced, charges
from bot.core.prices import EXACT, Fee, Price, PriceBook, PriceSource, Tier
from bot.core.usage import GB, Usage

#: The smallest part of a dollar that a cost is shared out in.
QUANTUM = Decimal("0.000001")
_PLACES = 6
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a price came to: `quantity / per * usd_each`, rounded, is `usd`.

    up_to_gb: where the step ends in the pool; None for no end. unit: "bytes" or "objects".
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
        """Dollars a month, in whole quanta: the sum of the steps'."""
        return sum((step.usd for step in self.steps), Decimal(0))

    @property
    def price_date(self) -> date:
        """The day the oldest of its prices was read."""
        return min(step.source.date for step in self.steps)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One bucket's share of a pool for one component of one storage class.

    bytes: what is billed; objects: with MONITORING alone, how many are. usd: dollars a month,
    `pool.usd * bytes / pool.quantity` in whole quanta, so that a pool's lines add up to it.
    """

    account: str | None
    payer: str | None
    bucket: str
    region: str
    storage_class: str
    component: Component
    price_key: str
    bytes: int
    objects: int
    usd: Decimal
    price_date: date


@dataclass(frozen=True, slots=True)
class Case:
    """One consistent reading of what is billed: lines, and the pools they are shares of."""

    lines: tuple[CostLine, ...]
    pools: tuple[Pool, ...]

    @property
    def total(self) -> Decimal:
        """Dollars a month; the sum of the lines and that of the pools."""
        return sum((pool.usd for pool in self.pools), Decimal(0))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What usages cost a month at list prices; storage and what comes with it, no requests.

    as_of: the price book's date. least, greatest: the two ends of what cannot be known (a
    listing does not see Intelligent-Tiering's access tiers); the same case where all is known.
    unpriced: what is in no total. doubts: by bucket, what keeps its figure from being the whole.
    unbounded: the buckets of which a doubt leaves no upper end.
    """

    as_of: date
    least: Case
    greatest: Case
    unpriced: tuple[Unpriced, ...]
    doubts: Mapping[str, tuple[Doubt, ...]]
    unbounded: frozenset[str]
    _empty: frozenset[str] = field(repr=False)
    _partly: frozenset[str] = field(repr=False)
    _least: Mapping[tuple[str, str | None], Decimal] = field(repr=False)
    _greatest: Mapping[tuple[str, str | None], Decimal] = field(repr=False)

    @property
    def lines(self) -> tuple[CostLine, ...]:
        """The lines that add up to `total`."""
        return self.least.lines

    @property
    def pools(self) -> tuple[Pool, ...]:
        """The pools that add up to `total`."""
        return self.least.pools

    @property
    def total(self) -> Decimal:
        """Dollars a month, in whole quanta: all of it, or the least it can be."""
        return self.least.total

    @property
    def most(self) -> Decimal | None:
        """The most it can be; None where something without a bound is unknown."""
        return None if self.unpriced or self.unbounded else self.greatest.total

    @property
    def at_least(self) -> bool:
        """Whether it may be more than `total`, by a cent or more."""
        return self.most is None or self.most - self.total >= CENT

    def of(self, bucket: str, storage_class: str | None = None) -> Decimal | None:
        """A bucket's dollars a month, or those of its objects of one class.

        None where nothing of it has a price or was measured; zero for an empty bucket.
        """
        found = self._least.get((bucket, storage_class))
        if found is None and storage_class is None and bucket in self._empty:
            return Decimal(0)
        return found

    def most_of(self, bucket: str, storage_class: str | None = None) -> Decimal | None:
        """The most that `of` can be; None where that is not known."""
        if bucket in self.unbounded or bucket in self._partly:
            return None
        least = self.of(bucket, storage_class)
        greatest = self._greatest.get((bucket, storage_class), least)
        # with more volume in the pool a bucket's own share can be cheaper in the dearest case
        return max(least, greatest) if least is not None and greatest is not None else least


def estimate(
    usages: Iterable[Usage], book: PriceBook, payers: Mapping[str, str] | None = None
) -> Estimate:
    """What `usages` cost a month if they stay as they are.

    payers: the paying account of accounts that differ in it; all others share one payer, as
    the accounts of an organisation do.
    """
    usages = tuple(usages)
    found = charges(usages, book)
    least, unpriced = _case([*found.certain, *found.cheapest], book, payers or {})
    greatest, open_ended = least, list[Unpriced]()
    if found.cheapest or found.dearest:
        greatest, open_ended = _case([*found.certain, *found.dearest], book, payers or {})
    unpriced = [*found.unpriced, *unpriced]
    partly = frozenset(part.bucket for part in unpriced)
    doubts: dict[str, list[Doubt]] = defaultdict(list)
    for bucket, doubt in sorted(found.doubts):
        doubts[bucket].append(doubt)
    empty = {usage.bucket for usage in usages if usage.cells or usage.objects is not None}
    return Estimate(
        as_of=book.as_of,
        least=least,
        greatest=greatest,
        unpriced=tuple(unpriced),
        doubts={bucket: tuple(those) for bucket, those in doubts.items()},
        unbounded=frozenset(name for name, _ in found.unbounded).union(
            part.bucket for part in open_ended
        ),
        _empty=frozenset(empty) - partly,
        _partly=partly,
        _least=_by_bucket(least),
        _greatest=_by_bucket(greatest),
    )


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


def _by_bucket(case: Case) -> dict[tuple[str, str | None], Decimal]:
    sums: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for line in case.lines:
        sums[line.bucket, None] += line.usd
        sums[line.bucket, line.storage_class] += line.usd
    return dict(sums)


def _case(
    billed: Iterable[tuple[Charge, int]], book: PriceBook, payers: Mapping[str, str]
) -> tuple[Case, list[Unpriced]]:
    pooled: dict[tuple[str | None, str, str], dict[Charge, int]] = {}
    for charge, quantity in billed:
        if quantity or charge.component is Component.STORAGE:
            payer = payers.get(charge.account) if charge.account is not None else None
            same = pooled.setdefault((payer, charge.region, charge.price_key), {})
            same[charge] = same.get(charge, 0) + quantity
    lines: list[CostLine] = []
    pools: list[Pool] = []
    unpriced: list[Unpriced] = []
    for (payer, region, key), charged in pooled.items():
        prices = _prices(book, region, key)
        if prices is None:
            reason = Reason.NO_PRICE if region in book.regions else Reason.UNKNOWN_REGION
            unpriced.extend(_without(part, size, reason) for part, size in charged.items())
            continue
        steps = _steps(sum(charged.values()), prices)
        pool = Pool(payer, region, key, sum(step.quantity for step in steps), steps)
        rests = shares(sum(charged.values()) - pool.quantity, list(charged.values()))
        unpriced.extend(
            _without(part, rest, Reason.BEYOND_KNOWN_STEPS, steps[-1].up_to_gb)
            for part, rest in zip(charged, rests, strict=True)
            if rest
        )
        sizes = [size - rest for size, rest in zip(charged.values(), rests, strict=True)]
        quanta = shares(int(pool.usd.scaleb(_PLACES)), sizes)
        pools.append(pool)
        lines.extend(
            _line(part, pool, size, Decimal(quantum).scaleb(-_PLACES))
            for part, size, quantum in zip(charged, sizes, quanta, strict=True)
        )
    return Case(tuple(lines), tuple(pools)), unpriced


def _prices(book: PriceBook, region: str, key: str) -> tuple[Tier, ...] | Price | None:
    if key == Fee.MONITORING:
        return book.fee(region, Fee.MONITORING)
    return book.rates(region, key)


def _steps(quantity: int, prices: tuple[Tier, ...] | Price) -> tuple[Step, ...]:
    """The steps that `quantity` reaches, at least the first; together at most `quantity`."""
    if isinstance(prices, Price):
        usd = _rounded(prices.cost(quantity))
        step = Step(None, quantity, prices.per, "objects", prices.usd, usd, prices.source)
        return (step,)
    steps: list[Step] = []
    start = 0
    for tier in prices:
        end = quantity if tier.up_to_gb is None else min(quantity, tier.up_to_gb * GB)
        size = end - start
        usd = _rounded(tier.cost(size))
        steps.append(Step(tier.up_to_gb, size, GB, "bytes", tier.usd, usd, tier.source))
        start = end
        if end == quantity:
            break
    return tuple(steps)


def _rounded(usd: Decimal) -> Decimal:
    return usd.quantize(QUANTUM, rounding=ROUND_HALF_UP, context=EXACT)


def _line(charge: Charge, pool: Pool, quantity: int, usd: Decimal) -> CostLine:
    objects = quantity if charge.component is Component.MONITORING else 0
    return CostLine(
        account=charge.account,
        payer=pool.payer,
        bucket=charge.bucket,
        region=charge.region,
        storage_class=charge.storage_class,
        component=charge.component,
        price_key=charge.price_key,
        bytes=quantity - objects,
        objects=objects,
        usd=usd,
        price_date=pool.price_date,
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
