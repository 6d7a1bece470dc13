"""The breakdown of an estimate: by class, component and region, down to every share and step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from bot.core.charges import Component, Doubt, Unpriced
from bot.core.cost import CENT, Estimate
from bot.core.patterns import EVERYTHING, Patterns
from bot.core.pools import CostLine, Pool
from bot.core.storage import class_of
from bot.core.terms import Terms

Key = TypeVar("Key")

#: What AWS bills on top of objects' own bytes.
OVERHEADS = frozenset(
    {
        Component.MINIMUM_SIZE,
        Component.ARCHIVE_INDEX,
        Component.ARCHIVE_NAMES,
        Component.OTHER_OVERHEAD,
    }
)

#: What S3 costs besides, which no estimate of storage contains.
NOT_INCLUDED = ("requests", "retrieval", "data transfer", "early deletes", "tax")


@dataclass(frozen=True, slots=True)
class Part:
    """What one component of one class costs at one price: a row of the breakdown.

    price_key: whose price it is, which tells Intelligent-Tiering's access tiers apart.
    buckets: how many have a share in it.
    """

    storage_class: str
    component: Component
    price_key: str
    buckets: int
    bytes: int
    objects: int
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What some buckets cost and of what it is made.

    as_of: the price book's date; oldest_price: that of the oldest price used, None without any.
    parts: rows, the dearest first, that add up to `total`. lines, pools: the same in full, so
        that anyone can redo the sum: a line is its pool's dollars in proportion.
    most: the most it can be; None where that is not known.
    """

    as_of: date
    oldest_price: date | None
    buckets: tuple[str, ...]
    total: Decimal
    list_total: Decimal
    most: Decimal | None
    parts: tuple[Part, ...]
    lines: tuple[CostLine, ...]
    pools: tuple[Pool, ...]
    unpriced: tuple[Unpriced, ...]
    doubts: Mapping[str, tuple[Doubt, ...]]
    terms: Terms

    @property
    def at_least(self) -> bool:
        """Whether it may be more than `total`, by a cent or more."""
        return self.most is None or self.most - self.total >= CENT

    def by_class(self) -> dict[str, Decimal]:
        """Dollars by storage class, the dearest first."""
        return self._by(lambda line: line.storage_class)

    def by_component(self) -> dict[Component, Decimal]:
        """Dollars by component, the dearest first."""
        return self._by(lambda line: line.component)

    def by_region(self) -> dict[str, Decimal]:
        """Dollars by region, the dearest first."""
        return self._by(lambda line: line.region)

    def by_bucket(self) -> dict[str, Decimal]:
        """Dollars by bucket, the dearest first."""
        return self._by(lambda line: line.bucket)

    @property
    def overhead(self) -> Decimal:
        """Dollars for bytes that are no object's own."""
        return sum((line.usd for line in self.lines if line.component in OVERHEADS), Decimal(0))

    def _by(self, key: Callable[[CostLine], Key]) -> dict[Key, Decimal]:
        sums: dict[Key, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            sums[key(line)] += line.usd
        return dict(sorted(sums.items(), key=lambda item: -item[1]))


def breakdown(
    estimate: Estimate, buckets: Collection[str] | None = None, classes: Patterns = EVERYTHING
) -> Breakdown:
    """The breakdown of an estimate, narrowed to some buckets (None: all) and classes.

    Estimate all buckets first and narrow then: volume pools over those that are not asked for.
    """
    wanted = None if buckets is None else frozenset(buckets)

    def keeps(bucket: str, storage_class: str) -> bool:
        return (wanted is None or bucket in wanted) and classes.match(storage_class)

    lines = tuple(line for line in estimate.lines if keeps(line.bucket, line.storage_class))
    dearest = sum(
        (line.usd for line in estimate.greatest.lines if keeps(line.bucket, line.storage_class)),
        Decimal(0),
    )
    unpriced = tuple(item for item in estimate.unpriced if keeps(item.bucket, class_of(item.kind)))
    open_ended = {name for name in estimate.unbounded if wanted is None or name in wanted}
    total = sum((line.usd for line in lines), Decimal(0))
    used = {(line.payer, line.region, line.price_key) for line in lines}
    return Breakdown(
        as_of=estimate.as_of,
        oldest_price=min((line.price_date for line in lines), default=None),
        buckets=tuple(sorted({line.bucket for line in lines})),
        total=total,
        list_total=sum((line.list_usd for line in lines), Decimal(0)),
        most=None if unpriced or open_ended else max(total, dearest),
        parts=_parts(lines),
        lines=lines,
        pools=tuple(
            pool for pool in estimate.pools if (pool.payer, pool.region, pool.price_key) in used
        ),
        unpriced=unpriced,
        doubts={
            bucket: doubts
            for bucket, doubts in estimate.doubts.items()
            if wanted is None or bucket in wanted
        },
        terms=estimate.terms,
    )


def _parts(lines: tuple[CostLine, ...]) -> tuple[Part, ...]:
    grouped: dict[tuple[str, Component, str], list[CostLine]] = defaultdict(list)
    for line in lines:
        grouped[line.storage_class, line.component, line.price_key].append(line)
    parts = (
        Part(
            storage_class=key[0],
            component=key[1],
            price_key=key[2],
            buckets=len({line.bucket for line in same}),
            bytes=sum(line.bytes for line in same),
            objects=sum(line.objects for line in same),
            usd=sum((line.usd for line in same), Decimal(0)),
        )
        for key, same in grouped.items()
    )
    return tuple(sorted(parts, key=lambda part: (-part.usd, part.storage_class, part.component)))
