"""Each contract runs over the fakes in memory, over SQLite and over PostgreSQL."""

import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from bot.flows.ports import (
    Bills,
    Deliveries,
    PriceBooks,
    Receipts,
    Snapshots,
    Subscriptions,
    Threads,
)
from bot.store.bills import SqlBills
from bot.store.database import Database
from bot.store.deliveries import SqlDeliveries
from bot.store.price_books import SqlPriceBooks
from bot.store.receipts import SqlReceipts
from bot.store.snapshots import SqlSnapshots
from bot.store.subscriptions import SqlSubscriptions
from bot.store.threads import SqlThreads
from tests.fakes.store import (
    MemoryBills,
    MemoryDeliveries,
    MemoryPriceBooks,
    MemoryReceipts,
    MemorySnapshots,
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
    )


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the data is kept in."""
    return request.param


@pytest.fixture
async def reopen(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Reopen]:
    """Opens the same data again and again; the fakes are their own data."""
    opened: list[Database] = []
    memory = memory_store()

    async def again() -> Store:
        if kind == "memory":
            return memory
        opened.append(Database.open(url))
        await opened[-1].migrate()
        return sql_store(opened[-1])

    if kind == "postgresql":
        url = await new_database(request.getfixturevalue("postgresql"))
    else:
        url = f"sqlite:///{tmp_path}/store.db"
    yield again
    for database in opened:
        await database.close()


@pytest.fixture
async def store(reopen: Reopen) -> Store:
    """A store with nothing in it."""
    return await reopen()


async def new_database(server: str) -> str:
    """The URL of a new, empty database on the server."""
    import asyncpg

    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(f"{server}/postgres")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{server}/{name}?sslmode=disable"


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server of this test session's own, on loopback."""
    pytest.importorskip("asyncpg", reason=MISSING)
    initdb = shutil.which("initdb") or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None
    )
    if initdb is None:
        pytest.skip(MISSING)
    data = tmp_path_factory.mktemp("postgresql") / "data"
    # PostgreSQL refuses to run as root, so root hands over to the user that Debian's package made
    user = "postgres" if os.geteuid() == 0 else None
    data.mkdir()
    if user:
        shutil.chown(data, user)
        for folder in data.parents:
            if folder.is_relative_to(tmp_path_factory.getbasetemp().parent):
                folder.chmod(0o755)
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    common = {"user": user, "cwd": data, "check": True, "capture_output": True}
    subprocess.run([initdb, "-D", data, "-U", "s3monitor", "-A", "trust", "-E", "UTF8"], **common)
    control = Path(initdb).with_name("pg_ctl")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    log = data / "log"
    subprocess.run([control, "-D", data, "-o", options, "-l", log, "-w", "start"], **common)
    yield f"postgresql://s3monitor@127.0.0.1:{port}"
    subprocess.run([control, "-D", data, "-m", "immediate", "-w", "stop"], **common)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(MISSING, yellow=True, bold=True)
