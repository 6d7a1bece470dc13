"""How Slack reaches the bot: Socket Mode, or signed HTTP. `/healthz` is served either way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SetupError


class Transport(Protocol):
    """A way for Slack's requests to come in."""

    async def open(self) -> None:
        """Begin to take requests. Raises SetupError."""
        ...

    async def close(self) -> None:
        """Take no more; what was acked goes on."""
        ...


class SocketMode:
    """A WebSocket that the bot opens; nothing has to reach this machine from outside."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token)
        # The Web API's address is the app's; the handler's own client would ask slack.com
        self._handler.client.web_client.base_url = app.client.base_url

    async def open(self) -> None:
        """Connect. Raises SetupError when Slack refuses the token."""
        try:
            await self._connect()
        except SetupError:
            await self.close()
            raise

    async def _connect(self) -> None:
        try:
            # connect() repeats for ever; what can be wrong is asked once, first
            await self._handler.client.web_client.apps_connections_open(
                app_token=self._handler.client.app_token
            )
            await self._handler.client.connect()  # type: ignore[no-untyped-call]  # slack_sdk's
        except SlackApiError as error:
            raise SetupError(
                f"Slack refused SLACK_APP_TOKEN: {error.response.get('error')}.",
                "Make an app-level token (xapp-…) with the scope connections:write.",
            ) from error
        except (TimeoutError, SlackClientError, aiohttp.ClientError) as error:
            raise SetupError(f"Slack's Socket Mode cannot be reached: {error}.") from error

    async def connected(self) -> bool:
        """Whether the socket is open now."""
        return bool(await self._handler.client.is_connected())

    async def close(self) -> None:
        """Disconnect."""
        await self._handler.client.close()  # type: ignore[no-untyped-call]  # slack_sdk's


class HttpServer:
    """The bot's own port: `/healthz`, and Slack's requests where there is a Bolt app for them."""

    def __init__(
        self,
        host: str,
        port: int,
        app: AsyncApp | None = None,
        connected: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._bolt = app
        self._connected = connected
        self._host = host
        self._port = port
        web_app = web.Application(client_max_size=1024**2)
        web_app.router.add_get("/healthz", self._health)
        if app is not None:
            web_app.router.add_post("/slack/events", self._events)
        self._runner = web.AppRunner(web_app, access_log=None, shutdown_timeout=3)
        self.url = ""

    async def open(self) -> None:
        """Listen. Raises SetupError when the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            raise SetupError(
                f"Port {self._port} cannot be listened on: {error.strerror}.",
                "Set PORT to a free one.",
            ) from error
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"

    async def close(self) -> None:
        """Stop listening, after the requests under way."""
        await self._runner.cleanup()

    async def _health(self, _: web.Request) -> web.Response:
        """200 while Slack can reach the bot, 503 while its socket is closed."""
        ok = self._connected is None or await self._connected()
        return web.json_response({"ok": ok}, status=200 if ok else 503)

    async def _events(self, request: web.Request) -> web.Response:
        assert self._bolt is not None  # noqa: S101  # the route exists only with an app
        if not request.headers.get("X-Slack-Request-Timestamp", "").isdigit():
            # Bolt answers 500 to a timestamp that is no number
            return web.json_response({"error": "invalid request"}, status=401)
        bolt_request = await to_bolt_request(request)
        return await to_aiohttp_response(await self._bolt.async_dispatch(bolt_request))
