from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from bot.core.bill import Bill, BillLine
from tests.contracts.conftest import Reopen, Store

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)
LINE = BillLine(
    "EU-TimedStorage-ByteHrs",
    "Usage",
    "eu-west-1",
    "TimedStorage-ByteHrs",
    Decimal("1024.0000001"),
    "GB-Month",
    Decimal("23.5520000023"),
)
BILL = Bill(OCTOBER, frozenset(), (LINE,), NOW, final=True, requests=1)


async def test_a_bill_survives_restarts_to_the_last_digit(reopen: Reopen):
    """Dollars and quantities are exact."""
    await (await reopen()).bills.keep(BILL)
    assert await (await reopen()).bills.of(OCTOBER) == BILL


async def test_a_new_reading_replaces_the_old(store: Store):
    """AWS adds to a month until it is final."""
    later = replace(BILL, lines=(LINE, LINE), requests=2)
    await store.bills.keep(BILL)
    await store.bills.keep(later)
    assert await store.bills.of(OCTOBER) == later


async def test_months_and_accounts_are_told_apart(store: Store):
    """The bill of one account is not that of all; the order of accounts is no matter."""
    two = replace(BILL, accounts=frozenset({"222222222222", "111111111111"}))
    await store.bills.keep(BILL)
    await store.bills.keep(two)
    assert await store.bills.of(OCTOBER, ["222222222222", "111111111111"]) == two
    assert await store.bills.of(OCTOBER, ["111111111111"]) is None
    assert await store.bills.of(date(2026, 9, 1)) is None
