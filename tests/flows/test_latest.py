"""One measurement for all who ask: shared, not cancelled by who leaves, failing for everyone."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.core.listings import Headway
from bot.core.patterns import Pattern, Patterns
from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import Source
from bot.errors import EstateError, StoreError
from bot.flows.approve_listings import ApproveListings
from bot.flows.keep_history import KeepHistory
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import Approve, Progress
from tests.fakes.clock import StillClock
from tests.fakes.store import MemorySnapshots, MemorySpending

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL = Scope()
EU = Scope(regions=Patterns((Pattern("eu-*"),)))


class HeldCollector:
    """A collector whose measurement ends when the test lets it."""

    def __init__(self, clock: StillClock) -> None:
        self.began: list[Scope] = []
        self.go = asyncio.Event()
        self.error: EstateError | None = None
        self.usd = Decimal(0)
        self._clock = clock

    async def measure(
        self,
        scope: Scope,
        progress: Progress | None = None,
        *,
        approve: Approve | None = None,
        stop: asyncio.Event | None = None,
    ) -> Snapshot:
        """Measure nothing, once let."""
        self.began.append(scope)
        if progress:
            progress(Headway(0, 7, usd=self.usd))
        await self.go.wait()
        if self.error:
            raise self.error
        return Snapshot(self._clock.now(), (), (), scope)

    async def recollect(self, scope: Scope, at: datetime) -> Snapshot | None:
        """Nothing is remembered."""
        return None


class Held:
    """The flow with its fakes."""

    def __init__(self) -> None:
        self.clock = StillClock(NOW)
        self.collector = HeldCollector(self.clock)
        self.snapshots = MemorySnapshots()
        self.spending = MemorySpending()
        approve = ApproveListings(
            self.spending, self.snapshots, self.clock, confirm=Decimal("0.50")
        )
        self.latest = LatestSnapshot(self.collector, self.snapshots, approve, self.clock, HOUR)

    async def ask(self, scope: Scope = ALL, **how: bool) -> asyncio.Task[Snapshot]:
        """Someone asks, and has got as far as waiting."""
        task = asyncio.create_task(self.latest.get(scope, **how))
        for _ in range(5):
            await asyncio.sleep(0)
        return task


@pytest.fixture
async def held() -> Held:
    """A collector that waits for the test."""
    return Held()


async def test_twenty_askers_share_one_measurement(held: Held) -> None:
    """All get the very same snapshot."""
    asked = [await held.ask() for _ in range(20)]
    held.collector.go.set()
    answers = await asyncio.gather(*asked)
    assert held.collector.began == [Scope()]
    assert {id(answer) for answer in answers} == {id(answers[0])}


async def test_who_leaves_cancels_nothing(held: Held) -> None:
    """Even the first to ask, who began it."""
    first, second = await held.ask(), await held.ask()
    first.cancel()
    held.collector.go.set()
    assert (await second).taken_at == NOW
    assert first.cancelled()


async def test_when_all_leave_the_answer_is_kept_for_the_next(held: Held) -> None:
    """The measurement goes on, and is not made again."""
    only = await held.ask()
    only.cancel()
    held.collector.go.set()
    assert (await (await held.ask())).taken_at == NOW
    assert len(held.collector.began) == 1


async def test_a_failure_reaches_all_and_is_not_kept(held: Held) -> None:
    """The next to ask tries anew."""
    held.collector.error = EstateError("The buckets could not be listed.")
    asked = [await held.ask() for _ in range(3)]
    held.collector.go.set()
    for each in asked:
        with pytest.raises(EstateError):
            await each
    held.collector.error = None
    assert await held.latest.get(Scope())


async def test_a_narrower_question_waits_for_the_wider_measurement(held: Held) -> None:
    """What is being measured already covers it; another source does not."""
    wide, narrow = await held.ask(), await held.ask(EU)
    other = await held.ask(Scope(Source.LIST))
    held.collector.go.set()
    assert await wide is await narrow
    assert await other is not await wide
    assert [scope.source for scope in held.collector.began] == [Source.AUTO, Source.LIST]


async def test_a_young_snapshot_answers_and_an_old_or_unwanted_one_does_not(held: Held) -> None:
    """Up to its greatest age; `fresh` measures in any case."""
    held.collector.go.set()
    first = await held.latest.get(Scope())
    assert await held.latest.get(EU) == first
    assert len(held.collector.began) == 1
    await held.latest.get(EU, fresh=True)
    held.clock.advance(HOUR + timedelta(seconds=1))
    await held.latest.get(Scope())
    assert held.collector.began == [Scope(), EU, Scope()]


async def test_every_asker_hears_of_the_progress(held: Held) -> None:
    """Who joins later hears what comes later; here, the first hears the first word."""
    heard: list[tuple[int, int]] = []
    held.collector.go.set()
    await held.latest.get(Scope(), progress=lambda at: heard.append((at.done, at.buckets)))
    assert heard == [(0, 7)]


async def test_closing_ends_what_is_running(held: Held) -> None:
    """A stop does not wait for AWS."""
    asked = await held.ask()
    await held.latest.close()
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_history_is_kept_once_a_day(held: Held) -> None:
    """By whoever measures the whole estate; a failure is logged and tried again."""
    held.collector.go.set()
    history = KeepHistory(held.latest, held.snapshots, held.clock)
    assert await history.keep()
    assert not await history.keep()
    held.clock.advance(timedelta(days=1, seconds=1))
    held.collector.error = EstateError("AWS cannot be reached.")
    assert not await history.keep()
    held.collector.error = None
    assert await history.keep()


class Unwritable(MemorySnapshots, MemorySpending):
    """A database that can be read, and not be written any more."""

    async def keep(self, snapshot: Snapshot) -> None:
        """Refuse."""
        raise StoreError("The disk is full.")

    async def settle(self, id: str, day: date, usd: Decimal) -> None:
        """Refuse."""
        raise StoreError("The disk is full.")


async def test_an_answer_survives_the_database_that_does_not_keep_it(held: Held) -> None:
    """It was measured, and perhaps paid for."""
    broken = Unwritable()
    approve = ApproveListings(broken, broken, held.clock, confirm=Decimal("0.50"))
    held.collector.usd = Decimal("0.01")
    latest = LatestSnapshot(held.collector, broken, approve, held.clock, HOUR)
    held.collector.go.set()
    assert (await latest.get(ALL)).taken_at == NOW
