"""Compare a month's bill with what the bot's own history says it should have been."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.core.bill import compare
from bot.core.month import month_to_date
from bot.core.outcome import Billed
from bot.core.query import BillAsked
from bot.core.snapshot import Scope, Snapshot
from bot.core.terms import Terms
from bot.errors import QueryError
from bot.flows.ports import Clock, Snapshots
from bot.flows.read_bill import ReadBill
from bot.flows.refresh_prices import Prices

#: Snapshots of a month are looked for a day apart.
DAY = timedelta(days=1)


class CompareBill:
    """Turns `bill 2026-10` into that month's bill beside its estimate."""

    def __init__(
        self,
        read: ReadBill | None,
        snapshots: Snapshots,
        prices: Prices,
        terms: Terms,
        clock: Clock,
    ) -> None:
        self._read = read
        self._snapshots = snapshots
        self._prices = prices
        self._terms = terms
        self._clock = clock

    async def __call__(self, asked: BillAsked) -> Billed:
        """The comparison.

        Raises QueryError for a month to come and where reading bills is not switched on,
        PriceError when Cost Explorer refuses.
        """
        if self._read is None:
            raise QueryError(
                "Reading the bill is switched off: Cost Explorer charges $0.01 for each request.",
                "Set `S3MONITOR_BILL=true` to allow it; readings are kept for a day.",
            )
        today = self._clock.now().date()
        month = asked.month or (today.replace(day=1) - DAY).replace(day=1)
        if month > today:
            raise QueryError(f"{month:%B %Y} has not been billed yet.", "Try `bill`.")
        bill = await self._read(month)
        start = datetime(month.year, month.month, 1, tzinfo=UTC)
        until = min((start + timedelta(days=32)).replace(day=1), self._clock.now())
        kept = await self._history(start, until)
        book = await self._prices.at(until)
        estimated = await asyncio.to_thread(month_to_date, kept, book, until, self._terms)
        return Billed(asked, compare(bill, estimated.estimate), estimated.unseen)

    async def _history(self, start: datetime, until: datetime) -> list[Snapshot]:
        """About one snapshot a day, from the day before the month on."""
        found: dict[datetime, Snapshot] = {}
        moment = start - DAY / 2
        while moment < until:
            near = await self._snapshots.near(Scope(), moment, DAY / 2)
            if near is not None:
                found[near.taken_at] = near
            moment += DAY
        return list(found.values())
