"""What a click sends, and the response URLs that answer it.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/interactivity/handling-user-interaction, read 2026-11-22.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.workspace.api import ApiError
from bot.workspace.blocks import elements, flaws
from bot.workspace.methods.chat import as_bot
from bot.workspace.state import Channel, Json, User, Workspace

RESPONSE_USES = 5
RESPONSE_LIFE = timedelta(minutes=30)


@dataclass(slots=True)
class Response:
    """A response URL.

    ts, ephemeral: the message that `replace_original` means; none before the first.
    typed: what the user typed, shown with the first `in_channel` response.
    """

    id: str
    channel: str
    user: str
    issued: datetime
    uses: int = 0
    ts: str = ""
    ephemeral: bool = False
    thread_ts: str = ""
    typed: str = ""


class Responses:
    """The response URLs given out."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: dict[str, Response] = {}

    def open(self, channel: str, user: str, original: Mapping[str, Any] | None = None) -> Response:
        """A new one; `original` is the message that was clicked."""
        response = Response(
            f"{self._workspace.team}/{secrets.token_hex(8)}/{secrets.token_hex(12)}",
            channel, user, self._workspace.clock.now(),
        )  # fmt: skip
        if original is not None:
            response.ts = original["ts"]
            response.ephemeral = bool(original.get("is_ephemeral"))
            response.thread_ts = original.get("thread_ts", "")
        self._open[response.id] = response
        return response

    def use(self, id: str, body: Mapping[str, Any]) -> None:
        """Answer through one.

        Raises ApiError: `expired_url` past 30 minutes, `used_url` past 5 uses, `invalid_blocks`.
        """
        response = self._open.get(id)
        now = self._workspace.clock.now()
        if response is None or now - response.issued > RESPONSE_LIFE:
            raise ApiError("expired_url")
        if response.uses >= RESPONSE_USES:
            raise ApiError("used_url")
        response.uses += 1
        self.show(response, body)

    def show(self, response: Response, body: Mapping[str, Any]) -> None:
        """Show what an ack or a response URL says."""
        blocks = body.get("blocks") or []
        told = [str(flaw) for flaw in flaws(blocks)]
        if told:
            raise ApiError("invalid_blocks", response_metadata={"messages": told})
        if body.get("delete_original"):
            self._delete(response)
            return
        if not (body.get("text") or blocks or body.get("attachments")):
            raise ApiError("no_text")
        parts: Json = {"text": body.get("text", "")}
        if blocks:
            parts["blocks"] = blocks
        channel = self._workspace.channels[response.channel]
        if body.get("replace_original") and response.ts:
            self._replace(response, channel, parts)
            return
        message = {**as_bot(self._workspace), **parts}
        thread_ts = body.get("thread_ts") or response.thread_ts
        if thread_ts:
            message["thread_ts"] = thread_ts
        if body.get("response_type") == "in_channel":
            if response.typed:
                typed, response.typed = response.typed, ""
                self._workspace.post(channel, {"user": response.user, "text": typed})
            stored = self._workspace.post(channel, message)
            response.ephemeral = False
        else:
            stored = self._workspace.whisper(channel, response.user, message)
            response.ephemeral = True
        response.ts = stored["ts"]

    def _replace(self, response: Response, channel: Channel, parts: Json) -> None:
        if response.ephemeral:
            self._workspace.unwhisper(response.ts)
            kept = {**as_bot(self._workspace), **parts}
            if response.thread_ts:
                kept["thread_ts"] = response.thread_ts
            response.ts = self._workspace.whisper(channel, response.user, kept)["ts"]
        else:
            self._workspace.change(
                channel, response.ts, {"blocks": None, **parts}, edited="blocks" not in parts
            )

    def _delete(self, response: Response) -> None:
        channel = self._workspace.channels[response.channel]
        if response.ephemeral:
            self._workspace.unwhisper(response.ts)
        elif response.ts in channel.messages:
            self._workspace.delete(channel, response.ts)
        response.ts = ""


def find_action(
    blocks: Sequence[Mapping[str, Any]], action_id: str, block_id: str | None = None
) -> tuple[Json, Json]:
    """The block and the element with this action id. Raises KeyError, naming those there are."""
    there: list[str] = []
    for block in _flat(blocks):
        for _, element in elements(block):
            if element.get("action_id") == action_id and block_id in (None, block["block_id"]):
                return dict(block), element
            there.append(str(element.get("action_id")))
    raise KeyError(f"no element {action_id}; there are: {', '.join(there) or 'none'}")


def _flat(blocks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [each for block in blocks for each in (block, *_flat(block.get("child_blocks", [])))]


def action(
    block: Mapping[str, Any], element: Mapping[str, Any], value: str | list[str] | None, ts: str
) -> Json:
    """An entry of `actions`: what was pressed or chosen.

    value: an option's value, a list of them, a date, or a user or channel id; a button has its
    own. Raises ValueError when the element does not offer it.
    """
    kind = element["type"]
    shape: Json = {
        "type": kind, "action_id": element["action_id"], "block_id": block["block_id"],
        "action_ts": ts,
    }  # fmt: skip
    if kind == "button":
        if "value" in element:
            shape["value"] = element["value"]
        return shape | {"text": element["text"]}
    if kind in {"static_select", "overflow", "radio_buttons"}:
        return shape | {"selected_option": _option(element, value)}
    if kind in {"checkboxes", "multi_static_select"}:
        chosen = value if isinstance(value, list) else [value] if value else []
        return shape | {"selected_options": [_option(element, each) for each in chosen]}
    named = {
        "datepicker": "selected_date", "timepicker": "selected_time",
        "datetimepicker": "selected_date_time", "users_select": "selected_user",
        "channels_select": "selected_channel", "conversations_select": "selected_conversation",
        "plain_text_input": "value", "number_input": "value", "feedback_buttons": "value",
        "icon_button": "value",
    }  # fmt: skip
    if kind not in named:
        raise ValueError(f"cannot act on a {kind}")
    return shape | {named[kind]: value}


def _option(element: Mapping[str, Any], value: str | list[str] | None) -> Json:
    groups = element.get("option_groups", [])
    options = [
        *element.get("options", []),
        *(each for group in groups for each in group["options"]),
    ]
    for option in options:
        if option["value"] == value:
            found: Json = option
            return found
    there = ", ".join(option["value"] for option in options)
    raise ValueError(f"no option {value}; there are: {there}")


def block_actions(
    workspace: Workspace,
    message: Mapping[str, Any],
    channel: Channel | None,
    user: User,
    pressed: Json,
    trigger_id: str,
    response_url: str,
) -> Json:
    """The payload of a click, on a message in `channel` or, without one, on a view."""
    payload: Json = {
        "type": "block_actions",
        "user": {"id": user.id, "username": user.name, "name": user.name,
                 "team_id": workspace.team},
        "api_app_id": workspace.app, "token": "local-verification-token",
        "trigger_id": trigger_id, "team": {"id": workspace.team, "domain": workspace.domain},
        "enterprise": None, "is_enterprise_install": False, "actions": [pressed],
    }  # fmt: skip
    if channel is None:
        values = {pressed["block_id"]: {pressed["action_id"]: _state(pressed)}}
        return payload | {
            "container": {"type": "view", "view_id": message["id"]},
            "view": {**message, "state": {"values": values}},
        }
    ephemeral = bool(message.get("is_ephemeral"))
    shown = {key: value for key, value in message.items() if key != "to"}
    container: Json = {
        "type": "message", "message_ts": message["ts"], "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }  # fmt: skip
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    payload |= {
        "container": container,
        "channel": {"id": channel.id,
                    "name": "directmessage" if channel.kind == "im" else channel.name},
        "state": {"values": {pressed["block_id"]: {pressed["action_id"]: _state(pressed)}}},
        "response_url": response_url,
    }  # fmt: skip
    return payload if ephemeral else payload | {"message": shown}


def state_of(element: Mapping[str, Any], value: str | list[str] | None) -> Json:
    """An entry of `view.state.values`: what an input holds."""
    return _state(action({"block_id": ""}, element, value, ""))


def _state(pressed: Json) -> Json:
    return {
        key: value
        for key, value in pressed.items()
        if key not in {"action_id", "block_id", "action_ts", "text"}
    }
