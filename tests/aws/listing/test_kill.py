"""kill -9 in the middle of a scan, and the same scan again in another process."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.aws.listing.endpoint import Endpoint, serving, things
from tests.aws.listing.test_engine import counted, newest_of

SCAN = """
import asyncio, json, sys
from datetime import UTC, datetime
from bot.aws.listing import S3Lister
from bot.clock import Clock
from bot.core.usage import Bucket
from bot.store.checkpoints import SqlCheckpoints
from bot.store.database import Database
from tests.aws.listing.conftest import client

async def main():
    database = Database.open(sys.argv[2])
    await database.migrate()
    checkpoints = SqlCheckpoints(database, lambda: datetime.now(UTC))
    lister = S3Lister(lambda bucket: client(sys.argv[1]), Clock(), concurrency=4,
        checkpoints=checkpoints, save_every=0.01)
    usage = (await lister.usage(Bucket("bucket", "us-east-1", None))).usage
    await lister.close()
    await database.close()
    cells = [(c.kind, c.month, c.band, c.tally.objects, c.tally.bytes) for c in usage.cells]
    print(json.dumps([usage.objects, usage.newest.key, cells]))

asyncio.run(main())
"""


async def scanning(address: str, database: Path) -> asyncio.subprocess.Process:
    """A scan in its own process."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCAN, address, f"sqlite:///{database}", stdout=-1
    )


async def test_a_killed_scan_goes_on_exactly(tmp_path: Path) -> None:
    """The result is that of a scan that nobody killed, for fewer requests than two scans."""
    killed_at = 50
    held = things(800, seed=3)
    endpoint = Endpoint(held, page=8)
    reached = asyncio.Event()

    async def slowly(endpoint: Endpoint, request: web.Request, body: str) -> Any:
        if len(endpoint.requests) >= killed_at:
            reached.set()
        await asyncio.sleep(0.02)
        return web.Response(text=body, content_type="application/xml")

    async with serving(endpoint) as address:
        endpoint.faults = [slowly] * 10_000
        first = await scanning(address, tmp_path / "killed.db")
        await reached.wait()
        first.send_signal(signal.SIGKILL)
        await first.communicate()
        seen = len(endpoint.requests)
        endpoint.faults = []
        second = await scanning(address, tmp_path / "killed.db")
        found, _ = await second.communicate()
    objects, newest, cells = json.loads(found)
    assert (objects, newest) == (len(held), newest_of(held)[0])
    assert {(kind, month, band): (n, size) for kind, month, band, n, size in cells} == counted(held)
    assert len(endpoint.requests) - seen < len(held) / 8
