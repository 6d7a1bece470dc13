"""Conversations: conversations.*."""

from __future__ import annotations

from bot.workspace.api import TIER_2, TIER_3, TIER_4, ApiError, Call, method
from bot.workspace.methods.chat import without_metadata
from bot.workspace.state import Json

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}


@method("conversations.info", *_READ)
def conversations_info(call: Call) -> Json:
    """One conversation: https://docs.slack.dev/reference/methods/conversations.info."""
    channel = call.channel()
    shape = channel.json(call.workspace.bot.id, call.workspace.created)
    if call.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


@method("conversations.list", *_READ, per_minute=TIER_2)
def conversations_list(call: Call) -> Json:
    """All conversations the bot can see, of the asked types, paged."""
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    asked = {kinds.get(kind.strip()) for kind in call.text("types", "public_channel").split(",")}
    bot, created = call.workspace.bot.id, call.workspace.created
    seen = [
        channel.json(bot, created)
        for channel in call.workspace.channels.values()
        if channel.kind in asked and (channel.kind == "channel" or bot in channel.members)
    ]
    return _page(call, "channels", seen)


@method("conversations.members", *_READ, per_minute=TIER_4)
def conversations_members(call: Call) -> Json:
    """Who is in a conversation."""
    return _page(call, "members", sorted(call.channel().members))


@method("conversations.join", "channels:join")
def conversations_join(call: Call) -> Json:
    """Enter a public channel."""
    channel = call.channel()
    if channel.kind != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    bot = call.workspace.bot.id
    answer: Json = {}
    if bot in channel.members:
        answer = {"warning": "already_in_channel",
                  "response_metadata": {"warnings": ["already_in_channel"]}}  # fmt: skip
    channel.members.add(bot)
    call.workspace.journal.tell("membership", channel.id, {"members": sorted(channel.members)})
    return {"channel": channel.json(bot, call.workspace.created), **answer}


@method("conversations.leave", "channels:manage", "groups:write")
def conversations_leave(call: Call) -> Json:
    """Leave a channel."""
    channel = call.channel()
    bot = call.workspace.bot.id
    if bot not in channel.members:
        return {"not_in_channel": True}
    channel.members.discard(bot)
    call.workspace.journal.tell("membership", channel.id, {"members": sorted(channel.members)})
    return {}


@method("conversations.open", "im:write", "mpim:write")
def conversations_open(call: Call) -> Json:
    """The direct messages with one user."""
    users = call.text("users", "").split(",")
    name = call.text("channel", "") or users[0]
    if len(users) > 1:
        raise ApiError("method_not_supported_for_channel_type")
    channel = call.workspace.channel(name)
    if channel is None or channel.kind != "im":
        raise ApiError("user_not_found")
    shape: Json = {"id": channel.id}
    if call.flag("return_im"):
        shape = channel.json(call.workspace.bot.id, call.workspace.created)
    return {"no_op": True, "already_open": True, "channel": shape}


@method("conversations.history", *_HISTORY.values(), per_minute=TIER_3)
def conversations_history(call: Call) -> Json:
    """Messages, newest first: https://docs.slack.dev/reference/methods/conversations.history."""
    channel = call.joined_channel()
    _check_history(call, channel.kind)
    found = [message for message in call.workspace.history(channel) if _between(call, message)]
    return _page(call, "messages", _shown(call, found)) | {"pin_count": 0}


@method("conversations.replies", *_HISTORY.values(), per_minute=TIER_3)
def conversations_replies(call: Call) -> Json:
    """A thread, its root first: https://docs.slack.dev/reference/methods/conversations.replies."""
    channel = call.joined_channel()
    _check_history(call, channel.kind)
    ts = call.text("ts")
    if ts not in channel.messages:
        raise ApiError("thread_not_found")
    root = channel.messages[ts].get("thread_ts", ts)
    found = [
        message
        for message in channel.thread(root)
        if message["ts"] == root or _between(call, message)
    ]
    return _page(call, "messages", _shown(call, found))


def _check_history(call: Call, kind: str) -> None:
    if _HISTORY[kind] not in call.scopes:
        raise ApiError("missing_scope", needed=_HISTORY[kind], provided=",".join(call.scopes))


def _between(call: Call, message: Json) -> bool:
    oldest, latest = call.text("oldest", "") or "0", call.text("latest", "")
    ts = float(message["ts"])
    if call.flag("inclusive"):
        return ts >= float(oldest) and (not latest or ts <= float(latest))
    return ts > float(oldest) and (not latest or ts < float(latest))


def _shown(call: Call, messages: list[Json]) -> list[Json]:
    if call.flag("include_all_metadata"):
        return messages
    return [without_metadata(message) for message in messages]


def _page(call: Call, name: str, entries: list[Json] | list[str]) -> Json:
    """A page of a list. Cursors are opaque to callers; these carry the offset."""
    limit = call.number("limit", 100, 1, 1000)
    cursor = call.text("cursor", "")
    if cursor and not cursor.removeprefix("at:").isdigit():
        raise ApiError("invalid_cursor")
    start = int(cursor.removeprefix("at:") or 0)
    more = start + limit < len(entries)
    return {
        name: entries[start : start + limit],
        "has_more": more,
        "response_metadata": {"next_cursor": f"at:{start + limit}" if more else ""},
    }
