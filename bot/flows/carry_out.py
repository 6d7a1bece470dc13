"""Carry out a command, wherever its words came from: Slack, a thread, a terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from bot.core.digest import Subscription
from bot.core.listings import NOTHING_AGREED, UnagreedError
from bot.core.outcome import (
    Asker,
    Offer,
    Outcome,
    Status,
    Subscribed,
    Subscribers,
    Unsubscribed,
)
from bot.core.query import (
    BillAsked,
    Command,
    DigestAdd,
    DigestNow,
    DigestRemove,
    Plain,
    Query,
    Topic,
)
from bot.errors import QueryError
from bot.flows.answer import AnswerQuery
from bot.flows.compare_bill import CompareBill
from bot.flows.compose_digest import ComposeDigest
from bot.flows.explain_cost import ExplainCost
from bot.flows.ports import Clock, Progress, Subscriptions


class CarryOut:
    """Turns a `Command` into its `Outcome`. Raises one of `Told` when it cannot.

    status: looks up the facts of `status`. zone_of: the time zone of a user, for a digest that
    names none; None where it is not known.
    """

    def __init__(
        self,
        answer: AnswerQuery,
        explain: ExplainCost,
        bill: CompareBill,
        digest: ComposeDigest,
        subscriptions: Subscriptions,
        status: Callable[[], Awaitable[Status]],
        zone_of: Callable[[str], Awaitable[str | None]],
        clock: Clock,
    ) -> None:
        self._answer = answer
        self._explain = explain
        self._bill = bill
        self._digest = digest
        self._subscriptions = subscriptions
        self._status = status
        self._zone_of = zone_of
        self._clock = clock

    async def __call__(
        self,
        command: Command,
        asker: Asker,
        progress: Progress | None = None,
        agreed: Decimal = NOTHING_AGREED,
    ) -> Outcome:
        """Do it; what came of it: an offer, where it would cost more than is `agreed` to."""
        if isinstance(command, Query):
            ask = self._explain if command.topic is Topic.COST else self._answer
            try:
                return await ask(command, progress, agreed)
            except UnagreedError as unagreed:
                return Offer(command, unagreed.quote)
        if isinstance(command, BillAsked):
            return await self._bill(command)
        if isinstance(command, Plain):
            return await self._status() if command is Plain.STATUS else command
        if isinstance(command, DigestAdd):
            return await self._subscribe(command, asker)
        if isinstance(command, DigestRemove):
            if not await self._subscriptions.remove(asker.channel, command.id):
                raise _no_digest(command.id)
            return Unsubscribed(command.id)
        if isinstance(command, DigestNow):
            return await self._digest(await self._subscription(command.id, asker))
        return Subscribers(await self._subscriptions.of(asker.channel))

    async def _subscribe(self, wanted: DigestAdd, asker: Asker) -> Subscribed:
        schedule = wanted.schedule
        if not wanted.zoned:
            schedule = replace(schedule, zone=await self._zone_of(asker.user) or schedule.zone)
        now = self._clock.now()
        added = await self._subscriptions.add(
            asker.channel, schedule, wanted.query, asker.user, now
        )
        return Subscribed(added, schedule.next(now))

    async def _subscription(self, id: int, asker: Asker) -> Subscription:
        for each in await self._subscriptions.of(asker.channel):
            if each.id == id:
                return each
        raise _no_digest(id)


def _no_digest(id: int) -> QueryError:
    return QueryError(f"This channel has no digest {id}.", "`digest list` shows those that it has.")
