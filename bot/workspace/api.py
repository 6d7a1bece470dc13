"""What all Web API methods share: arguments, tokens, scopes, rate limits, and the table of them."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.workspace.state import Channel, Json, Workspace

if TYPE_CHECKING:
    from bot.workspace.delivery import Triggers
    from bot.workspace.events import Events


class ApiError(Exception):
    """An answer with `ok: false`. parts: what else the answer carries."""

    def __init__(self, code: str, /, **parts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.parts = parts

    def json(self) -> Json:
        """The answer's body."""
        return {"ok": False, "error": self.code, **self.parts}


def invalid_arguments(*messages: str) -> ApiError:
    """`invalid_arguments`, with what is wrong with them."""
    told = [f"[ERROR] {message}" for message in messages]
    return ApiError("invalid_arguments", response_metadata={"messages": told})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method. `arguments` are strings from a form, or JSON's values."""

    method: str
    arguments: Mapping[str, Any]
    workspace: Workspace
    scopes: frozenset[str]
    events: Events
    triggers: Triggers
    base_url: str
    open_link: Callable[[], str]

    def text(self, name: str, default: str | None = None) -> str:
        """A string argument; raises `invalid_arguments` when it is missing without a default."""
        value = self.arguments.get(name)
        if value is None or (value == "" and default is None):
            if default is None:
                raise invalid_arguments(f"missing required field: {name}")
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean argument, in any spelling that Slack takes."""
        value = self.arguments.get(name)
        if value is None:
            return default
        return str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds, else `invalid_limit`."""
        try:
            value = int(self.text(name, str(default)) or default)
        except ValueError as error:
            raise ApiError(f"invalid_{name}") from error
        if not least <= value <= most:
            raise ApiError(f"invalid_{name}")
        return value

    def structure(self, name: str, malformed: str) -> Any:
        """A JSON argument, which a form carries as a string; None when left out or empty."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ApiError(malformed) from error

    def channel(self, name: str = "channel") -> Channel:
        """The conversation, as far as the bot can see it; else `channel_not_found`."""
        found = self.workspace.channel(self.text(name))
        bot = self.workspace.bot.id
        if found is None or (found.kind != "channel" and bot not in found.members):
            raise ApiError("channel_not_found")
        return found

    def joined_channel(self, name: str = "channel") -> Channel:
        """A conversation that the bot is a member of; else `not_in_channel`."""
        found = self.channel(name)
        if self.workspace.bot.id not in found.members:
            raise ApiError("not_in_channel")
        return found


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method.

    scopes: the call needs any one of them; none means none is needed.
    per_minute: calls a minute; Slack's tiers 1 to 4 are 1, 20, 50 and 100.
    caller: whose token it takes: `bot`, `app` or empty when it takes none.
    """

    name: str
    handler: Handler
    scopes: tuple[str, ...]
    per_minute: int
    caller: str


METHODS: dict[str, Method] = {}

TIER_2, TIER_3, TIER_4 = 20, 50, 100


def method(
    name: str, *scopes: str, per_minute: int = TIER_3, caller: str = "bot"
) -> Callable[[Handler], Handler]:
    """Enter a handler in the table of methods."""

    def enter(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, scopes, per_minute, caller)
        return handler

    return enter


def check_scopes(entry: Method, granted: frozenset[str]) -> None:
    """Raise `missing_scope` when none of the method's scopes is granted."""
    if entry.scopes and not granted.intersection(entry.scopes):
        raise ApiError(
            "missing_scope", needed=",".join(entry.scopes), provided=",".join(sorted(granted))
        )


@dataclass(slots=True)
class RateLimits:
    """How often each method may be called. Off when `enforced` is false.

    per_minute: overrides by method, for tests. `chat.postMessage` counts by channel: Slack takes
    one a second there, with bursts.
    """

    enforced: bool = True
    per_minute: dict[str, int] = field(default_factory=dict)
    _calls: dict[tuple[str, str], deque[datetime]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def wait_s(self, entry: Method, channel: str, now: datetime) -> int | None:
        """Count a call; None when it may go ahead, else the seconds for `Retry-After`."""
        if not self.enforced:
            return None
        window = timedelta(minutes=1)
        allowed = self.per_minute.get(entry.name, entry.per_minute)
        calls = self._calls[entry.name, channel if entry.name == "chat.postMessage" else ""]
        while calls and now - calls[0] >= window:
            calls.popleft()
        if len(calls) < allowed:
            calls.append(now)
            return None
        oldest = calls[0] if calls else now
        return max(1, int((oldest + window - now).total_seconds()) + 1)
