"""Reading the bill: from what was read within a day, else from AWS for a cent."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from bot.core.bill import Bill
from bot.flows.ports import Billing, Bills, Clock

#: How long a reading serves. Cost Explorer itself is updated about once a day.
SERVES = timedelta(days=1)


class ReadBill:
    """Owns every reading of the bill: whoever asks at the same time shares one."""

    def __init__(self, billing: Billing, bills: Bills, clock: Clock) -> None:
        self._billing = billing
        self._bills = bills
        self._clock = clock
        self._one: defaultdict[date, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, month: date, accounts: Collection[str] = ()) -> Bill:
        """The bill of the month that begins on `month`. Raises PriceError, StoreError."""
        async with self._one[month]:
            known = await self._bills.of(month, accounts)
            if known is not None and self._clock.now() - known.read_at < SERVES:
                return known
            bill = await self._billing.read(month, accounts)
            await self._bills.keep(bill)
            return bill
