"""`s3monitor manifest` against what the code in `bot/slack` calls and listens to."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.slack
import bot.workspace.methods  # enters the methods in the table
from bot.slack.manifest import SCOPES
from bot.workspace.api import METHODS
from bot.workspace.events import NEEDS
from tests.cli.conftest import Run

#: What AsyncWebClient's own methods are in the Web API.
OWN = {"auth_test": "auth.test", "apps_connections_open": "apps.connections.open"}


def calls() -> Iterator[ast.Call]:
    """Every call in the room that knows Slack."""
    for path in sorted(Path(bot.slack.__path__[0]).glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def first(call: ast.Call) -> str | None:
    """A call's first argument, where that is a text."""
    given = call.args[0] if call.args else None
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def called() -> set[str]:
    """The Web API methods that are called."""
    found = set()
    for call in calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in OWN:
            found.add(OWN[name])
        if name in ("_call", "api_call") and (method := first(call)):
            found.add(method)
    return found


def heard() -> set[str]:
    """The events that are listened to."""
    return {
        event
        for call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "event"
        if (event := first(call))
    }


def test_every_method_that_is_called_is_within_the_scopes(s3monitor: Run) -> None:
    """Any one of the scopes that Slack asks for the method is enough."""
    granted = set(json.loads(s3monitor("manifest").out)["oauth_config"]["scopes"]["bot"])
    methods = called()
    assert {"auth.test", "chat.postMessage", "users.info", "views.publish"} <= methods
    refused = [
        name
        for name in sorted(methods)
        if METHODS[name].caller == "bot"  # the app-level token has a scope of its own
        if METHODS[name].scopes and not granted.intersection(METHODS[name].scopes)
    ]
    assert refused == []


def test_every_event_that_is_listened_to_is_subscribed(s3monitor: Run) -> None:
    """`message` comes as one subscription for each kind of conversation, each with its scope."""
    manifest = json.loads(s3monitor("manifest").out)
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in subscribed} == heard()
    granted = {*manifest["oauth_config"]["scopes"]["bot"], None}
    assert [event for event in subscribed if NEEDS.get(event) not in granted] == []


@pytest.mark.parametrize(
    ("url", "socket"), [(None, True), ("https://bot.example.com/slack/events", False)]
)
def test_the_manifest_is_for_socket_mode_or_for_http(
    s3monitor: Run, url: str | None, socket: bool
) -> None:
    """With an address, every request goes there."""
    ran = s3monitor("manifest", *(["--url", url] if url else []))
    assert (ran.status, ran.err) == (0, "")
    manifest = json.loads(ran.out)
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is socket
    (command,) = manifest["features"]["slash_commands"]
    at = [command, settings["event_subscriptions"], settings["interactivity"]]
    assert [each.get("url") or each.get("request_url") for each in at] == [url] * 3
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES)


def test_the_command_s_own_name_is_in_the_manifest(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3MONITOR_COMMAND names it for both."""
    monkeypatch.setenv("S3MONITOR_COMMAND", "/storage")
    (command,) = json.loads(s3monitor("manifest").out)["features"]["slash_commands"]
    assert command["command"] == "/storage"
