"""The latest snapshot: from the store while young, else measured once for all who ask."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.core.snapshot import Scope, Snapshot
from bot.flows.ports import Clock, Collector, Progress, Snapshots


class LatestSnapshot:
    """Owns every measurement. Askers of one scope share one; who leaves cancels nothing."""

    def __init__(
        self, collector: Collector, snapshots: Snapshots, clock: Clock, max_age: timedelta
    ) -> None:
        self._collector = collector
        self._snapshots = snapshots
        self._clock = clock
        self._max_age = max_age
        self._running: dict[Scope, asyncio.Task[Snapshot]] = {}
        self._watchers: dict[Scope, list[Progress]] = {}

    async def get(
        self, scope: Scope, *, fresh: bool = False, progress: Progress | None = None
    ) -> Snapshot:
        """A snapshot that covers `scope`, at most `max_age` old; measured now when `fresh`.

        Raises EstateError when the estate cannot be read, for all who wait for it.
        """
        if not fresh:
            young = await self._snapshots.latest(scope, self._clock.now() - self._max_age)
            if young is not None:
                return young
        running = next((each for each in self._running if each.covers(scope)), scope)
        if progress is not None:
            self._watchers.setdefault(running, []).append(progress)
        if running not in self._running:
            task = asyncio.create_task(self._measure(running), name=f"measure {running}")
            self._running[running] = task
            task.add_done_callback(lambda done: self._finished(running, done))
        return await asyncio.shield(self._running[running])

    async def _measure(self, scope: Scope) -> Snapshot:
        def tell(done: int, buckets: int, objects: int) -> None:
            for watch in self._watchers.get(scope, ()):
                watch(done, buckets, objects)

        snapshot = await self._collector.measure(scope, tell)
        await self._snapshots.keep(snapshot)
        return snapshot

    def _finished(self, scope: Scope, task: asyncio.Task[Snapshot]) -> None:
        self._running.pop(scope, None)
        self._watchers.pop(scope, None)
        if not task.cancelled():
            task.exception()  # everyone may have left: asyncio must not complain of that

    async def close(self) -> None:
        """Cancel what is running and wait until it has stopped."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
