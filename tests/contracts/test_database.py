"""What SQLite and PostgreSQL alike must do as databases."""

import asyncio
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.core.snapshot import Scope
from bot.errors import StoreError
from bot.store.database import Database
from bot.store.schema import metadata
from bot.store.snapshots import SqlSnapshots
from tests.contracts.estate import NOW, snapshot

pytestmark = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])

MIGRATE = """
import asyncio, sys
from bot.store.database import Database

async def main():
    database = Database.open(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    await database.migrate()
    await database.check()
    await database.close()

asyncio.run(main())
"""


async def test_the_migrations_make_the_tables_of_the_schema(url: str):
    """What would have to be migrated still is nothing: columns, types, indexes, constraints."""

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return compare_metadata(context, metadata)

    database = Database.open(url)
    await database.migrate()
    async with database.read() as connection:
        found = await connection.run_sync(differences)
    await database.close()
    assert found == []


async def test_migrating_again_changes_nothing(url: str):
    """As at every start."""
    database = Database.open(url)
    await database.migrate()
    await SqlSnapshots(database).keep(snapshot())
    await database.migrate()
    await database.check()
    assert await SqlSnapshots(database).latest(Scope(), NOW) == snapshot()
    await database.close()


async def test_replicas_may_start_together(url: str):
    """Processes that find no tables, all at once: one makes them, every one is content."""
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", MIGRATE, url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout
        await process.stdout.readline()
    ended = await asyncio.gather(*(process.communicate(b"go\n") for process in started))
    assert [
        (errors.decode(), process.returncode)
        for (_, errors), process in zip(ended, started, strict=True)
    ] == [("", 0)] * 3


async def test_many_writers_take_turns(url: str):
    """Ten connections that read and write at once: nobody is refused."""
    database = Database.open(url)
    await database.migrate()
    store = SqlSnapshots(database)

    async def keep_and_read(objects: int) -> None:
        await store.keep(snapshot(objects=objects))
        await store.latest(Scope(), NOW)

    await asyncio.gather(*(keep_and_read(objects) for objects in range(2, 22)))
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM snapshots")) == 20
    await database.close()


async def test_what_fails_half_way_is_not_written(url: str):
    """A transaction is all or nothing."""
    database = Database.open(url)
    await database.migrate()

    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO scopes VALUES ('a', 'b')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM scopes")) == 0
    await database.close()


async def test_without_tables_it_says_how_to_get_them(url: str):
    """`check` tells a database that was never migrated."""
    database = Database.open(url)
    with pytest.raises(StoreError, match=r"not of this version \(it is at None\).*s3monitor run"):
        await database.check()
    await database.close()


async def test_a_database_of_a_newer_version_is_left_alone(url: str):
    """Neither `migrate` nor `check` touches what only a later version understands."""
    database = Database.open(url)
    await database.migrate()
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (database.migrate, database.check):
        with pytest.raises(StoreError, match=r"written by a newer s3monitor.*Install that version"):
            await use()
    await database.close()
