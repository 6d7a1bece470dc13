"""What Slack sends an app: over signed HTTP or Socket Mode, acked within 3 s, retried if not.

https://docs.slack.dev/authentication/verifying-requests-from-slack and
https://docs.slack.dev/apis/events-api/using-socket-mode, read 2026-11-22. Retries are Slack's for
events: at once, after 1 minute, after 5; commands and interactions have none.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.workspace.api import ApiError
from bot.workspace.faults import Faults
from bot.workspace.state import Json, Workspace

#: The types of Socket Mode envelopes, by what Slack calls what is in them.
COMMAND, INTERACTION, EVENT = "slash_commands", "interactive", "events_api"
TRIGGER_LIFE = timedelta(seconds=3)
#: Seconds before each retry of an event.
RETRY_DELAYS_S = (0, 60, 300)
#: Seconds that Slack says a socket will live.
USUAL_SOCKET_LIFE_S = 18_060
#: Slack lets an app hold this many sockets at once.
MOST_SOCKETS = 10


@dataclass(frozen=True, slots=True)
class Ack:
    """How the app took one delivery.

    status: the HTTP status; 200 for a Socket Mode ack; None when none came within 3 s or the app
    could not be reached, `reason` saying which in Slack's words.
    """

    status: int | None
    body: str
    transport: str
    reason: str = ""
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        """Whether Slack counts it as received."""
        return self.status is not None and 200 <= self.status < 300

    def json(self) -> Json:
        """The body as an object; a text body is `{"text": …}`, an empty one is empty."""
        if not self.body.strip():
            return {}
        try:
            decoded = json.loads(self.body)
        except json.JSONDecodeError:
            return {"text": self.body}
        return decoded if isinstance(decoded, dict) else {"text": self.body}


class Triggers:
    """Trigger ids: 3 s, single use."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._issued: dict[str, tuple[datetime, str]] = {}
        self._exchanged: set[str] = set()

    def issue(self, user: str) -> str:
        """A new trigger id for what this user just did."""
        trigger = f"{self._workspace.new_id('')}.{secrets.token_hex(8)}"
        self._issued[trigger] = (self._workspace.clock.now(), user)
        return trigger

    def exchange(self, trigger: str) -> str:
        """Use it up; the user. Raises `invalid_`, `expired_` or `exchanged_trigger_id`."""
        if trigger in self._exchanged:
            raise ApiError("exchanged_trigger_id")
        if trigger not in self._issued:
            raise ApiError("invalid_trigger_id")
        issued, user = self._issued[trigger]
        if self._workspace.clock.now() - issued > TRIGGER_LIFE:
            raise ApiError("expired_trigger_id")
        self._exchanged.add(trigger)
        return user


@dataclass(eq=False, slots=True)
class Socket:
    """One Socket Mode connection."""

    ws: web.WebSocketResponse
    transport: asyncio.Transport | None
    pending: dict[str, asyncio.Future[str]] = field(default_factory=dict)

    def lost(self) -> None:
        """Tell everyone who waits for an ack that none will come."""
        for waiter in self.pending.values():
            if not waiter.done():
                waiter.set_exception(ConnectionResetError("the socket closed"))


class Delivery:
    """Delivers to the app: to one of its sockets while there is one, else to its request URL."""

    def __init__(
        self,
        workspace: Workspace,
        faults: Faults,
        signing_secret: str,
        ack_timeout_s: float,
    ) -> None:
        self.workspace = workspace
        self.faults = faults
        self.signing_secret = signing_secret
        self.ack_timeout_s = ack_timeout_s
        self.request_url = ""
        self.sockets: list[Socket] = []
        self._turn = 0
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: Json | None = None

    async def close(self) -> None:
        """Give up retries and close the sockets."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in list(self.sockets):
            await socket.ws.close()
        if self._session is not None:
            await self._session.close()

    async def deliver(
        self, kind: str, payload: Json, attempt: int = 0, retry_reason: str = ""
    ) -> Ack:
        """Deliver once and wait for the ack."""
        if self.sockets:
            ack = await self._by_socket(kind, payload, attempt, retry_reason)
        elif self.request_url:
            ack = await self._by_http(kind, payload, attempt, retry_reason)
        else:
            ack = Ack(None, "", "none", "connection_failed")
        self.workspace.journal.tell(
            "delivery", "",
            {"type": kind, "payload": payload, "attempt": attempt, "status": ack.status,
             "body": ack.body, "transport": ack.transport, "reason": ack.reason},
        )  # fmt: skip
        return ack

    async def event(self, payload: Json, echo: bool = False) -> None:
        """Deliver an event; return after its first attempt, and retry on the side.

        echo: of something the app itself did; such events are spared the faults.
        """
        if echo:
            await self._try(payload)
            return
        if self.faults.events_swapped:
            if self._waiting is None:
                self._waiting = payload
                return
            self.faults.events_swapped -= 1
            first, self._waiting = self._waiting, None
            await self._try(payload)
            await self._try(first)
            return
        await self._try(payload)
        if self.faults.events_twice:
            self.faults.events_twice -= 1
            await self._try(payload)

    async def settled(self, within_s: float) -> None:
        """Return when nothing is on its way any more, or after so long: a retry waits minutes."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    def start(self, work: Any) -> None:
        """Run a coroutine on the side, until done or the server closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, payload: Json) -> None:
        ack = await self.deliver(EVENT, payload)
        if not ack.ok and not ack.no_retry:
            self.start(self._retry(payload, ack))

    async def _retry(self, payload: Json, ack: Ack) -> None:
        for attempt, delay_s in enumerate(RETRY_DELAYS_S, start=1):
            await self.workspace.clock.sleep(delay_s)
            ack = await self.deliver(EVENT, payload, attempt, ack.reason or "http_error")
            if ack.ok or ack.no_retry:
                return

    # --- signed HTTP -----------------------------------------------------------------------

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers that prove a request comes from Slack."""
        timestamp = str(int(self.workspace.clock.now().timestamp()))
        base = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    async def _by_http(self, kind: str, payload: Json, attempt: int, retry_reason: str) -> Ack:
        if kind == EVENT:
            body, content_type = json.dumps(payload).encode(), "application/json"
        else:
            form = payload if kind == COMMAND else {"payload": json.dumps(payload)}
            body, content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **self.signed(body),
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": retry_reason}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(self.ack_timeout_s),
                self._session.post(
                    self.request_url, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                answer = await response.text()
                reason = "" if response.status < 300 else "http_error"
                no_retry = response.headers.get("X-Slack-No-Retry") == "1"
                return Ack(response.status, answer, "http", reason, no_retry)
        except TimeoutError:
            return Ack(None, "", "http", "http_timeout")
        except aiohttp.ClientError:
            return Ack(None, "", "http", "connection_failed")

    # --- Socket Mode -----------------------------------------------------------------------

    async def serve_socket(
        self, ws: web.WebSocketResponse, transport: asyncio.Transport | None, life_s: int | None
    ) -> None:
        """Talk Socket Mode until the connection ends.

        life_s: seconds until Slack refreshes it; None: never.
        """
        socket = Socket(ws, transport)
        if len(self.sockets) >= MOST_SOCKETS:
            await self._goodbye(socket, "too_many_websockets")
            return
        self.sockets.append(socket)
        journal = self.workspace.journal
        try:
            await ws.send_json({
                "type": "hello", "num_connections": len(self.sockets),
                "connection_info": {"app_id": self.workspace.app},
                "debug_info": {
                    "host": "applink-local", "build_number": 1,
                    "approximate_connection_time": life_s or USUAL_SOCKET_LIFE_S,
                },
            })  # fmt: skip
            journal.tell("socket", "", {"state": "open", "connections": len(self.sockets)})
            if life_s is not None:
                self.start(self._refresh(socket, life_s))
            async for message in ws:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._acked(socket, message.data)
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)
            socket.lost()
            journal.tell("socket", "", {"state": "closed", "connections": len(self.sockets)})

    async def disconnect(self, reason: str) -> None:
        """Say goodbye on every socket; all reasons but `warning` close it as well."""
        for socket in list(self.sockets):
            await self._goodbye(socket, reason)

    def cut(self) -> None:
        """End every socket without a word, as a broken network does."""
        for socket in list(self.sockets):
            self.sockets.remove(socket)
            socket.lost()
            if socket.transport is not None:
                socket.transport.abort()

    async def _refresh(self, socket: Socket, life_s: int) -> None:
        await self.workspace.clock.sleep(life_s - 10)
        await self._goodbye(socket, "warning")
        await self.workspace.clock.sleep(10)
        await self._goodbye(socket, "refresh_requested")

    async def _goodbye(self, socket: Socket, reason: str) -> None:
        if socket.ws.closed:
            return
        await socket.ws.send_json(
            {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
        )
        if reason != "warning":
            if socket in self.sockets:
                self.sockets.remove(socket)
            await socket.ws.close()

    async def _by_socket(self, kind: str, payload: Json, attempt: int, retry_reason: str) -> Ack:
        socket = self.sockets[self._turn % len(self.sockets)]
        self._turn += 1
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "envelope_id": envelope_id, "type": kind, "payload": payload,
            "accepts_response_payload": kind != EVENT,
        }  # fmt: skip
        if kind == EVENT:
            envelope |= {"retry_attempt": attempt, "retry_reason": retry_reason}
        waiter: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        socket.pending[envelope_id] = waiter
        try:
            async with asyncio.timeout(self.ack_timeout_s):
                await socket.ws.send_json(envelope)
                return Ack(200, await waiter, "socket")
        except TimeoutError:
            return Ack(None, "", "socket", "timeout")
        except ConnectionResetError:
            return Ack(None, "", "socket", "connection_failed")
        finally:
            socket.pending.pop(envelope_id, None)

    @staticmethod
    def _acked(socket: Socket, text: str) -> None:
        try:
            ack = json.loads(text)
        except json.JSONDecodeError:
            return  # slack_sdk's own pings may be text
        waiter = (
            socket.pending.get(ack.get("envelope_id", "")) if isinstance(ack, Mapping) else None
        )
        if waiter is not None and not waiter.done():
            payload = ack.get("payload")
            waiter.set_result("" if not payload else json.dumps(payload))
