"""The server's addresses: the Web API, uploads, response URLs, Socket Mode and the chat page."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

import bot.workspace.methods  # noqa: F401 - enters the methods in the table
from bot.workspace.api import METHODS, ApiError, Call, Method, check_scopes
from bot.workspace.faults import Fault
from bot.workspace.state import Json

if TYPE_CHECKING:
    from bot.workspace.server import SlackServer

logger = logging.getLogger(__name__)

#: Seconds between pings on a Socket Mode connection; Slack's clients expect some within 30.
PING_S = 10.0
#: Seconds until Slack refreshes a socket opened with `debug_reconnects=true`.
DEBUG_SOCKET_LIFE_S = 360


class Routes:
    """The addresses of one server."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server
        self._tickets: set[str] = set()

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.add_routes([
            web.route("*", "/api/{method}", self.api),
            web.post("/upload/v1/{file}", self.upload),
            web.post("/commands/{team}/{id}/{secret}", self.respond),
            web.get("/link", self.link),
            *self._server.page.routes(),
        ])  # fmt: skip
        return application

    # --- Web API ---------------------------------------------------------------------------

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One Web API call: fault, token, scope, rate limit, method; then written down."""
        name = request.match_info["method"]
        try:
            arguments = await _arguments(request)
        except ApiError as error:
            self._log(name, {}, 200, error.json())
            return web.json_response(error.json())
        fault = self._server.faults.strike(name)
        if fault is not None:
            response = await self._before(request, fault)
            if response is not None:
                self._log(name, arguments, response.status, {"fault": fault.kind})
                return response
        response, answer = self._answer(request, name, arguments)
        self._log(name, arguments, response.status, answer)
        if fault is not None and fault.kind == "drop":
            _cut(request)
        return response

    async def _before(self, request: web.Request, fault: Fault) -> web.Response | None:
        """What a fault does in place of the call; None when the call goes ahead."""
        match fault.kind:
            case "rate_limit":
                return _rate_limited(int(fault.seconds))
            case "status":
                return web.Response(status=fault.status, text="upstream error")
            case "error":
                return web.json_response({"ok": False, "error": fault.error})
            case "refuse":
                _cut(request)
                return web.Response()
            case "slow":
                await self._server.workspace.clock.sleep(fault.seconds)
            case "hold":
                held = self._server.faults.held(fault)
                held.reached.set()
                await held.released.wait()
        return None

    def _answer(
        self, request: web.Request, name: str, arguments: Json
    ) -> tuple[web.Response, Json]:
        server, entry = self._server, METHODS.get(name)
        if entry is None:
            answer: Json = {"ok": False, "error": "unknown_method", "req_method": name}
            logger.warning(
                "The workspace does not know the Web API method %s", name,
                extra={"action": "unknown_method", "method": name},
            )  # fmt: skip
            return web.json_response(answer), answer
        headers = {}
        try:
            granted = self._authorize(request, entry, arguments)
            if entry.caller:
                headers["X-OAuth-Scopes"] = ",".join(sorted(granted))
                headers["X-Accepted-OAuth-Scopes"] = ",".join(entry.scopes)
            wait_s = server.limits.wait_s(
                entry, str(arguments.get("channel", "")), server.workspace.clock.now()
            )
            if wait_s is not None:
                return _rate_limited(wait_s), {"ok": False, "error": "ratelimited"}
            check_scopes(entry, granted)
            call = Call(
                name, arguments, server.workspace, granted, server.events, server.triggers,
                server.url, self._open_link,
            )  # fmt: skip
            answer = {"ok": True, **entry.handler(call)}
            if name == "files.completeUploadExternal":
                for each in answer["files"]:
                    server.workspace.files[each["id"]].polls = server.files_scanned_after
        except ApiError as error:
            answer = error.json()
        return web.json_response(answer, headers=headers), answer

    def _authorize(self, request: web.Request, entry: Method, arguments: Json) -> frozenset[str]:
        """The scopes of the call's token; raises the errors Slack has for a wrong one."""
        server = self._server
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token if kind.lower() == "bearer" else str(arguments.get("token", ""))
        arguments.pop("token", None)
        if not entry.caller:
            return frozenset()
        if not token:
            raise ApiError("not_authed")
        if token == server.app_token:
            if entry.caller != "app":
                raise ApiError("not_allowed_token_type")
            return frozenset({"connections:write"})
        if token != server.bot_token:
            raise ApiError("invalid_auth")
        if entry.caller != "bot":
            raise ApiError("not_allowed_token_type")
        return server.scopes

    def _log(self, name: str, arguments: Json, status: int, answer: Json) -> None:
        shown = {key: _decoded(value) for key, value in arguments.items() if key != "token"}
        self._server.journal.tell(
            "request", "",
            {"method": name, "arguments": shown, "status": status, "answer": answer},
        )  # fmt: skip

    # --- uploads, response URLs ------------------------------------------------------------

    async def upload(self, request: web.Request) -> web.Response:
        """Step two of an upload: the bytes, bare or as a form's file."""
        file = self._server.workspace.files.get(request.match_info["file"])
        if file is None or file.completed:
            return web.Response(status=404, text="file_not_found")
        if request.content_type.startswith("multipart/"):
            parts = (await request.post()).values()
            content = b"".join(
                part.file.read() for part in parts if isinstance(part, web.FileField)
            )
        else:
            content = await request.read()
        if len(content) != file.length:
            return web.Response(status=400, text="length mismatch")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def respond(self, request: web.Request) -> web.Response:
        """A response URL."""
        match = request.match_info
        body = await request.json()
        try:
            self._server.responses.use(f"{match['team']}/{match['id']}/{match['secret']}", body)
        except ApiError as error:
            self._log("response_url", body, 404, error.json())
            gone = error.code in {"expired_url", "used_url"}
            return web.json_response(error.json(), status=404 if gone else 400)
        self._log("response_url", body, 200, {"ok": True})
        return web.Response(text="ok")

    # --- Socket Mode -----------------------------------------------------------------------

    def _open_link(self) -> str:
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        link = self._server.url.replace("http://", "ws://", 1)
        return f"{link}link?ticket={ticket}&app_id={self._server.workspace.app}"

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A Socket Mode connection; its ticket is good once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="invalid ticket")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(heartbeat=PING_S)
        await ws.prepare(request)
        debug = request.query.get("debug_reconnects") == "true"
        life_s = DEBUG_SOCKET_LIFE_S if debug else self._server.socket_life_s
        transport = request.transport
        await self._server.delivery.serve_socket(
            ws, transport if isinstance(transport, asyncio.Transport) else None, life_s
        )
        return ws


def _rate_limited(wait_s: int) -> web.Response:
    return web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(wait_s)}
    )


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _arguments(request: web.Request) -> Json:
    """The call's arguments, from the query, a form or JSON. Raises ApiError for bad JSON."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            decoded = json.loads(await request.text() or "{}")
        except json.JSONDecodeError as error:
            raise ApiError("invalid_json") from error
        if not isinstance(decoded, dict):
            raise ApiError("json_not_object")
        return arguments | decoded
    return arguments | dict(await request.post())


def _decoded(value: Any) -> Any:
    """A form's JSON string as what it holds, for reading the log of requests."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value
