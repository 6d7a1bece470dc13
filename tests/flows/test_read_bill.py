"""Reading the bill: each reading costs money, so one serves for a day."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bot.core.bill import Bill
from bot.flows.read_bill import ReadBill
from tests.fakes.store import MemoryBills

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


@dataclass
class Hands:
    """A clock that is set by hand."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class MemoryBilling:
    """The port `Billing`: an empty bill, and how often it was read."""

    clock: Hands
    read_months: list[date] = field(default_factory=list)

    async def read(self, month: date, accounts: Collection[str] = ()) -> Bill:
        self.read_months.append(month)
        await asyncio.sleep(0)
        return Bill(month, frozenset(accounts), (), self.clock.now(), final=True, requests=1)


async def test_a_reading_serves_for_a_day() -> None:
    """Then the bill is read again."""
    clock = Hands()
    billing = MemoryBilling(clock)
    read = ReadBill(billing, MemoryBills(), clock)
    first = await read(OCTOBER)
    await clock.sleep(86_399)
    assert await read(OCTOBER) == first
    assert len(billing.read_months) == 1
    await clock.sleep(1)
    assert (await read(OCTOBER)).read_at == clock.now()
    assert len(billing.read_months) == 2


async def test_many_who_ask_at_once_pay_once() -> None:
    """Twenty questions, one cent."""
    clock = Hands()
    billing = MemoryBilling(clock)
    read = ReadBill(billing, MemoryBills(), clock)
    found = await asyncio.gather(*(read(OCTOBER) for _ in range(20)))
    assert len(billing.read_months) == 1
    assert all(bill == found[0] for bill in found)


async def test_other_months_and_accounts_are_other_bills() -> None:
    """One does not stand for the other."""
    clock = Hands()
    billing = MemoryBilling(clock)
    read = ReadBill(billing, MemoryBills(), clock)
    await read(OCTOBER)
    await read(OCTOBER, ["111111111111"])
    await read(date(2026, 9, 1))
    assert len(billing.read_months) == 3
