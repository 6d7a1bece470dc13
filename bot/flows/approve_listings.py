"""Approve listings: by the price that somebody agreed to, and by the day's budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import structlog

from bot.core.listings import (
    BUDGET,
    NOTHING_AGREED,
    BudgetError,
    Candidate,
    Headway,
    Quote,
    UnagreedError,
    affordable,
    quote,
)
from bot.core.snapshot import Scope
from bot.core.usage import Source
from bot.errors import StoreError
from bot.flows.ports import Clock, Snapshots, Spending

logger = structlog.get_logger()

#: A listing that turns out dearer than estimated holds this much more of the day's budget at a
#: time, or a tenth of what it holds.
STEP = Decimal("0.01")


class ApproveListings:
    """Makes the allowance of each measurement.

    confirm: dollars above which source LIST needs consent, and below which source AUTO stays.
    budget: dollars that all listings of a UTC day may cost together; None for no bound.
    concurrency: requests in flight, for the estimated time.
    """

    def __init__(
        self,
        spending: Spending,
        snapshots: Snapshots,
        clock: Clock,
        *,
        confirm: Decimal,
        budget: Decimal | None = None,
        concurrency: int = 64,
    ) -> None:
        self.spending = spending
        self.snapshots = snapshots
        self.clock = clock
        self.confirm = confirm
        self.budget = budget
        self.concurrency = concurrency

    def begin(self, id: str, scope: Scope) -> Allowance:
        """What the measurement `id` of a scope may spend: nothing yet."""
        return Allowance(self, id, scope)

    async def left(self, day: date) -> Decimal | None:
        """What is left of the day's budget; None where there is none."""
        return None if self.budget is None else self.budget - await self.spending.spent(day)

    async def counted(self, scope: Scope, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates, with the numbers of the last snapshots where CloudWatch gave none."""
        known: dict[tuple[str | None, str], int] = {}
        if any(each.objects is None for each in candidates):
            kept = [
                await self.snapshots.latest(replace(scope, source=source), _EVER)
                for source in Source
            ]
            # The newest come last: buckets grow, and an old number would read as cheap
            for last in sorted(filter(None, kept), key=lambda each: each.taken_at):
                for usage in last.usages:
                    if usage.objects is not None and usage.complete and not usage.prefix:
                        known[usage.account, usage.bucket] = usage.objects
        return [
            each
            if each.objects is not None
            else replace(each, objects=known.get((each.bucket.account, each.bucket.name)))
            for each in candidates
        ]


class Allowance:
    """What one measurement may spend on listings, and what it did.

    stop: set when it may list no more. stopped_by: who said so, or `BUDGET`. approved: whether
    its listings were approved of; from then on nobody needs to agree to them.
    """

    def __init__(self, rules: ApproveListings, id: str, scope: Scope) -> None:
        self._rules = rules
        self._id = id
        self._scope = scope
        self._agreed = NOTHING_AGREED
        self._day = rules.clock.now().astimezone(UTC).date()
        self._held = Decimal(0)
        self._may_hold = False
        self._holding: asyncio.Task[None] | None = None
        self.approved = False
        self.stop = asyncio.Event()
        self.stopped_by: str | None = None

    def agree(self, usd: Decimal) -> None:
        """Somebody agrees to spend so many dollars."""
        self._agreed = max(self._agreed, usd)

    def end(self, by: str) -> None:
        """List no more. Of several who say so, the first counts."""
        if not self.stop.is_set():
            self.stopped_by = by
            self.stop.set()

    async def approve(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Those that may be listed. The port `Approve`.

        For source AUTO, the cheapest of them under the price that needs no consent. For source
        LIST all; raises UnagreedError where nobody agreed to their price, and BudgetError.
        """
        counted = await self._rules.counted(self._scope, candidates)
        if self._scope.source is Source.LIST:
            await self._all_or_none(quote(counted, concurrency=self._rules.concurrency))
            chosen: Sequence[Candidate] = counted
        else:
            chosen = await self._cheapest(counted)
        self.approved = True
        return chosen

    async def _all_or_none(self, asked: Quote) -> None:
        dear = asked.price > self._rules.confirm
        if dear and not asked.agreed_to(self._agreed):
            raise UnagreedError(asked)
        left = await self._rules.left(self._day)
        if (left is not None and left <= 0 and asked.buckets) or not await self._hold(asked.usd):
            raise BudgetError(asked, left or Decimal(0), self._rules.budget or Decimal(0))

    async def _cheapest(self, counted: Sequence[Candidate]) -> Sequence[Candidate]:
        while True:
            left = await self._rules.left(self._day)
            most = self._rules.confirm if left is None else min(self._rules.confirm, left)
            chosen = affordable(counted, most)
            price = quote(chosen).usd
            # Another one may have taken what was left in between: then fewer fit.
            if not chosen or await self._hold(price):
                return chosen

    async def _hold(self, usd: Decimal) -> bool:
        """Hold so many dollars more."""
        if not usd:
            return True
        # Before it is known: a bot that is stopped meanwhile may hold it or not
        self._may_hold = True
        held = await self._rules.spending.hold(self._id, self._day, usd, self._rules.budget)
        if held:
            self._held += usd
        return held

    def spend(self, at: Headway) -> None:
        """So much was spent by now: hold more of the budget in time, or end the listing."""
        if self._rules.budget is None or at.usd <= self._held or self._holding is not None:
            return
        self._holding = asyncio.create_task(self._hold_more(at.usd))

    async def _hold_more(self, spent: Decimal) -> None:
        wanted = max(STEP, self._held / 10, spent - self._held)
        try:
            held = await self._hold(wanted)
        except StoreError as error:
            # What was counted so far is worth more: the next to be told tries again
            logger.warning(f"A listing holds no more of the budget: {error}", action="hold_failed")
            held = True
        if held:
            self._holding = None
        else:
            self.end(BUDGET)

    async def settle(self, usd: Decimal) -> None:
        """The measurement is over, and its listings cost so much. Raises StoreError."""
        try:
            if self._holding is not None:
                await self._holding
        finally:
            # What had no price held nothing, and may have cost something all the same
            if usd or self._may_hold:
                await self._rules.spending.settle(self._id, self._day, usd)


_EVER = datetime.min.replace(tzinfo=UTC)
