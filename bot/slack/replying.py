"""The ways back to whoever asked: a channel, a thread, a message, or a `response_url`."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackClientError

from bot.errors import SlackError
from bot.slack.messenger import MayNotPostError, Messenger
from bot.views import replies
from bot.views.message import Message


@dataclass(frozen=True, slots=True)
class Post:
    """A message of the bot's own that can be changed.

    thread: the (channel, ts) of the thread it is in, or is the root of.
    """

    messenger: Messenger
    channel: str
    ts: str
    thread: tuple[str, str]

    async def change(self, message: Message, *, question: str = "", hasty: bool = False) -> None:
        """Show this in its place, marked as the answer to a question where there is one.

        hasty: raises RateLimitedError where it would have to wait. Raises SlackError.
        """
        mark = {"question": question} if question else None
        await self.messenger.change(self.channel, self.ts, message, mark, hasty=hasty)


class ToCommand:
    """Answers a slash command in its channel.

    Only `chat.postMessage` returns the ts that a thread needs; where the bot may not post, the
    command's `response_url` may, and the message then says how to get threads. What is for `user`
    alone comes by that, too, as long as Slack takes anything there.
    """

    def __init__(
        self, messenger: Messenger, channel: str, user: str, respond: AsyncRespond, name: str
    ) -> None:
        self.thread: tuple[str, str] | None = None
        self._messenger = messenger
        self._channel = channel
        self._user = user
        self._respond = respond
        self._name = name

    async def tell(
        self, message: Message, *, private: bool, question: str = ""
    ) -> tuple[str, str] | None:
        """Post it for all, or show it to the asker alone. Raises SlackError."""
        if private:
            await self._whisper(message)
            return None
        try:
            mark = {"question": question} if question else None
            return self._channel, await self._messenger.say(self._channel, message, mark=mark)
        except MayNotPostError:
            hinted = replies.with_hint(message, replies.invite(self._name))
            await by_url(self._respond, hinted, "in_channel")
            return None

    async def open(self, message: Message, announcement: Message, *, private: bool) -> Post | None:
        """Post what will become the answer; where that cannot be, just announce it.

        Raises SlackError.
        """
        if private:
            await self._whisper(announcement)
            return None
        try:
            ts = await self._messenger.say(self._channel, message)
        except MayNotPostError:
            await by_url(self._respond, announcement, "in_channel")
            return None
        return Post(self._messenger, self._channel, ts, (self._channel, ts))

    async def _whisper(self, message: Message) -> None:
        try:
            await by_url(self._respond, message, "ephemeral")
        except UrlRefusedError:
            await self._messenger.whisper(self._channel, self._user, message)


class UrlRefusedError(SlackError):
    """Slack takes nothing by a `response_url`: after 30 minutes, or five answers.

    https://docs.slack.dev/interactivity/handling-user-interaction
    """


async def by_url(respond: AsyncRespond, message: Message, visible: str) -> None:
    """Say it by a `response_url`, `in_channel` or `ephemeral`.

    Raises UrlRefusedError where Slack took nothing, and SlackError where nobody knows.
    """
    try:
        answer = await respond(
            text=message.text,
            blocks=message.blocks,
            response_type=visible,
            replace_original=False,
            unfurl_links=False,
        )
    # a connection that Slack closes is a ClientError and no OSError; a timeout the reverse
    except (SlackClientError, aiohttp.ClientError, OSError) as error:
        raise SlackError(f"Slack's response_url did not answer: {error}.") from error
    if answer.status_code != 200:
        raise UrlRefusedError(f"Slack's response_url answered {answer.status_code}: {answer.body}.")


class ToThread:
    """Answers in a thread; in private to `user` where that is asked for.

    otherwise: the way back where the bot may not post, if there is one.
    """

    def __init__(
        self,
        messenger: Messenger,
        channel: str,
        thread: str,
        user: str,
        otherwise: ToCommand | None = None,
    ) -> None:
        self.thread = (channel, thread)
        self._messenger = messenger
        self._channel = channel
        self._ts = thread
        self._user = user
        self._otherwise = otherwise

    async def tell(
        self, message: Message, *, private: bool, question: str = ""
    ) -> tuple[str, str] | None:
        """Post it in the thread, which goes on with this question. Raises SlackError."""
        try:
            if private:
                await self._messenger.whisper(self._channel, self._user, message, self._ts)
                return None
            await self._messenger.say(self._channel, message, self._ts)
        except MayNotPostError:
            if self._otherwise is None:
                raise
            return await self._otherwise.tell(message, private=private, question=question)
        return self.thread

    async def open(self, message: Message, announcement: Message, *, private: bool) -> Post | None:
        """Post what will become the answer; where that cannot be, just announce it.

        Raises SlackError.
        """
        try:
            if private:
                await self._messenger.whisper(self._channel, self._user, announcement, self._ts)
                return None
            ts = await self._messenger.say(self._channel, message, self._ts)
        except MayNotPostError:
            if self._otherwise is None:
                raise
            return await self._otherwise.open(message, announcement, private=private)
        return Post(self._messenger, self._channel, ts, self.thread)


class ToMessage(ToThread):
    """Answers in the place of the bot's own message `ts` of a thread, which was clicked."""

    def __init__(
        self,
        messenger: Messenger,
        channel: str,
        thread: str,
        user: str,
        ts: str,
        otherwise: ToCommand | None = None,
    ) -> None:
        super().__init__(messenger, channel, thread, user, otherwise)
        self.post = Post(messenger, channel, ts, self.thread)

    async def open(self, message: Message, announcement: Message, *, private: bool) -> Post | None:
        """Show what will become the answer in the message's place. Raises SlackError."""
        try:
            await self.post.change(message)
        except SlackError:
            # Where it is gone, or was said by a `response_url`: like any other answer
            return await super().open(message, announcement, private=private)
        return self.post
