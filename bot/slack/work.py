"""What goes on after an ack: tracked, so that a stop can wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

logger = structlog.get_logger()


class Work:
    """Running answers. Bolt forgets its listeners at SIGTERM; these are waited for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, what: Coroutine[Any, Any, None], name: str) -> None:
        """Go on with `what` apart from the request that asked for it."""
        task = asyncio.create_task(what, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # A defect of ours: whoever asked has been told by `Conversation`.
            logger.error(f"{task.get_name()} failed", action="task_failed", exc_info=error)

    async def drain(self, seconds: float) -> int:
        """Wait up to `seconds`, then cancel; how many had to be cancelled."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)
