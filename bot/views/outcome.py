"""Whatever came of a command, as a Slack message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core.digest import Digest
from bot.core.outcome import (
    Answer,
    Billed,
    Costs,
    Offer,
    Outcome,
    Status,
    Subscribed,
    Subscribers,
    Unsubscribed,
)
from bot.core.query import Plain
from bot.core.report import Report
from bot.views import replies
from bot.views.bill import bill
from bot.views.bill import document as bill_document
from bot.views.cost import cost
from bot.views.cost import document as cost_document
from bot.views.digest import digest
from bot.views.document import document as report_document
from bot.views.listings import offer
from bot.views.message import Message
from bot.views.report import report


def outcome(what: Outcome, now: datetime, *, command: str, version: str) -> Message:
    """The message. `command` is what the slash command is called, `version` the bot's own."""
    if isinstance(what, Report):
        return report(what, now)
    if isinstance(what, Costs):
        return cost(what.breakdown, now, what.query.words)
    if isinstance(what, Billed):
        return bill(what.comparison, what.unseen)
    if isinstance(what, Offer):
        return offer(what)
    if isinstance(what, Digest):
        return digest(what, now)
    if isinstance(what, Subscribed):
        return replies.subscribed(what)
    if isinstance(what, Subscribers):
        return replies.subscriptions(what.found)
    if isinstance(what, Unsubscribed):
        return replies.unsubscribed(what.id)
    if isinstance(what, Status):
        return replies.status(what)
    return replies.usage(command) if what is Plain.HELP else replies.version(version)


def document(what: Answer) -> dict[str, Any]:
    """An answer's JSON document, described in docs/json.md."""
    if isinstance(what, Report):
        return report_document(what)
    if isinstance(what, Costs):
        return cost_document(what.breakdown, str(what.query))
    return bill_document(what.comparison, str(what.asked), what.unseen)
