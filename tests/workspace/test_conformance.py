"""Clients that nobody here wrote: Slack's sync Python ones, and its Node ones by npm."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient

from bot.workspace.server import SlackServer
from tests.workspace.conftest import button, section

NODE = Path(__file__).parent / "node"


async def test_slack_sdks_sync_web_client(slack: SlackServer) -> None:
    """slack_sdk's WebClient posts, pages, uploads and is refused, as it is by Slack."""
    client = WebClient(token=slack.bot_token, base_url=slack.api_url)

    def talk() -> dict[str, Any]:
        client.auth_test()
        posted = client.chat_postMessage(
            channel="#general", text="hi", blocks=[section("hi", accessory=button())]
        )
        client.chat_update(channel=posted["channel"], ts=posted["ts"], text="ho")
        client.chat_postEphemeral(
            channel=posted["channel"], user=slack.workspace.dana.id, text="psst"
        )
        client.files_upload_v2(channel=posted["channel"], filename="a.csv", content="a,b\n")
        with pytest.raises(SlackApiError) as refused:
            client.chat_postMessage(channel="#general", blocks=[{"type": "nonesuch"}], text="x")
        names = [
            channel["name"]
            for page in client.conversations_list(limit=1)
            for channel in page["channels"]
        ]
        history = client.conversations_history(channel=posted["channel"])
        return {
            "error": refused.value.response["error"],
            "names": names,
            "texts": [message["text"] for message in history["messages"]],
        }

    assert await asyncio.to_thread(talk) == {
        "error": "invalid_blocks",
        "names": ["general", "s3-costs", "random"],
        "texts": ["", "ho"],
    }
    assert slack.ephemerals("#general")[0]["text"] == "psst"


async def test_slack_sdks_client_waits_out_a_rate_limit(slack: SlackServer) -> None:
    """slack_sdk's own handler reads Retry-After and calls again."""
    client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    slack.faults.rate_limit("auth.test", retry_after_s=0)
    assert (await asyncio.to_thread(client.auth_test))["ok"]


async def test_slack_sdks_socket_mode_client(slack: SlackServer) -> None:
    """slack_sdk's threaded SocketModeClient connects, acks with a payload, and reconnects."""
    web_client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    client = SocketModeClient(app_token=slack.app_token, web_client=web_client)
    heard: list[str] = []
    answered = threading.Event()

    def listen(client: Any, request: SocketModeRequest) -> None:
        heard.append(request.type)
        payload = {"text": "On it"} if request.type == "slash_commands" else None
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
        if request.type == "interactive":
            WebhookClient(request.payload["response_url"]).send(text="pressed")
            answered.set()

    client.socket_mode_request_listeners.append(listen)
    try:
        await asyncio.to_thread(client.connect)
        await slack.connected()
        ack = await slack.command("/s3", "report")
        assert ack.json() == {"text": "On it"}
        message = await asyncio.to_thread(
            web_client.chat_postMessage,
            channel="#s3-costs",
            text="hi",
            blocks=[section("hi", accessory=button())],
        )
        assert (await slack.click(slack.message("#s3-costs", message["ts"]), "go")).ok
        pressed = await slack.next_ephemeral(
            "#s3-costs", where=lambda each: each["text"] == "pressed"
        )
        assert pressed["user"] == slack.workspace.bot.id
        await slack.disconnect("refresh_requested")
        await slack.connected(timeout_s=20)
        assert (await slack.command("/s3", "again")).ok
    finally:
        await asyncio.to_thread(client.close)
    assert heard.count("slash_commands") == 2


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Slack's Node clients, installed by npm into the folder beside this file."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("NODE CLIENTS NOT TRIED: node and npm are not installed")
    installed = NODE / "node_modules" / "@slack" / "socket-mode"
    if not installed.exists():
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=NODE,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"NODE CLIENTS NOT TRIED: npm ci failed: {done.stderr[-300:]}")
    return NODE


class NodeClient:
    """The running Node process."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def told(self, what: str) -> dict[str, Any]:
        """The next line about `what`; lines about other things are passed over."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            async for line in self.process.stdout:
                told: dict[str, Any] = json.loads(line)
                if told["what"] == what:
                    return told
        raise AssertionError((await self.process.stderr.read()).decode())


@pytest.fixture
async def node(slack: SlackServer, node_modules: Path) -> AsyncIterator[NodeClient]:
    """Slack's Node clients, connected to the server."""
    process = await asyncio.create_subprocess_exec(
        "node", "client.mjs", cwd=node_modules, stdin=PIPE, stdout=PIPE, stderr=PIPE,
        env={**os.environ, "API_URL": slack.api_url, "BOT_TOKEN": slack.bot_token,
             "APP_TOKEN": slack.app_token},
    )  # fmt: skip
    client = NodeClient(process)
    yield client
    if process.returncode is None:
        assert process.stdin is not None
        process.stdin.write(b"end\n")
        await client.told("done")
    await process.wait()


async def test_slacks_node_clients(slack: SlackServer, node: NodeClient) -> None:
    """@slack/web-api and @slack/socket-mode do all a bot does, without special cases."""
    auth = await node.told("auth")
    assert auth["user_id"] == slack.workspace.bot.id
    assert set(auth["scopes"]) == slack.scopes
    assert await node.told("refused") == {
        "what": "refused",
        "error": "invalid_blocks",
        "messages": ["[ERROR] unsupported type: nonesuch [json-pointer:/blocks/0/type]"],
    }
    assert (await node.told("uploaded"))["ok"]
    assert (await node.told("channels"))["names"] == ["general", "s3-costs", "random"]
    await node.told("connected")
    ack = await slack.command("/s3", "report")
    command = await node.told("command")
    assert (ack.json(), command["text"]) == ({"text": "On it"}, "report")
    await slack.say("#general", "root")
    assert (await node.told("message"))["text"] == "root"
    assert (await slack.click(slack.message("#s3-costs", command["ts"]), "go")).ok
    assert (await node.told("interactive"))["value"] == "v"
    await slack.disconnect("refresh_requested")
    await node.told("connected")
    await slack.connected()
    assert (await slack.command("/s3", "again")).ok
