"""Explain a cost: the estimate of the latest snapshot, taken apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal

from bot.core.breakdown import breakdown
from bot.core.cost import estimate
from bot.core.listings import NOTHING_AGREED
from bot.core.outcome import Costs
from bot.core.prices import PriceBook
from bot.core.query import Query
from bot.core.snapshot import Snapshot
from bot.core.terms import Terms
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import Progress


class ExplainCost:
    """Turns a `Query` about cost into the breakdown of its estimate."""

    def __init__(
        self, latest: LatestSnapshot, prices: Callable[[], PriceBook], terms: Terms
    ) -> None:
        self._latest = latest
        self._prices = prices
        self._terms = terms

    async def __call__(
        self,
        query: Query,
        progress: Progress | None = None,
        agreed: Decimal = NOTHING_AGREED,
    ) -> Costs:
        """The breakdown; raises EstateError when nothing at all could be read.

        agreed: dollars to spend on listings. Raises UnagreedError where they cost more, and
        BudgetError.
        """
        snapshot = await self._latest.get(
            query.scope, fresh=query.fresh, progress=progress, agreed=agreed
        )
        return await asyncio.to_thread(_explained, snapshot, query, self._prices(), self._terms)


def _explained(snapshot: Snapshot, query: Query, book: PriceBook, terms: Terms) -> Costs:
    scope = query.scope
    names = {each.bucket for each in snapshot.usages if scope.wants(each.bucket, each.region)}
    # All of the snapshot is estimated, and narrowed then: volume tiers pool over a region.
    found = breakdown(estimate(snapshot.usages, book, terms), names, query.classes)
    skipped = tuple(skip for skip in snapshot.skipped if scope.wants(skip.bucket, skip.region))
    return Costs(query, found, skipped)
