"""Posts messages. The one place that knows which of Slack's refusals mean what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.digest import Digest
from bot.errors import SlackError
from bot.views.digest import digest as draw_digest
from bot.views.message import Block, Message

#: The type of the metadata that marks the bot's messages: `question` is what they answer,
#: `delivery` which digest they are. What the store lost, or never got, can be read there.
MARK = "s3monitor"

#: Seconds of silence after a 429 that names none.
_SILENCE = 30.0

_MAY_NOT_POST = frozenset(
    (
        "channel_not_found",
        "ekm_access_denied",
        "is_archived",
        "missing_scope",
        "no_permission",
        "not_in_channel",
        "restricted_action",
        "restricted_action_thread_locked",
    )
)


class MayNotPostError(SlackError):
    """The bot may not post in that channel; `response_url` still may."""


class RateLimitedError(SlackError):
    """Slack asks for `seconds` of silence."""

    def __init__(self, method: str, seconds: float) -> None:
        super().__init__(f"Slack limits {method} for {seconds:.0f} s.")
        self.seconds = seconds


def web_client(token: str | None, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client that waits when told to (429) and never posts twice by itself.

    slack_sdk's default handler repeats a request whose response was lost, and the message
    is then there twice.
    """
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        session=session,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)],
    )


class Messenger:
    """Slack's side of every answer and digest."""

    def __init__(self, client: AsyncWebClient, now: Callable[[], datetime]) -> None:
        self._client = client
        # What is worth showing now or never: a 429 is heard at once, and nothing waits in line
        self._hasty = AsyncWebClient(
            token=client.token,
            base_url=client.base_url,
            session=client.session,
            retry_handlers=[],
        )
        self._now = now

    async def say(
        self,
        channel: str,
        message: Message,
        thread: str | None = None,
        mark: Mapping[str, str] | None = None,
    ) -> str:
        """Post for everyone in `channel`, with a mark in its metadata; the message's ts.

        Raises MayNotPostError, or SlackError when Slack refused or did not answer.
        """
        answer = await self._call(
            "chat.postMessage",
            channel=channel,
            thread_ts=thread,
            metadata=mark and {"event_type": MARK, "event_payload": dict(mark)},
            unfurl_links=False,
            unfurl_media=False,
            **message.payload(),
        )
        return str(answer["ts"])

    async def change(
        self,
        channel: str,
        ts: str,
        message: Message,
        mark: Mapping[str, str] | None = None,
        *,
        hasty: bool = False,
    ) -> None:
        """Put `message` in the place of the bot's own message `ts`, and mark it.

        hasty: do not wait when Slack says to. Raises SlackError, then RateLimitedError.
        """
        await self._call(
            "chat.update",
            self._hasty if hasty else None,
            channel=channel,
            ts=ts,
            metadata=mark and {"event_type": MARK, "event_payload": dict(mark)},
            **message.payload(),
        )

    async def whisper(
        self, channel: str, user: str, message: Message, thread: str | None = None
    ) -> None:
        """Show it to `user` alone. Raises like `say`."""
        await self._call(
            "chat.postEphemeral",
            channel=channel,
            user=user,
            thread_ts=thread,
            **message.payload(),
        )

    async def thinking(self, channel: str, thread: str, status: str) -> None:
        """Show `<App> <status>` below the thread until the next message in it."""
        await self._call(
            "assistant.threads.setStatus", channel_id=channel, thread_ts=thread, status=status
        )

    async def home(self, user: str, blocks: list[Block]) -> None:
        """Publish the App Home of `user`."""
        await self._call("views.publish", user_id=user, view={"type": "home", "blocks": blocks})

    async def zone(self, user: str) -> str | None:
        """The user's time zone as Slack knows it."""
        answer = await self._call("users.info", user=user)
        zone = answer.get("user", {}).get("tz")
        return str(zone) if zone else None

    async def post(self, channel: str, digest: Digest, delivery_id: str) -> str:
        """Post a digest, marked with its delivery; the message's ts. Raises like `say`."""
        mark = {"delivery": delivery_id, "question": str(digest.subscription.query)}
        return await self.say(channel, draw_digest(digest, self._now()), mark=mark)

    async def find(self, channel: str, delivery_id: str, since: datetime) -> str | None:
        """The ts of the digest with that mark posted at or after `since`, if there is one."""
        cursor = ""
        while True:
            page = await self._call(
                "conversations.history",
                channel=channel,
                oldest=f"{since.timestamp():.6f}",
                include_all_metadata=True,
                limit=200,
                cursor=cursor or None,
            )
            for message in page.get("messages", ()):
                if _mark(message).get("delivery") == delivery_id:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    async def question(self, channel: str, ts: str) -> str | None:
        """The question that the bot's message `ts` is marked with, if it is."""
        page = await self._call(
            "conversations.replies", channel=channel, ts=ts, limit=1, include_all_metadata=True
        )
        roots = [message for message in page.get("messages", ()) if message.get("ts") == ts]
        found = _mark(roots[0]).get("question") if roots else None
        return str(found) if found else None

    async def _call(
        self, method: str, client: AsyncWebClient | None = None, **arguments: Any
    ) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            answer = await (client or self._client).api_call(method, json=given)
        except SlackApiError as error:
            if error.response.status_code == 429:
                seconds = str(error.response.headers.get("Retry-After", ""))
                raise RateLimitedError(method, float(seconds or _SILENCE)) from error
            code = str(error.response.get("error", "unknown_error"))
            kind = MayNotPostError if code in _MAY_NOT_POST else SlackError
            raise kind(f"Slack refused {method}: {code}.") from error
        except (TimeoutError, SlackClientError, aiohttp.ClientError) as error:
            raise SlackError(f"Slack did not answer {method}: {type(error).__name__}.") from error
        return dict(answer.data) if isinstance(answer.data, dict) else {}


def _mark(message: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = message.get("metadata") or {}
    mark: Mapping[str, Any] = metadata.get("event_payload") or {}
    return mark if metadata.get("event_type") == MARK else {}
