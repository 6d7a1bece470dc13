from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.workspace.server import SlackServer


class Listener:
    """A request URL that writes down what it is sent and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], str]] = []
        self.answers: list[web.Response] = []
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.text()))
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def listener(slack: SlackServer) -> AsyncIterator[Listener]:
    """A request URL that the server delivers to."""
    heard = Listener()
    application = web.Application()
    application.router.add_post("/", heard.hear)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    slack.request_url = heard.url
    yield heard
    await runner.cleanup()


class FastClock(Clock):
    """Sleeps not at all, and writes down how long it would have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 9, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_requests_are_signed(slack: SlackServer, listener: Listener) -> None:
    """Slack's own verifier takes the signature of a command, a click and an event."""
    await slack.command("/s3", "report unit=TB & more")
    await slack.say("#general", "hi")
    verifier = SignatureVerifier(slack.signing_secret)
    assert len(listener.requests) == 2
    for headers, body in listener.requests:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + " ", headers)


async def test_an_event_is_retried_with_number_and_reason(listener: Listener) -> None:
    """A failed event comes again at once, after a minute and after five; its id stays."""
    clock = FastClock()
    async with SlackServer(clock=clock) as slack:
        slack.request_url = listener.url
        listener.answers = [web.Response(status=500) for _ in range(4)]
        await slack.say("#general", "hi")
        await slack.until(lambda: len(slack.deliveries) == 4)
        numbers = [headers.get("X-Slack-Retry-Num") for headers, _ in listener.requests]
        reasons = {headers.get("X-Slack-Retry-Reason") for headers, _ in listener.requests}
        ids = {delivery["payload"]["event_id"] for delivery in slack.deliveries}
    assert numbers == [None, "1", "2", "3"]
    assert reasons == {None, "http_error"}
    assert len(ids) == 1
    assert clock.slept == [0, 60, 300]


async def test_no_retry_is_respected(slack: SlackServer, listener: Listener) -> None:
    """An app that answers X-Slack-No-Retry gets that event no more."""
    listener.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await slack.say("#general", "first")
    await slack.say("#general", "second")
    assert [delivery["attempt"] for delivery in slack.deliveries] == [0, 0]


async def test_an_event_can_come_twice(slack: SlackServer, listener: Listener) -> None:
    """Delivered twice it has the same event_id both times."""
    slack.faults.twice()
    await slack.say("#general", "hi")
    ids = [delivery["payload"]["event_id"] for delivery in slack.deliveries]
    assert len(ids) == 2
    assert ids[0] == ids[1]


async def test_events_can_come_out_of_order(slack: SlackServer, listener: Listener) -> None:
    """Swapped, the second message is heard before the first."""
    slack.faults.swap()
    await slack.say("#general", "first")
    await slack.say("#general", "second")
    heard = [delivery["payload"]["event"]["text"] for delivery in slack.deliveries]
    assert heard == ["second", "first"]


async def test_who_is_told_of_what(slack: SlackServer, listener: Listener) -> None:
    """A mention in a channel is two events, in direct messages one, where the bot is not none."""
    mention = f"<@{slack.workspace.bot.id}> hi"
    for channel, expected in (
        ("#general", ["app_mention", "message"]),
        ("#finops", ["app_mention", "message"]),
        ("dana", ["message"]),
        ("#random", []),
    ):
        start = len(slack.deliveries)
        await slack.say(channel, mention)
        events = [delivery["payload"]["event"] for delivery in slack.deliveries[start:]]
        assert [event["type"] for event in events] == expected
    kinds = [
        delivery["payload"]["event"].get("channel_type")
        for delivery in slack.deliveries
        if delivery["payload"]["event"]["type"] == "message"
    ]
    assert kinds == ["channel", "group", "im"]


async def test_edits_deletions_broadcasts_and_other_bots_are_told(
    slack: SlackServer, listener: Listener
) -> None:
    """What is more than a plain message has its subtype, another bot its bot_id."""
    root = await slack.say("#general", "one")
    await slack.say("#general", "two", thread_ts=root["ts"], broadcast=True)
    await slack.edit("#general", root["ts"], "won")
    await slack.delete("#general", root["ts"])
    await slack.say("#general", "beep", "pager")
    events = [delivery["payload"]["event"] for delivery in slack.deliveries]
    assert [event.get("subtype") for event in events] == [
        None, "thread_broadcast", "message_changed", "message_deleted", "bot_message",
    ]  # fmt: skip
    assert events[2]["message"]["text"] == "won"
    assert events[3]["deleted_ts"] == root["ts"]
    assert events[4]["bot_id"] == "B0PAGER0001"


async def test_no_event_without_its_scope(listener: Listener) -> None:
    """A subscription whose scope was not granted stays silent."""
    async with SlackServer(scopes={"app_mentions:read"}) as slack:
        slack.request_url = listener.url
        await slack.say("#general", f"<@{slack.workspace.bot.id}> hi")
        types = [delivery["payload"]["event"]["type"] for delivery in slack.deliveries]
    assert types == ["app_mention"]


async def link(slack: SlackServer, http: ClientSession) -> ClientWebSocketResponse:
    """A raw Socket Mode connection."""
    client = AsyncWebClient(base_url=slack.api_url)
    opened = await client.apps_connections_open(app_token=slack.app_token)
    return await http.ws_connect(opened["url"])


async def acked(socket: ClientWebSocketResponse, payload: Any = None) -> dict[str, Any]:
    """Take the next envelope and ack it."""
    envelope: dict[str, Any] = await socket.receive_json()
    ack = {"envelope_id": envelope["envelope_id"]}
    await socket.send_json(ack if payload is None else ack | {"payload": payload})
    return envelope


async def test_a_socket_is_greeted_and_its_ticket_is_good_once(slack: SlackServer) -> None:
    """The WebSocket says hello with the number of connections; its URL opens no second one."""
    async with ClientSession() as http:
        client = AsyncWebClient(base_url=slack.api_url)
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        socket = await http.ws_connect(url)
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        async with http.get(url.replace("ws://", "http://")) as again:
            assert again.status == 401
        await socket.close()


async def test_an_envelope_is_acked_with_a_payload(slack: SlackServer) -> None:
    """A command's ack may carry what to show; an event's may not."""
    async with ClientSession() as http:
        socket = await link(slack, http)
        await socket.receive_json()
        command = asyncio.create_task(slack.command("/s3", "report"))
        envelope = await acked(socket, {"text": "On it"})
        ack = await command
        said = asyncio.create_task(slack.say("#general", "hi"))
        event = await acked(socket)
        await said
        await socket.close()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert (event["type"], event["accepts_response_payload"]) == ("events_api", False)
    assert ack.json() == {"text": "On it"}
    assert slack.ephemerals("#s3-costs")[0]["text"] == "On it"


async def test_each_envelope_goes_to_one_socket_in_turn(slack: SlackServer) -> None:
    """With two sockets connected each gets every other envelope."""
    async with ClientSession() as http:
        sockets = [await link(slack, http), await link(slack, http)]
        hellos = [(await socket.receive_json())["num_connections"] for socket in sockets]
        texts = []
        for number in range(4):
            said = asyncio.create_task(slack.say("#general", str(number)))
            texts.append((await acked(sockets[number % 2]))["payload"]["event"]["text"])
            await said
        for socket in sockets:
            await socket.close()
    assert hellos == [1, 2]
    assert texts == ["0", "1", "2", "3"]


async def test_no_ack_times_out_and_the_event_comes_again() -> None:
    """An envelope without an ack is told to be a timeout, and comes with a retry number."""
    async with SlackServer(ack_timeout_s=0.01) as slack, ClientSession() as http:
        socket = await link(slack, http)
        await socket.receive_json()
        ack = await slack.command("/s3", "report")
        await socket.receive_json()
        assert (ack.status, ack.reason) == (None, "timeout")
        assert slack.ephemerals("#s3-costs")[0]["text"] == (
            "/s3 failed with the error “operation_timeout”"
        )
        await slack.say("#general", "hi")
        first, second = await socket.receive_json(), await socket.receive_json()
        await socket.close()
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert second["retry_reason"] == "timeout"


async def test_slack_says_goodbye(slack: SlackServer) -> None:
    """A warning leaves the socket open; a refresh closes it."""
    async with ClientSession() as http:
        socket = await link(slack, http)
        await socket.receive_json()
        await slack.disconnect("warning")
        warning = await socket.receive_json()
        closing = asyncio.create_task(slack.disconnect("refresh_requested"))
        refresh = await socket.receive_json()
        await socket.receive()
        await closing
    assert (warning["reason"], refresh["reason"]) == ("warning", "refresh_requested")
    assert slack.connections == 0


async def test_a_socket_can_be_cut_without_a_word(slack: SlackServer) -> None:
    """A cut socket is gone at once, and what waited for its ack is told."""
    async with ClientSession() as http:
        socket = await link(slack, http)
        await socket.receive_json()
        command = asyncio.create_task(slack.command("/s3", "report"))
        await socket.receive_json()
        slack.cut_sockets()
        ack = await command
        await socket.close()
    assert (ack.status, ack.reason, slack.connections) == (None, "connection_failed", 0)
