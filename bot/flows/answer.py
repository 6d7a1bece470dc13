"""Answer a question: the latest snapshot, seen through the query, at the prices in use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal

from bot.core.listings import NOTHING_AGREED
from bot.core.prices import PriceBook
from bot.core.query import Query
from bot.core.report import Report, report
from bot.core.terms import Terms
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import Progress


class AnswerQuery:
    """Turns a `Query` into its `Report`."""

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
    ) -> Report:
        """The report; raises EstateError when nothing at all could be read.

        agreed: dollars to spend on listings. Raises UnagreedError where they cost more, and
        BudgetError.
        """
        snapshot = await self._latest.get(
            query.scope, fresh=query.fresh, progress=progress, agreed=agreed
        )
        # Thousands of buckets take a while to price: not on the loop that acks commands.
        return await asyncio.to_thread(report, snapshot, query, self._prices(), self._terms)
