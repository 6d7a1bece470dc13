"""Messages: chat.*, reactions.*."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from bot.workspace.api import TIER_3, TIER_4, ApiError, Call, invalid_arguments, method
from bot.workspace.blocks import MESSAGE_CHARACTERS, Flaw, characters, flaws
from bot.workspace.state import Channel, Json, Workspace

#: Slack cuts a posted text here, silently.
TEXT_CUT = 40_000
#: Slack refuses a longer text in `chat.update`.
UPDATE_TEXT = 4_000
MARKDOWN_TEXT = 12_000
#: Slack says `metadata_too_large` past an undocumented size; this is our guess at it.
METADATA_BYTES = 16_384


def refuse(found: Iterable[Flaw], code: str = "invalid_blocks") -> None:
    """Raise `invalid_blocks` for any flaw, in the two places where Slack tells them."""
    told = [str(flaw) for flaw in found]
    if told:
        raise ApiError(
            code,
            errors=told,
            response_metadata={"messages": [f"[ERROR] {message}" for message in told]},
        )


def check_slack_files(workspace: Workspace, part: Any) -> None:
    """Raise `invalid_blocks` for an image whose file is unknown or not scanned yet."""
    if isinstance(part, list):
        for child in part:
            check_slack_files(workspace, child)
    elif isinstance(part, dict):
        if isinstance(part.get("slack_file"), dict):
            file = workspace.files.get(part["slack_file"].get("id", ""))
            if file is None or not file.completed or file.polls > 0:
                refuse([Flaw("invalid slack file", "/blocks")])
        for child in part.values():
            check_slack_files(workspace, child)


def content(call: Call) -> Json:
    """The parts of a message that its author writes: text, blocks, attachments, metadata."""
    text = call.text("text", "")
    blocks = call.structure("blocks", "invalid_blocks_format")
    attachments = call.structure("attachments", "invalid_attachments")
    markdown = call.text("markdown_text", "")
    if markdown and (text or blocks):
        raise ApiError("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TEXT:
        raise ApiError("msg_too_long")
    if not (text or blocks or attachments or markdown):
        raise ApiError("no_text")
    parts: Json = {"text": (text or markdown)[:TEXT_CUT]}
    if markdown:
        blocks = [{"type": "markdown", "text": markdown}]
    if blocks:
        refuse(flaws(blocks))
        check_slack_files(call.workspace, blocks)
        if characters(blocks) > MESSAGE_CHARACTERS:
            raise ApiError("msg_blocks_too_long")
        parts["blocks"] = blocks
    if attachments:
        if len(attachments) > 100:
            raise ApiError("too_many_attachments")
        for index, attachment in enumerate(attachments):
            if "blocks" in attachment:
                root = f"/attachments/{index}/blocks"
                refuse(flaws(attachment["blocks"], root=root), "invalid_attachments")
        parts["attachments"] = attachments
    metadata = call.structure("metadata", "invalid_metadata_format")
    if metadata:
        if not isinstance(metadata.get("event_type"), str) or not isinstance(
            metadata.get("event_payload"), dict
        ):
            raise ApiError("invalid_metadata_format")
        if len(json.dumps(metadata)) > METADATA_BYTES:
            raise ApiError("metadata_too_large")
        parts["metadata"] = metadata
    return parts


def as_bot(workspace: Workspace) -> Json:
    """Who wrote it, on a message of the bot's."""
    return {
        "user": workspace.bot.id, "bot_id": workspace.bot_id, "app_id": workspace.app,
        "bot_profile": {
            "id": workspace.bot_id, "app_id": workspace.app, "user_id": workspace.bot.id,
            "name": workspace.bot.real_name, "deleted": False, "team_id": workspace.team,
        },
    }  # fmt: skip


def _writable(call: Call) -> Channel:
    workspace = call.workspace
    channel = call.channel()
    if channel.archived:
        raise ApiError("is_archived")
    if workspace.bot.id not in channel.members and "chat:write.public" not in call.scopes:
        raise ApiError("not_in_channel")
    return channel


def _own(call: Call, cannot: str) -> tuple[Channel, str]:
    channel, ts = call.channel(), call.text("ts")
    message = channel.messages.get(ts)
    if message is None:
        raise ApiError("message_not_found")
    if message["user"] != call.workspace.bot.id:
        raise ApiError(cannot)
    return channel, ts


@method("chat.postMessage", "chat:write", per_minute=60)
def chat_post_message(call: Call) -> Json:
    """Post: https://docs.slack.dev/reference/methods/chat.postMessage."""
    channel = _writable(call)
    message = {**as_bot(call.workspace), **content(call)}
    thread_ts = call.text("thread_ts", "")
    if thread_ts:
        if thread_ts not in channel.messages:
            raise ApiError("cannot_reply_to_message")
        message["thread_ts"] = channel.messages[thread_ts].get("thread_ts") or thread_ts
        if call.flag("reply_broadcast"):
            message["subtype"] = "thread_broadcast"
    stored = call.workspace.post(channel, message)
    call.events.posted(channel, stored)
    return {"channel": channel.id, "ts": stored["ts"], "message": without_metadata(stored)}


@method("chat.postEphemeral", "chat:write", per_minute=TIER_4)
def chat_post_ephemeral(call: Call) -> Json:
    """Show to one user: https://docs.slack.dev/reference/methods/chat.postEphemeral."""
    channel = _writable(call)
    user = call.text("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    message = {**as_bot(call.workspace), **content(call)}
    if call.text("thread_ts", ""):
        message["thread_ts"] = call.text("thread_ts")
    return {"message_ts": call.workspace.whisper(channel, user, message)["ts"]}


@method("chat.update", "chat:write", per_minute=TIER_3)
def chat_update(call: Call) -> Json:
    """Change an own message. Text without blocks takes the blocks away, as Slack does."""
    channel, ts = _own(call, "cant_update_message")
    if len(call.text("text", "")) > UPDATE_TEXT:
        raise ApiError("msg_too_long")
    parts = content(call)
    kept = {"blocks": None, "attachments": None, **parts}
    stored = call.workspace.change(channel, ts, kept, edited="blocks" not in parts)
    call.events.changed(channel, stored)
    return {"channel": channel.id, "ts": ts, "text": stored["text"],
            "message": without_metadata(stored)}  # fmt: skip


@method("chat.delete", "chat:write", per_minute=TIER_3)
def chat_delete(call: Call) -> Json:
    """Take an own message away."""
    channel, ts = _own(call, "cant_delete_message")
    call.events.deleted(channel, call.workspace.delete(channel, ts))
    return {"channel": channel.id, "ts": ts}


@method("chat.getPermalink", per_minute=600)
def chat_get_permalink(call: Call) -> Json:
    """A link to a message."""
    channel, ts = call.channel(), call.text("message_ts")
    if ts not in channel.messages:
        raise ApiError("message_not_found")
    link = f"{call.base_url}archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


@method("reactions.add", "reactions:write")
def reactions_add(call: Call) -> Json:
    """React to a message: https://docs.slack.dev/reference/methods/reactions.add."""
    channel, message, name = _reacted(call)
    reactions = message.setdefault("reactions", [])
    reaction = next((each for each in reactions if each["name"] == name), None)
    bot = call.workspace.bot.id
    if reaction is None:
        reactions.append({"name": name, "users": [bot], "count": 1})
    elif bot in reaction["users"]:
        raise ApiError("already_reacted")
    else:
        reaction["users"].append(bot)
        reaction["count"] += 1
    call.workspace.journal.tell("reaction", channel.id, message)
    return {}


@method("reactions.remove", "reactions:write")
def reactions_remove(call: Call) -> Json:
    """Take the bot's reaction away."""
    channel, message, name = _reacted(call)
    bot = call.workspace.bot.id
    for reaction in message.get("reactions", []):
        if reaction["name"] == name and bot in reaction["users"]:
            reaction["users"].remove(bot)
            reaction["count"] -= 1
            message["reactions"] = [each for each in message["reactions"] if each["count"]]
            call.workspace.journal.tell("reaction", channel.id, message)
            return {}
    raise ApiError("no_reaction")


def _reacted(call: Call) -> tuple[Channel, Json, str]:
    channel = call.joined_channel()
    message = channel.messages.get(call.text("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    name = call.text("name").strip(":")
    if not name:
        raise invalid_arguments("missing required field: name")
    return channel, message, name


def without_metadata(message: Json) -> Json:
    """The message as shown to who did not ask for its metadata."""
    return {key: value for key, value in message.items() if key != "metadata"}
