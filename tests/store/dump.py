"""Writes the golden database of a new revision: `python -m tests.store.dump`, before release.

Each stays in the repository for ever, as SQL: databases like it are out there.
"""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bot.core.bill import Bill, BillLine
from bot.core.language import parse_query
from bot.core.prices import ClassRules, PriceBook, PriceSource, Tier
from bot.core.schedule import Weekly
from bot.store import migrations
from bot.store.bills import SqlBills
from bot.store.database import Database
from bot.store.deliveries import SqlDeliveries
from bot.store.price_books import SqlPriceBooks
from bot.store.receipts import SqlReceipts
from bot.store.snapshots import SqlSnapshots
from bot.store.spending import SqlSpending
from bot.store.subscriptions import SqlSubscriptions
from bot.store.threads import SqlThreads
from tests.contracts.estate import NOW, snapshot

GOLDEN = Path(__file__).parent / "golden"

WEEKLY = Weekly(0, 9, 30, "Europe/Paris")
LOGS = parse_query("report bucket=logs-* unit=TB")
SLOT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
LEASE = timedelta(minutes=10)

READ = PriceSource("AmazonS3 20260301000000", NOW.date())
BOOK = PriceBook(
    NOW.date(),
    {("eu-west-1", "STANDARD"): (Tier(51_200, Decimal("0.023"), READ),)},
    rules={"STANDARD_IA": ClassRules(min_billable_bytes=131_072, min_days=30)},
    prefixes={"eu-west-1": "EU"},
)
LINE = BillLine(
    "EU-TimedStorage-ByteHrs",
    "Usage",
    "eu-west-1",
    "TimedStorage-ByteHrs",
    Decimal("1024.0000000001"),
    "GB-Month",
    Decimal("23.5520000023"),
)
BILL = Bill(date(2026, 2, 1), frozenset({"111111111111"}), (LINE,), NOW, True, 1)


async def fill(database: Database) -> None:
    """A snapshot, a thread, a receipt, a digest delivered and one claimed, prices, a bill, a listing paid."""
    await SqlSnapshots(database).keep(snapshot())
    await SqlThreads(database).remember("C1", "1.000100", LOGS, NOW)
    await SqlReceipts(database).first("Ev1", NOW)
    added = await SqlSubscriptions(database).add("C1", WEEKLY, LOGS, "U1", NOW)
    deliveries = SqlDeliveries(database)
    done = await deliveries.claim(added.id, SLOT, NOW, LEASE)
    assert done
    await deliveries.delivered(done, "1.000200", NOW)
    await deliveries.claim(added.id, SLOT + timedelta(weeks=1), NOW, LEASE)
    await SqlPriceBooks(database).keep(BOOK, NOW)
    await SqlBills(database).keep(BILL)
    await SqlSpending(database).hold("listing", NOW.date(), Decimal("0.125"), None)


async def write() -> None:
    """Fill a database and write it down."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s3monitor.db"
        database = Database.open(f"sqlite:///{path}")
        await database.migrate()
        await fill(database)
        await database.close()
        with closing(sqlite3.connect(path)) as opened:
            script = "\n".join(opened.iterdump())
    (GOLDEN / f"revision-{migrations.head()}.sql").write_text(f"{script}\n")


if __name__ == "__main__":
    asyncio.run(write())
