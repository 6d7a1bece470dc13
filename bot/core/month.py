"""Month to date: byte-hours from the snapshots of a month, as AWS bills them.

AWS adds up the bytes stored in every hour and divides by the hours of that month, 672 to 744
(https://aws.amazon.com/s3/faqs/#billing, "How will I be charged and billed").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.charges import Charges, Unpriced
from bot.core.cost import LIST_PRICES, Estimate, estimate_of
from bot.core.metering import charges
from bot.core.prices import PriceBook
from bot.core.snapshot import Snapshot
from bot.core.terms import Terms
from bot.core.usage import Usage

_HOUR = timedelta(hours=1)

#: How long a measurement is taken to hold when no newer one follows. CloudWatch's are daily,
#: and up to a day late.
HELD = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class MonthToDate:
    """What a month has cost so far.

    start, until: of the month in UTC, whole hours. hours: of the whole month.
    unseen: by bucket, the hours before `until` of which no measurement tells; their cost is
        missing in the estimate.
    """

    start: datetime
    until: datetime
    hours: int
    estimate: Estimate
    unseen: tuple[tuple[str, int], ...]

    @property
    def at_least(self) -> bool:
        """Whether it may have cost more."""
        return bool(self.unseen) or self.estimate.at_least

    @property
    def elapsed(self) -> int:
        """The month's hours that have passed."""
        return (self.until - self.start) // _HOUR


def month_to_date(
    snapshots: Iterable[Snapshot], book: PriceBook, until: datetime, terms: Terms = LIST_PRICES
) -> MonthToDate:
    """What the month of `until` has cost up to then, from its snapshots, in any order.

    A bucket holds what was measured last: until it is measured again, until a snapshot finds
    it gone, and for `HELD` at most. Snapshots from just before the month count as well. For a
    month that is over, `until` is the first moment of the next one.
    """
    until = _hour(until)
    start = (until - _HOUR).replace(day=1, hour=0)
    hours = ((start + timedelta(days=32)).replace(day=1) - start) // _HOUR
    history = _history(sorted(snapshots, key=lambda snapshot: snapshot.taken_at), until)
    weighted: dict[int, list[Usage]] = defaultdict(list)
    unseen: dict[str, int] = {}
    measured: set[str] = set()
    for bucket, spans in history.items():
        missing = (until - start) // _HOUR
        for usage, since, end in spans:
            length = max(timedelta(0), min(end, until) - max(since, start)) // _HOUR
            if length and usage is not None and (usage.cells or usage.objects is not None):
                weighted[length].append(usage)
                measured.add(bucket)
            missing -= length if usage is None or usage.cells or usage.objects is not None else 0
        if missing:
            unseen[bucket] = missing
    found = _added(((length, charges(usages, book)) for length, usages in weighted.items()))
    return MonthToDate(
        start,
        until,
        hours,
        estimate_of(found, measured, book, terms, hours),
        tuple(sorted(unseen.items())),
    )


#: What a bucket held from one moment to another; None for nothing, since it was not there.
Span = tuple[Usage | None, datetime, datetime]


def _history(snapshots: Sequence[Snapshot], until: datetime) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    for snapshot in snapshots:
        skipped = {skip.bucket for skip in snapshot.skipped}
        seen = {usage.bucket: usage for usage in snapshot.usages}
        taken = _hour(snapshot.taken_at)
        for bucket in skipped:
            spans.setdefault(bucket, [])  # it exists, if nothing else is known of it
        for bucket in spans.keys() - seen.keys() - skipped:
            if snapshot.scope.wants(bucket, None):
                _append(spans[bucket], None, taken, until)
        for bucket, usage in seen.items():
            moment = min(_hour(usage.as_of), taken)
            known = spans.setdefault(bucket, [])
            if not known and usage.created is not None:
                # not there before it was created, which costs nothing and is no gap
                born = min(_hour(usage.created), moment)
                known.append((None, datetime.min.replace(tzinfo=UTC), born))
            _append(known, usage, moment, moment + HELD)
    return spans


def _append(spans: list[Span], usage: Usage | None, since: datetime, end: datetime) -> None:
    if spans:
        last, began, ended = spans[-1]
        if since < began:
            return  # older than what is known already: metrics are up to two days late
        spans[-1] = (last, began, min(ended, since))
    spans.append((usage, since, end))


def _added(parts: Iterable[tuple[int, Charges]]) -> Charges:
    """Charges of several lengths in hours, as byte-hours and object-hours of one."""
    whole = Charges()
    unpriced: dict[Unpriced, int] = {}
    for length, part in parts:
        whole.certain.extend((charge, quantity * length) for charge, quantity in part.certain)
        whole.cheapest.extend((charge, quantity * length) for charge, quantity in part.cheapest)
        whole.dearest.extend((charge, quantity * length) for charge, quantity in part.dearest)
        whole.doubts |= part.doubts
        whole.unbounded |= part.unbounded
        for item in part.unpriced:
            same = replace(item, quantity=0)
            unpriced[same] = max(unpriced.get(same, 0), item.quantity)
    whole.unpriced.extend(replace(item, quantity=quantity) for item, quantity in unpriced.items())
    return whole


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
