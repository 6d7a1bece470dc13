"""The engine against an endpoint that fails: what is counted is exactly what is there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import pytest

from bot.aws.listing import Listing, ListingProgress, ListingRefused, S3Lister
from bot.aws.refusals import Kind
from bot.aws.tally import Tally as Progressed
from bot.clock import Clock
from bot.core.listings import Candidate, Headway
from bot.core.usage import SIZE_BANDS, Bucket, Tally, Usage, total
from tests.aws.listing.conftest import client
from tests.aws.listing.endpoint import (
    Endpoint,
    Fault,
    Thing,
    backwards,
    cut_off,
    hang_up,
    not_xml,
    refuse,
    serving,
    silence,
    things,
)
from tests.fakes.store import MemoryCheckpoints

BUCKET = Bucket("bucket", "us-east-1", None)
Cube = dict[tuple[str, str | None, int | None], tuple[int | None, int]]


class Hasty(Clock):
    """Time of which little is waited for."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


class Noticed(MemoryCheckpoints):
    """Checkpoints that tell when one was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.saved = asyncio.Event()

    async def save(self, scan: str, document: dict[str, Any]) -> None:
        await super().save(scan, document)
        self.saved.set()


@asynccontextmanager
async def lister(endpoint: Endpoint, **options: Any) -> AsyncIterator[S3Lister]:
    """An engine pointed at an endpoint."""
    async with serving(endpoint) as address:
        engine = S3Lister(lambda bucket: client(address, bucket.region), Hasty(), **options)
        try:
            yield engine
        finally:
            await engine.close()


def stopping() -> tuple[asyncio.Event, Fault]:
    """An event, and a fault that sets it and never answers."""
    stop = asyncio.Event()

    async def silent(endpoint: Endpoint, request: Any, body: str) -> Any:
        stop.set()
        return await silence(endpoint, request, body)

    return stop, silent


def counted(held: list[Thing]) -> Cube:
    """The cube of these objects, counted one by one."""
    cube: defaultdict[tuple[str, str | None, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for thing in held:
        band = max(bound for bound in SIZE_BANDS if bound <= thing.size)
        entry = cube[thing.kind or "STANDARD", thing.date[:7], band]
        entry[0] += 1
        entry[1] += thing.size
    return {cell: (objects, size) for cell, (objects, size) in cube.items()}


def cube_of(usage: Usage) -> Cube:
    """The cube of a usage, in the same form."""
    return {(c.kind, c.month, c.band): (c.tally.objects, c.tally.bytes) for c in usage.cells}


def newest_of(held: list[Thing]) -> tuple[str, datetime]:
    """The object modified last; of several, the first."""
    last = min(held, key=lambda thing: (-datetime.fromisoformat(thing.date).timestamp(), thing.key))
    return last.key, datetime.fromisoformat(last.date).astimezone(UTC)


def check(listing: Listing, held: list[Thing]) -> None:
    """Everything that a usage says is exactly what is there."""
    usage = listing.usage
    assert usage.newest is not None
    assert usage.complete
    assert cube_of(usage) == counted(held)
    assert usage.objects == len(held)
    assert (usage.newest.key, usage.newest.modified) == newest_of(held)
    whole = Tally(len(held), sum(thing.size for thing in held))
    assert total(tally for _, tally in usage.prefixes) == whole


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_bucket_is_counted_exactly(seed: int) -> None:
    """By many requests at once, whatever the size of a page."""
    held = things(1500, seed)
    endpoint = Endpoint(held, page=Random(seed).choice([3, 10, 40, 1000]))
    async with lister(endpoint) as engine:
        check(await engine.usage(BUCKET), held)


async def test_many_are_asked_for_at_once_and_never_too_many() -> None:
    """A bound over all buckets holds while several are listed."""
    held = [Thing(f"{number:05}") for number in range(2000)]
    endpoint = Endpoint(held, page=10)
    async with lister(endpoint, concurrency=12, per_bucket=9) as engine:
        both = await asyncio.gather(engine.usage(BUCKET), engine.usage(BUCKET))
    for listing in both:
        check(listing, held)
        assert listing.stats.peak_concurrency == 9
    assert endpoint.peak <= 12


FAULTS: dict[str, Fault] = {
    "SlowDown": refuse(503, "SlowDown"),
    "TooManyRequests": refuse(429, "TooManyRequests"),
    "InternalError": refuse(500, "InternalError"),
    "cut off": cut_off,
    "hang up": hang_up,
    "not XML": not_xml,
    "silence": silence,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_failures_on_the_way_change_nothing(fault: str) -> None:
    """Every third request fails, and the count is exact all the same."""
    held = things(600, seed=1)
    few = 12 if fault == "silence" else 30
    endpoint = Endpoint(held, page=7, faults=[None, None, FAULTS[fault]] * (few // 3))
    async with lister(endpoint, timeout=0.2 if fault == "silence" else 30.0) as engine:
        listing = await engine.usage(BUCKET)
    check(listing, held)
    assert listing.stats.retries >= few // 3  # a busy machine may time out once more
    # one that timed out on its way may never have arrived
    unseen = listing.stats.requests - len(endpoint.requests)
    assert unseen == 0 or (fault == "silence" and 0 < unseen < listing.stats.retries)


async def test_a_server_that_ignores_where_to_begin_is_not_believed() -> None:
    """Its pages are refused rather than counted twice."""
    endpoint = Endpoint(things(100), page=7, faults=[None] + [backwards] * 1000)
    async with lister(endpoint, attempts=3) as engine:
        with pytest.raises(ListingRefused) as refused:
            await engine.usage(BUCKET)
    assert refused.value.code == "MalformedPage"


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (refuse(503, "SlowDown"), "SlowDown", 503),
        (cut_off, "MalformedPage", 200),
        (refuse(403, "AccessDenied"), "AccessDenied", 403),
        (silence, "Timeout", None),
    ],
)
async def test_what_does_not_pass_is_refused(fault: Fault, code: str, status: int | None) -> None:
    """With S3's code, after as many attempts as were allowed."""
    endpoint = Endpoint(things(50), page=7, faults=[fault] * 100)
    async with lister(endpoint, timeout=0.05, attempts=2) as engine:
        with pytest.raises(ListingRefused) as refused:
            await engine.usage(BUCKET)
    assert (refused.value.code, refused.value.status) == (code, status)


async def test_a_bucket_in_another_region_is_listed_there() -> None:
    """S3 names the region, and it is asked for once."""
    held = things(50)
    moved = refuse(301, "PermanentRedirect", region="eu-west-3")
    async with lister(Endpoint(held, faults=[moved])) as engine:
        listing = await engine.usage(BUCKET)
    check(listing, held)
    assert listing.usage.region == "eu-west-3"


async def test_two_redirects_are_one_too_many() -> None:
    """A bucket that moves again is refused, not chased."""
    faults = [refuse(301, "PermanentRedirect", region) for region in ("eu-west-3", "eu-west-1")]
    async with lister(Endpoint(things(50), faults=[*faults])) as engine:
        with pytest.raises(ListingRefused) as refused:
            await engine.usage(BUCKET)
    assert refused.value.code == "PermanentRedirect"


async def test_a_server_that_leaves_the_class_out() -> None:
    """Then it is STANDARD, as S3's reference says."""
    held = [Thing("a", kind=None, size=5), Thing("b", kind="GLACIER", size=7)]
    async with lister(Endpoint(held)) as engine:
        check(await engine.usage(BUCKET), held)


async def test_stop_keeps_what_is_known() -> None:
    """As "at least": incomplete, and consistent."""
    held = things(600)
    stop, silent = stopping()
    endpoint = Endpoint(held, page=7, faults=[None] * 20 + [silent])
    async with lister(endpoint) as engine:
        usage = (await engine.usage(BUCKET, stop=stop)).usage
    assert (usage.complete, usage.reason) == (False, None)
    assert 20 * 7 >= (usage.objects or 0) > 0
    assert usage.objects == total(cell.tally for cell in usage.cells).objects


async def test_a_stopped_scan_goes_on_where_it_was_stopped() -> None:
    """Exactly, although it was not yet time to save it; and what it will go on from is told."""
    held = things(600)
    stop, silent = stopping()
    checkpoints = MemoryCheckpoints()
    endpoint = Endpoint(held, page=7, faults=[None] * 20 + [silent])
    async with lister(endpoint, checkpoints=checkpoints, concurrency=4) as engine:
        assert await engine.begun(BUCKET) is None
        some = (await engine.usage(BUCKET, stop=stop)).usage
        begun = await engine.begun(BUCKET)
        assert begun is not None
        assert (begun.began, begun.objects) == (some.as_of, some.objects)
        before = len(endpoint.requests)
        listing = await engine.usage(BUCKET)
        assert await engine.begun(BUCKET) is None
    check(listing, held)
    assert listing.usage.as_of == some.as_of
    asked = {request.get("start-after", "") for request in endpoint.requests[before:]}
    assert "" not in asked  # the first page is not listed again


async def test_the_speed_is_that_of_what_is_listed_now() -> None:
    """A scan that goes on does not seem to have listed at once what it was resumed with."""
    held = things(600)
    stop, silent = stopping()
    endpoint = Endpoint(held, page=7, faults=[None] * 20 + [silent])
    told: list[Headway] = []
    tally = Progressed(1, told.append)
    tally.begin([Candidate(BUCKET, len(held))])
    async with lister(endpoint, checkpoints=MemoryCheckpoints(), concurrency=4) as engine:
        some = (await engine.usage(BUCKET, stop=stop)).usage
        tally.ended(BUCKET, await engine.usage(BUCKET, progress=partial(tally.listed, BUCKET)))
    last = told[-1].listing
    assert last
    assert last.objects == len(held)
    assert some.objects
    assert last.keys_per_second * last.seconds == pytest.approx(len(held) - some.objects)


async def test_a_scan_with_a_limit_is_not_saved() -> None:
    """However it ends: what it has counted is not a part of what another wants."""
    stop, silent = stopping()
    checkpoints = MemoryCheckpoints()
    endpoint = Endpoint(things(600), page=7, faults=[None] * 20 + [silent])
    async with lister(endpoint, checkpoints=checkpoints, save_every=0.001) as engine:
        assert not (await engine.usage(BUCKET, limit=500, stop=stop)).usage.complete
        assert not (await engine.usage(BUCKET, limit=100)).usage.complete
    assert not checkpoints.documents


async def test_access_revoked_half_way_keeps_what_was_counted() -> None:
    """As "at least", with the reason; once allowed again, the scan goes on."""
    held = things(600)
    checkpoints = MemoryCheckpoints()
    denied = refuse(403, "AccessDenied")
    endpoint = Endpoint(held, page=7, faults=[None] * 20 + [denied] * 64)
    async with lister(endpoint, checkpoints=checkpoints) as engine:
        usage = (await engine.usage(BUCKET)).usage
        told = (usage.complete, usage.reason, usage.permission)
        assert told == (False, "access denied", "s3:ListBucket")
        assert 20 * 7 >= (usage.objects or 0) > 0
        assert usage.objects == total(cell.tally for cell in usage.cells).objects
        still = (await engine.usage(BUCKET)).usage
        assert (still.objects, still.reason) == (usage.objects, "access denied")
        endpoint.faults.clear()
        check(await engine.usage(BUCKET), held)


async def test_a_bucket_deleted_half_way_has_no_numbers() -> None:
    """It is told as gone, and the next bucket of its name begins anew."""
    checkpoints = MemoryCheckpoints()
    gone = refuse(404, "NoSuchBucket")
    endpoint = Endpoint(things(600), page=7, faults=[None] * 20 + [gone] * 64)
    async with lister(endpoint, checkpoints=checkpoints, save_every=0.001) as engine:
        with pytest.raises(ListingRefused) as refused:
            await engine.usage(BUCKET)
        assert refused.value.why.kind is Kind.GONE
        assert await engine.begun(BUCKET) is None
        endpoint.faults.clear()
        endpoint.things = things(50, seed=9)
        check(await engine.usage(BUCKET), endpoint.things)


async def test_a_bucket_made_again_is_listed_anew() -> None:
    """What was counted of the one that had its name is of no use."""
    stop, silent = stopping()
    first, second = (
        replace(BUCKET, created=datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 2)
    )
    checkpoints = MemoryCheckpoints()
    endpoint = Endpoint(things(600), page=7, faults=[None] * 20 + [silent])
    async with lister(endpoint, checkpoints=checkpoints) as engine:
        await engine.usage(first, stop=stop)
        assert await engine.begun(first) is not None
        assert await engine.begun(second) is None
        endpoint.things = things(50, seed=9)
        check(await engine.usage(second), endpoint.things)


async def test_a_limit_ends_early_and_says_so() -> None:
    """Unless there is no more than that."""
    held = things(600)
    async with lister(Endpoint(held, page=50)) as engine:
        some = (await engine.usage(BUCKET, limit=100)).usage
        check(await engine.usage(BUCKET, limit=len(held) + 1), held)
    assert not some.complete
    assert 100 <= (some.objects or 0) < len(held)


async def test_the_last_progress_says_everything() -> None:
    """Whoever draws a bar sees its end."""
    held = things(300)
    told: list[ListingProgress] = []
    async with lister(Endpoint(held, page=50)) as engine:
        listing = await engine.usage(BUCKET, progress=told.append, expected=600)
    assert (told[-1].objects, told[-1].fraction) == (len(held), len(held) / 600)
    assert told[-1].retries == listing.stats.retries


@pytest.mark.parametrize("cut_at", [1, 5, 17, 40])
async def test_a_cancelled_scan_goes_on_where_it_was_saved(cut_at: int) -> None:
    """Exactly: nothing is missing and nothing counts twice."""
    held = things(600)
    reached = asyncio.Event()
    go_on = asyncio.Event()

    async def pause(endpoint: Endpoint, request: Any, body: str) -> Any:
        reached.set()
        await go_on.wait()
        raise AssertionError("cancelled before")

    checkpoints = Noticed()
    endpoint = Endpoint(held, page=7, faults=[None] * cut_at + [pause] * 64)
    async with lister(endpoint, checkpoints=checkpoints, save_every=0.001) as engine:
        first = asyncio.create_task(engine.usage(BUCKET))
        await reached.wait()
        checkpoints.saved.clear()
        await checkpoints.saved.wait()
        saved = dict(checkpoints.documents)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        checkpoints.documents = saved
        endpoint.faults.clear()
        before = len(endpoint.requests)
        listing = await engine.usage(BUCKET)
    check(listing, held)
    assert len(endpoint.requests) - before < len(held) / 7 + 64
    assert not checkpoints.documents


@pytest.mark.parametrize("document", ['{"format": 99}', '{"format": 1, "left": []}'])
async def test_a_checkpoint_of_no_use_is_ignored(document: str) -> None:
    """One of a later version, or a damaged one: the bucket is listed anew."""
    held = things(50)
    checkpoints = MemoryCheckpoints()
    checkpoints.documents['[null, "bucket", "", false]'] = document
    async with lister(Endpoint(held), checkpoints=checkpoints) as engine:
        check(await engine.usage(BUCKET), held)
