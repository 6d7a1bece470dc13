from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.cli.workspace import open_workspace
from bot.errors import SetupError
from bot.settings import Settings
from bot.workspace.server import SlackServer
from tests.workspace.conftest import Connect, echo_app


async def test_a_command_is_acked_and_answered(slack: SlackServer, connect: Connect) -> None:
    """A slash command reaches the app, its ack is shown to its user alone, its post to all."""
    await connect(echo_app(slack))
    ack = await slack.command("/echo", "hello", channel="#general")
    answer = await slack.next_message("#general")
    assert ack.status == 200
    assert [each["text"] for each in slack.ephemerals("#general")] == ["On it"]
    assert slack.ephemerals("#general", "kofi") == []
    assert answer["text"] == "hello"


async def test_a_reply_reaches_the_app_with_its_thread(
    slack: SlackServer, connect: Connect
) -> None:
    """A reply in a thread is heard as a message with thread_ts and parent_user_id."""
    await connect(echo_app(slack))
    root = await slack.say("#general", "first")
    reply = await slack.say("#general", "second", thread_ts=root["ts"])
    answer = await slack.next_message(
        "#general", root["ts"], where=lambda message: message["text"] == "heard second"
    )
    assert reply["parent_user_id"] == root["user"]
    assert answer["thread_ts"] == root["ts"]


async def test_a_button_is_pressed_and_answered(slack: SlackServer, connect: Connect) -> None:
    """A click carries the button's value, and its response URL answers the user alone."""
    await connect(echo_app(slack))
    await slack.command("/echo", "hello")
    message = await slack.next_message("#s3-costs")
    ack = await slack.click(message, "go")
    shown = await slack.next_ephemeral(
        "#s3-costs", where=lambda each: each["text"].startswith("pressed")
    )
    assert ack.ok
    assert shown["text"] == "pressed v"


async def test_app_home_is_published_when_opened(slack: SlackServer, connect: Connect) -> None:
    """Opening App Home is told to the app, which publishes a view for that user."""
    await connect(echo_app(slack))
    await slack.open_home("kofi")
    view = await slack.next_home()
    assert view["blocks"][0]["text"]["text"] == "At home"
    assert slack.home("kofi") == view
    assert slack.home("dana") is None


async def test_an_unreachable_app_is_told_to_the_user(slack: SlackServer) -> None:
    """With nobody listening the user reads that the command failed."""
    ack = await slack.command("/s3", "report")
    assert ack.status is None
    assert slack.ephemerals("#s3-costs")[0]["text"] == (
        "/s3 failed with the error “dispatch_failed”"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_it_refuses_to_listen_beyond_loopback(host: str) -> None:
    """Any host but loopback is refused unless asked for by name."""
    with pytest.raises(SetupError) as refused:
        SlackServer(host=host)
    assert host in refused.value.problem


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_taken(host: str, caplog: pytest.LogCaptureFixture) -> None:
    """Loopback, however written, needs no permission and no warning."""
    SlackServer(host=host)
    assert caplog.records == []


def test_it_warns_when_it_listens_beyond_loopback(caplog: pytest.LogCaptureFixture) -> None:
    """Asked for by name it listens anywhere, and warns."""
    with caplog.at_level(logging.WARNING):
        SlackServer(host="0.0.0.0", beyond_loopback=True)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "0.0.0.0" in caplog.text


async def test_a_wait_that_ends_names_what_came_instead(slack: SlackServer) -> None:
    """A test that waits in vain reads what happened instead."""
    await slack.say("#general", "only a person")
    with pytest.raises(TimeoutError, match="message"):
        await slack.next_message("#general", timeout_s=0.01)


async def test_where_its_port_is_taken_any_other_will_do() -> None:
    """If that was said; otherwise whoever starts it is told."""
    async with SlackServer() as first:
        with pytest.raises(OSError, match="in use"):
            await SlackServer(port=first.port).start()
        async with SlackServer(port=first.port, elsewhere=True) as second:
            assert second.port not in (0, first.port)


async def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    """With what to type next."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'bot.db'}", price_list="")
    async with SlackServer() as first:
        with pytest.raises(SetupError, match="already in use") as told:
            async with open_workspace(settings, port=first.port):
                pass
    assert "--port" in told.value.advice
