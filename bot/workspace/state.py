"""A Slack workspace's state: people, conversations, messages, files and views, as Slack keeps them.

Messages and views are the very JSON that the Web API gives out; what happened is told to a
`Journal`, which tests and the page wait on.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.workspace.blocks import elements

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot. `tz` is an IANA name."""

    id: str
    name: str
    real_name: str
    tz: str = "UTC"
    is_bot: bool = False

    def json(self, team: str, now: datetime) -> Json:
        """The user object of `users.info`."""
        offset = now.astimezone(ZoneInfo(self.tz)).utcoffset() or timedelta()
        return {
            "id": self.id, "team_id": team, "name": self.name, "deleted": False,
            "real_name": self.real_name, "tz": self.tz, "tz_label": self.tz,
            "tz_offset": int(offset.total_seconds()), "is_bot": self.is_bot, "is_app_user": False,
            "is_admin": False, "is_owner": False, "is_restricted": False,
            "is_ultra_restricted": False, "updated": 0,
            "profile": {
                "real_name": self.real_name, "display_name": self.name, "team": team,
                "real_name_normalized": self.real_name, "display_name_normalized": self.name,
            },
        }  # fmt: skip


@dataclass(slots=True)
class Channel:
    """A conversation. kind: `channel` (public), `group` (private) or `im`."""

    id: str
    name: str
    kind: str
    members: set[str]
    topic: str = ""
    archived: bool = False
    messages: dict[str, Json] = field(default_factory=dict)

    def json(self, viewer: str, created: int) -> Json:
        """The conversation object of `conversations.info`, as `viewer` sees it."""
        shape: Json = {
            "id": self.id, "created": created, "is_im": self.kind == "im", "is_mpim": False,
            "is_org_shared": False, "is_archived": self.archived, "context_team_id": "",
        }  # fmt: skip
        if self.kind == "im":
            other = next(iter(self.members - {viewer}), viewer)
            return shape | {"user": other, "is_user_deleted": False, "is_open": True}
        return shape | {
            "name": self.name, "name_normalized": self.name, "is_channel": True,
            "is_group": False, "is_private": self.kind == "group",
            "is_member": viewer in self.members, "is_general": self.name == "general",
            "is_shared": False, "is_ext_shared": False, "creator": "", "num_members":
            len(self.members), "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }  # fmt: skip

    def thread(self, ts: str) -> list[Json]:
        """The message `ts` and its replies, oldest first."""
        return [
            message
            for message in self.messages.values()
            if ts in (message["ts"], message.get("thread_ts"))
        ]


@dataclass(slots=True)
class File:
    """An uploaded file.

    polls: how many more `files.info` see it unscanned, without type and shares.
    """

    id: str
    name: str
    length: int
    user: str
    title: str = ""
    content: bytes | None = None
    completed: bool = False
    polls: int = 0
    channels: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened.

    kind: message, message_changed, message_deleted, ephemeral, reaction, status, view, home,
    membership, request, delivery, socket.
    data: the message, the view, or what the kind is about.
    """

    number: int
    kind: str
    channel: str
    data: Json


class Journal:
    """Everything that happened, in order; who waits is woken by each entry."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._waiters: set[asyncio.Future[None]] = set()

    def tell(self, kind: str, channel: str, data: Json) -> Change:
        """Write down what happened and wake everyone who waits."""
        change = Change(len(self.changes), kind, channel, copy.deepcopy(data))
        self.changes.append(change)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        return change

    async def find(self, wanted: Callable[[Change], bool], start: int, timeout_s: float) -> Change:
        """The first wanted entry from number `start` on, waited for at most `timeout_s` seconds.

        Raises TimeoutError, which names the entries that came instead.
        """
        position = start
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    while position < len(self.changes):
                        position += 1
                        if wanted(self.changes[position - 1]):
                            return self.changes[position - 1]
                    await self.more(position)
        except TimeoutError as error:
            came = ", ".join(
                f"{change.kind} {change.data.get('method', '')}".strip()
                for change in self.changes[start:]
            )
            raise TimeoutError(f"not within {timeout_s} s; came: {came or 'nothing'}") from error

    async def more(self, position: int) -> None:
        """Return when there is an entry numbered `position`."""
        while position >= len(self.changes):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)


class Workspace:
    """One workspace with one installed app.

    What it starts with: #general, #s3-costs and the private #finops, each with everyone and the
    bot in it; #random, without the bot; and the bot's direct messages with each person.
    """

    team = "T0LOCAL0001"
    domain = "acme-local"
    app = "A0S3MONITOR"
    bot_id = "B0S3MONITOR"
    dana = User("U0DANA00001", "dana", "Dana Reyes", "America/New_York")
    kofi = User("U0KOFI00001", "kofi", "Kofi Mensah", "Europe/Berlin")
    slackbot = User("USLACKBOT", "slackbot", "Slackbot", is_bot=True)
    pager = User("U0PAGER0001", "pager", "Pager", is_bot=True)

    def __init__(self, clock: Clock, app_name: str = "S3 Monitor") -> None:
        self.clock = clock
        self.bot = User("U0S3MONITOR", "s3monitor", app_name, is_bot=True)
        self.created = int(clock.now().timestamp())
        self.journal = Journal()
        self.users = {
            user.id: user for user in (self.bot, self.dana, self.kofi, self.slackbot, self.pager)
        }
        people = {self.dana.id, self.kofi.id}
        everyone = people | {self.bot.id}
        seeded = (
            Channel("C0GENERAL01", "general", "channel", set(everyone), "Company-wide"),
            Channel("C0S3COSTS01", "s3-costs", "channel", set(everyone), "What S3 holds and costs"),
            Channel("C0RANDOM001", "random", "channel", set(people), "Anything else"),
            Channel("C0FINOPS001", "finops", "group", set(everyone), "Budgets, in private"),
            Channel("D0DANA00001", "dana", "im", {self.dana.id, self.bot.id}),
            Channel("D0KOFI00001", "kofi", "im", {self.kofi.id, self.bot.id}),
        )
        self.channels = {channel.id: channel for channel in seeded}
        self.ephemerals: list[Json] = []
        self.files: dict[str, File] = {}
        self.views: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.statuses: dict[tuple[str, str], Json] = {}
        self._last_ts = 0
        self._ids = itertools.count(1)

    # --- finding ---------------------------------------------------------------------------

    def channel(self, name: str) -> Channel | None:
        """The conversation of this id, name or #name, or the DM with a user's id; else None."""
        if name in self.channels:
            return self.channels[name]
        for channel in self.channels.values():
            if channel.kind == "im":
                if name.startswith("U") and name in channel.members - {self.bot.id}:
                    return channel
            elif channel.name == name.removeprefix("#"):
                return channel
        return None

    def user(self, name: str) -> User | None:
        """The user of this id or name."""
        found = self.users.get(name)
        return found or next((user for user in self.users.values() if user.name == name), None)

    def new_id(self, prefix: str) -> str:
        """A fresh id such as `F0000000012`."""
        return f"{prefix}{next(self._ids):010d}"

    def new_ts(self) -> str:
        """A fresh message timestamp, later than any before it."""
        micros = max(int(self.clock.now().timestamp() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    # --- messages --------------------------------------------------------------------------

    def post(self, channel: Channel, message: Mapping[str, Any]) -> Json:
        """Store a message; its `ts` and ids of blocks are given here. Returns what is stored."""
        stored: Json = {"type": "message", **message, "team": self.team}
        stored["ts"] = self.new_ts()
        self._name_blocks(stored)
        root = channel.messages.get(stored.get("thread_ts", ""))
        if root is not None:
            stored["parent_user_id"] = root["user"]
            root["thread_ts"] = root["ts"]
            root["reply_count"] = root.get("reply_count", 0) + 1
            root["reply_users"] = sorted({*root.get("reply_users", []), stored["user"]})
            root["reply_users_count"] = len(root["reply_users"])
            root["latest_reply"] = stored["ts"]
        channel.messages[stored["ts"]] = stored
        if stored["user"] == self.bot.id:
            for key in ((channel.id, stored.get("thread_ts", "")), (channel.id, stored["ts"])):
                self.set_status(*key, "", ())
        self.journal.tell("message", channel.id, stored)
        return stored

    def change(self, channel: Channel, ts: str, parts: Mapping[str, Any], edited: bool) -> Json:
        """Replace the given parts of a stored message; a part given as None goes."""
        message = channel.messages[ts]
        for key, value in parts.items():
            if value is None:
                message.pop(key, None)
            else:
                message[key] = value
        if edited:
            message["edited"] = {"user": message["user"], "ts": self.new_ts()}
        self._name_blocks(message)
        self.journal.tell("message_changed", channel.id, message)
        return message

    def delete(self, channel: Channel, ts: str) -> Json:
        """Take a message away."""
        message = channel.messages.pop(ts)
        self.journal.tell("message_deleted", channel.id, message)
        return message

    def whisper(self, channel: Channel, user: str, message: Mapping[str, Any]) -> Json:
        """Store an ephemeral message that `user` alone sees."""
        stored: Json = {
            "type": "message", "user": self.bot.id, **message, "ts": self.new_ts(),
            "is_ephemeral": True, "channel": channel.id, "to": user,
        }  # fmt: skip
        self._name_blocks(stored)
        self.ephemerals.append(stored)
        self.journal.tell("ephemeral", channel.id, stored)
        return stored

    def unwhisper(self, ts: str) -> None:
        """Take an ephemeral message away."""
        for message in [each for each in self.ephemerals if each["ts"] == ts]:
            self.ephemerals.remove(message)
            self.journal.tell("ephemeral_deleted", message["channel"], message)

    def set_status(self, channel: str, thread_ts: str, status: str, loading: Iterable[str]) -> None:
        """Show `<App> <status>` under a thread; the empty status clears it."""
        shown: Json = {"thread_ts": thread_ts, "status": status, "loading_messages": list(loading)}
        if status:
            self.statuses[channel, thread_ts] = shown
        elif self.statuses.pop((channel, thread_ts), None) is None:
            return
        self.journal.tell("status", channel, shown)

    # --- views -----------------------------------------------------------------------------

    def keep_view(self, view: Mapping[str, Any], old: Json | None = None) -> Json:
        """A view as Slack gives it back: with id, hash and state. `old` is what it replaces."""
        number = next(self._ids)
        kept: Json = {
            "id": old["id"] if old else f"V{number:010d}", "team_id": self.team,
            "callback_id": "", "private_metadata": "", "external_id": "",
            "state": {"values": {}}, "clear_on_close": False, "notify_on_close": False,
            "previous_view_id": None, "app_id": self.app, "bot_id": self.bot_id,
            "app_installed_team_id": self.team, **view,
            "hash": hashlib.sha256(f"{number}".encode()).hexdigest()[:16],
        }  # fmt: skip
        kept["root_view_id"] = old["root_view_id"] if old else kept["id"]
        self._name_blocks(kept)
        self.views[kept["id"]] = kept
        return kept

    def _name_blocks(self, holder: Json) -> None:
        """Give blocks and their elements the ids that Slack makes up when there are none."""
        if "blocks" in holder:
            holder["blocks"] = [self._named(block) for block in holder["blocks"]]

    def _named(self, block: Json) -> Json:
        named = {"block_id": self.new_id("b"), **copy.deepcopy(block)}
        if "child_blocks" in named:
            named["child_blocks"] = [self._named(child) for child in named["child_blocks"]]
        for _, element in elements(named):
            if element["type"] != "image":
                element.setdefault("action_id", self.new_id("a"))
        return named

    # --- reading ---------------------------------------------------------------------------

    def history(self, channel: Channel) -> Iterator[Json]:
        """The channel's own messages, newest first: no replies but broadcast ones."""
        for message in reversed(channel.messages.values()):
            root = message.get("thread_ts") in (None, message["ts"])
            if root or message.get("subtype") == "thread_broadcast":
                yield message
