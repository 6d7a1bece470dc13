"""A Slack-shaped server, and a small app of Bolt's on either transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.server import SlackServer


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """A server of its own for each test."""
    async with SlackServer() as server:
        yield server


@pytest.fixture
def client(slack: SlackServer) -> AsyncWebClient:
    """Slack's own client, which neither retries nor waits."""
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


def section(text: str, **parts: Any) -> dict[str, Any]:
    """A section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **parts}


def button(action_id: str = "go", value: str = "v") -> dict[str, Any]:
    """A button."""
    return {
        "type": "button",
        "action_id": action_id,
        "value": value,
        "text": {"type": "plain_text", "text": "Go"},
    }


def echo_app(slack: SlackServer) -> AsyncApp:
    """An app that knows /echo, hears messages, and takes one button."""
    app = AsyncApp(
        client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url),
        signing_secret=slack.signing_secret,
    )

    @app.command("/echo")
    async def echo(ack: Any, command: Any, client: AsyncWebClient) -> None:
        await ack("On it")
        await client.chat_postMessage(
            channel=command["channel_id"],
            text=command["text"],
            blocks=[section(command["text"], accessory=button())],
        )

    @app.event("message")
    async def heard(event: Any, client: AsyncWebClient) -> None:
        await client.chat_postMessage(
            channel=event["channel"],
            thread_ts=event.get("thread_ts") or event["ts"],
            text=f"heard {event['text']}",
        )

    @app.action("go")
    async def go(ack: Any, respond: Any, action: Any) -> None:
        await ack()
        await respond(f"pressed {action['value']}", replace_original=False)

    @app.event("app_home_opened")
    async def home(event: Any, client: AsyncWebClient) -> None:
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [section("At home")]}
        )

    return app


Connect = Callable[[AsyncApp], Awaitable[None]]


@asynccontextmanager
async def connecting(slack: SlackServer, transport: str) -> AsyncIterator[Connect]:
    """What connects an app to the server, by `socket` or `http`, until the end."""
    closing: list[Callable[[], Awaitable[None]]] = []

    async def by_socket(app: AsyncApp) -> None:
        handler = AsyncSocketModeHandler(app, slack.app_token)
        closing.append(handler.close_async)
        await handler.connect_async()
        await slack.connected()

    async def by_http(app: AsyncApp) -> None:
        runner = web.AppRunner(app.web_app(), shutdown_timeout=0.1)
        closing.append(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        assert (await slack.verify_request_url()).ok

    yield by_socket if transport == "socket" else by_http
    for close in closing:
        await close()


@pytest.fixture(params=["socket", "http"])
async def connect(request: pytest.FixtureRequest, slack: SlackServer) -> AsyncIterator[Connect]:
    """Connect an app to the server, once by Socket Mode and once by HTTP."""
    async with connecting(slack, request.param) as connect:
        yield connect
