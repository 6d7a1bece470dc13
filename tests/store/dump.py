"""Writes the golden database of a new revision: `python -m tests.store.dump`, before release.

Each stays in the repository for ever, as SQL: databases like it are out there.
"""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.language import parse_query
from bot.core.schedule import Weekly
from bot.store import migrations
from bot.store.database import Database
from bot.store.deliveries import SqlDeliveries
from bot.store.receipts import SqlReceipts
from bot.store.snapshots import SqlSnapshots
from bot.store.subscriptions import SqlSubscriptions
from bot.store.threads import SqlThreads
from tests.contracts.estate import NOW, snapshot

GOLDEN = Path(__file__).parent / "golden"

WEEKLY = Weekly(0, 9, 30, "Europe/Paris")
LOGS = parse_query("report bucket=logs-* unit=TB")
SLOT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
LEASE = timedelta(minutes=10)


async def fill(database: Database) -> None:
    """A snapshot, a thread, a receipt, a delivered digest and one that was claimed."""
    await SqlSnapshots(database).keep(snapshot())
    await SqlThreads(database).remember("C1", "1.000100", LOGS, NOW)
    await SqlReceipts(database).first("Ev1", NOW)
    added = await SqlSubscriptions(database).add("C1", WEEKLY, LOGS, "U1", NOW)
    deliveries = SqlDeliveries(database)
    done = await deliveries.claim(added.id, SLOT, NOW, LEASE)
    assert done
    await deliveries.delivered(done, "1.000200", NOW)
    await deliveries.claim(added.id, SLOT + timedelta(weeks=1), NOW, LEASE)


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
