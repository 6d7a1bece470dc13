"""The chat page: its files, what it shows, what its user does, and the stream that keeps it live.

The page is built from `page/` into `static/`. It fetches nothing from elsewhere, which its
content security policy holds, and takes orders from its own origin alone.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import secrets
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.workspace.api import ApiError
from bot.workspace.blocks import view_flaws
from bot.workspace.delivery import Ack
from bot.workspace.interactions import find_action, state_of
from bot.workspace.state import Change, Json

if TYPE_CHECKING:
    from bot.workspace.server import SlackServer

_HEADERS = {
    # Styles are set from scripts through the CSSOM, which needs no 'unsafe-inline'.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
#: What the page is told of as it happens.
_KINDS = frozenset({
    "ephemeral", "ephemeral_deleted", "home", "membership", "message", "message_changed",
    "message_deleted", "reaction", "socket", "status", "view",
})  # fmt: skip
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})


class Page:
    """The page of one server."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server
        self._epoch = secrets.token_hex(8)
        self._streams: set[asyncio.Task[Any]] = set()
        self._static = resources.files("bot.workspace") / "static"

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.get("/", self.index),
            web.get("/static/{name}", self.static),
            web.get("/page/state", self.state),
            web.get("/page/changes", self.changes),
            web.get("/page/files/{file}", self.file),
            web.post("/page/act", self.act),
        ]

    def close(self) -> None:
        """End the streams of open pages."""
        for stream in self._streams:
            stream.cancel()

    # --- what it is made of ----------------------------------------------------------------

    async def index(self, request: web.Request) -> web.Response:
        """The page."""
        return self._file(request, "index.html")

    async def static(self, request: web.Request) -> web.Response:
        """A script, stylesheet, font or icon."""
        return self._file(request, request.match_info["name"])

    def _file(self, request: web.Request, name: str) -> web.Response:
        self._own(request)
        found = self._static / name
        if name.startswith(".") or not found.is_file():
            raise web.HTTPNotFound(headers=_HEADERS)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        charset = "utf-8" if kind.startswith("text/") else None
        return web.Response(
            body=found.read_bytes(), content_type=kind, charset=charset, headers=_HEADERS
        )

    async def file(self, request: web.Request) -> web.Response:
        """An uploaded file: a picture is shown, anything else is only ever downloaded."""
        self._own(request)
        file = self._server.workspace.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound(headers=_HEADERS)
        kind = mimetypes.guess_type(file.name)[0]
        headers = dict(_HEADERS)
        if kind not in _PICTURES:
            kind, headers["Content-Disposition"] = "application/octet-stream", "attachment"
        return web.Response(body=file.content, content_type=kind, headers=headers)

    # --- what it shows ---------------------------------------------------------------------

    async def state(self, request: web.Request) -> web.Response:
        """Everything it shows, and the number of the next change."""
        self._own(request)
        server, workspace = self._server, self._server.workspace
        now = workspace.clock.now()
        return web.json_response(
            {
                "epoch": self._epoch,
                "position": len(server.journal.changes),
                "team": {"id": workspace.team, "name": "Acme"},
                "me": workspace.dana.id,
                "home_channel": "C0S3COSTS01",
                "bot": workspace.bot.json(workspace.team, now),
                "users": {
                    user.id: user.json(workspace.team, now) for user in workspace.users.values()
                },
                "channels": {
                    channel.id: {
                        "id": channel.id, "name": channel.name, "kind": channel.kind,
                        "topic": channel.topic, "members": sorted(channel.members),
                        "messages": channel.messages,
                    }
                    for channel in workspace.channels.values()
                },
                "ephemerals": workspace.ephemerals,
                "homes": workspace.homes,
                "statuses": {
                    f"{channel}:{ts}": shown
                    for (channel, ts), shown in workspace.statuses.items()
                },
                "commands": server.command_help,
                "suggestions": list(server.suggestions),
                "connections": server.connections,
                "transport": "http" if server.request_url else "none",
            },
            headers=_HEADERS,
        )  # fmt: skip

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: each change from the asked number on, as it happens."""
        self._own(request)
        last = request.headers.get("Last-Event-ID", "")
        asked = request.query.get("from", "")
        position = int(last) + 1 if last.isdigit() else int(asked) if asked.isdigit() else 0
        response = web.StreamResponse(
            headers={**_HEADERS, "Content-Type": "text/event-stream; charset=utf-8"}
        )
        await response.prepare(request)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler runs in one
        self._streams.add(task)
        journal = self._server.journal
        try:
            await response.write(f"event: epoch\ndata: {self._epoch}\n\n".encode())
            while True:
                await journal.more(position)
                for change in journal.changes[position:]:
                    position = change.number + 1
                    if change.kind in _KINDS:
                        await response.write(_event(change))
        except ConnectionResetError:
            return response  # the page was closed
        finally:
            self._streams.discard(task)

    # --- what its user does ----------------------------------------------------------------

    async def act(self, request: web.Request) -> web.Response:
        """Do what a person does; answers `{}` or `{"error": …}` with a sentence."""
        self._own(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(headers=_HEADERS)
        order = await request.json()
        try:
            answer = await self._do(order)
        except (KeyError, ValueError, ApiError) as error:
            answer = {"error": str(error.args[0])}
        return web.json_response(answer, headers=_HEADERS)

    async def _do(self, order: Json) -> Json:
        server = self._server
        user = order.get("user") or server.workspace.dana.id
        match order["do"]:
            case "send":
                return await self._send(order, user)
            case "click":
                return await self._click(order, user)
            case "submit":
                return await self._submit(order, user)
            case "home":
                await server.open_home(user)
            case "invite":
                await server.invite(order["channel"])
            case other:
                raise ValueError(f"The page cannot do {other}.")
        return {}

    async def _send(self, order: Json, user: str) -> Json:
        channel, text = order["channel"], order["text"].strip()
        thread_ts = order.get("thread_ts")
        if not text.startswith("/"):
            await self._server.say(channel, text, user, thread_ts)
            return {}
        command, _, rest = text.partition(" ")
        if thread_ts:
            return {"error": f"{command} is not supported in threads. Sorry!"}
        await self._server.command(command, rest.strip(), channel=channel, user=user)
        return {}

    async def _click(self, order: Json, user: str) -> Json:
        workspace = self._server.workspace
        if "view_id" in order:
            message = workspace.views[order["view_id"]]
        else:
            ts, channel = order["ts"], workspace.channels[order["channel"]]
            whispered = {each["ts"]: each for each in workspace.ephemerals}
            message = channel.messages.get(ts) or whispered[ts]
        ack = await self._server.click(
            message,
            order["action_id"],
            value=order.get("value"),
            user=user,
            block_id=order.get("block_id"),
        )
        return {} if ack.ok else {"error": f"The app did not take it: {_why(ack)}."}

    async def _submit(self, order: Json, user: str) -> Json:
        workspace = self._server.workspace
        view = workspace.views[order["view_id"]]
        values: Json = {}
        for block_id, given in order.get("values", {}).items():
            for action_id, value in given.items():
                _, element = find_action(view["blocks"], action_id)
                values[block_id] = {action_id: state_of(element, value)}
        ack = await self._server.submit(view, values, user)
        answer = ack.json()
        match answer.get("response_action"):
            case "errors":
                return {"errors": answer["errors"]}
            case "update" | "push":
                found = view_flaws(answer["view"])
                if found:
                    return {"error": "; ".join(map(str, found))}
                kept = workspace.keep_view(answer["view"], view)
                workspace.journal.tell("view", "", {"view": kept, "user": user})
                return {"view": kept["id"]}
        return {} if ack.ok else {"error": f"The app did not take it: {_why(ack)}."}

    def _own(self, request: web.Request) -> None:
        """Refuse what comes from another origin, or by a name that was made to point here."""
        origin = request.headers.get("Origin")
        host = urlsplit(f"//{request.host}").hostname or ""
        if not self._server.knows_host(host):
            raise web.HTTPForbidden(text="unknown host", headers=_HEADERS)
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="another origin", headers=_HEADERS)


def _why(ack: Ack) -> str:
    return ack.reason or f"HTTP {ack.status}"


def _event(change: Change) -> bytes:
    shown = {"kind": change.kind, "channel": change.channel, "data": change.data}
    return f"id: {change.number}\ndata: {json.dumps(shown)}\n\n".encode()
