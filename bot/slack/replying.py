"""The ways back to whoever asked: a channel, a thread, or a command's `response_url`."""

from __future__ import annotations

import aiohttp
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackClientError

from bot.errors import SlackError
from bot.slack.messenger import MayNotPostError, Messenger
from bot.views import replies
from bot.views.message import Message


class ToCommand:
    """Answers a slash command in its channel.

    Only `chat.postMessage` returns the ts that a thread needs; where the bot may not post, the
    command's `response_url` may, and the message then says how to get threads.
    """

    def __init__(
        self, messenger: Messenger, channel: str, respond: AsyncRespond, name: str
    ) -> None:
        self.thread: tuple[str, str] | None = None
        self._messenger = messenger
        self._channel = channel
        self._respond = respond
        self._name = name

    async def tell(
        self, message: Message, *, private: bool, question: str = ""
    ) -> tuple[str, str] | None:
        """Post it for all, or show it to the asker alone. Raises SlackError."""
        if private:
            await self._by_url(message, "ephemeral")
            return None
        try:
            mark = {"question": question} if question else None
            return self._channel, await self._messenger.say(self._channel, message, mark=mark)
        except MayNotPostError:
            hinted = replies.with_hint(message, replies.invite(self._name))
            await self._by_url(hinted, "in_channel")
            return None

    async def _by_url(self, message: Message, visible: str) -> None:
        try:
            answer = await self._respond(
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
            raise SlackError(f"Slack's response_url answered {answer.status_code}: {answer.body}.")


class ToThread:
    """Answers in a thread; in private to `user` where that is asked for."""

    def __init__(self, messenger: Messenger, channel: str, thread: str, user: str) -> None:
        self.thread: tuple[str, str] | None = (channel, thread)
        self._messenger = messenger
        self._channel = channel
        self._ts = thread
        self._user = user

    async def tell(
        self, message: Message, *, private: bool, question: str = ""
    ) -> tuple[str, str] | None:
        """Post it in the thread, which goes on with this question. Raises SlackError."""
        if private:
            await self._messenger.whisper(self._channel, self._user, message, self._ts)
            return None
        await self._messenger.say(self._channel, message, self._ts)
        return self.thread
