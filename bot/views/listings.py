"""What is said about listings: what one would cost, how far it is, who stopped it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core.listings import BUDGET, Headway, Quote
from bot.core.outcome import Offer
from bot.core.query import Query
from bot.core.scan import ListingProgress, ScanEstimate
from bot.core.usage import Source
from bot.views.format import clean, count, dollars
from bot.views.message import (
    BUTTON_VALUE_CHARACTERS,
    SECTION_CHARACTERS,
    Block,
    Message,
    actions,
    button,
    context,
    cut,
    escape,
    section,
)
from bot.views.report import ASK
from bot.views.scan import duration, so_far, time_left

#: The action_id of the button that agrees to a listing begins so; the dollars agreed to follow,
#: and the button's value is the question.
LIST = "list"
#: That of the button that stops a listing, whose value is the measurement's id.
STOP = "stop"


def takes(quote: Quote) -> str:
    """What a listing takes, in one sentence; what nobody knows is said, and not left out."""
    what = count(quote.buckets, "bucket")
    rate = "A million objects cost about $0.005."
    if quote.counted:
        cost = ScanEstimate(quote.requests, quote.usd, quote.minutes)
        return (
            f"Listing {what}, about {count(quote.objects, 'object')}, costs "
            f"{_about(quote.usd)} and takes {duration(cost)}."
        )
    if quote.uncounted == quote.buckets:
        return f"Listing {what}: nobody knows how many objects, nor what that costs. {rate}"
    known = quote.buckets - quote.uncounted
    others = "other one holds" if quote.uncounted == 1 else f"other {quote.uncounted:,} hold"
    return (
        f"Listing {what}: about {count(quote.objects, 'object')} in {known:,} of them cost "
        f"{dollars(quote.usd)}, and nobody knows how many objects the {others}. {rate}"
    )


def _about(usd: Decimal) -> str:
    """`about $1.16`; `<$0.01` is vague enough."""
    price = dollars(usd)
    return price if price.startswith("<") else f"about {price}"


def offer(what: Offer) -> Message:
    """The price of an answer, and a button that agrees to it."""
    text = takes(what.quote)
    command = _command(what.query)
    agree = f"List for {dollars(what.quote.usd)}" if what.quote.counted else "List anyway"
    cheap = replace(what.query, source=Source.METRICS)
    choices = [
        button(label, action, str(query), style)
        for label, action, query, style in (
            (agree, f"{LIST}:{what.quote.price}", what.query, "primary"),
            ("Use metrics instead", f"{ASK}:0", cheap, ""),
        )
        # half a question would be another one
        if len(str(query)) <= BUTTON_VALUE_CHARACTERS
    ]
    buttons = [actions(*choices)] if choices else []
    return Message(f"{text}\n{command}", [section(text), *buttons, context(command)])


def agreed(query: Query, by: str) -> Message:
    """The offer, once somebody took it."""
    text = f"Listing, as {_person(by)} agreed …"
    return Message(text, [section(text), context(_command(query))])


def progress(at: Headway, query: Query) -> Message:
    """How far a listing is, with a button that stops it."""
    text = f"*Listing {count(at.to_list, 'bucket')}*: {' · '.join(_so_far(at))}"
    return _stoppable(text, at, query)


def announcement(at: Headway, query: Query) -> Message:
    """The same once and for all, where a message cannot be changed later."""
    expected = at.listing.expected if at.listing else None
    what = f"about {count(expected, 'object')}" if expected else "nobody knows how many objects"
    left = time_left(at.listing) if at.listing else ""
    text = f"*Listing {count(at.to_list, 'bucket')}*, {what}{f', {left}' if left else ''}."
    return _stoppable(f"{text} The answer follows.", at, query)


def _stoppable(text: str, at: Headway, query: Query) -> Message:
    command = _command(query)
    stop = [actions(button("Stop", STOP, at.id, "danger"))] if at.id else []
    plain = text.replace("*", "")
    return Message(f"{plain}\n{command}", [section(text), *stop, context(command)])


def _so_far(at: Headway) -> list[str]:
    listing = at.listing or ListingProgress(0, 0, 0.0, 0)
    parts = [so_far(listing)]
    if at.to_list > 1:
        parts.append(f"{at.listed:,} of {at.to_list:,} buckets done")
    parts += [time_left(listing)]
    parts.append(f"{dollars(at.usd)} so far")
    return [part for part in parts if part]


def stopped(by: str) -> str:
    """Who stopped the listing, as Slack's markup."""
    if by == BUDGET:
        return "Stopped, for today's budget for listings is spent: every number is at least that."
    return f"Stopped by {_person(by)}: every number is at least that."


def interrupted(query: Query) -> Message:
    """The bot itself was stopped half-way."""
    text = "The bot was restarted before this was answered. Ask again, and it goes on."
    value = str(query)
    again: list[Block] = []
    if len(value) <= BUTTON_VALUE_CHARACTERS:
        again = [actions(button("Ask again", f"{ASK}:0", value))]
    return Message(text, [section(text), *again, context(_command(query))])


def nothing_to_stop() -> Message:
    """An old button: the listing is over, or the bot was restarted since."""
    text = "There is nothing to stop: that listing has ended, or the bot was restarted since."
    return Message(text, [section(text)])


def taken_already() -> Message:
    """A second click on an offer."""
    text = "Somebody took that offer already."
    return Message(text, [section(text)])


def _command(query: Query) -> str:
    return cut(f"`{escape(clean(str(query), BUTTON_VALUE_CHARACTERS))}`", SECTION_CHARACTERS)


def _person(user: str) -> str:
    return f"<@{escape(clean(user, 40))}>"
