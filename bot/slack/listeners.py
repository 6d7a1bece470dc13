"""What Slack sends, and who takes it up. Each listener acks at once and hands the rest on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.core.language import parse, parse_query
from bot.core.listings import NOTHING_AGREED
from bot.core.outcome import Asker
from bot.core.query import Command, Plain, Query
from bot.errors import QueryError, SlackError, Told
from bot.flows.ports import Clock, Receipts, Threads
from bot.slack.conversation import Conversation, Reply
from bot.slack.identity import Identity
from bot.slack.messenger import Messenger
from bot.slack.replying import Post, ToCommand, ToMessage, ToThread, by_url
from bot.slack.text import mentions_others, typed
from bot.slack.work import Work
from bot.views import replies
from bot.views.listings import LIST, STOP, agreed, nothing_to_stop, taken_already
from bot.views.message import Message
from bot.views.report import ASK

logger = structlog.get_logger()

#: Messages that people wrote: all other subtypes are edits, deletions, joins, bots, …
_WRITTEN = frozenset((None, "file_share", "thread_broadcast"))

Body = dict[str, Any]


class Listeners:
    """Registers itself with a Bolt app; nothing here waits for AWS.

    stop: ends the listing of an id in the name of a user; False where there is none.
    """

    def __init__(
        self,
        conversation: Conversation,
        messenger: Messenger,
        threads: Threads,
        receipts: Receipts,
        work: Work,
        clock: Clock,
        identity: Identity,
        command: str,
        stop: Callable[[str, str], bool],
    ) -> None:
        self._conversation = conversation
        self._messenger = messenger
        self._threads = threads
        self._receipts = receipts
        self._work = work
        self._clock = clock
        self._identity = identity
        self._command = command
        self._stop = stop

    def register(self, app: AsyncApp) -> None:
        """Listen to the command, to messages and mentions, to buttons and to App Home."""
        app.command(self._command)(self.on_command)
        app.event("app_mention")(self.on_mention)
        app.event("message")(self.on_message)
        app.event("app_home_opened")(self.on_home)
        app.action(re.compile(rf"{ASK}:\d+"))(self.on_click)
        app.action(re.compile(rf"{LIST}:.+"))(self.on_agree)
        app.action(STOP)(self.on_stop)

    async def on_command(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """A bad question is answered by the ack itself; a good one is taken up after it."""
        text = typed(str(body.get("text") or ""), self._identity.user)
        try:
            command: Command = parse(text) if text else Plain.HELP
        except QueryError as told:
            await ack(**replies.problem(told).payload())
            return
        if isinstance(command, Query):
            await ack(**replies.working(command).payload())
        else:
            await ack()
        channel, user = str(body["channel_id"]), str(body["user_id"])
        reply = self._to_command(channel, user, respond)
        self._take_up(command, Asker(user, channel), reply)

    async def on_mention(self, event: Body) -> None:
        """A mention is a question: over its thread's last one, if the thread is the bot's."""
        if _by_a_person(event):
            self._work.start(self._heard(event, called=True), f"mention {event.get('ts')}")

    async def on_message(self, event: Body) -> None:
        """A reply in one of the bot's threads, or a direct message, is a question too."""
        if _by_a_person(event) and (event.get("thread_ts") or event.get("channel_type") == "im"):
            called = event.get("channel_type") == "im"
            self._work.start(self._heard(event, called=called), f"message {event.get('ts')}")

    async def on_click(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """A button carries a whole question; its answer goes into the message's thread."""
        await ack()
        clicked = _Click.of(body)
        reply: Reply
        reply = hidden = self._to_command(clicked.channel, clicked.user, respond)
        if not clicked.ephemeral:
            place = clicked.channel, clicked.thread, clicked.user
            reply = ToThread(self._messenger, *place, hidden)
        command = self._asked(clicked, reply)
        if command is not None:
            self._take_up(command, Asker(clicked.user, clicked.channel), reply)

    async def on_agree(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Somebody agrees to the price of a listing: its question is taken up, once."""
        await ack()
        self._work.start(self._agree(_Click.of(body), respond), "offer taken")

    async def on_stop(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Somebody stops a listing; its answer follows at once, with what is known."""
        await ack()
        clicked = _Click.of(body)
        if self._stop(clicked.value, clicked.user):
            logger.info("A listing was stopped", action="listing_stopped", user=clicked.user)
        else:
            self._work.start(self._whisper(respond, nothing_to_stop()), "nothing to stop")

    async def on_home(self, event: Body) -> None:
        """App Home shows what can be asked."""
        if event.get("tab") == "home":
            self._work.start(self._home(str(event["user"])), "app home")

    def _to_command(self, channel: str, user: str, respond: AsyncRespond) -> ToCommand:
        return ToCommand(self._messenger, channel, user, respond, self._identity.name)

    def _asked(self, clicked: _Click, reply: Reply) -> Command | None:
        """The question of a button; None where it is not understood, which its clicker reads."""
        try:
            return parse(clicked.value, longest=None)
        except QueryError as told:
            # a message of an older version: its question may not be understood any more
            self._work.start(self._refuse(told, reply, private=True), "refused click")
            return None

    async def _agree(self, clicked: _Click, respond: AsyncRespond) -> None:
        hidden = self._to_command(clicked.channel, clicked.user, respond)
        try:
            # Two people may click at once, and Slack may send one click twice. A dearer offer may
            # have come in the place of this one, and is another
            taken = f"offer {clicked.channel}:{clicked.ts} {clicked.usd}"
            if not await self._receipts.first(taken, self._clock.now()):
                await hidden.tell(taken_already(), private=True)
                return
        except Told as told:
            await self._refuse(told, hidden, private=True)
            return
        reply: Reply = hidden
        post: Post | None = None
        if not clicked.ephemeral:
            place = clicked.channel, clicked.thread, clicked.user
            reply = here = ToMessage(self._messenger, *place, clicked.ts, hidden)
            post = here.post
        command = self._asked(clicked, reply)
        if command is None:
            return
        if post is not None and isinstance(command, Query):
            await self._show_agreed(post, command, clicked.user)
        asker = Asker(clicked.user, clicked.channel)
        await self._conversation.take_up(command, asker, reply, agreed=clicked.usd, post=post)

    async def _show_agreed(self, post: Post, query: Query, user: str) -> None:
        """The offer's buttons go, and it says who took it."""
        try:
            await post.change(agreed(query, user))
        except Told as told:
            logger.info(f"An offer was not changed: {told}", action="change_failed")

    async def _whisper(self, respond: AsyncRespond, message: Message) -> None:
        """Answer a click to the clicker alone."""
        try:
            await by_url(respond, message, "ephemeral")
        except Told as failed:
            logger.error(f"A reply was not delivered: {failed}", action="reply_failed")

    def _take_up(self, command: Command, asker: Asker, reply: Reply) -> None:
        self._work.start(self._conversation.take_up(command, asker, reply), str(command))

    async def _home(self, user: str) -> None:
        try:
            await self._messenger.home(user, replies.usage(self._command).blocks)
        except Told as told:
            logger.warning(f"App Home is not published: {told}", action="home_failed")

    async def _heard(self, event: Body, *, called: bool) -> None:
        """Someone wrote something that may be for the bot.

        `called`: it surely is. Else only a reply in a thread of the bot's is, and not one that
        mentions somebody else.
        """
        channel, ts, user = str(event["channel"]), str(event["ts"]), str(event["user"])
        thread = str(event.get("thread_ts") or ts)
        text = str(event.get("text") or "")
        ours = event.get("parent_user_id") == self._identity.user
        over = await self._last_question(channel, thread, ours=ours)
        if not called and (over is None or mentions_others(text, self._identity.user)):
            return
        # Slack sends a mention twice, as message and as app_mention, and repeats what it
        # thinks was lost: the message itself is what may be answered once.
        if not await self._receipts.first(f"{channel}:{ts}", self._clock.now()):
            return
        reply = ToThread(self._messenger, channel, thread, user)
        words = typed(text, self._identity.user)
        try:
            command = parse(words, over) if words else Plain.HELP
        except QueryError as told:
            await self._refuse(told, reply, private=not called)
            return
        if isinstance(command, Query):
            await self._show_thinking(channel, thread)
        await self._conversation.take_up(command, Asker(user, channel), reply)

    async def _last_question(self, channel: str, thread: str, *, ours: bool) -> Query | None:
        """From the store; else, below a message of the bot's own, from that message's mark.

        The store may have been lost, or the bot stopped between posting and remembering.
        """
        try:
            kept = await self._threads.recall(channel, thread)
            if kept is not None or not ours:
                return kept
            marked = await self._messenger.question(channel, thread)
            return parse_query(marked) if marked else None
        except QueryError as told:
            # An older version's question that the language no longer has: begin anew.
            logger.warning(f"A thread's question is not understood: {told}", action="thread_lost")
            return Query()
        except SlackError as told:
            logger.warning(f"A thread's root is not read: {told}", action="thread_lost")
            return None

    async def _show_thinking(self, channel: str, thread: str) -> None:
        try:
            await self._messenger.thinking(channel, thread, "is counting buckets …")
        except Told as told:
            logger.info(f"No status is shown: {told}", action="status_failed")

    async def _refuse(self, told: Told, reply: Reply, *, private: bool) -> None:
        """Say what was not understood; to its writer alone where people may be chatting."""
        try:
            await reply.tell(replies.problem(told), private=private)
        except Told as failed:
            logger.error(f"A reply was not delivered: {failed}", action="reply_failed")


@dataclass(frozen=True, slots=True)
class _Click:
    """A click on a button.

    ts, thread: of the message that it is in, and of the thread that this is in, or begins.
    usd: dollars that the button names, in its action_id; nothing where it names none.
    """

    channel: str
    user: str
    ts: str
    thread: str
    ephemeral: bool
    value: str
    usd: Decimal

    @classmethod
    def of(cls, body: Body) -> _Click:
        """Read it from a `block_actions` payload; an ephemeral message is not in that."""
        pressed, container = body["actions"][0], body.get("container", {})
        message = body.get("message") or {}
        ts = str(message.get("ts") or container.get("message_ts") or "")
        _, _, usd = str(pressed.get("action_id", "")).partition(":")
        try:
            dollars = Decimal(usd)
        except InvalidOperation:
            dollars = NOTHING_AGREED
        return cls(
            channel=str(body["channel"]["id"]),
            user=str(body["user"]["id"]),
            ts=ts,
            thread=str(message.get("thread_ts") or ts),
            ephemeral=bool(container.get("is_ephemeral")) or not message,
            value=str(pressed.get("value", "")),
            usd=NOTHING_AGREED if dollars.is_nan() else max(dollars, NOTHING_AGREED),
        )


def _by_a_person(event: Body) -> bool:
    return (
        event.get("subtype") in _WRITTEN
        and not event.get("bot_id")
        and not event.get("bot_profile")
        and bool(event.get("user"))
        and "ts" in event
    )
