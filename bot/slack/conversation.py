"""Has a command carried out and says what came of it, wherever in Slack the words came from."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

import structlog

from bot.core.digest import Digest
from bot.core.listings import NOTHING_AGREED
from bot.core.outcome import Asker, Billed, Costs, Offer, Outcome, Subscribed, Unsubscribed
from bot.core.query import Command, Query
from bot.core.report import Report
from bot.errors import Told
from bot.flows.carry_out import CarryOut
from bot.flows.ports import Clock, Threads
from bot.slack.replying import Post
from bot.slack.watching import Opener, Watching
from bot.views import listings, replies
from bot.views.message import Message
from bot.views.outcome import outcome as draw

logger = structlog.get_logger()


class Reply(Opener, Protocol):
    """One way back to whoever asked."""

    @property
    def thread(self) -> tuple[str, str] | None:
        """The (channel, ts) that the answer goes into; None where it starts its own."""
        ...

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

    async def take_up(
        self,
        command: Command,
        asker: Asker,
        reply: Reply,
        *,
        agreed: Decimal = NOTHING_AGREED,
        post: Post | None = None,
    ) -> None:
        """Do it and say what came of it; whatever goes wrong is said too.

        agreed: dollars that somebody agreed to spend on listings. post: the bot's own message
        whose place the answer takes.
        """
        watching = Watching(reply, command, self._clock) if isinstance(command, Query) else None
        try:
            if watching:
                watching.start()
            try:
                outcome = await self._carry_out(
                    command, asker, watching.tell if watching else None, agreed
                )
            finally:
                post = (await watching.end() if watching else None) or post
            message = draw(outcome, self._clock.now(), command=self._command, version=self._version)
            if watching and watching.stopped_by:
                message = replies.with_hint(message, listings.stopped(watching.stopped_by))
            await self._tell(outcome, message, reply, post)
            logger.info(f"Answered {command}", action="answered")
        except Told as told:
            logger.warning(f"Not answered: {told}", action="not_answered", command=str(command))
            await self._apologise(replies.problem(told), reply, post)
        except asyncio.CancelledError:
            # The bot is being stopped: what was promised must not look as if it went on
            if isinstance(command, Query):
                await self._apologise(listings.interrupted(command), reply, post)
            raise
        except Exception:
            # The last resort: a defect of ours must not leave someone waiting in silence.
            await self._apologise(replies.broken(), reply, post)
            raise

    async def _tell(
        self, outcome: Outcome, message: Message, reply: Reply, post: Post | None
    ) -> None:
        now = self._clock.now()
        query = _question(outcome)
        question = str(query) if query else ""
        private = not _public(outcome)
        before = post.thread if post else reply.thread
        if query and before and not private:
            # Before it is posted: the next reply may come at once.
            await self._threads.remember(*before, query, now)
        if post is not None and await self._replaced(post, message, question):
            return
        thread = await reply.tell(message, private=private, question=question)
        if query and thread and thread != before:
            await self._threads.remember(*thread, query, now)

    @staticmethod
    async def _replaced(post: Post, message: Message, question: str = "") -> bool:
        """Show the message in the post's place; False where that cannot be done any more."""
        try:
            await post.change(message, question=question)
        except Told as told:
            # Somebody deleted it, say: the answer is then posted like any other
            logger.info(f"A message was not changed: {told}", action="change_failed")
            return False
        return True

    async def _apologise(self, message: Message, reply: Reply, post: Post | None) -> None:
        try:
            if post is None or not await self._replaced(post, message):
                await reply.tell(message, private=True)
        except Told as told:
            logger.error(f"An apology was not delivered: {told}", action="reply_failed")


def _question(outcome: Outcome) -> Query | None:
    """What a reply to it is a follow-up of."""
    if isinstance(outcome, Report | Costs | Offer):
        return replace(outcome.query, fresh=False)
    return outcome.subscription.query if isinstance(outcome, Digest) else None


def _public(outcome: Outcome) -> bool:
    """What a whole channel should see: answers, and what happens to its digests."""
    if isinstance(outcome, Report | Costs | Offer):
        return not outcome.query.private
    return isinstance(outcome, Digest | Billed | Subscribed | Unsubscribed)
