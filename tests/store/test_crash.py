"""A process that is killed while it writes."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bot.core.snapshot import Scope
from bot.store.database import Database
from bot.store.snapshots import SqlSnapshots
from tests.contracts.estate import NOW, snapshot

KEEP = """
import asyncio, sys
from datetime import timedelta
from bot.store.database import Database
from bot.store.snapshots import SqlSnapshots
from tests.contracts.estate import NOW, snapshot

async def main():
    database = Database.open(sys.argv[1])
    await database.migrate()
    snapshots = SqlSnapshots(database)
    async def keep_on(first):
        number = first
        while True:
            await snapshots.keep(snapshot(NOW + timedelta(seconds=number)))
            print(number, flush=True)
            number += 3
    await asyncio.gather(*map(keep_on, range(3)))

asyncio.run(main())
"""


async def test_what_was_kept_before_a_kill_is_there(tmp_path: Path):
    """Three writers are killed in full swing: the file is sound, nothing that was said is lost."""
    path = tmp_path / "s3monitor.db"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KEEP, f"sqlite:///{path}"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    said = [int(await process.stdout.readline()) for _ in range(20)]
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    said += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]

    database = Database.open(f"sqlite:///{path}")
    await database.migrate()
    await database.check()
    store = SqlSnapshots(database)
    moments = [NOW + timedelta(seconds=number) for number in said]
    found = [await store.near(Scope(), moment, timedelta(0)) for moment in moments]
    await store.keep(snapshot(NOW - timedelta(days=1)))
    await database.close()
    assert found == [snapshot(moment) for moment in moments]
    with closing(sqlite3.connect(path)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert opened.execute("PRAGMA foreign_key_check").fetchall() == []
