"""A report: a snapshot seen through a query and a price book. Bytes and exact dollars, no text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from bot.core.charges import Unpriced
from bot.core.cost import LIST_PRICES, Estimate, estimate
from bot.core.prices import PriceBook
from bot.core.query import Group, Query, Sort
from bot.core.snapshot import Snapshot
from bot.core.storage import STORAGE_CLASSES, class_of, is_overhead
from bot.core.terms import Terms
from bot.core.usage import Newest, Skipped, Source, Usage


@dataclass(frozen=True, slots=True)
class ClassUse:
    """What is held in one storage class: objects (None: unknown), bytes, dollars a month.

    bytes are the objects' own; dollars include what AWS bills on top of them (minimum sizes,
    archive indexes) and are None when nothing of it has a price.
    """

    objects: int | None
    bytes: int
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Totals over buckets. What is unknown is left out; `at_least` tells that there is some.

    objects, usd: None when nothing of it is known. counted: whether the objects of every
    bucket are known; it says nothing of the other sums.
    """

    buckets: int
    objects: int | None
    bytes: int
    usd: Decimal | None
    at_least: bool
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One bucket, narrowed to the classes asked for. `newest` is the whole bucket's.

    complete: False where it was measured in part; reason, permission: what AWS then refused, if it
    was that. priced: False where some of it has no price, or may cost more than could be measured:
    a listing sees neither versions nor access tiers.
    """

    bucket: str
    region: str
    created: datetime | None
    objects: int | None
    bytes: int
    newest: Newest | None
    classes: Mapping[str, ClassUse]
    usd: Decimal | None
    source: Source
    as_of: datetime
    complete: bool
    priced: bool
    account: str | None = None
    reason: str | None = None
    permission: str | None = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.bucket

    @property
    def at_least(self) -> bool:
        """Whether its dollars are a lower bound."""
        return not (self.complete and self.priced)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Every bucket of a region, or every byte of a storage class.

    at_least: whether its dollars are a lower bound. complete: False where some bucket of it was
    measured in part. counted: as in `Sums`.
    """

    name: str
    buckets: int
    objects: int | None
    bytes: int
    usd: Decimal | None
    at_least: bool
    classes: Mapping[str, ClassUse]
    complete: bool = True
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to a `Query`.

    rows: every matching bucket, sorted; groups: likewise, when the query groups. elsewhere:
    matching buckets known to hold nothing of the classes asked for. unpriced: what the
    dollars leave out. complete: nothing skipped, nothing measured in part. discounted: whether
    the dollars are less than the list's.
    """

    query: Query
    taken_at: datetime
    rows: tuple[Row, ...]
    groups: tuple[GroupRow, ...]
    totals: Sums
    classes: Mapping[str, ClassUse]
    skipped: tuple[Skipped, ...]
    unpriced: tuple[Unpriced, ...]
    prices_as_of: date
    complete: bool
    elsewhere: tuple[str, ...] = ()
    discounted: bool = False

    @property
    def lines(self) -> Sequence[Row | GroupRow]:
        """What the answer has a line for: groups when grouped, buckets otherwise."""
        return self.groups if self.query.group is not Group.BUCKET else self.rows

    @property
    def as_of(self) -> datetime:
        """The moment of the oldest number inside; when it was taken, if there is none."""
        return min((row.as_of for row in self.rows), default=self.taken_at)


def report(snapshot: Snapshot, query: Query, book: PriceBook, terms: Terms = LIST_PRICES) -> Report:
    """Answer `query` from `snapshot` at the prices of `book`.

    The estimate is made of the whole snapshot and then narrowed, because AWS pools volume
    tiers over all buckets of a region.
    """
    costs = estimate(snapshot.usages, book, terms)
    scope = query.scope
    wanted = [usage for usage in snapshot.usages if scope.wants(usage.bucket, usage.region)]
    missing = _unpriced_classes(costs)
    measured = [_row(usage, query, costs, missing.get(usage.bucket, set())) for usage in wanted]
    rows = [row for row in measured if row.classes or not query.classes]
    names = {row.bucket for row in rows}
    skipped = tuple(
        skip
        for skip in snapshot.skipped
        if skip.whole_account or scope.wants(skip.bucket, skip.region)
    )
    totals = _sums(rows)
    complete = not skipped and all(row.complete for row in rows)
    return Report(
        query=query,
        taken_at=snapshot.taken_at,
        rows=tuple(_sorted(rows, query)),
        groups=tuple(_sorted(_groups(rows, query.group), query)),
        totals=replace(totals, at_least=totals.at_least or not complete),
        classes=_class_totals(rows),
        skipped=skipped,
        unpriced=tuple(
            item
            for item in costs.unpriced
            if item.bucket in names and query.classes.match(class_of(item.kind))
        ),
        prices_as_of=book.as_of,
        complete=complete,
        discounted=terms.discounted,
        elsewhere=tuple(sorted(row.bucket for row in measured if row.bucket not in names)),
    )


def _unpriced_classes(costs: Estimate) -> dict[str, set[str]]:
    """By bucket, the storage classes of which something has no price."""
    found: dict[str, set[str]] = defaultdict(set)
    for item in costs.unpriced:
        found[item.bucket].add(class_of(item.kind))
    return found


def _row(usage: Usage, query: Query, costs: Estimate, missing: set[str]) -> Row:
    everything = _class_uses(usage, costs)
    classes = {name: use for name, use in everything.items() if query.classes.match(name)}
    whole = len(classes) == len(everything)
    counts = [use.objects for use in classes.values()]
    return Row(
        bucket=usage.bucket,
        region=usage.region,
        created=usage.created,
        objects=usage.objects if whole else add(counts),
        bytes=sum(use.bytes for use in classes.values()),
        newest=usage.newest,
        classes=classes,
        usd=_dollars(use.usd for use in classes.values()) if classes else costs.of(usage.bucket),
        source=usage.source,
        as_of=usage.as_of,
        complete=usage.complete,
        priced=not costs.at_least_of(usage.bucket) and missing.isdisjoint(classes),
        account=usage.account,
        reason=usage.reason,
        permission=usage.permission,
    )


def _class_uses(usage: Usage, costs: Estimate) -> dict[str, ClassUse]:
    """By storage class in AWS's order. Classes without bytes, objects and costs are left out."""
    counts: dict[str, list[int | None]] = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    for cell in usage.cells:
        name = class_of(cell.kind)
        sizes[name] += 0 if is_overhead(cell.kind) else cell.tally.bytes
        counts[name].append(0 if is_overhead(cell.kind) else cell.tally.objects)
    for cell in (*usage.noncurrent_cells, *usage.unfinished_cells):
        # No object's own bytes, but AWS bills them in this class
        sizes[cell.kind] += 0
        counts[cell.kind].append(0)
    held = [
        name for name in sizes if sizes[name] or add(counts[name]) or costs.of(usage.bucket, name)
    ]
    objects = {name: add(counts[name]) for name in held}
    if len(held) == 1:
        # CloudWatch counts objects for the bucket alone; with one class they are all in it.
        objects[held[0]] = usage.objects
    return {
        name: ClassUse(objects[name], sizes[name], costs.of(usage.bucket, name))
        for name in sorted(held, key=_class_order)
    }


def _class_order(name: str) -> tuple[int, str]:
    known = name in STORAGE_CLASSES
    return (STORAGE_CLASSES.index(name) if known else len(STORAGE_CLASSES), name)


def add(counts: Iterable[int | None]) -> int | None:
    """The sum of counts; None as soon as one of them is unknown."""
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def _known(counts: Iterable[int | None]) -> int | None:
    """The sum of the known ones; None when nothing at all is known."""
    seen = list(counts)
    known = [count for count in seen if count is not None]
    return sum(known) if known or not seen else None


def _dollars(amounts: Iterable[Decimal | None]) -> Decimal | None:
    seen = list(amounts)
    known = [amount for amount in seen if amount is not None]
    return sum(known, Decimal(0)) if known or not seen else None


def _sums(rows: Sequence[Row]) -> Sums:
    return Sums(
        buckets=len(rows),
        objects=_known(row.objects for row in rows),
        bytes=sum(row.bytes for row in rows),
        usd=_dollars(row.usd for row in rows),
        at_least=any(row.at_least for row in rows),
        counted=all(row.objects is not None for row in rows),
    )


def _class_totals(rows: Iterable[Row]) -> dict[str, ClassUse]:
    uses: dict[str, list[ClassUse]] = defaultdict(list)
    for row in rows:
        for name, use in row.classes.items():
            uses[name].append(use)
    return {
        name: ClassUse(
            add(use.objects for use in uses[name]),
            sum(use.bytes for use in uses[name]),
            _dollars(use.usd for use in uses[name]),
        )
        for name in sorted(uses, key=_class_order)
    }


def _groups(rows: Sequence[Row], group: Group) -> list[GroupRow]:
    if group is Group.REGION:
        regions = dict.fromkeys(row.region for row in rows)
        return [_region(name, [row for row in rows if row.region == name]) for name in regions]
    if group is Group.CLASS:
        return [
            GroupRow(
                name=name,
                buckets=sum(name in row.classes for row in rows),
                objects=use.objects,
                bytes=use.bytes,
                usd=use.usd,
                at_least=any(row.at_least for row in rows if name in row.classes),
                classes={name: use},
                complete=all(row.complete for row in rows if name in row.classes),
            )
            for name, use in _class_totals(rows).items()
        ]
    return []


def _region(name: str, rows: Sequence[Row]) -> GroupRow:
    sums = _sums(rows)
    return GroupRow(
        name=name,
        buckets=sums.buckets,
        objects=sums.objects,
        bytes=sums.bytes,
        usd=sums.usd,
        at_least=sums.at_least,
        classes=_class_totals(rows),
        complete=all(row.complete for row in rows),
        counted=sums.counted,
    )


Line = TypeVar("Line", Row, GroupRow)


def _sorted(lines: Sequence[Line], query: Query) -> list[Line]:
    """By the query's order; what is unknown comes last either way, ties by name."""
    named = sorted(lines, key=lambda line: line.name)
    if query.sort is Sort.NAME:
        return named[::-1] if query.reverse else named
    known = [(value, line) for line in named if (value := _value(line, query.sort)) is not None]
    unknown = [line for line in named if _value(line, query.sort) is None]
    # sorted() keeps the order of equals also when reversed, so ties stay by name
    ordered = sorted(known, key=lambda pair: pair[0], reverse=not query.reverse)
    return [line for _, line in ordered] + unknown


def _value(line: Row | GroupRow, sort: Sort) -> Any:
    """What a line is ordered by: a number or a date; None where not known or not applicable."""
    if sort is Sort.COST:
        return line.usd
    if sort is Sort.SIZE:
        return line.bytes
    if sort is Sort.OBJECTS:
        return line.objects
    if isinstance(line, GroupRow):
        return None
    return line.created if sort is Sort.CREATED else line.newest and line.newest.modified
