"""The latest snapshot: from the store while young, else measured once for all who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import structlog

from bot.core.listings import NOTHING_AGREED, Headway, UnagreedError
from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import Source
from bot.errors import StoreError
from bot.flows.approve_listings import Allowance, ApproveListings
from bot.flows.ports import Clock, Collector, Progress, Snapshots

logger = structlog.get_logger()


@dataclass(eq=False)
class _Measurement:
    """One that is under way."""

    id: str
    scope: Scope
    allowance: Allowance
    watchers: list[Progress] = field(default_factory=list)
    last: Headway = field(default_factory=lambda: Headway(0, 0))
    task: asyncio.Task[Snapshot] = field(init=False)

    def serves(self, scope: Scope) -> bool:
        """Whether a question of that scope may wait for it."""
        if self.task.done() or self.allowance.stop.is_set():
            return False
        # A wider listing that nobody agreed to yet has another price than this question's
        certain = self.allowance.approved or scope.source is not Source.LIST
        return self.scope == scope or (certain and self.scope.covers(scope))

    def tell(self, at: Headway) -> None:
        """It is so far by now."""
        self.allowance.spend(at)
        self.last = replace(at, id=self.id, stopped_by=self.allowance.stopped_by)
        for watch in self.watchers:
            watch(self.last)


class LatestSnapshot:
    """Owns every measurement. Askers of one scope share one; who leaves cancels nothing."""

    def __init__(
        self,
        collector: Collector,
        snapshots: Snapshots,
        approve: ApproveListings,
        clock: Clock,
        max_age: timedelta,
    ) -> None:
        self._collector = collector
        self._snapshots = snapshots
        self._approve = approve
        self._clock = clock
        self._max_age = max_age
        self._running: dict[str, _Measurement] = {}

    async def get(
        self,
        scope: Scope,
        *,
        fresh: bool = False,
        progress: Progress | None = None,
        agreed: Decimal = NOTHING_AGREED,
    ) -> Snapshot:
        """A snapshot that covers `scope`, at most `max_age` old; measured now when `fresh`.

        agreed: dollars that whoever asks is ready to spend on listings. One that was stopped has
        what was known by then, and is for those who waited for it alone.

        Raises EstateError when the estate cannot be read, for all who wait for it; UnagreedError
        when it has to be listed for more than is agreed to, and BudgetError.
        """
        if not fresh:
            young = await self._snapshots.latest(scope, self._clock.now() - self._max_age)
            if young is not None:
                return young
        while True:
            running = next((each for each in self._running.values() if each.serves(scope)), None)
            if running is None:
                running = self._begin(scope)
            running.allowance.agree(agreed)
            if progress is not None:
                running.watchers.append(progress)
            try:
                return await asyncio.shield(running.task)
            except UnagreedError as unagreed:
                # Refused just before this one joined, who does agree: measured again for them
                if not unagreed.quote.agreed_to(agreed):
                    raise

    def stop(self, id: str, by: str) -> bool:
        """Let the measurement `id` list no more; whether there is one that does."""
        running = self._running.get(id)
        if running is None or not running.allowance.approved or running.allowance.stop.is_set():
            return False
        running.allowance.end(by)
        running.tell(running.last)
        return True

    def stop_all(self, by: str) -> bool:
        """The same for all measurements; whether there was any that listed."""
        return sum(self.stop(each, by) for each in tuple(self._running)) > 0

    def _begin(self, scope: Scope) -> _Measurement:
        name = uuid4().hex
        made = _Measurement(name, scope, self._approve.begin(name, scope))
        made.task = asyncio.create_task(self._measure(made), name=f"measure {scope}")
        self._running[name] = made
        made.task.add_done_callback(lambda done: self._finished(made, done))
        return made

    async def _measure(self, made: _Measurement) -> Snapshot:
        allowance = made.allowance
        try:
            snapshot = await self._collector.measure(
                made.scope, made.tell, approve=allowance.approve, stop=allowance.stop
            )
            # Not after the settling: that may find the budget spent by what is complete
            stopped = allowance.stop.is_set()
        finally:
            await _if_possible(allowance.settle(made.last.usd), "A listing's cost is not counted")
        if not stopped:
            await _if_possible(self._snapshots.keep(snapshot), "A snapshot is not kept")
        return snapshot

    def _finished(self, made: _Measurement, task: asyncio.Task[Snapshot]) -> None:
        self._running.pop(made.id, None)
        if not task.cancelled():
            task.exception()  # everyone may have left: asyncio must not complain of that

    async def close(self) -> None:
        """Cancel what is running and wait until it has stopped."""
        tasks = [each.task for each in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _if_possible(work: Awaitable[None], otherwise: str) -> None:
    """An answer that was measured is worth more than a database that failed just now."""
    try:
        await work
    except StoreError as error:
        logger.warning(f"{otherwise}: {error}", action="not_kept")
