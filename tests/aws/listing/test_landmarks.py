"""What a scan learned of a bucket serves the next one, and never makes it wrong."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from bot.core.usage import Tally, total
from bot.errors import StoreError
from tests.aws.listing.endpoint import Endpoint, Thing, Version, VersionedEndpoint
from tests.aws.listing.test_engine import BUCKET, check, lister, stopping
from tests.fakes.store import MemoryCheckpoints

NAME = '[null, "bucket", "", false]'


def words(count: int) -> list[Thing]:
    """Objects whose keys do not say where the others are."""
    return [Thing(f"{'abcdfghjkm'[n * n % 10]}/{n:06}") for n in range(count)]


def sort(things: list[Thing]) -> list[Thing]:
    """In S3's order."""
    return sorted(things, key=lambda thing: thing.key)


async def test_the_next_scan_begins_where_the_last_one_found_keys() -> None:
    """It asks for pages after keys that only the first could know, and counts exactly."""
    endpoint, learned = Endpoint(sort(words(30_000))), MemoryCheckpoints()
    async with lister(endpoint, landmarks=learned) as engine:
        check(await engine.usage(BUCKET), endpoint.things)
        keys = json.loads(learned.documents[NAME])["keys"]
        assert 2 <= len(keys) <= 30
        endpoint.requests.clear()
        check(await engine.usage(BUCKET), endpoint.things)
    asked = {request.get("start-after", "") for request in endpoint.requests}
    assert {*keys} <= asked


@pytest.mark.parametrize("now", [words(30_000)[:100], [Thing("x/1"), Thing("x/2")]])
async def test_a_bucket_that_changed_is_counted_exactly(now: list[Thing]) -> None:
    """And what was learned of it before is replaced."""
    endpoint, learned = Endpoint(sort(words(30_000))), MemoryCheckpoints()
    async with lister(endpoint, landmarks=learned) as engine:
        await engine.usage(BUCKET)
        endpoint.things = sort(now)
        listing = await engine.usage(BUCKET)
    check(listing, endpoint.things)
    assert listing.stats.requests == 1
    assert json.loads(learned.documents[NAME])["keys"] == []


@pytest.mark.parametrize(
    "document",
    [
        {"format": 99},
        {"format": 1, "keys": ["a", 7], "pages": 8.0},
        {"format": 1, "keys": ["\ud800"], "pages": 8.0},
        {"format": 1, "keys": ["x" * 1025], "pages": 8.0},
        {"format": 1, "keys": ["a"]},
    ],
)
async def test_what_cannot_be_used_is_left_alone(
    document: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """With a line in the log."""
    endpoint, learned = Endpoint(sort(words(3_000))), MemoryCheckpoints()
    learned.documents[NAME] = json.dumps(document)
    with caplog.at_level(logging.WARNING):
        async with lister(endpoint, landmarks=learned) as engine:
            check(await engine.usage(BUCKET), endpoint.things)
    assert "cannot be used" in caplog.text


async def test_only_a_scan_that_completed_has_learned() -> None:
    """Half a bucket says nothing of the other half; a small one is not worth a word."""
    learned = MemoryCheckpoints()
    stop, silent = stopping()
    endpoint = Endpoint(sort(words(30_000)), faults=[None] * 12 + [silent] * 64)
    async with lister(endpoint, landmarks=learned) as engine:
        await engine.usage(BUCKET, stop=stop)
        endpoint.faults.clear()
        await engine.usage(BUCKET, limit=20_000)
        endpoint.things = endpoint.things[:2000]
        await engine.usage(BUCKET)
    assert not learned.documents


async def test_a_scan_that_was_resumed_has_learned_of_all_its_pages() -> None:
    """Those before the interruption, too."""
    checkpoints, learned = MemoryCheckpoints(), MemoryCheckpoints()
    stop, silent = stopping()
    held = sort(words(40_000))
    endpoint = Endpoint(held, faults=[None] * 25 + [silent] * 64)
    async with lister(
        endpoint, checkpoints=checkpoints, landmarks=learned, concurrency=2
    ) as engine:
        await engine.usage(BUCKET, stop=stop)
        endpoint.faults.clear()
        check(await engine.usage(BUCKET), held)
    keys = json.loads(learned.documents[NAME])["keys"]
    places = [at + 1 for at, thing in enumerate(held) if thing.key in {*keys}]
    assert all(b - a <= 8000 for a, b in zip([0, *places], [*places, len(held)], strict=True))


async def test_versions_and_prefixes_are_learned_apart() -> None:
    """One key may have most of the versions."""
    held = [Version(f"k{key:03}", f"v{n}", not n) for key in range(100) for n in range(200)]
    learned = MemoryCheckpoints()
    endpoint = VersionedEndpoint([], versions=held)
    async with lister(endpoint, landmarks=learned) as engine:
        for _ in range(2):
            usage = (await engine.usage(BUCKET, versions=True)).usage
            assert total(cell.tally for cell in usage.cells) == Tally(100, 100)
            assert usage.noncurrent == Tally(19_900, 19_900)
    assert [*learned.documents] == ['[null, "bucket", "", true]']


class Broken(MemoryCheckpoints):
    """A database that takes nothing, and gives nothing."""

    async def save(self, scan: str, document: dict[str, Any]) -> None:
        raise StoreError("The disk is full.")

    async def load(self, scan: str) -> dict[str, Any] | None:
        raise StoreError("The disk is gone.")

    async def drop(self, scan: str) -> None:
        raise StoreError("The disk is full.")


async def test_a_broken_database_does_not_cost_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    """The scan is told; only the next one knows nothing of it."""
    endpoint = Endpoint(sort(words(10_000)))
    async with lister(endpoint, landmarks=Broken(), checkpoints=Broken()) as engine:
        check(await engine.usage(BUCKET), endpoint.things)
    assert "The disk is full." in caplog.text
    assert "The disk is gone." in caplog.text
