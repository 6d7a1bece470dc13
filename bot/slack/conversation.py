"""Carries out a parsed command and says the answer, wherever the words came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.core.digest import Subscription
from bot.core.query import (
    Command,
    DigestAdd,
    DigestList,
    DigestNow,
    DigestRemove,
    Plain,
    Query,
)
from bot.errors import Told
from bot.flows.answer import AnswerQuery
from bot.flows.ports import Clock, Subscriptions, Threads
from bot.flows.send_digests import SendDigests
from bot.slack.messenger import Messenger
from bot.views import replies
from bot.views.digest import digest as draw_digest
from bot.views.format import day
from bot.views.message import Message
from bot.views.report import report as draw_report

logger = structlog.get_logger()


class Reply(Protocol):
    """One way back to whoever asked."""

    async def tell(self, message: Message, *, private: bool) -> tuple[str, str] | None:
        """Say it; the (channel, ts) of the thread it now has, or None if it has none."""
        ...


class Status(Protocol):
    """The facts that `status` shows, a (name, value) each."""

    async def __call__(self) -> list[tuple[str, str]]:
        """Look them up now."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, and where."""

    user: str
    channel: str


class Conversation:
    """Answers commands. Every failure is told to the one who asked; none is silent."""

    def __init__(
        self,
        answer: AnswerQuery,
        digests: SendDigests,
        subscriptions: Subscriptions,
        threads: Threads,
        messenger: Messenger,
        status: Status,
        clock: Clock,
        *,
        version: str,
        command: str,
        zone: str | None,
    ) -> None:
        self._answer = answer
        self._digests = digests
        self._subscriptions = subscriptions
        self._threads = threads
        self._messenger = messenger
        self._status = status
        self._clock = clock
        self._version = version
        self._command = command
        self._zone = zone

    async def carry_out(self, command: Command, asker: Asker, reply: Reply) -> None:
        """Do it and say what came of it; whatever goes wrong is said too."""
        try:
            if isinstance(command, Query):
                await self._ask(command, reply)
            else:
                message = await self._do(command, asker)
                await reply.tell(message, private=not isinstance(command, DigestAdd | DigestRemove))
        except Told as told:
            logger.warning(f"Not answered: {told}", action="not_answered", command=str(command))
            await self._apologise(replies.problem(told), reply)
        except Exception:
            # The last resort: a defect of ours must not leave someone waiting in silence.
            await self._apologise(replies.broken(), reply)
            raise

    @staticmethod
    async def _apologise(message: Message, reply: Reply) -> None:
        try:
            await reply.tell(message, private=True)
        except Told as told:
            logger.error(f"An apology was not delivered: {told}", action="reply_failed")

    async def _ask(self, query: Query, reply: Reply) -> None:
        report = await self._answer(query)
        message = draw_report(report, self._clock.now())
        thread = await reply.tell(message, private=query.private)
        if thread:
            await self._threads.remember(*thread, replace(query, fresh=False), self._clock.now())
        logger.info(
            f"Answered {query}",
            action="answered",
            buckets=report.totals.buckets,
            skipped=len(report.skipped),
        )

    async def _do(self, command: Command, asker: Asker) -> Message:
        if command is Plain.HELP:
            return replies.usage(self._command)
        if command is Plain.VERSION:
            return replies.version(self._version)
        if command is Plain.STATUS:
            return replies.status(await self._status())
        if isinstance(command, DigestAdd):
            return await self._subscribe(command, asker)
        if isinstance(command, DigestRemove):
            removed = await self._subscriptions.remove(asker.channel, command.id)
            return replies.unsubscribed(command.id, removed)
        if isinstance(command, DigestNow):
            return await self._send_now(command, asker)
        assert isinstance(command, DigestList)  # noqa: S101  # the type checker's last case
        return replies.subscriptions(await self._subscriptions.of(asker.channel))

    async def _subscribe(self, wanted: DigestAdd, asker: Asker) -> Message:
        schedule = wanted.schedule
        if not wanted.zoned:
            zone = self._zone or await self._messenger.zone(asker.user) or schedule.zone
            schedule = replace(schedule, zone=zone)
        now = self._clock.now()
        added = await self._subscriptions.add(
            asker.channel, schedule, wanted.query, asker.user, now
        )
        return replies.subscribed(added, day(schedule.next(now)))

    async def _send_now(self, wanted: DigestNow, asker: Asker) -> Message:
        for subscription in await self._subscriptions.of(asker.channel):
            if subscription.id == wanted.id:
                return await self._post_now(subscription)
        return replies.missing_digest(wanted.id)

    async def _post_now(self, subscription: Subscription) -> Message:
        composed = await self._digests.compose(subscription)
        ts = await self._messenger.say(
            subscription.channel, draw_digest(composed, self._clock.now())
        )
        await self._threads.remember(
            subscription.channel, ts, subscription.query, self._clock.now()
        )
        return replies.digest_sent(subscription.id)
