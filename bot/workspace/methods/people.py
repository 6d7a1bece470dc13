"""Who one is and who is there: api.*, apps.*, assistant.*, auth.*, blocks.*, team.*, users.*."""

from __future__ import annotations

from bot.workspace.api import (
    TIER_2,
    TIER_3,
    TIER_4,
    ApiError,
    Call,
    invalid_arguments,
    method,
)
from bot.workspace.blocks import Surface, flaws, view_flaws
from bot.workspace.state import Json


@method("api.test", per_minute=TIER_4, caller="")
def api_test(call: Call) -> Json:
    """Echo, and fail on demand: https://docs.slack.dev/reference/methods/api.test."""
    if "error" in call.arguments:
        raise ApiError(call.text("error"), args=dict(call.arguments))
    return {"args": dict(call.arguments)}


@method("auth.test", per_minute=600)
def auth_test(call: Call) -> Json:
    """Whose token it is: https://docs.slack.dev/reference/methods/auth.test."""
    workspace = call.workspace
    return {
        "url": call.base_url, "team": "Acme", "user": workspace.bot.name,
        "team_id": workspace.team, "user_id": workspace.bot.id, "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }  # fmt: skip


@method("apps.connections.open", "connections:write", per_minute=TIER_3, caller="app")
def apps_connections_open(call: Call) -> Json:
    """A WebSocket address for Socket Mode; sources disagree on Tier 1 or 3, this is 3."""
    return {"url": call.open_link()}


@method("team.info", "team:read")
def team_info(call: Call) -> Json:
    """The workspace."""
    workspace = call.workspace
    return {"team": {"id": workspace.team, "name": "Acme", "domain": workspace.domain}}


@method("users.info", "users:read", per_minute=TIER_4)
def users_info(call: Call) -> Json:
    """A user with time zone: https://docs.slack.dev/reference/methods/users.info."""
    user = call.workspace.users.get(call.text("user"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": user.json(call.workspace.team, call.workspace.clock.now())}


@method("users.list", "users:read", per_minute=TIER_2)
def users_list(call: Call) -> Json:
    """Everyone."""
    workspace = call.workspace
    now = workspace.clock.now()
    members = [user.json(workspace.team, now) for user in workspace.users.values()]
    return {"members": members, "cache_ts": int(now.timestamp()),
            "response_metadata": {"next_cursor": ""}}  # fmt: skip


@method("bots.info", "users:read")
def bots_info(call: Call) -> Json:
    """The bot itself."""
    workspace = call.workspace
    if call.text("bot", workspace.bot_id) != workspace.bot_id:
        raise ApiError("bot_not_found")
    return {"bot": {"id": workspace.bot_id, "deleted": False, "name": workspace.bot.real_name,
                    "app_id": workspace.app, "user_id": workspace.bot.id}}  # fmt: skip


@method("assistant.threads.setStatus", "chat:write", "assistant:write", per_minute=600)
def assistant_threads_set_status(call: Call) -> Json:
    """`<App> <status>` under a thread; clears on the reply or by the empty status."""
    channel = call.channel("channel_id")
    loading = call.structure("loading_messages", "invalid_arguments") or []
    if len(loading) > 10:
        raise invalid_arguments("no more than 10 items allowed [json-pointer:/loading_messages]")
    call.workspace.set_status(channel.id, call.text("thread_ts"), call.text("status", ""), loading)
    return {}


@method("blocks.validate", per_minute=TIER_3, caller="")
def blocks_validate(call: Call) -> Json:
    """Check blocks: https://docs.slack.dev/reference/methods/blocks.validate."""
    given = [name for name in ("blocks", "message", "view") if call.arguments.get(name)]
    if len(given) != 1:
        told = "must provide exactly one of `blocks`, `view`, or `message`"
        raise ApiError("invalid_arguments", response_metadata={"messages": [told]})
    payload = call.structure(given[0], "invalid_json")
    if given[0] == "view":
        found = view_flaws(payload)
    elif given[0] == "message":
        blocks = payload.get("blocks") if isinstance(payload, dict) else None
        found = flaws(blocks, Surface.MESSAGE)
    else:
        found = flaws(payload, Surface.MESSAGE, root="")
    if found:
        raise ApiError(f"invalid_{given[0]}", errors=[flaw.error() for flaw in found])
    return {}
