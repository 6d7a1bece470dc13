"""The three-step upload: files.*."""

from __future__ import annotations

import mimetypes

from bot.workspace.api import TIER_4, ApiError, Call, invalid_arguments, method
from bot.workspace.methods.chat import as_bot
from bot.workspace.state import File, Json


@method("files.getUploadURLExternal", "files:write", per_minute=TIER_4)
def files_get_upload_url_external(call: Call) -> Json:
    """Step one: where to POST the bytes."""
    length = call.number("length", 0, 0, 1_000_000_000)
    if length == 0:
        raise invalid_arguments("missing required field: length")
    file = File(call.workspace.new_id("F"), call.text("filename"), length, call.workspace.bot.id)
    call.workspace.files[file.id] = file
    return {"upload_url": f"{call.base_url}upload/v1/{file.id}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write", per_minute=TIER_4)
def files_complete_upload_external(call: Call) -> Json:
    """Step three: share what was uploaded, once. Needs membership of the channel."""
    entries = call.structure("files", "invalid_arguments")
    if not isinstance(entries, list) or not entries:
        raise invalid_arguments("missing required field: files")
    found: list[File] = []
    for entry in entries:
        file = call.workspace.files.get(entry.get("id", ""))
        if file is None or file.completed or file.content is None:
            raise ApiError("file_not_found")
        found.append(file)
    names = call.text("channel_id", "") or call.text("channels", "")
    targets = []
    for name in filter(None, names.split(",")):
        channel = call.workspace.channel(name)
        if channel is None:
            raise ApiError("channel_not_found")
        if call.workspace.bot.id not in channel.members:
            raise ApiError("not_in_channel")
        targets.append(channel)
    for file, entry in zip(found, entries, strict=True):
        file.completed, file.title = True, entry.get("title", file.name)
        file.channels = [channel.id for channel in targets]
    blocks = call.structure("blocks", "invalid_blocks_format")
    comment = call.text("initial_comment", "")
    for channel in targets:
        message: Json = {
            **as_bot(call.workspace), "subtype": "file_share", "text": comment,
            "files": [shape(call, file, scanned=False) for file in found],
        }  # fmt: skip
        if blocks and not comment:
            message["blocks"] = blocks
        if call.text("thread_ts", ""):
            message["thread_ts"] = call.text("thread_ts")
        call.events.posted(channel, call.workspace.post(channel, message))
    return {"files": [{"id": file.id, "title": file.title} for file in found]}


@method("files.info", "files:read", per_minute=TIER_4)
def files_info(call: Call) -> Json:
    """A file. Slack scans uploads first: its type and shares come with a later call."""
    file = call.workspace.files.get(call.text("file"))
    if file is None or not file.completed:
        raise ApiError("file_not_found")
    scanned = file.polls == 0
    file.polls = max(0, file.polls - 1)
    return {"file": shape(call, file, scanned), "comments": [],
            "response_metadata": {"next_cursor": ""}}  # fmt: skip


def shape(call: Call, file: File, scanned: bool) -> Json:
    """The file object."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    shares: Json = {channel: [] for channel in file.channels} if scanned else {}
    return {
        "id": file.id, "name": file.name, "title": file.title or file.name,
        "size": file.length, "user": file.user, "mimetype": kind if scanned else "",
        "filetype": file.name.rpartition(".")[2], "mode": "hosted", "is_external": False,
        "url_private": f"{call.base_url}files/{file.id}/{file.name}",
        "permalink": f"{call.base_url}files/{file.id}/{file.name}", "shares": {"public": shares},
        "channels": list(file.channels),
    }  # fmt: skip
