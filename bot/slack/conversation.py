"""Has a command carried out and says what came of it, wherever in Slack the words came from."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import structlog

from bot.core.digest import Digest
from bot.core.outcome import Asker, Billed, Costs, Outcome, Subscribed, Unsubscribed
from bot.core.query import Command, Query
from bot.core.report import Report
from bot.errors import Told
from bot.flows.carry_out import CarryOut
from bot.flows.ports import Clock, Threads
from bot.views import replies
from bot.views.message import Message
from bot.views.outcome import outcome as draw

logger = structlog.get_logger()


class Reply(Protocol):
    """One way back to whoever asked.

    thread: the (channel, ts) that the answer goes into; None where it starts its own.
    """

    thread: tuple[str, str] | None

    async def tell(
        self, message: Message, *, private: bool, question: str = ""
    ) -> tuple[str, str] | None:
        """Say it, marked as the answer to a question.

        The (channel, ts) of the thread it now has, or None if it has none.
        """
        ...


class Conversation:
    """Answers commands. Every failure is told to the one who asked; none is silent."""

    def __init__(
        self, carry_out: CarryOut, threads: Threads, clock: Clock, *, version: str, command: str
    ) -> None:
        self._carry_out = carry_out
        self._threads = threads
        self._clock = clock
        self._version = version
        self._command = command

    async def take_up(self, command: Command, asker: Asker, reply: Reply) -> None:
        """Do it and say what came of it; whatever goes wrong is said too."""
        try:
            outcome = await self._carry_out(command, asker)
            await self._tell(outcome, reply)
            logger.info(f"Answered {command}", action="answered")
        except Told as told:
            logger.warning(f"Not answered: {told}", action="not_answered", command=str(command))
            await self._apologise(replies.problem(told), reply)
        except Exception:
            # The last resort: a defect of ours must not leave someone waiting in silence.
            await self._apologise(replies.broken(), reply)
            raise

    async def _tell(self, outcome: Outcome, reply: Reply) -> None:
        now = self._clock.now()
        message = draw(outcome, now, command=self._command, version=self._version)
        query = _question(outcome)
        question = str(query) if query else ""
        private = not _public(outcome)
        if query and reply.thread and not private:
            # Before it is posted: the next reply may come at once.
            await self._threads.remember(*reply.thread, query, now)
        thread = await reply.tell(message, private=private, question=question)
        if query and thread and thread != reply.thread:
            await self._threads.remember(*thread, query, now)

    @staticmethod
    async def _apologise(message: Message, reply: Reply) -> None:
        try:
            await reply.tell(message, private=True)
        except Told as told:
            logger.error(f"An apology was not delivered: {told}", action="reply_failed")


def _question(outcome: Outcome) -> Query | None:
    """What a reply to it is a follow-up of."""
    if isinstance(outcome, Report | Costs):
        return replace(outcome.query, fresh=False)
    return outcome.subscription.query if isinstance(outcome, Digest) else None


def _public(outcome: Outcome) -> bool:
    """What a whole channel should see: answers, and what happens to its digests."""
    if isinstance(outcome, Report | Costs):
        return not outcome.query.private
    return isinstance(outcome, Digest | Billed | Subscribed | Unsubscribed)
