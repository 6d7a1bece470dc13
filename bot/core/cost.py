"""The estimate: what usages cost a month, storage and what comes with it, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.core.charges import Charges, Doubt, Unpriced
from bot.core.metering import charges
from bot.core.pools import Case, CostLine, Pool, priced
from bot.core.prices import PriceBook
from bot.core.terms import Terms
from bot.core.usage import Usage

CENT = Decimal("0.01")

LIST_PRICES = Terms()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What usages cost; storage and what comes with it. No requests, retrieval or transfer.

    as_of: the price book's date. least, greatest: the two ends of what cannot be known (a
        listing does not see Intelligent-Tiering's access tiers); one case where all is known.
    unpriced: what is in no total. doubts: by bucket, what keeps its figure from being the whole.
    unbounded: the buckets of which a doubt leaves no upper end.
    terms: the payers and discounts it was made with.
    """

    as_of: date
    least: Case
    greatest: Case
    unpriced: tuple[Unpriced, ...]
    doubts: Mapping[str, tuple[Doubt, ...]]
    unbounded: frozenset[str]
    terms: Terms
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
        """The pools that the lines are shares of; they add up to `list_total`."""
        return self.least.pools

    @property
    def total(self) -> Decimal:
        """Dollars in whole quanta, less any discount: all of it, or the least it can be."""
        return self.least.total

    @property
    def list_total(self) -> Decimal:
        """The same before any discount."""
        return self.least.list_total

    @property
    def most(self) -> Decimal | None:
        """The most it can be; None where something without a bound is unknown."""
        return None if self.unpriced or self.unbounded else self.greatest.total

    @property
    def at_least(self) -> bool:
        """Whether it may be more than `total`, by a cent or more."""
        return self.most is None or self.most - self.total >= CENT

    def of(self, bucket: str, storage_class: str | None = None) -> Decimal | None:
        """A bucket's dollars, or those of its objects of one class.

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

    def at_least_of(self, bucket: str) -> bool:
        """Whether the bucket may cost more than `of` says, by a cent or more."""
        least, most = self.of(bucket), self.most_of(bucket)
        return least is None or most is None or most - least >= CENT


def estimate(usages: Iterable[Usage], book: PriceBook, terms: Terms = LIST_PRICES) -> Estimate:
    """What `usages` cost a month if they stay as they are."""
    usages = tuple(usages)
    measured = {usage.bucket for usage in usages if usage.cells or usage.objects is not None}
    return estimate_of(charges(usages, book), measured, book, terms)


def estimate_of(
    found: Charges, measured: Iterable[str], book: PriceBook, terms: Terms, hours: int = 1
) -> Estimate:
    """What charges cost. measured: the buckets that cost nothing when nothing is charged.

    hours: those of the month, for charges in byte-hours and object-hours.
    """
    least, unpriced = priced([*found.certain, *found.cheapest], book, terms, hours)
    greatest, open_ended = least, list[Unpriced]()
    if found.cheapest or found.dearest:
        greatest, open_ended = priced([*found.certain, *found.dearest], book, terms, hours)
    unpriced = [*found.unpriced, *unpriced]
    partly = frozenset(part.bucket for part in unpriced)
    doubts: dict[str, list[Doubt]] = defaultdict(list)
    for bucket, doubt in sorted(found.doubts):
        doubts[bucket].append(doubt)
    of_least = _by_bucket(least)
    unbounded = {name for name, _ in found.unbounded} | {part.bucket for part in open_ended}
    return Estimate(
        as_of=book.as_of,
        least=least,
        greatest=greatest,
        unpriced=tuple(unpriced),
        doubts={bucket: tuple(those) for bucket, those in doubts.items()},
        unbounded=frozenset(unbounded),
        terms=terms,
        _empty=frozenset(measured) - partly,
        _partly=partly,
        _least=of_least,
        _greatest=of_least if greatest is least else _by_bucket(greatest),
    )


def _by_bucket(case: Case) -> dict[tuple[str, str | None], Decimal]:
    sums: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for line in case.lines:
        sums[line.bucket, None] += line.usd
        sums[line.bucket, line.storage_class] += line.usd
    return dict(sums)
