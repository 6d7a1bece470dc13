import asyncio
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.store.database import Database


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("s3monitor.db", "cannot be understood"),
        ("mysql://db/s3monitor", "`mysql` is not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_url_that_cannot_be_one(url: str, problem: str):
    """Is told with examples of those that can."""
    with pytest.raises(StoreError, match=problem) as told:
        Database.open(url)
    assert "sqlite:////var/lib/s3monitor/s3monitor.db" in told.value.advice


async def test_its_folder_is_made(tmp_path: Path):
    """A first start needs no preparation."""
    database = Database.open(f"sqlite:///{tmp_path}/var/lib/s3monitor.db")
    await database.migrate()
    await database.check()
    await database.close()
    assert database.place == f"{tmp_path}/var/lib/s3monitor.db"


@pytest.mark.parametrize(
    ("place", "why"), [("file/s3monitor.db", "File exists"), ("folder", "Is a directory")]
)
async def test_a_file_that_cannot_be_made(place: str, why: str, tmp_path: Path):
    """Something else is in its place, or in its folder's."""
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    database = Database.open(f"sqlite:///{tmp_path}/{place}")
    with pytest.raises(StoreError, match=rf"{place} cannot be made or written \({why}\)"):
        await database.migrate()


async def test_a_file_that_cannot_be_opened(tmp_path: Path):
    """Its folder is gone."""
    database = Database.open(f"sqlite:///{tmp_path}/gone/s3monitor.db")
    with pytest.raises(StoreError, match=r"cannot be opened\. Check that its folder exists"):
        await database.check()
    await database.close()
    # aiosqlite 0.22 does not wait for the thread of a connection that failed
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join)


async def test_a_file_of_another_kind_is_left_alone(tmp_path: Path):
    """Nothing is written to a file that is no database."""
    other = tmp_path / "s3monitor.db"
    other.write_text("Dear diary, " * 100)
    database = Database.open(f"sqlite:///{other}")
    with pytest.raises(StoreError, match="is not an SQLite database"):
        await database.migrate()
    await database.close()
    assert other.read_text() == "Dear diary, " * 100


async def test_a_damaged_file(tmp_path: Path):
    """Its pages overwritten: `check` says so, and to restore a backup."""
    path = tmp_path / "s3monitor.db"
    database = Database.open(f"sqlite:///{path}")
    await database.migrate()
    await database.close()
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(StoreError, match=r"is damaged\. Restore it from a backup"):
        await database.check()
    await database.close()


async def test_a_file_that_may_only_be_read(tmp_path: Path):
    """`check` writes, so that a bot that cannot does not say that it is ready."""
    path = tmp_path / "s3monitor.db"
    database = Database.open(f"sqlite:///{path}")
    await database.migrate()
    await database.close()
    reader = Database.open(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(StoreError, match=r"cannot be written\. Let the bot's user write"):
        await reader.check()
    await reader.close()


async def test_a_file_that_another_process_locks(tmp_path: Path):
    """After its patience is over, a writer says who stands in the way."""
    path = tmp_path / "s3monitor.db"
    database = Database.open(f"sqlite:///{path}", patience=0)
    await database.migrate()
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="was locked by another process"):
            await database.check()
        async with database.read() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM snapshots")) == 0
    await database.check()
    await database.close()


async def test_sqlite_is_set_up_to_last(tmp_path: Path):
    """Write-ahead log, every commit on the disk, foreign keys enforced."""
    database = Database.open(f"sqlite:///{tmp_path}/s3monitor.db")
    await database.migrate()
    async with database.read() as connection:
        found = [
            await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    await database.close()
    assert found == ["wal", 2, 1, 30_000]


async def test_a_server_that_does_not_answer(unused_tcp_port: int):
    """The place is told, the password is not."""
    pytest.importorskip("asyncpg")
    database = Database.open(f"postgres://bot:hunter2@127.0.0.1:{unused_tcp_port}/s3monitor")
    with pytest.raises(StoreError, match="cannot be reached") as told:
        await database.migrate()
    await database.close()
    assert f"postgresql://bot:***@127.0.0.1:{unused_tcp_port}/s3monitor" in told.value.problem
    assert "hunter2" not in str(told.value)


def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch):
    """The optional package is named."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(StoreError, match=r"pip install 's3monitor\[postgres\]'"):
        Database.open("postgresql://db/s3monitor")
