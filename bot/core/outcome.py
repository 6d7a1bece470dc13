"""What came of a command: a value, drawn as a message or as text by the views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.digest import Digest, Subscription
from bot.core.query import Plain
from bot.core.report import Report


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, and in which channel."""

    user: str
    channel: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A digest was added; `first` is when it is sent first."""

    subscription: Subscription
    first: datetime


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The digests of a channel."""

    found: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The digest of that number is no more."""

    id: int


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the bot is well: a (name, value) a fact."""

    facts: tuple[tuple[str, str], ...]


Outcome = Report | Digest | Subscribed | Subscribers | Unsubscribed | Status | Plain
