"""From what a bucket holds to what AWS bills it for.

Metrics already count what is billed on top of objects. A listing does not, so its minimum
sizes and archive overheads are worked out here; what it cannot know becomes a pair of cases,
the cheapest and the dearest, or a named doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from bot.core.charges import Charge, Charged, Charges, Component, Doubt, Reason, Unpriced
from bot.core.prices import Fee, PriceBook
from bot.core.storage import STORAGE_CLASSES, UNPRICED_CLASSES, StorageType, storage_types
from bot.core.usage import KB, Cell, Source, Usage

#: From this size on Intelligent-Tiering watches an object and charges its fee; smaller ones
#: stay in Frequent Access for ever.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html
MONITORED_FROM = 128 * KB

_INT = "INTELLIGENT_TIERING"

#: Intelligent-Tiering's tiers and the days without access before an object can be in them.
#: The archive tiers are opt-in; 90 and 180 days are the least that can be configured.
_TIER_AGES = (("FA", 0), ("IA", 30), ("AIA", 90), ("AA", 90), ("DAA", 180))
_ARCHIVE_TIERS = {"AA": "GLACIER", "DAA": "DEEP_ARCHIVE"}

#: Where parts of unfinished uploads to these classes lie until they are complete.
_STAGED = {"GLACIER": "GLACIER_STAGING", "DEEP_ARCHIVE": "GLACIER_STAGING"}


def charges(usages: Iterable[Usage], book: PriceBook) -> Charges:
    """What `usages` are billed for under the rules of `book`."""
    found = Charges()
    for usage in usages:
        _Bill(usage, book, found).fill()
    return found


class _Bill:
    """One usage on its way into `Charges`."""

    def __init__(self, usage: Usage, book: PriceBook, into: Charges) -> None:
        self.usage = usage
        self.book = book
        self.into = into

    def fill(self) -> None:
        usage = self.usage
        if not usage.complete:
            self._unbounded(Doubt.INCOMPLETE)
        if not usage.cells and usage.objects is None:
            self._unbounded(Doubt.NOT_MEASURED)
        types = storage_types()
        for cell in usage.cells:
            if cell.kind in types:
                self._metered(types[cell.kind], cell.tally.bytes)
            else:
                self._listed(cell, Component.STORAGE)
        self._watched_by_metrics()
        if usage.source is Source.LIST or any(cell.kind in STORAGE_CLASSES for cell in usage.cells):
            self._unseen()

    def _metered(self, type: StorageType, size: int) -> None:
        component = _component(type)
        charge = self._charge(type.storage_class, component, type.price_key, size, type.name)
        self.into.certain.append(charge)

    def _watched_by_metrics(self) -> None:
        """Intelligent-Tiering's fee, of which metrics say only how many objects it can be at most.

        They count objects of all classes together, and none below 128 KB pays.
        """
        types = storage_types()
        size = sum(
            cell.tally.bytes
            for cell in self.usage.cells
            if cell.kind in types
            and types[cell.kind].storage_class == _INT
            and not types[cell.kind].overhead
        )
        most = size // MONITORED_FROM
        if self.usage.objects is not None:
            most = min(most, self.usage.objects)
        if most:
            self.into.doubts.add((self.usage.bucket, Doubt.MONITORED_NOT_KNOWN))
            self.into.dearest.append(self._monitoring(most))

    def _unseen(self) -> None:
        """What a plain listing cannot see, and what one of versions and uploads saw."""
        usage = self.usage
        # directory buckets have no versions
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-overview.html
        if usage.noncurrent is None and not usage.bucket.endswith("--x-s3"):
            self._unbounded(Doubt.VERSIONS_UNSEEN)
        elif usage.noncurrent is not None:
            for cell in usage.noncurrent_cells:
                self._listed(cell, Component.NONCURRENT)
            seen = sum(cell.tally.bytes for cell in usage.noncurrent_cells)
            self._classless(Component.NONCURRENT, usage.noncurrent.bytes - seen)
        if usage.unfinished is None:
            self._unbounded(Doubt.UPLOADS_UNSEEN)
            return
        for cell in usage.unfinished_cells:
            self._part(cell)
        seen = sum(cell.tally.bytes for cell in usage.unfinished_cells)
        self._classless(Component.UNFINISHED, usage.unfinished.bytes - seen)

    def _listed(self, cell: Cell, component: Component) -> None:
        if not self._known_class(cell, component):
            return
        if cell.kind == _INT:
            self._tiered(cell, component)
            return
        rules = self.book.rule(cell.kind)
        objects, size = cell.tally.objects, cell.tally.bytes
        self.into.certain.append(self._charge(cell.kind, component, cell.kind, size))
        if rules.min_billable_bytes:
            self._minimum_size(cell, rules.min_billable_bytes)
        if rules.index_bytes or rules.name_bytes:
            if objects is None:
                self._unbounded(Doubt.SIZES_NOT_KNOWN)
            else:
                self.into.certain.extend(self._archived(cell.kind, cell.kind, objects))

    def _known_class(self, cell: Cell, component: Component) -> bool:
        if cell.kind in STORAGE_CLASSES:
            return True
        known = cell.kind in UNPRICED_CLASSES
        reason = Reason.NOT_S3_STORAGE if known else Reason.UNKNOWN_KIND
        self._unpriced(cell.kind, component, cell.tally.bytes, reason)
        return False

    def _minimum_size(self, cell: Cell, least: int) -> None:
        """Bytes that objects smaller than `least` are billed for beyond their own."""
        objects, size = cell.tally.objects, cell.tally.bytes
        if cell.band is not None and cell.band >= least:
            return
        if objects is None:
            self._unbounded(Doubt.SIZES_NOT_KNOWN)
            return
        missing = max(0, objects * least - size)
        charge = self._charge(cell.kind, Component.MINIMUM_SIZE, cell.kind, missing)
        if cell.band is not None:
            self.into.certain.append(charge)
        elif objects:
            self.into.doubts.add((self.usage.bucket, Doubt.SIZES_NOT_KNOWN))
            self.into.cheapest.append(charge)
            most = self._charge(cell.kind, Component.MINIMUM_SIZE, cell.kind, objects * least)
            self.into.dearest.append(most)

    def _tiered(self, cell: Cell, component: Component) -> None:
        """Intelligent-Tiering as listed, where no object's access tier can be seen."""
        objects, size = cell.tally.objects, cell.tally.bytes
        frequent = self._charge(_INT, component, f"{_INT}_FA", size)
        if cell.band is not None and cell.band < MONITORED_FROM:
            self.into.certain.append(frequent)
            return
        if cell.band is not None and objects is not None:
            self.into.certain.append(self._monitoring(objects))
        elif size >= MONITORED_FROM:
            self.into.doubts.add((self.usage.bucket, Doubt.MONITORED_NOT_KNOWN))
            most = size // MONITORED_FROM
            most = most if objects is None else min(most, objects)
            self.into.dearest.append(self._monitoring(most))
        tier, archived = self._cheapest_tier(cell.month)
        if tier == "FA":
            self.into.certain.append(frequent)
            return
        self.into.doubts.add((self.usage.bucket, Doubt.TIER_NOT_KNOWN))
        self.into.dearest.append(frequent)
        self.into.cheapest.append(self._charge(_INT, component, f"{_INT}_{tier}", size))
        if archived and cell.band is not None and objects is not None:
            self.into.cheapest.extend(self._archived(_INT, f"{_INT}_{tier}", objects, tier))

    def _cheapest_tier(self, month: str | None) -> tuple[str, bool]:
        """The cheapest access tier that objects of that month can be in.

        True with it where its archive overhead can be counted in: where it would be the
        cheapest even with that for the smallest object. Otherwise the overhead is left out,
        which keeps the figure a true lower bound.
        """
        age = None
        if month is not None:
            since = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
            age = (self.usage.as_of - since).days
        rates = {}
        for tier, days in _TIER_AGES:
            steps = self.book.rates(self.usage.region, f"{_INT}_{tier}")
            if steps is not None and (age is None or age >= days):
                rates[tier] = min(step.usd for step in steps)
        if not rates:
            return "FA", False
        tier = min(rates, key=lambda name: rates[name])
        standard = self.book.rates(self.usage.region, "STANDARD")
        if tier not in _ARCHIVE_TIERS or standard is None:
            return tier, False
        rules = self.book.rule(_ARCHIVE_TIERS[tier])
        least = rates[tier] * (MONITORED_FROM + rules.index_bytes)
        least += standard[0].usd * rules.name_bytes
        others = (rate for name, rate in rates.items() if name != tier)
        return tier, all(least <= rate * MONITORED_FROM for rate in others)

    def _archived(
        self, storage_class: str, key: str, objects: int, tier: str | None = None
    ) -> Iterator[Charged]:
        """The 32 KB at the archive's price and 8 KB at STANDARD's that each object adds."""
        rules = self.book.rule(_ARCHIVE_TIERS[tier] if tier else storage_class)
        index, names = objects * rules.index_bytes, objects * rules.name_bytes
        yield self._charge(storage_class, Component.ARCHIVE_INDEX, key, index)
        yield self._charge(storage_class, Component.ARCHIVE_NAMES, "STANDARD", names)

    def _part(self, cell: Cell) -> None:
        """Parts of unfinished uploads: their own bytes alone, staged if for an archive."""
        if self._known_class(cell, Component.UNFINISHED):
            key = _STAGED.get(cell.kind, f"{_INT}_FA" if cell.kind == _INT else cell.kind)
            size = cell.tally.bytes
            charge = self._charge(cell.kind, Component.UNFINISHED, key, size)
            self.into.certain.append(charge)

    def _classless(self, component: Component, size: int) -> None:
        if size > 0:
            self._unpriced("", component, size, Reason.CLASS_NOT_KNOWN)

    def _monitoring(self, objects: int) -> Charged:
        return self._charge(_INT, Component.MONITORING, Fee.MONITORING, objects)

    def _charge(
        self,
        storage_class: str,
        component: Component,
        price_key: str,
        quantity: int,
        kind: str | None = None,
    ) -> Charged:
        usage = self.usage
        return (
            Charge(
                usage.account,
                usage.bucket,
                usage.region,
                storage_class,
                component,
                price_key,
                kind or storage_class,
            ),
            quantity,
        )

    def _unpriced(self, kind: str, component: Component, size: int, reason: Reason) -> None:
        usage = self.usage
        self.into.unpriced.append(
            Unpriced(usage.account, usage.bucket, usage.region, kind, component, size, reason)
        )

    def _unbounded(self, doubt: Doubt) -> None:
        self.into.doubts.add((self.usage.bucket, doubt))
        self.into.unbounded.add((self.usage.bucket, doubt))


@cache
def _component(type: StorageType) -> Component:
    """What a CloudWatch storage type is about, by its name; `bot/data` says each one's meaning."""
    if type.name == "StandardIAObjectOverhead":  # listed by AWS without a description
        return Component.OTHER_OVERHEAD
    for ending, component in (
        ("SizeOverhead", Component.MINIMUM_SIZE),
        ("S3ObjectOverhead", Component.ARCHIVE_NAMES),
        ("ObjectOverhead", Component.ARCHIVE_INDEX),
        ("StagingStorage", Component.UNFINISHED),
    ):
        if type.name.endswith(ending):
            return component
    return Component.STORAGE
