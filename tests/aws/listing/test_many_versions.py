"""Versions over many pages, split and failing on the way: each is counted exactly once."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest
from aiohttp import web

from bot.core.usage import Tally, Usage, total
from tests.aws.listing.endpoint import (
    Endpoint,
    Fault,
    Version,
    VersionedEndpoint,
    cut_off,
    hang_up,
    not_xml,
    refuse,
    silence,
    versions,
)
from tests.aws.listing.test_engine import BUCKET, lister
from tests.aws.listing.test_kill import killed_and_again
from tests.fakes.store import MemoryCheckpoints

UPLOADS = {"a/one": [5, 6], "b": [7], "c/none": []}
PARTS = Tally(3, 18)


def tallies(held: list[Version]) -> tuple[Tally, Tally, int]:
    """Current objects, noncurrent versions and delete markers, counted one by one."""
    current = [each.size for each in held if each.latest and each.size is not None]
    old = [each.size for each in held if not each.latest and each.size is not None]
    markers = sum(each.size is None for each in held)
    return Tally(len(current), sum(current)), Tally(len(old), sum(old)), markers


def told(usage: Usage) -> tuple[Tally, Tally | None, int | None]:
    """The same as a usage has it."""
    return total(cell.tally for cell in usage.cells), usage.noncurrent, usage.delete_markers


@pytest.mark.parametrize("seed", range(4))
async def test_random_versions_are_counted_exactly(seed: int) -> None:
    """By many requests at once, with pages that end within a key."""
    held = versions(1500, seed)
    page = Random(seed).choice([3, 10, 40])
    endpoint = VersionedEndpoint([], page, versions=held, uploads=UPLOADS)
    async with lister(endpoint) as engine:
        listing = await engine.usage(BUCKET, versions=True)
    assert listing.usage.complete
    assert told(listing.usage) == tallies(held)
    assert listing.usage.unfinished == PARTS
    assert listing.stats.peak_concurrency > 4  # it was split


async def test_more_versions_of_one_key_than_a_page_holds() -> None:
    """Several pages within one key, and keys on both sides of it."""
    many = [Version("logs/many", f"v{number:04}", not number, number) for number in range(3500)]
    held = [Version("logs/a", "1", True, 2), *many, Version("logs/z", "1", True, 3)]
    endpoint = VersionedEndpoint([], versions=held)
    async with lister(endpoint) as engine:
        listing = await engine.usage(BUCKET, versions=True)
    assert told(listing.usage) == tallies(held)
    within = [query for query in endpoint.requests if "version-id-marker" in query]
    assert len(within) == 3


FAULTS: dict[str, Fault] = {
    "SlowDown": refuse(503, "SlowDown"),
    "InternalError": refuse(500, "InternalError"),
    "cut off": cut_off,
    "hang up": hang_up,
    "not XML": not_xml,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_failures_on_the_way_change_nothing(fault: str) -> None:
    """Every third request fails, those for parts too, and the counts are exact all the same."""
    held = versions(900, seed=1)
    endpoint = VersionedEndpoint(
        [], 20, faults=[None, None, FAULTS[fault]] * 40, versions=held, uploads=UPLOADS
    )
    async with lister(endpoint) as engine:
        listing = await engine.usage(BUCKET, versions=True)
    assert told(listing.usage) == tallies(held)
    assert listing.usage.unfinished == PARTS
    assert listing.stats.retries >= len(held) // 20 // 3
    assert listing.stats.requests == len(endpoint.requests)


async def test_ctrl_c_is_immediate_while_parts_are_listed() -> None:
    """What was counted stays, the parts alone are not known, and the rest is done the next time."""
    held, stop = versions(300), asyncio.Event()

    async def mute(endpoint: Endpoint, request: web.Request, body: str) -> Any:
        if "uploadId" not in request.query:
            return web.Response(text=body)
        stop.set()
        return await silence(endpoint, request, body)

    checkpoints = MemoryCheckpoints()
    endpoint = VersionedEndpoint([], 20, faults=[mute] * 900, versions=held, uploads=UPLOADS)
    async with lister(endpoint, checkpoints=checkpoints) as engine:
        some = (await engine.usage(BUCKET, versions=True, stop=stop)).usage
        assert (some.complete, some.unfinished) == (False, None)
        assert told(some) == tallies(held)
        endpoint.faults.clear()
        before = len(endpoint.requests)
        usage = (await engine.usage(BUCKET, versions=True)).usage
    assert usage.complete
    assert told(usage) == tallies(held)
    assert usage.unfinished == PARTS
    assert not [query for query in endpoint.requests[before:] if "versions" in query]


async def test_parts_that_may_not_be_listed_leave_the_rest() -> None:
    """With the permission that is missing."""
    held = versions(300)

    async def denied(endpoint: Endpoint, request: web.Request, body: str) -> Any:
        if "uploads" in request.query:
            return await refuse(403, "AccessDenied")(endpoint, request, body)
        return web.Response(text=body)

    endpoint = VersionedEndpoint([], 20, faults=[denied] * 900, versions=held)
    async with lister(endpoint) as engine:
        usage = (await engine.usage(BUCKET, versions=True)).usage
    assert told(usage) == tallies(held)
    assert (usage.complete, usage.unfinished) == (False, None)
    assert (usage.reason, usage.permission) == (
        "access denied",
        "s3:ListBucketMultipartUploads",
    )


async def test_a_killed_scan_of_versions_goes_on_exactly(tmp_path: Any) -> None:
    """Also where it was killed between two pages of one key."""
    held = versions(800, seed=3)
    endpoint = VersionedEndpoint([], 8, versions=held, uploads=UPLOADS)
    usage, again = await killed_and_again(endpoint, tmp_path, killed_at=60, versions=True)
    current, old, markers = tallies(held)
    assert usage["objects"] == current.objects
    assert usage["bytes"] == current.bytes
    assert usage["noncurrent"] == [old.objects, old.bytes]
    assert usage["markers"] == markers
    assert usage["unfinished"] == [PARTS.objects, PARTS.bytes]
    assert again < len(held) / 8
