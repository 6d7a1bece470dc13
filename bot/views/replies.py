"""Everything the bot says that is not a report or a digest."""

from __future__ import annotations

from bot.core.digest import Subscription
from bot.core.language import DIGEST_EXAMPLE, EXAMPLE
from bot.core.outcome import Status, Subscribed
from bot.core.query import Query
from bot.errors import Told
from bot.views.format import clean, day
from bot.views.message import Message, context, escape, header, section


def problem(told: Told) -> Message:
    """What went wrong, and what to type next."""
    text = escape(str(told))
    return Message(text, [section(f":warning: {text}")])


def working(query: Query) -> Message:
    """The first answer to a command: it is being worked on."""
    text = f"Measuring for `{escape(str(query))}` …"
    return Message(text, [context(text)])


def invite(name: str) -> str:
    """The hint where the bot may not post: only a posted answer has a thread to reply in."""
    return f"Type `/invite @{escape(name)}` to get answers that you can reply to in a thread."


def with_hint(message: Message, hint: str) -> Message:
    """The message and a line below it."""
    return Message(f"{message.text}\n{hint}", [*message.blocks, context(hint)])


_EXAMPLES = (
    (EXAMPLE, "what one region holds and costs"),
    ("report eu-* class=GLACIER,DEEP_ARCHIVE group=region", "archives in Europe, by region"),
    ("report bucket=logs-*,-*-test sort=size top=10", "the ten largest log buckets"),
    ("bucket my-bucket", "one bucket in detail"),
    (DIGEST_EXAMPLE, "a cost digest in this channel every Monday"),
    ("digest list", "this channel's digests; `digest remove 1`, `digest now 1`"),
    ("status", "whether the bot is well, and what it can see"),
)

_OPTIONS = (
    "`region=` `class=` `bucket=` take names, globs and `/regular expressions/`, with commas; "
    "a leading `-` excludes",
    "`group=region|class|bucket`  `sort=cost|size|objects|name|newest|created` (`-` reverses)  "
    "`top=10`",
    "`unit=auto|bytes|kB|MB|GB|TB|PB` (1 GB is 2^30 bytes, as AWS bills)  "
    "`source=auto|metrics|list`  `fresh`  `private`",
)


def usage(command: str = "/s3") -> Message:
    """`help`: examples first, then every option."""
    examples = "\n".join(
        f"`{command} {words}`: {what}".replace("` :", "`:") for words, what in _EXAMPLES
    )
    options = "\n".join(_OPTIONS)
    hint = "Reply in an answer's thread to narrow it: `only glacier`, `in GB`, `by region`."
    text = f"What an S3 estate holds and costs.\n{examples}\n{options}\n{hint}"
    return Message(
        text,
        [
            header("What an S3 estate holds and costs"),
            section(examples),
            section(options),
            context(hint),
        ],
    )


def version(number: str) -> Message:
    """`version`."""
    return _plain(f"s3monitor {number}")


def status(what: Status) -> Message:
    """`status`: a line a fact."""
    text = "\n".join(f"*{name}*: {escape(clean(value, 300))}" for name, value in what.facts)
    return Message(text, [header("Status"), section(text)])


def subscribed(what: Subscribed) -> Message:
    """A digest was added."""
    added = what.subscription
    return _plain(
        f"Digest {added.id}: {escape(_when(added))}, first on {day(what.first)}. "
        f"`digest now {added.id}` sends it at once, `digest remove {added.id}` ends it."
    )


def subscriptions(found: tuple[Subscription, ...]) -> Message:
    """`digest list`."""
    if not found:
        text = f"This channel has no digest. Try `{DIGEST_EXAMPLE}`."
    else:
        lines = [f"{each.id}. {_when(each)}: `{escape(str(each.query))}`" for each in found]
        text = "\n".join(lines)
    return _plain(text)


def unsubscribed(id: int) -> Message:
    """`digest remove`."""
    return _plain(f"Digest {id} is removed.")


def broken() -> Message:
    """Something is wrong with the bot itself."""
    return _plain("Something went wrong inside s3monitor; its log says what. Please ask again.")


def _plain(text: str) -> Message:
    return Message(text, [section(text)])


def _when(subscription: Subscription) -> str:
    plan = subscription.schedule
    return f"every {plan.day} at {plan.hour:02}:{plan.minute:02} ({plan.zone})"
