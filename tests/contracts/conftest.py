"""Each contract runs over the fakes in memory, over SQLite and over PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.aws.listing import Checkpoints
from bot.flows.ports import (
    Bills,
    Deliveries,
    PriceBooks,
    Receipts,
    Snapshots,
    Spending,
    Subscriptions,
    Threads,
)
from bot.store.bills import SqlBills
from bot.store.checkpoints import SqlCheckpoints, SqlLandmarks
from bot.store.database import Database
from bot.store.deliveries import SqlDeliveries
from bot.store.price_books import SqlPriceBooks
from bot.store.receipts import SqlReceipts
from bot.store.snapshots import SqlSnapshots
from bot.store.spending import SqlSpending
from bot.store.subscriptions import SqlSubscriptions
from bot.store.threads import SqlThreads
from tests.fakes.store import (
    MemoryBills,
    MemoryCheckpoints,
    MemoryDeliveries,
    MemoryPriceBooks,
    MemoryReceipts,
    MemorySnapshots,
    MemorySpending,
    MemorySubscriptions,
    MemoryThreads,
)

MISSING = "PostgreSQL NOT TESTED: no initdb or no asyncpg here (apt-get install postgresql)"


@dataclass
class Store:
    """Every port of the store, over one body of data."""

    snapshots: Snapshots
    threads: Threads
    receipts: Receipts
    subscriptions: Subscriptions
    deliveries: Deliveries
    price_books: PriceBooks
    bills: Bills
    checkpoints: Checkpoints
    spending: Spending
    landmarks: Checkpoints


#: Opens the data once more: what a second replica, or a restarted bot, sees.
Reopen = Callable[[], Awaitable[Store]]


def sql_store(database: Database) -> Store:
    """The real ones."""
    return Store(
        SqlSnapshots(database),
        SqlThreads(database),
        SqlReceipts(database),
        SqlSubscriptions(database),
        SqlDeliveries(database),
        SqlPriceBooks(database),
        SqlBills(database),
        SqlCheckpoints(database, lambda: datetime.now(UTC)),
        SqlSpending(database),
        SqlLandmarks(database, lambda: datetime.now(UTC)),
    )


def memory_store() -> Store:
    """The fakes."""
    subscriptions = MemorySubscriptions()
    return Store(
        MemorySnapshots(),
        MemoryThreads(),
        MemoryReceipts(),
        subscriptions,
        MemoryDeliveries(subscriptions),
        MemoryPriceBooks(),
        MemoryBills(),
        MemoryCheckpoints(),
        MemorySpending(),
        MemoryCheckpoints(),
    )


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the data is kept in."""
    return request.param


@pytest.fixture
async def url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where a database may be made; of no use to the fakes."""
    if kind == "postgresql":
        return await empty(f"{request.getfixturevalue('postgresql')}/postgres?sslmode=disable")
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
async def reopen(kind: str, url: str) -> AsyncIterator[Reopen]:
    """Opens the same data again and again; the fakes are their own data."""
    opened: list[Database] = []
    memory = memory_store()

    async def again() -> Store:
        if kind == "memory":
            return memory
        opened.append(Database.open(url))
        await opened[-1].migrate()
        return sql_store(opened[-1])

    yield again
    for database in opened:
        await database.close()


@pytest.fixture
async def store(reopen: Reopen) -> Store:
    """A store with nothing in it."""
    return await reopen()


async def empty(url: str) -> str:
    """Forget all that is in the database; making a new one takes a second."""
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    return url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of this test session's own, on loopback."""
    pytest.importorskip("asyncpg", reason=MISSING)
    initdb = shutil.which("initdb") or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None
    )
    if initdb is None:
        pytest.skip(MISSING)
    # PostgreSQL refuses to run as root, so root hands over to the user that Debian's package made;
    # in a folder of its own, because pytest's are closed to other users
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="s3monitor-postgresql-") as folder:
        if user:
            shutil.chown(folder, user)
        yield from serve(initdb, Path(folder), user)


def serve(initdb: str, data: Path, user: str | None) -> Iterator[str]:
    """Run a server on loopback over a new cluster in `data`, as `user`."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    common = {"user": user, "cwd": data, "check": True, "capture_output": True}
    subprocess.run(
        [initdb, "-D", data, "-U", "s3monitor", "-A", "trust", "-E", "UTF8", "-N"], **common
    )
    control = Path(initdb).with_name("pg_ctl")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    log = data / "log"
    subprocess.run([control, "-D", data, "-o", options, "-l", log, "-w", "start"], **common)
    try:
        yield f"postgresql://s3monitor@127.0.0.1:{port}"
    finally:
        subprocess.run([control, "-D", data, "-m", "immediate", "-w", "stop"], **common)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(MISSING, yellow=True, bold=True)
