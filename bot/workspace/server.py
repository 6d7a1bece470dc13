"""A Slack-shaped server on loopback: Slack's Web API with state, and both ways Slack calls an app.

Tests of the Slack side and the demo page run through it. A test drives people (`command`, `say`,
`click`), reads what they would see (`messages`, `ephemerals`, `home`), waits without sleeping
(`next_message`, `until`) and asks for bad days (`faults`). The bot is given `api_url` and the
secrets and knows no difference.

    async with SlackServer() as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        slack.request_url = "http://127.0.0.1:3000/slack/events"   # or connect a socket
        ack = await slack.command("/s3", "report unit=TB", channel="#s3-costs", user="dana")
        answer = await slack.next_message("#s3-costs")
"""

from __future__ import annotations

import copy
import errno
import ipaddress
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from aiohttp import web

from bot.clock import Clock
from bot.errors import SetupError
from bot.workspace.api import RateLimits
from bot.workspace.delivery import COMMAND, EVENT, INTERACTION, Ack, Delivery, Triggers
from bot.workspace.events import Events
from bot.workspace.faults import Faults
from bot.workspace.interactions import Responses, action, block_actions, find_action
from bot.workspace.page import Page
from bot.workspace.routes import Routes
from bot.workspace.state import Change, Channel, Json, User, Workspace

logger = logging.getLogger(__name__)

#: What the bot's token may do unless told otherwise.
SCOPES = frozenset({
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write",
    "chat:write.public", "commands", "files:read", "files:write", "groups:history", "groups:read",
    "im:history", "im:read", "im:write", "mpim:history", "mpim:read", "reactions:write",
    "users:read",
})  # fmt: skip
#: What the app hears unless told otherwise.
EVENTS = frozenset({
    "app_home_opened", "app_mention", "message.channels", "message.groups", "message.im",
    "message.mpim",
})  # fmt: skip
WAIT_S = 5.0


class SlackServer:
    """One workspace with one installed app, served over HTTP and WebSocket.

    scopes, events: what the app was granted and subscribed to.
    commands: its slash commands as a manifest lists them; None takes every command.
    suggestions: what the page offers to type.
    beyond_loopback: needed for any `host` but loopback, since whoever reaches it is believed.
    ack_timeout_s: how long an app may take to ack.
    files_scanned_after: how many `files.info` see an upload unscanned.
    socket_life_s: when Slack refreshes a socket, by the clock; None for never.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        elsewhere: bool = False,
        beyond_loopback: bool = False,
        scopes: Iterable[str] = SCOPES,
        events: Iterable[str] = EVENTS,
        commands: Iterable[Mapping[str, Any]] | None = None,
        suggestions: Iterable[str] = (),
        ack_timeout_s: float = 3.0,
        clock: Clock | None = None,
        app_name: str = "S3 Monitor",
        files_scanned_after: int = 1,
        socket_life_s: int | None = None,
    ) -> None:
        _check_host(host, beyond_loopback)
        self.host, self.port = host, port
        self._elsewhere = elsewhere
        self.bot_token = f"xoxb-local-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-local-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.scopes = frozenset(scopes)
        self.command_help = [dict(each) for each in commands or ()]
        self._any_command = commands is None
        self.suggestions = tuple(suggestions)
        self.workspace = Workspace(clock or Clock(), app_name)
        self.journal = self.workspace.journal
        self.faults = Faults()
        self.limits = RateLimits()
        self.triggers = Triggers(self.workspace)
        self.delivery = Delivery(self.workspace, self.faults, self.signing_secret, ack_timeout_s)
        self.events = Events(self.workspace, self.delivery, frozenset(events), self.scopes)
        self.responses = Responses(self.workspace)
        self.files_scanned_after = files_scanned_after
        self.socket_life_s = socket_life_s
        self.page = Page(self)
        self.routes = Routes(self)
        self._runner: web.AppRunner | None = None
        self._given: dict[str, set[int]] = {}

    @classmethod
    def of_manifest(cls, manifest: Mapping[str, Any], **options: Any) -> Self:
        """With the name, scopes, events and commands of an app manifest."""
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        return cls(
            app_name=features["bot_user"]["display_name"],
            scopes=manifest["oauth_config"]["scopes"]["bot"],
            events=settings.get("event_subscriptions", {}).get("bot_events", ()),
            commands=features.get("slash_commands", ()),
            **options,
        )

    # --- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. With port 0 the system picks one, and `port` tells it.

        So it does where the port is taken, if `elsewhere` is as good; otherwise raises OSError.
        """
        self._runner = web.AppRunner(self.routes.application(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        try:
            await site.start()
        except OSError as error:
            if not self._elsewhere or error.errno != errno.EADDRINUSE:
                raise
            await web.TCPSite(self._runner, self.host, 0).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop: held calls go on, sockets are closed, retries given up."""
        self.faults.clear()
        self.page.close()
        await self.delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Where the chat page is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def knows_host(self, name: str) -> bool:
        """Whether a request for this host name may be answered; on loopback only its own are."""
        return not _is_loopback(self.host) or _is_loopback(name)

    @property
    def api_url(self) -> str:
        """The `base_url` for a Slack client."""
        return f"{self.url}api/"

    @property
    def request_url(self) -> str:
        """Where deliveries go while no socket is connected."""
        return self.delivery.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self.delivery.request_url = url

    async def verify_request_url(self) -> Ack:
        """Send `url_verification`, as Slack does when a request URL is set."""
        return await self.delivery.deliver(
            EVENT,
            {"token": "local-verification-token", "challenge": secrets.token_hex(16),
             "type": "url_verification"},
        )  # fmt: skip

    # --- what people do --------------------------------------------------------------------

    async def command(
        self, command: str, text: str = "", *, channel: str = "#s3-costs", user: str = "dana"
    ) -> Ack:
        """Someone types a slash command; returns when it was acked, or 3 s later.

        What the ack says is shown to the user, and so is Slack's own sentence when none came.
        """
        where, who = self._channel(channel), self._user(user)
        response = self.responses.open(where.id, who.id)
        payload = {
            "token": "local-verification-token", "team_id": self.workspace.team,
            "team_domain": self.workspace.domain, "channel_id": where.id,
            "channel_name": "directmessage" if where.kind == "im" else where.name,
            "user_id": who.id, "user_name": who.name, "command": command, "text": text,
            "api_app_id": self.workspace.app, "is_enterprise_install": "false",
            "response_url": f"{self.url}commands/{response.id}",
            "trigger_id": self.triggers.issue(who.id),
        }  # fmt: skip
        if not self._any_command and command not in {each["command"] for each in self.command_help}:
            self._slackbot(where, who, f"{command} is not a valid command.")
            return Ack(None, "", "none", "unknown_command")
        ack = await self.delivery.deliver(COMMAND, payload)
        if ack.ok:
            response.typed = f"{command} {text}".strip()
            if ack.json():
                self.responses.show(response, ack.json())
        else:
            error = "operation_timeout" if ack.status is None else f"http_status_{ack.status}"
            if ack.reason == "connection_failed":
                error = "dispatch_failed"
            self._slackbot(where, who, f"{command} failed with the error “{error}”")
        return ack

    async def say(
        self,
        channel: str,
        text: str,
        user: str = "dana",
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Json:
        """Someone posts a message; returns it when its events had their first delivery.

        The user `pager` is another app's bot. broadcast: a reply is shown in the channel too.
        """
        where, who = self._channel(channel), self._user(user)
        message: Json = {"user": who.id, "text": text}
        if who.is_bot:
            message |= {"subtype": "bot_message", "bot_id": f"B{who.id[1:]}"}
        else:
            message["client_msg_id"] = secrets.token_hex(16)
        if thread_ts:
            message["thread_ts"] = thread_ts
            if broadcast:
                message["subtype"] = "thread_broadcast"
        stored = copy.deepcopy(self.workspace.post(where, message))
        await self.events.send(self.events.of_post(where, stored))
        return stored

    async def edit(self, channel: str, ts: str, text: str) -> Json:
        """The author of a message edits it; returns it when its event had its first delivery."""
        where = self._channel(channel)
        stored = copy.deepcopy(self.workspace.change(where, ts, {"text": text}, edited=True))
        await self.events.send(self.events.of_change(where, stored))
        return stored

    async def delete(self, channel: str, ts: str) -> None:
        """The author of a message deletes it."""
        where = self._channel(channel)
        stored = self.workspace.delete(where, ts)
        await self.events.send(self.events.of_deletion(where, stored))

    async def click(
        self,
        message: Mapping[str, Any],
        action_id: str,
        *,
        value: str | list[str] | None = None,
        user: str = "dana",
        block_id: str | None = None,
    ) -> Ack:
        """Someone presses a button, or chooses `value` in a menu, of a message or view.

        block_id: tells elements of the same action id apart; else the first is meant.
        Raises KeyError when there is no such element, ValueError when it has no such option.
        """
        who = self._user(user)
        block, element = find_action(message["blocks"], action_id, block_id)
        where = self._holder(message)
        if where is not None:
            response = self.responses.open(where.id, who.id, message)
            url = f"{self.url}commands/{response.id}"
        else:
            url = ""
        payload = block_actions(
            self.workspace, message, where, who,
            action(block, element, value, self.workspace.new_ts()),
            self.triggers.issue(who.id), url,
        )  # fmt: skip
        return await self.delivery.deliver(INTERACTION, payload)

    async def submit(
        self, view: Mapping[str, Any], values: Mapping[str, Any], user: str = "dana"
    ) -> Ack:
        """Someone submits a modal. values: by block id, by action id, as in `view.state.values`."""
        who = self._user(user)
        payload = {
            "type": "view_submission", "team": {"id": self.workspace.team,
            "domain": self.workspace.domain}, "api_app_id": self.workspace.app,
            "user": {"id": who.id, "username": who.name, "name": who.name,
                     "team_id": self.workspace.team},
            "token": "local-verification-token", "trigger_id": self.triggers.issue(who.id),
            "view": {**view, "state": {"values": dict(values)}}, "response_urls": [],
            "is_enterprise_install": False, "enterprise": None,
        }  # fmt: skip
        return await self.delivery.deliver(INTERACTION, payload)

    async def open_home(self, user: str = "dana") -> Json | None:
        """Someone opens the App Home tab; what is published there so far."""
        who = self._user(user)
        event: Json = {
            "type": "app_home_opened", "user": who.id, "tab": "home",
            "channel": self._channel(who.id).id, "event_ts": self.workspace.new_ts(),
        }  # fmt: skip
        if who.id in self.workspace.homes:
            event["view"] = self.workspace.homes[who.id]
        await self.events.tell("app_home_opened", event)
        return self.home(user)

    async def invite(self, channel: str) -> None:
        """Someone adds the bot to a channel."""
        where = self._channel(channel)
        where.members.add(self.workspace.bot.id)
        self.journal.tell("membership", where.id, {"members": sorted(where.members)})
        event = {"type": "member_joined_channel", "user": self.workspace.bot.id,
                 "channel": where.id, "channel_type": "C", "team": self.workspace.team,
                 "event_ts": self.workspace.new_ts()}  # fmt: skip
        await self.events.tell("member_joined_channel", event)

    def kick(self, channel: str) -> None:
        """Someone takes the bot out of a channel."""
        where = self._channel(channel)
        where.members.discard(self.workspace.bot.id)
        self.journal.tell("membership", where.id, {"members": sorted(where.members)})

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """End the sockets as Slack does: `warning`, `refresh_requested` or `link_disabled`."""
        await self.delivery.disconnect(reason)

    def cut_sockets(self) -> None:
        """End the sockets without a word."""
        self.delivery.cut()

    # --- what people see -------------------------------------------------------------------

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """The messages of a channel, or of one of its threads, root first; oldest first."""
        where = self._channel(channel)
        found = where.thread(thread_ts) if thread_ts else reversed(list(self._roots(where)))
        return copy.deepcopy(list(found))

    def message(self, channel: str, ts: str) -> Json:
        """One message as it is now. Raises KeyError."""
        return copy.deepcopy(self._channel(channel).messages[ts])

    def ephemerals(self, channel: str, user: str = "dana") -> list[Json]:
        """The ephemeral messages that a user sees in a channel, oldest first."""
        where, who = self._channel(channel), self._user(user)
        return copy.deepcopy([
            message
            for message in self.workspace.ephemerals
            if message["channel"] == where.id and message["to"] == who.id
        ])  # fmt: skip

    def home(self, user: str = "dana") -> Json | None:
        """The App Home published for a user; None before the first."""
        return copy.deepcopy(self.workspace.homes.get(self._user(user).id))

    def status(self, channel: str, thread_ts: str) -> str:
        """The status that shows under a thread, empty when there is none."""
        shown = self.workspace.statuses.get((self._channel(channel).id, thread_ts))
        return shown["status"] if shown else ""

    @property
    def requests(self) -> list[Json]:
        """The Web API calls so far: `method`, `arguments`, `status` and `answer`, no tokens."""
        return [change.data for change in self.journal.changes if change.kind == "request"]

    @property
    def deliveries(self) -> list[Json]:
        """What was delivered so far: `type`, `payload`, `attempt`, `status`, `transport`."""
        return [change.data for change in self.journal.changes if change.kind == "delivery"]

    @property
    def connections(self) -> int:
        """How many sockets are connected."""
        return len(self.delivery.sockets)

    # --- waiting ---------------------------------------------------------------------------

    async def next_message(
        self,
        channel: str,
        thread_ts: str | None = None,
        *,
        where: Callable[[Json], bool] = lambda _: True,
        timeout_s: float = WAIT_S,
    ) -> Json:
        """The bot's next message in a channel, in any or one thread, that was not yet taken.

        Each message is given once. Raises TimeoutError, naming what came instead.
        """

        def wanted(change: Change) -> bool:
            message = change.data
            return (
                message["user"] == self.workspace.bot.id
                and (thread_ts is None or message.get("thread_ts") == thread_ts)
                and where(message)
            )

        return await self._next("message", channel, wanted, timeout_s)

    async def next_update(self, channel: str, ts: str, *, timeout_s: float = WAIT_S) -> Json:
        """The message `ts` after its next change that was not yet taken."""
        return await self._next(
            "message_changed", channel, lambda change: change.data["ts"] == ts, timeout_s
        )

    async def next_ephemeral(
        self,
        channel: str,
        *,
        where: Callable[[Json], bool] = lambda _: True,
        timeout_s: float = WAIT_S,
    ) -> Json:
        """The next ephemeral message in a channel that was not yet taken."""
        return await self._next("ephemeral", channel, lambda change: where(change.data), timeout_s)

    async def next_view(self, *, timeout_s: float = WAIT_S) -> Json:
        """The next modal opened or updated that was not yet taken."""
        view: Json = (await self._next("view", "", lambda _: True, timeout_s))["view"]
        return view

    async def next_home(self, *, timeout_s: float = WAIT_S) -> Json:
        """The next App Home published that was not yet taken."""
        view: Json = (await self._next("home", "", lambda _: True, timeout_s))["view"]
        return view

    async def next_request(self, method: str, *, timeout_s: float = WAIT_S) -> Json:
        """The next call of a Web API method that was answered and not yet taken."""
        return await self._next(
            "request", "", lambda change: change.data["method"] == method, timeout_s
        )

    async def connected(self, *, timeout_s: float = WAIT_S) -> None:
        """Return when a socket is connected."""
        await self.until(lambda: self.connections > 0, timeout_s=timeout_s)

    async def until(self, condition: Callable[[], bool], *, timeout_s: float = WAIT_S) -> None:
        """Return when the condition holds; it is looked at anew whenever something happened."""
        if not condition():
            await self.journal.find(lambda _: condition(), len(self.journal.changes), timeout_s)

    async def _next(
        self, kind: str, channel: str, wanted: Callable[[Change], bool], timeout_s: float
    ) -> Json:
        place = self._channel(channel).id if channel else ""
        taken = self._given.setdefault(kind, set())
        change = await self.journal.find(
            lambda each: (
                each.kind == kind
                and each.channel == place
                and each.number not in taken
                and wanted(each)
            ),
            0,
            timeout_s,
        )
        taken.add(change.number)
        return copy.deepcopy(change.data)

    # --- names -----------------------------------------------------------------------------

    def _channel(self, name: str) -> Channel:
        user = self.workspace.user(name)
        channel = self.workspace.channel(user.id if user and not name.startswith("#") else name)
        if channel is None:
            raise KeyError(f"no channel {name}")
        return channel

    def _user(self, name: str) -> User:
        user = self.workspace.user(name)
        if user is None:
            raise KeyError(f"no user {name}")
        return user

    def _roots(self, channel: Channel) -> Iterable[Json]:
        return self.workspace.history(channel)

    def _holder(self, message: Mapping[str, Any]) -> Channel | None:
        """The channel of a message, None for a view."""
        for channel in self.workspace.channels.values():
            if message.get("ts") in channel.messages or message.get("channel") == channel.id:
                return channel
        return None

    def _slackbot(self, channel: Channel, user: User, text: str) -> None:
        self.workspace.whisper(channel, user.id, {"user": self.workspace.slackbot.id, "text": text})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_host(host: str, beyond_loopback: bool) -> None:
    """Raise SetupError for a host that is not loopback and was not asked for by name."""
    if _is_loopback(host):
        return
    if not beyond_loopback:
        raise SetupError(
            f"The workspace listens on loopback only, not on {host}.",
            "Anyone who reaches it can speak as anyone. Pass --beyond-loopback if you mean it.",
        )
    logger.warning(
        "The workspace listens on %s, where anyone who reaches it can speak as anyone", host,
        extra={"action": "workspace_exposed", "host": host},
    )  # fmt: skip
