"""What is forgotten, and what must not be."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bot.core.query import Query
from bot.core.schedule import Weekly
from bot.errors import QueryError
from bot.store.checkpoints import SqlCheckpoints, SqlLandmarks
from bot.store.database import Database
from bot.store.receipts import SqlReceipts
from bot.store.schema import receipts, subscriptions, threads
from bot.store.subscriptions import SqlSubscriptions
from bot.store.threads import SqlThreads

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    opened = Database.open(f"sqlite:///{tmp_path}/s3monitor.db")
    await opened.migrate()
    yield opened
    await opened.close()


async def test_receipts_do_not_pile_up(database: Database):
    """Of many days' receipts one day's are left."""
    store = SqlReceipts(database)
    for hours in range(0, 100, 10):
        await store.first(f"Ev{hours}", NOW + timedelta(hours=hours))
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(receipts)) == 3


async def test_threads_are_forgotten_after_a_year(database: Database):
    """Counted from the last question asked in them."""
    store = SqlThreads(database)
    await store.remember("C1", "1.1", Query(), NOW)
    await store.remember("C1", "1.2", Query(), NOW)
    await store.remember("C1", "1.1", Query(top=3), NOW + timedelta(days=1))
    await store.remember("C1", "1.3", Query(), NOW + timedelta(days=366))
    recalled = [await store.recall("C1", ts) for ts in ("1.1", "1.2", "1.3")]
    assert recalled == [Query(top=3), None, Query()]


@pytest.mark.parametrize(("kind", "days"), [(SqlCheckpoints, 2), (SqlLandmarks, 90)])
async def test_scans_that_nobody_went_on_with_are_forgotten(
    database: Database, kind: type[SqlCheckpoints] | type[SqlLandmarks], days: int
):
    """What they learned of a bucket is of use for longer."""
    await kind(database, lambda: NOW).save("old", {})
    await kind(database, lambda: NOW + timedelta(days=days)).save("young", {})
    late = kind(database, lambda: NOW + timedelta(days=days, hours=1))
    assert await late.load("old") == {}
    await late.save("new", {})
    assert [await late.load(name) for name in ("old", "young", "new")] == [None, {}, {}]


async def test_a_question_that_is_none_any_more_stops_no_other_digest(
    database: Database,
):
    """After an upgrade that changed the language: logged, left out, and removable."""
    store = SqlSubscriptions(database)
    old = await store.add("C1", Weekly(0, 9), Query(), "U1", NOW)
    new = await store.add("C1", Weekly(0, 10), Query(), "U1", NOW)
    async with database.write() as connection:
        await connection.execute(
            update(subscriptions).where(subscriptions.c.id == old.id).values(query="colour=blue")
        )
    with capture_logs() as logged:
        assert await store.all() == (new,)
    assert [entry["action"] for entry in logged] == ["subscription_unreadable"]
    assert await store.remove("C1", old.id)


async def test_a_thread_whose_question_is_none_any_more_says_so(database: Database):
    """Its next follow-up is told what is wrong rather than met with silence."""
    store = SqlThreads(database)
    await store.remember("C1", "1.1", Query(), NOW)
    async with database.write() as connection:
        await connection.execute(update(threads).values(query="colour=blue"))
    with pytest.raises(QueryError):
        await store.recall("C1", "1.1")
