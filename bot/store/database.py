"""The database: one SQLite file, or PostgreSQL for more than one replica."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import StoreError
from bot.store import migrations

EXAMPLES = (
    "Use for example sqlite:////var/lib/s3monitor/s3monitor.db or "
    "postgresql://user:password@host/s3monitor."
)

#: Seconds that a writer of an SQLite file waits for others, each of whom takes milliseconds.
BUSY_SECONDS = 30

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class Database:
    """A database that is open. Made by `open`; connects when it is first used.

    Any failure inside `read` and `write` comes out as a StoreError with advice.
    """

    def __init__(self, url: URL, patience: float = BUSY_SECONDS) -> None:
        self._url = url
        self._patience = patience
        self._engine = _engine(url, patience)
        self._writer = self._engine.execution_options(writes=True)

    @classmethod
    def open(cls, url: str, patience: float = BUSY_SECONDS) -> Database:
        """The database at a URL like `sqlite:///s3monitor.db` or `postgresql://host/name`.

        patience: seconds to wait for another writer of an SQLite file.
        Connects to nothing yet. Raises StoreError for a URL that cannot be one.
        """
        return cls(_parse(url), patience)

    async def migrate(self, scripts: Config | None = None) -> None:
        """Create or upgrade the tables; safe while other replicas do the same.

        scripts: Alembic's configuration; None for the scripts of this package.
        Raises StoreError, and then leaves everything as it was.
        """
        # Alembic rebuilds a table that SQLite cannot alter, and dropping the old one would
        # delete what refers to it: so over a connection that does not enforce foreign keys,
        # which SQLite cannot switch inside a transaction.
        engine = _engine(self._url, self._patience, foreign_keys=False, poolclass=NullPool)
        try:
            if self._url.get_backend_name() == "sqlite":
                await asyncio.to_thread(_make_file, self._url)
            async with _told(self._url), engine.execution_options(writes=True).begin() as opened:
                await opened.run_sync(migrations.upgrade, scripts)
        finally:
            await engine.dispose()

    async def check(self) -> None:
        """Raise StoreError unless the database answers, is up to date and can be written."""
        async with self.write() as connection:
            found = await connection.run_sync(migrations.current)
            if found != migrations.head():
                raise StoreError(
                    f"The database {self.place} is not of this version (it is at {found}).",
                    "Start s3monitor once with `s3monitor run`, which migrates it.",
                )
            await connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    async def close(self) -> None:
        """Close every connection. The database may be used again; it then opens new ones."""
        await self._engine.dispose()

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        return _place(self._url)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read over; what it reads is of one moment on SQLite."""
        async with _told(self._url), self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction to write in: committed at the end, rolled back when something raises."""
        async with _told(self._url), self._writer.begin() as connection:
            yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT."""
        if self._url.get_backend_name() == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("The database's URL cannot be understood.", EXAMPLES) from error
    driver = DRIVERS.get(parsed.drivername)
    if driver is None:
        raise StoreError(f"A database of kind `{parsed.drivername}` is not supported.", EXAMPLES)
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise StoreError("The database needs a file: it must survive a restart.", EXAMPLES)
    if "sslmode" in parsed.query:
        # libpq's word, in the URL of every hosted PostgreSQL; asyncpg's is ssl
        mode = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed.set(drivername=driver)


def _place(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def _make_file(url: URL) -> None:
    """Make an SQLite file and its folder; where that fails, the system knows better why."""
    if "uri" in url.query:
        return  # SQLite's own kind of URL, which says itself what may be made
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise StoreError(
            f"The database {path} cannot be made or written ({error.strerror}).",
            "Let the bot's user write its folder, or choose another place for it.",
        ) from error


def _engine(url: URL, patience: float, *, foreign_keys: bool = True, **options: Any) -> AsyncEngine:
    if url.get_backend_name() == "postgresql":
        try:
            # A server that restarted leaves dead connections in the pool: look before use
            return create_async_engine(url, pool_pre_ping=True, **options)
        except ModuleNotFoundError as error:
            raise StoreError(
                "PostgreSQL needs the package asyncpg.", "Type: pip install 's3monitor[postgres]'"
            ) from error
    # isolation_level None: sqlite3 opens no transactions of its own, SQLAlchemy says when
    connect = {"timeout": patience, "isolation_level": None}
    engine = create_async_engine(url, connect_args=connect, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        with ExitStack() as if_refused:
            # The pool forgets a connection that this refuses, and its thread would live on
            if_refused.callback(connection.close)
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode = WAL")
            # A digest's claim must outlive a power cut, or the digest is sent twice
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
            cursor.close()
            if_refused.pop_all()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and then writes fails at once when another wrote in
        # between; an immediate one waits its turn. https://www.sqlite.org/lang_transaction.html
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@asynccontextmanager
async def _told(url: URL) -> AsyncIterator[None]:
    """Turn what goes wrong inside into a StoreError."""
    place = _place(url)
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        problem, advice = _explain(error)
        raise StoreError(f"The database {place} {problem}.", advice) from error
    except CommandError as error:
        raise StoreError(
            f"The database {place} was written by a newer s3monitor ({error}).",
            "Install that version again, or restore the backup from before it.",
        ) from error


#: SQLite's result codes, what they mean here and what to do. https://www.sqlite.org/rescode.html
SQLITE_SAYS = {
    "SQLITE_BUSY": (
        "was locked by another process for too long",
        "Stop the other process, or use PostgreSQL for several replicas.",
    ),
    "SQLITE_CANTOPEN": ("cannot be opened", "Check that its folder exists and may be written."),
    "SQLITE_READONLY": ("cannot be written", "Let the bot's user write the file and its folder."),
    "SQLITE_FULL": ("has no room left on its disk", "Free some space on it."),
    "SQLITE_IOERR": (
        "could not be read or written by the operating system",
        "Check the disk; a network file system does not do for SQLite.",
    ),
    "SQLITE_NOTADB": ("is not an SQLite database", "Choose another file, or move this one away."),
    "SQLITE_CORRUPT": ("is damaged", "Restore it from a backup, or move it away to start anew."),
}


def _explain(error: Exception) -> tuple[str, str]:
    """What happened to the database, and what to do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # SQLITE_READONLY_DIRECTORY and the like begin with the name of their family
        name = getattr(cause, "sqlite_errorname", "")
        for family, said in SQLITE_SAYS.items():
            if name.startswith(family):
                return said
        if "no such table" in str(cause):
            return "has no tables yet", "Start s3monitor once with `s3monitor run`."
    if isinstance(cause, OSError):
        return f"cannot be reached ({cause})", "Check the URL, and that the server is running."
    said_by_driver = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    return f"could not be used ({said_by_driver})", "See the log for the whole error."
