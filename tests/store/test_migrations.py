"""Databases of earlier versions, and migrations to come."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.core.digest import Subscription
from bot.core.snapshot import Scope
from bot.store import migrations
from bot.store.bills import SqlBills
from bot.store.database import Database
from bot.store.deliveries import SqlDeliveries
from bot.store.price_books import SqlPriceBooks
from bot.store.receipts import SqlReceipts
from bot.store.snapshots import SqlSnapshots
from bot.store.subscriptions import SqlSubscriptions
from bot.store.threads import SqlThreads
from tests.contracts.estate import NOW, snapshot
from tests.store.dump import BILL, BOOK, GOLDEN, LEASE, LOGS, SLOT, WEEKLY, fill

REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(migrations.config()).walk_revisions()
]


def test_every_revision_has_a_golden_database():
    """A new one is made by `python -m tests.store.dump`."""
    assert {path.name for path in GOLDEN.glob("*.sql")} == {
        f"revision-{revision}.sql" for revision in REVISIONS
    }


@pytest.mark.parametrize("revision", [each for each in REVISIONS if each >= "0002"])
async def test_prices_and_bills_of_an_earlier_version_stay(revision: str, tmp_path: Path):
    """Old reports reprice as they were."""
    path = tmp_path / "s3monitor.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript((GOLDEN / f"revision-{revision}.sql").read_text())
    database = Database.open(f"sqlite:///{path}")
    await database.migrate()
    found = (
        await SqlPriceBooks(database).at(NOW),
        await SqlBills(database).of(BILL.month, BILL.accounts),
    )
    await database.close()
    assert found == (BOOK, BILL)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_database_of_an_earlier_version_upgrades(revision: str, tmp_path: Path):
    """Everything in it is there afterwards, and goes on to work."""
    path = tmp_path / "s3monitor.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript((GOLDEN / f"revision-{revision}.sql").read_text())
    database = Database.open(f"sqlite:///{path}")
    await database.migrate()
    await database.check()
    (kept,) = await SqlSubscriptions(database).all()
    deliveries = SqlDeliveries(database)
    late = NOW + timedelta(hours=1)
    crashed = await deliveries.claim(kept.id, SLOT + timedelta(weeks=1), late, LEASE)
    found = (
        await SqlSnapshots(database).latest(Scope(), NOW),
        await SqlThreads(database).recall("C1", "1.000100"),
        await SqlReceipts(database).first("Ev1", NOW),
        kept,
        await deliveries.claim(kept.id, SLOT, late, LEASE),
        crashed and crashed.retried,
    )
    await database.close()
    subscription = Subscription(kept.id, "C1", WEEKLY, LOGS, "U1", NOW)
    assert found == (snapshot(), LOGS, False, subscription, None, True)


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = {head!r}


def upgrade():
    with op.batch_alter_table("subscriptions", recreate="always") as table:
        table.add_column(sa.Column("paused", sa.Boolean, server_default=sa.false()))
    {then}
"""


@pytest.mark.parametrize(
    ("then", "revision", "columns"), [("pass", "next", 11), ("1 / 0", migrations.head(), 10)]
)
async def test_a_rebuilt_table_keeps_what_refers_to_it(
    then: str, revision: str, columns: int, tmp_path: Path
):
    """As a later migration will rebuild one; one that fails leaves everything as it was."""
    database = Database.open(f"sqlite:///{tmp_path}/s3monitor.db")
    await database.migrate()
    await fill(database)
    scripts = tmp_path / "versions"
    scripts.mkdir()
    (scripts / "next.py").write_text(NEXT.format(head=migrations.head(), then=then))
    later = migrations.config()
    shipped = Path(migrations.__file__).parent / "versions"
    later.set_main_option("version_locations", f"{shipped}:{scripts}")
    try:
        await database.migrate(later)
    except ZeroDivisionError:
        assert then == "1 / 0"
    async with database.read() as connection:
        found = [
            await connection.scalar(text(question))
            for question in (
                "SELECT version_num FROM alembic_version",
                "SELECT count(*) FROM pragma_table_info('subscriptions')",
                "SELECT count(*) FROM subscriptions",
                "SELECT count(*) FROM deliveries",
            )
        ]
    await database.close()
    assert found == [revision, columns, 1, 2]
