"""Keep history: a snapshot a day, so that digests, bills and trends have something to compare."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.core.snapshot import Scope
from bot.errors import Told
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import Clock, Snapshots

logger = structlog.get_logger()

EVERY = timedelta(days=1)
#: Between two looks at how old the last one is.
TICK = timedelta(hours=1)


class KeepHistory:
    """Measures the whole estate when nobody else has for a day."""

    def __init__(self, latest: LatestSnapshot, snapshots: Snapshots, clock: Clock) -> None:
        self._latest = latest
        self._snapshots = snapshots
        self._clock = clock

    async def run(self) -> None:
        """See to it for ever; begins a while after the start, which is busy enough."""
        while True:
            await self._clock.sleep(TICK.total_seconds())
            await self.keep()

    async def keep(self) -> bool:
        """Measure if the last snapshot is a day old; whether it was. Failures are logged."""
        try:
            if await self._is_kept():
                return False
            await self._latest.get(Scope(), fresh=True)
            if not await self._is_kept():
                logger.warning(
                    "No snapshot is kept today: its listings were stopped, or it was not saved",
                    action="history_failed",
                )
                return False
        except Told as told:
            logger.warning(f"No snapshot is kept today: {told}", action="history_failed")
            return False
        logger.info("Kept the day's snapshot", action="history_kept")
        return True

    async def _is_kept(self) -> bool:
        return await self._snapshots.latest(Scope(), self._clock.now() - EVERY) is not None
