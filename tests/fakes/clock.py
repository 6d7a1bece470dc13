"""A clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.clock import Clock


class StillClock(Clock):
    """Time passes only in `advance`; sleepers wake when their time has come."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._moved = asyncio.Event()
        self._asleep: list[tuple[float, datetime]] = []
        self._fell_asleep = asyncio.Event()

    def now(self) -> datetime:
        """The moment it was last moved to."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once it was moved that far."""
        until = self._now + timedelta(seconds=seconds)
        sleeper = (seconds, until)
        self._asleep.append(sleeper)
        self._fell_asleep.set()
        try:
            while self._now < until:
                self._moved.clear()
                await self._moved.wait()
        finally:
            self._asleep.remove(sleeper)

    async def asleep(self, seconds: float) -> None:
        """Return when somebody sleeps for so many seconds, and not just until they are woken."""
        while not any(for_ == seconds and until > self._now for for_, until in self._asleep):
            self._fell_asleep.clear()
            await self._fell_asleep.wait()

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
        self._moved.set()
