"""Compose a digest: the report of now, beside the estate of a week before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from bot.core.change import Change, change
from bot.core.digest import Digest, Subscription
from bot.core.listings import WHATEVER_IT_COSTS
from bot.core.prices import PriceBook
from bot.core.report import Report, report
from bot.core.snapshot import Snapshot
from bot.core.terms import Terms
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import Clock, Collector, Snapshots

WEEK = timedelta(days=7)
#: A snapshot this far from a week ago still counts as a week ago.
NEAR = timedelta(hours=36)


class ComposeDigest:
    """Turns a `Subscription` into the `Digest` it would be sent now."""

    def __init__(
        self,
        latest: LatestSnapshot,
        collector: Collector,
        snapshots: Snapshots,
        prices: Callable[[], PriceBook],
        terms: Terms,
        clock: Clock,
    ) -> None:
        self._latest = latest
        self._collector = collector
        self._snapshots = snapshots
        self._prices = prices
        self._terms = terms
        self._clock = clock

    async def __call__(self, subscription: Subscription) -> Digest:
        """The digest as of now. Raises EstateError, and BudgetError where it has to list.

        Nobody is there to be asked on a Monday morning: whoever subscribed has agreed.
        """
        query = subscription.query
        snapshot = await self._latest.get(query.scope, agreed=WHATEVER_IT_COSTS)
        earlier = await self._week_before(snapshot, subscription)
        book = self._prices()
        current = await asyncio.to_thread(report, snapshot, query, book, self._terms)
        return Digest(
            subscription,
            current,
            await asyncio.to_thread(_compared, earlier, current, book, self._terms),
            subscription.schedule.next(self._clock.now()),
        )

    async def _week_before(self, snapshot: Snapshot, subscription: Subscription) -> Snapshot | None:
        """From the bot's own history, else from what AWS itself remembers."""
        scope = subscription.query.scope
        moment = snapshot.taken_at - WEEK
        kept = await self._snapshots.near(scope, moment, NEAR)
        return kept or await self._collector.recollect(scope, moment)


def _compared(
    earlier: Snapshot | None, current: Report, book: PriceBook, terms: Terms
) -> Change | None:
    """Both at today's prices: a change of price is no change of the estate."""
    if earlier is None:
        return None
    return change(report(earlier, current.query, book, terms), current)
