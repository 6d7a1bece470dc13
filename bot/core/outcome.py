"""What came of a command: a value, drawn as a message or as text by the views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.bill import Comparison
from bot.core.breakdown import Breakdown
from bot.core.charges import Doubt
from bot.core.digest import Digest, Subscription
from bot.core.listings import Quote
from bot.core.query import BillAsked, Plain, Query
from bot.core.report import Report
from bot.core.usage import Skipped


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


@dataclass(frozen=True, slots=True)
class Costs:
    """What the buckets of a question cost, taken apart; and what could not be measured."""

    query: Query
    breakdown: Breakdown
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Billed:
    """A month's bill beside its estimate.

    unseen: by bucket, the month's hours of which no snapshot tells; their cost is not estimated.
    """

    asked: BillAsked
    comparison: Comparison
    unseen: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A question that was not answered yet: listing for it takes so much, and nobody agreed."""

    query: Query
    quote: Quote


#: What a question comes to.
Answer = Report | Costs | Billed
Outcome = Answer | Offer | Digest | Subscribed | Subscribers | Unsubscribed | Status | Plain


def complete(what: Answer) -> bool:
    """Whether nothing was skipped, measured in part, or never measured."""
    if isinstance(what, Report):
        return what.complete
    if isinstance(what, Costs):
        doubts = {doubt for each in what.breakdown.doubts.values() for doubt in each}
        return not what.skipped and not doubts & {Doubt.INCOMPLETE, Doubt.NOT_MEASURED}
    return not what.unseen
