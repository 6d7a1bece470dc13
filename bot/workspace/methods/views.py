"""Modals and App Home: views.*."""

from __future__ import annotations

from bot.workspace.api import TIER_4, ApiError, Call, invalid_arguments, method
from bot.workspace.blocks import view_flaws
from bot.workspace.methods.chat import check_slack_files, refuse
from bot.workspace.state import Json


@method("views.open", per_minute=TIER_4)
def views_open(call: Call) -> Json:
    """Open a modal, within 3 s of the trigger: https://docs.slack.dev/reference/methods/views.open."""
    view = _view(call, "modal")
    user = call.triggers.exchange(call.text("trigger_id"))
    kept = call.workspace.keep_view(view)
    call.workspace.journal.tell("view", "", {"view": kept, "user": user})
    return {"view": kept}


@method("views.push", per_minute=TIER_4)
def views_push(call: Call) -> Json:
    """Put a modal on top of the open one."""
    return views_open(call)


@method("views.update", per_minute=TIER_4)
def views_update(call: Call) -> Json:
    """Replace an open modal, found by `view_id` or `external_id`."""
    wanted, external = call.text("view_id", ""), call.text("external_id", "")
    old = next(
        (
            view
            for view in call.workspace.views.values()
            if view["id"] == wanted or (external and view["external_id"] == external)
        ),
        None,
    )
    if old is None:
        raise ApiError("not_found")
    if call.text("hash", old["hash"]) != old["hash"]:
        raise ApiError("hash_conflict")
    kept = call.workspace.keep_view(_view(call, old["type"]), old)
    call.workspace.journal.tell("view", "", {"view": kept, "user": ""})
    return {"view": kept}


@method("views.publish", per_minute=TIER_4)
def views_publish(call: Call) -> Json:
    """A user's App Home: https://docs.slack.dev/reference/methods/views.publish."""
    user = call.text("user_id")
    if user not in call.workspace.users:
        raise ApiError("user_not_found")
    old = call.workspace.homes.get(user)
    if old is not None and call.text("hash", old["hash"]) != old["hash"]:
        raise ApiError("hash_conflict")
    kept = call.workspace.keep_view(_view(call, "home"), old)
    call.workspace.homes[user] = kept
    call.workspace.journal.tell("home", "", {"view": kept, "user": user})
    return {"view": kept}


def _view(call: Call, kind: str) -> Json:
    view = call.structure("view", "invalid_arguments")
    if not isinstance(view, dict):
        raise invalid_arguments("missing required field: view")
    refuse(view_flaws(view), "invalid_arguments")
    if view["type"] != kind:
        raise invalid_arguments(f"must be one of: {kind} [json-pointer:/view/type]")
    check_slack_files(call.workspace, view["blocks"])
    return view
