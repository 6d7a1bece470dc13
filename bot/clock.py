"""The only now() and sleep(). Everyone else is handed a `Clock` and passes time in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class Clock:
    """The real time."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`, or at once when that is not positive."""
        await asyncio.sleep(max(0.0, seconds))
