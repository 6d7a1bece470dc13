"""One scan: spans of a bucket fetched side by side until nothing is left of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.aws.listing_fold import Fold
from bot.aws.listing_http import Again, ListingRefused, Slower, T
from bot.aws.listing_pace import Pace
from bot.aws.listing_pages import Malformed, Page
from bot.aws.listing_sign import Request
from bot.aws.listing_versions import Ask, VersionPage
from bot.core.keyspace import Plan
from bot.core.scan import PAGE
from bot.core.spans import Span

#: How many keys of a page the plan is shown, besides the last: to learn what keys look like.
_SAMPLE = 8


class Slots:
    """A bound on requests in flight that several scans share."""

    def __init__(self, most: int) -> None:
        self.free = most
        self._waiting: dict[Callable[[], None], None] = {}

    def take(self, wake: Callable[[], None]) -> bool:
        """Take a slot; where there is none, `wake` is called once when there may be one."""
        if self.free > 0:
            self.free -= 1
            return True
        self._waiting[wake] = None
        return False

    def give_back(self) -> None:
        """Give a slot back, and wake those who wait."""
        self.free += 1
        waiting, self._waiting = self._waiting, {}
        for wake in waiting:
            wake()

    def forget(self, wake: Callable[[], None]) -> None:
        """Nobody waits for this one any more."""
        self._waiting.pop(wake, None)


@dataclass(slots=True)
class Counts:
    """What a scan has sent so far, kept over resumptions."""

    requests: int = 0
    retries: int = 0
    pages: int = 0
    peak: int = 0


class Scan:
    """Lists one bucket by a plan, into a fold.

    run() returns when all is listed, or when `limit` objects were seen; `complete` then says which.
    It raises ListingRefused, or is cancelled, and what was listed stays in the fold.
    fetch: gets the page of a span; raises ListingRefused, or Slower and Again for what may pass.
    """

    def __init__(
        self,
        fetch: Callable[[Span], Awaitable[Page | VersionPage]],
        plan: Plan,
        fold: Fold,
        *,
        slots: Slots,
        pace: Pace,
        sleep: Callable[[float], Awaitable[None]],
        limit: int | None = None,
        attempts: int = 8,
        counts: Counts | None = None,
    ) -> None:
        self.plan = plan
        self.fold = fold
        self.counts = counts or Counts()
        self._page = fetch
        self._slots = slots
        self._pace = pace
        self._sleep = sleep
        self._limit = limit
        self._attempts = attempts
        self._tries: dict[Span, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sleeper: asyncio.Task[None] | None = None
        self._active = 0
        self._finished: asyncio.Future[None] | None = None
        self._stopped = False

    @property
    def complete(self) -> bool:
        """Whether everything was listed."""
        return self.plan.done

    async def run(self) -> None:
        """List. Raises ListingRefused."""
        self._finished = asyncio.get_running_loop().create_future()
        try:
            self._pump()
            await self._finished
        finally:
            self._stopped = True
            self._slots.forget(self._pump)
            if self._sleeper is not None:
                self._tasks.add(self._sleeper)
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _finish(self, error: BaseException | None = None) -> None:
        if self._finished is None or self._finished.done():
            return
        if error is None:
            self._finished.set_result(None)
        else:
            self._finished.set_exception(error)

    def _pump(self) -> None:
        """Send what may be sent now."""
        if self._stopped:
            return
        if self.plan.done or (self._limit is not None and self.fold.objects >= self._limit):
            self._stopped = True
            self._finish()
            return
        while self._active < int(self._pace.window):
            wait = self._pace.wait()
            if wait > 0:
                if self._sleeper is None:
                    self._sleeper = asyncio.create_task(self._later(wait))
                return
            if not self._slots.take(self._pump):
                return
            span = self.plan.take()
            if span is None:
                self._slots.give_back()
                return
            self._pace.sent()
            self._active += 1
            self.counts.requests += 1
            self.counts.peak = max(self.counts.peak, self._active)
            task = asyncio.create_task(self._fetch(span))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def _later(self, wait: float) -> None:
        await self._sleep(wait)
        self._sleeper = None
        self._pump()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._active -= 1
        self._slots.give_back()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._stopped = True
            self._finish(error)
        self._pump()

    async def _fetch(self, span: Span) -> None:
        try:
            page = await self._page(span)
            self._land(span, page)
        except Again as again:
            await self._retry(span, again.refused, again)
        except Slower as slower:
            self._pace.refused()
            if self._pace.strikes >= self._attempts:
                raise slower.refused from slower
            self._lapse(span)
        except Malformed as error:
            await self._retry(span, ListingRefused("MalformedPage", 200, str(error)), error)
        else:
            self._pace.served()
            self._tries.pop(span, None)

    def ask(self, send: Callable[[Request, Callable[[bytes], T]], Awaitable[T]]) -> Ask:
        """Single requests beside the pages, counted and repeated as those are."""

        async def asked(request: Request, read: Callable[[bytes], T]) -> T:
            for attempt in range(1, self._attempts + 1):
                self.counts.requests += 1
                try:
                    return await send(request, read)
                except Slower as slower:
                    if attempt == self._attempts:
                        raise slower.refused from slower
                    self.counts.retries += 1
                    await self._sleep(_backoff(attempt))
            raise AssertionError("attempts is at least 1")

        return asked

    async def _retry(self, span: Span, refused: ListingRefused, cause: Exception) -> None:
        """Ask for a page again after a while, unless it has failed too often."""
        tries = self._tries.get(span, 0) + 1
        if tries >= self._attempts:
            raise refused from cause
        self._tries[span] = tries
        await self._sleep(_backoff(tries))
        self._lapse(span)

    def _lapse(self, span: Span) -> None:
        self.counts.retries += 1
        self.plan.lapse(span)

    def _land(self, span: Span, page: Page | VersionPage) -> None:
        """Fold what a page holds of its span. Raises Malformed, and then nothing has changed."""
        size = len(page)
        mark = page.mark if isinstance(page, VersionPage) else ""
        if (
            size
            and not (span.after < page.key(0) <= page.key(size - 1))
            and not (span.mark and span.after == page.key(0))
        ):
            raise Malformed("the keys are not in the order of S3")
        kept = page.up_to(span.until)
        picks = [*range(0, kept, max(1, PAGE // _SAMPLE)), kept - 1] if kept else []
        keys = [page.key(index) for index in picks]
        self.fold.add(page, kept)
        self.counts.pages += 1
        self.plan.land(span, keys, kept, page.truncated and kept == size, mark)


def _backoff(tries: int) -> float:
    """Seconds to wait before the next try, with jitter so that not all come back at once."""
    return min(10.0, 0.05 * 2.0**tries) * random.uniform(0.5, 1.0)  # noqa: S311
