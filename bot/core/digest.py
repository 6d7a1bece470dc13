"""A channel's subscription, and what it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.change import Change
from bot.core.query import Query
from bot.core.report import Report
from bot.core.schedule import Weekly


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that wants a digest. `id` is its number in `digest list`; `user` asked for it."""

    id: int
    channel: str
    schedule: Weekly
    query: Query
    user: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """One week's digest. `change` is None while there is nothing a week old to compare with.

    next: when the next one comes; None for one sent out of turn.
    """

    subscription: Subscription
    report: Report
    change: Change | None
    next: datetime | None = None
