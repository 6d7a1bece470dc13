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
    usage = (await lister.usage(Bucket("bucket", "us-east-1", None), versions=bool(sys.argv[3:]))).usage
    await lister.close()
    await database.close()
    def pair(tally):
        return tally and [tally.objects, tally.bytes]
    print(json.dumps({
        "objects": usage.objects, "bytes": usage.bytes,
        "newest": usage.newest.key,
        "cells": [(c.kind, c.month, c.band, c.tally.objects, c.tally.bytes) for c in usage.cells],
        "noncurrent": pair(usage.noncurrent), "markers": usage.delete_markers,
        "unfinished": pair(usage.unfinished),
    }))

asyncio.run(main())
"""


async def scanning(address: str, database: Path, *, versions: bool) -> asyncio.subprocess.Process:
    """A scan in its own process."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SCAN,
        address,
        f"sqlite:///{database}",
        *(["versions"] if versions else []),
        stdout=-1,
    )


async def killed_and_again(
    endpoint: Endpoint, folder: Path, *, killed_at: int, versions: bool = False
) -> tuple[dict[str, Any], int]:
    """What a second scan finds after the first was killed, and the requests that it takes.

    killed_at: requests that the first one sends.
    """
    reached = asyncio.Event()

    async def slowly(endpoint: Endpoint, request: web.Request, body: str) -> Any:
        if len(endpoint.requests) >= killed_at:
            reached.set()
        await asyncio.sleep(0.02)
        return web.Response(text=body, content_type="application/xml")

    async with serving(endpoint) as address:
        endpoint.faults = [slowly] * 10_000
        first = await scanning(address, folder / "killed.db", versions=versions)
        await reached.wait()
        first.send_signal(signal.SIGKILL)
        await first.communicate()
        seen = len(endpoint.requests)
        endpoint.faults = []
        second = await scanning(address, folder / "killed.db", versions=versions)
        found, _ = await second.communicate()
    usage: dict[str, Any] = json.loads(found)
    return usage, len(endpoint.requests) - seen


async def test_a_killed_scan_goes_on_exactly(tmp_path: Path) -> None:
    """The result is that of a scan that nobody killed, for fewer requests than two scans."""
    held = things(800, seed=3)
    usage, again = await killed_and_again(Endpoint(held, page=8), tmp_path, killed_at=50)
    assert (usage["objects"], usage["newest"]) == (len(held), newest_of(held)[0])
    cells = {(kind, month, band): (n, size) for kind, month, band, n, size in usage["cells"]}
    assert cells == counted(held)
    assert again < len(held) / 8
