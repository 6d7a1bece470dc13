"""Listings are approved of by consent and by budget, whatever goes on at the same time."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.listings import BUDGET, BudgetError, Candidate, Headway, UnagreedError, quote
from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import Bucket, Source, Usage
from bot.errors import StoreError
from bot.flows.approve_listings import Allowance, ApproveListings
from bot.flows.keep_history import KeepHistory
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import Approve, Progress
from tests.fakes.clock import StillClock
from tests.fakes.store import MemorySnapshots, MemorySpending

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = NOW.date()
LIST = Scope(Source.LIST)
HOUR = timedelta(hours=1)
#: $5.50 in Virginia.
BILLION = Candidate(Bucket("logs", "us-east-1", None), 10**9)
UNCOUNTED = Candidate(Bucket("young", "us-east-1", None), None)


def rules(
    budget: Decimal | None = None,
    confirm: Decimal = Decimal("0.50"),
    spending: MemorySpending | None = None,
    snapshots: MemorySnapshots | None = None,
) -> ApproveListings:
    """The rules, over fakes."""
    return ApproveListings(
        spending or MemorySpending(),
        snapshots or MemorySnapshots(),
        StillClock(NOW),
        confirm=confirm,
        budget=budget,
    )


def allowance(of: ApproveListings, scope: Scope = LIST, agreed: Decimal | int = 0) -> Allowance:
    """One measurement's, to which somebody agreed."""
    made = of.begin("m1", scope)
    made.agree(Decimal(agreed))
    return made


async def test_nothing_dear_is_listed_without_a_yes() -> None:
    """The quote says what it would take."""
    with pytest.raises(UnagreedError) as refused:
        await allowance(rules()).approve([BILLION])
    assert refused.value.quote == quote([BILLION])


@pytest.mark.parametrize(
    ("candidate", "agreed", "approved"),
    [
        (BILLION, "5.50", True),
        (BILLION, "5.49", True),
        (BILLION, "1.00", False),
        (UNCOUNTED, "1000000", False),
        (UNCOUNTED, "Infinity", True),
    ],
)
async def test_a_yes_is_to_a_price(candidate: Candidate, agreed: str, approved: bool) -> None:
    """And only a yes to anything is one to what nobody knows."""
    mine = allowance(rules(), agreed=Decimal(agreed))
    if approved:
        assert list(await mine.approve([candidate])) == [candidate]
    else:
        with pytest.raises(UnagreedError):
            await mine.approve([candidate])


async def test_the_last_snapshot_counts_what_cloudwatch_does_not() -> None:
    """A complete one alone: what is counted in part would read as cheap."""
    usage = Usage("young", "us-east-1", None, Source.LIST, NOW, 7_000, ())
    for complete in (True, False):
        kept = MemorySnapshots(
            [Snapshot(NOW, (Usage(**{**_fields(usage), "complete": complete}),), (), LIST)]
        )
        mine = allowance(rules(snapshots=kept))
        if complete:
            (found,) = await mine.approve([UNCOUNTED])
            assert found.objects == 7_000
        else:
            with pytest.raises(UnagreedError):
                await mine.approve([UNCOUNTED])


def _fields(usage: Usage) -> dict[str, object]:
    return {name: getattr(usage, name) for name in Usage.__slots__}


async def test_a_yes_does_not_stretch_the_budget() -> None:
    """What is spent counts, and what others hold."""
    spending = MemorySpending({"other": (TODAY, Decimal(5))})
    mine = allowance(rules(Decimal(10), spending=spending), agreed=100)
    with pytest.raises(BudgetError, match=r"\$5.00 is left"):
        await mine.approve([BILLION])
    assert await spending.spent(TODAY) == 5


async def test_two_at_once_cannot_both_slip_through() -> None:
    """The estimate is held while a listing runs, and what it really cost counts from then on."""
    spending = MemorySpending()
    both = rules(Decimal(10), spending=spending)
    first, second = both.begin("m1", LIST), both.begin("m2", LIST)
    for each in (first, second):
        each.agree(Decimal(100))
    await first.approve([BILLION])
    with pytest.raises(BudgetError):
        await second.approve([BILLION])
    await first.settle(Decimal("4.50"))
    await second.approve([BILLION])
    assert await spending.spent(TODAY) == 10


async def test_a_listing_that_turns_out_dearer_holds_more_until_there_is_no_more() -> None:
    """Then it is ended, in the name of the budget."""
    spending = MemorySpending()
    mine = allowance(rules(Decimal("0.03"), spending=spending), agreed=Decimal("Infinity"))
    await mine.approve([UNCOUNTED])
    for cents in (1, 2, 3):
        assert not mine.stop.is_set()
        mine.spend(Headway(0, 1, usd=Decimal(cents) / 100))
        await asyncio.sleep(0)
    assert await spending.spent(TODAY) == Decimal("0.03")
    mine.spend(Headway(0, 1, usd=Decimal("0.0301")))
    await mine.stop.wait()
    assert mine.stopped_by == BUDGET
    await mine.settle(Decimal("0.0302"))
    assert await spending.spent(TODAY) == Decimal("0.0302")


async def test_auto_takes_what_the_budget_leaves() -> None:
    """And nothing, where nothing is left; nobody is asked."""
    cheap = Candidate(Bucket("small", "us-east-1", None), 1_000, 100_000)
    dear = Candidate(Bucket("large", "us-east-1", None), None, 100_000)
    for left, chosen in (("0.01", [cheap, dear]), ("0.0001", [cheap]), ("0", [])):
        mine = allowance(rules(Decimal(left)), Scope())
        assert list(await mine.approve([dear, cheap])) == chosen


DOLLARS = st.decimals("0.000005", 2, places=6)


@given(
    st.decimals(0, 5, places=6),
    st.lists(st.tuples(st.integers(0, 10**8), st.booleans(), DOLLARS), max_size=12),
)
async def test_no_more_is_ever_held_than_the_budget(
    budget: Decimal, asked: list[tuple[int, bool, Decimal]]
) -> None:
    """Whatever is asked for, in whatever order it ends; sums are exact."""
    spending = MemorySpending()
    of = rules(budget, confirm=Decimal(1), spending=spending)
    settled: dict[str, Decimal] = {}
    for number, (objects, auto, cost) in enumerate(asked):
        candidate = Candidate(Bucket("b", "us-east-1", None), objects)
        mine = of.begin(str(number), Scope() if auto else LIST)
        mine.agree(Decimal(100))
        before = await spending.spent(TODAY)
        try:
            chosen = await mine.approve([candidate])
        except BudgetError:
            chosen = ()
        price = quote(chosen).usd
        assert await spending.spent(TODAY) == before + price
        assert before + price <= max(budget, before)
        if chosen:
            settled[str(number)] = min(cost, price)
            await mine.settle(min(cost, price))
    assert await spending.spent(TODAY) == sum(settled.values(), Decimal(0))


class HeldListing:
    """A collector that asks for approval of one bucket, and lists until it is let or stopped."""

    def __init__(self, candidate: Candidate) -> None:
        self.asked = 0
        self.listing = asyncio.Event()
        self.go = asyncio.Event()
        self.usd = Decimal("0.25")
        self._candidate = candidate

    async def measure(
        self,
        scope: Scope,
        progress: Progress | None = None,
        *,
        approve: Approve | None = None,
        stop: asyncio.Event | None = None,
    ) -> Snapshot:
        """Half of it, when it is stopped."""
        assert approve
        assert progress
        assert stop
        self.asked += 1
        await approve([self._candidate])
        progress(Headway(0, 1, 1, usd=self.usd))
        self.listing.set()
        if self.go.is_set():
            return Snapshot(NOW, (), (), scope)
        ends = [asyncio.create_task(each.wait()) for each in (stop, self.go)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for each in ends:
            each.cancel()
        return Snapshot(NOW, (), (), scope)

    async def recollect(self, scope: Scope, at: datetime) -> Snapshot | None:
        """Nothing is remembered."""
        return None


class World:
    """A measurement that can be agreed to and stopped."""

    def __init__(self, candidate: Candidate = BILLION, budget: Decimal | None = None) -> None:
        self.budget = budget or Decimal(0)
        self.collector = HeldListing(candidate)
        self.snapshots = MemorySnapshots()
        self.spending = MemorySpending()
        approve = rules(budget, spending=self.spending, snapshots=self.snapshots)
        clock = StillClock(NOW)
        self.latest = LatestSnapshot(self.collector, self.snapshots, approve, clock, HOUR)

    def ask(self, agreed: Decimal | int = 0, told: list[Headway] | None = None) -> asyncio.Task:
        """Somebody asks."""
        watch = told.append if told is not None else None
        asked = self.latest.get(LIST, progress=watch, agreed=Decimal(agreed))
        return asyncio.create_task(asked)


async def test_what_was_stopped_is_answered_and_not_kept() -> None:
    """All who waited get it, and hear who it was; what it cost counts."""
    world, told = World(), []
    waiting = [world.ask(6, told), world.ask()]
    await world.collector.listing.wait()
    (name,) = {each.id for each in told}
    assert world.latest.stop(name, "U1")
    assert not world.latest.stop(name, "U2")
    first, second = await asyncio.gather(*waiting)
    assert first is second
    assert told[-1].stopped_by == "U1"
    assert world.snapshots.kept == []
    assert await world.spending.spent(TODAY) == Decimal("0.25")
    assert not world.latest.stop(name, "U1")


async def test_history_does_not_take_what_was_stopped_for_a_days_snapshot() -> None:
    """It is tried again an hour later."""
    world = World()
    history = KeepHistory(world.latest, world.snapshots, StillClock(NOW))
    keeping = asyncio.create_task(history.keep())
    await world.collector.listing.wait()
    world.latest.stop_all("U1")
    assert not await keeping
    world.collector.go.set()
    assert await history.keep()


async def test_who_asks_after_a_stop_gets_a_listing_of_their_own() -> None:
    """Half of an answer is for those who wanted it stopped."""
    world, told = World(), []
    first = world.ask(6, told)
    await world.collector.listing.wait()
    world.latest.stop_all("U1")
    world.collector.listing.clear()
    second = world.ask(6)
    await first
    await world.collector.listing.wait()
    world.collector.go.set()
    assert await second in world.snapshots.kept
    assert world.collector.asked == 2


async def test_one_yes_is_enough_for_all_who_wait() -> None:
    """Whoever joins a listing under way need not agree to it."""
    world = World()
    first = world.ask(6)
    await world.collector.listing.wait()
    second = world.ask()
    world.collector.go.set()
    assert await first is await second


@pytest.mark.parametrize("moments", range(8))
async def test_a_yes_is_not_lost_to_a_refusal_on_its_way(moments: int) -> None:
    """Somebody without a yes asked first; whoever has one, at whatever moment, is listed for."""
    world = World()
    world.collector.go.set()
    refused = world.ask()
    for _ in range(moments):
        await asyncio.sleep(0)
    assert await world.ask(6) in world.snapshots.kept
    await asyncio.gather(refused, return_exceptions=True)


async def test_a_failed_measurement_spends_what_it_spent() -> None:
    """Stopped with the whole bot, say."""
    world = World()
    asked = world.ask(6)
    await world.collector.listing.wait()
    await world.latest.close()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await world.spending.spent(TODAY) == Decimal("0.25")


async def test_a_listing_that_nobody_could_price_counts_without_a_budget_too() -> None:
    """`status` says what the day's listings cost, bound or not."""
    world = World(UNCOUNTED)
    world.collector.go.set()
    await world.ask(Decimal("Infinity"))
    assert await world.spending.spent(TODAY) == Decimal("0.25")


class Failing(MemorySpending):
    """A database that fails once when more is held."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = asyncio.Event()

    async def hold(self, id: str, day: date, usd: Decimal, budget: Decimal | None) -> bool:
        if id in self.rows and not self.failed.is_set():
            self.failed.set()
            raise StoreError("The database is locked.")
        return await super().hold(id, day, usd, budget)


async def test_a_database_that_fails_for_a_moment_does_not_lift_the_budget() -> None:
    """More is held at the next occasion, and the listing's answer is not lost to it."""
    spending = Failing()
    mine = allowance(rules(Decimal("0.03"), spending=spending), agreed=Decimal("Infinity"))
    await mine.approve([UNCOUNTED, Candidate(Bucket("logs", "us-east-1", None), 1_000)])
    mine.spend(Headway(0, 1, usd=Decimal("0.01")))
    await spending.failed.wait()
    await asyncio.sleep(0)
    mine.spend(Headway(0, 1, usd=Decimal("0.04")))
    await asyncio.wait_for(mine.stop.wait(), 5)
    assert mine.stopped_by == BUDGET
    await mine.settle(Decimal("0.04"))
    assert await spending.spent(TODAY) == Decimal("0.04")


async def test_the_last_dollar_spent_on_the_last_page_loses_no_answer() -> None:
    """A listing that had ended when the budget ran out is complete, and kept."""
    world = World(BILLION, budget=quote([BILLION]).usd)
    world.collector.usd = world.budget + Decimal("0.01")
    world.collector.go.set()
    assert await world.ask(6) in world.snapshots.kept


async def test_the_newest_snapshot_counts_what_cloudwatch_does_not() -> None:
    """A listing of long ago would read as cheap."""
    usage = Usage("young", "us-east-1", None, Source.LIST, NOW, 1, ())
    counted = Usage("young", "us-east-1", None, Source.METRICS, NOW, 10**9, ())
    kept = MemorySnapshots(
        [
            Snapshot(NOW - timedelta(days=300), (usage,), (), LIST),
            Snapshot(NOW - timedelta(days=1), (counted,), (), Scope(Source.METRICS)),
        ]
    )
    with pytest.raises(UnagreedError) as refused:
        await allowance(rules(snapshots=kept)).approve([UNCOUNTED])
    assert refused.value.quote.objects == 10**9


class Slow(MemorySpending):
    """A database that has held the money before it says so."""

    def __init__(self) -> None:
        super().__init__()
        self.held = asyncio.Event()

    async def hold(self, id: str, day: date, usd: Decimal, budget: Decimal | None) -> bool:
        held = await super().hold(id, day, usd, budget)
        self.held.set()
        await asyncio.sleep(3600)
        return held


async def test_a_bot_that_is_stopped_while_it_holds_releases_that() -> None:
    """Nothing was listed: the day's budget is whole."""
    spending = Slow()
    mine = allowance(rules(spending=spending), agreed=100)
    approving = asyncio.create_task(mine.approve([BILLION]))
    await spending.held.wait()
    approving.cancel()
    await asyncio.gather(approving, return_exceptions=True)
    await mine.settle(Decimal(0))
    assert await spending.spent(TODAY) == 0
