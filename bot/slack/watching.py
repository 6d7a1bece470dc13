"""Shows how far a listing is, in a message that becomes the answer when there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from bot.core.listings import Headway
from bot.core.query import Query
from bot.errors import Told
from bot.flows.ports import Clock
from bot.slack.messenger import RateLimitedError
from bot.slack.replying import Post
from bot.views.listings import announcement, progress
from bot.views.message import Message

logger = structlog.get_logger()

#: A listing that takes no longer says nothing but its answer.
PATIENCE = 3.0
#: Seconds between two changes of one message, as Slack advises.
#: https://docs.slack.dev/reference/methods/chat.update (read 2026-11-22)
EVERY = 3.0


class Opener(Protocol):
    """A way back to whoever asked, on which a message can be shown before the answer."""

    async def open(self, message: Message, announcement: Message, *, private: bool) -> Post | None:
        """Post it; None where it can't be changed later and `announcement` was shown instead."""
        ...


class Watching:
    """One question's watch over the measurement it waits for.

    `tell` is the flows' port `Progress`. From `start` to `end` the newest that was told is shown;
    changes that Slack has no time for are skipped, never queued.
    """

    def __init__(self, reply: Opener, query: Query, clock: Clock) -> None:
        self._reply = reply
        self._query = query
        self._clock = clock
        self._listing = asyncio.Event()
        self._over = asyncio.Event()
        self._at: Headway | None = None
        self._quiet_until: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._post: Post | None = None

    @property
    def stopped_by(self) -> str | None:
        """Who stopped the listing; None where nobody did."""
        return self._at.stopped_by if self._at else None

    def tell(self, at: Headway) -> None:
        """The measurement is so far."""
        self._at = at
        if at.listing is not None:
            self._listing.set()

    def start(self) -> None:
        """Watch."""
        self._task = asyncio.create_task(self._show(), name=f"watch {self._query}")

    async def end(self) -> Post | None:
        """Watch no more; the message that the answer should take the place of, if there is one.

        A message on its way is waited for: whatever comes later would be overwritten by it.
        """
        self._over.set()
        if self._task is not None:
            await self._task
        return self._post

    async def _show(self) -> None:
        if not await self._unless_over(self._listing.wait()):
            return
        if not await self._unless_over(self._clock.sleep(PATIENCE)):
            return
        try:
            await self._open()
            while self._post and await self._unless_over(self._clock.sleep(EVERY)):
                await self._change(self._post)
        except Told as told:
            # The answer is what counts, and is told its own way
            logger.info(f"Progress is not shown: {told}", action="progress_failed")

    async def _open(self) -> None:
        if self._at is not None:
            self._post = await self._reply.open(
                progress(self._at, self._query),
                announcement(self._at, self._query),
                private=self._query.private,
            )

    async def _change(self, post: Post) -> None:
        now = self._clock.now()
        if self._at is None or (self._quiet_until and now < self._quiet_until):
            return
        try:
            await post.change(progress(self._at, self._query), hasty=True)
        except RateLimitedError as limited:
            self._quiet_until = now + timedelta(seconds=limited.seconds)
        except Told as told:
            logger.info(f"Progress is not shown: {told}", action="progress_failed")

    async def _unless_over(self, what: Coroutine[Any, Any, object]) -> bool:
        """Wait for it; False, at once, when the watch is over."""
        waits = [asyncio.create_task(what), asyncio.create_task(self._over.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return not self._over.is_set()
