"""Everything the bot says that is not a report or a digest."""

from __future__ import annotations

from bot.core.advice import DIGEST_EXAMPLE, EXAMPLE
from bot.core.digest import Subscription
from bot.core.outcome import Status, Subscribed
from bot.core.query import Query
from bot.errors import Told
from bot.views.format import clean, count, day
from bot.views.message import (
    SECTION_CHARACTERS,
    TEXT_CHARACTERS,
    Message,
    context,
    cut,
    escape,
    header,
    section,
)

#: What `help` is headed by.
PURPOSE = "What an S3 estate holds and costs"

#: Words to type, and what they answer.
EXAMPLES = (
    (EXAMPLE, "what one region holds and costs"),
    ("report eu-* class=GLACIER by region", "the archives in Europe, by region"),
    ("report bucket=logs-*,-*-test sort=size top=10", "the ten largest log buckets"),
    ("bucket my-bucket", "one bucket in detail"),
    ("cost my-bucket", "what its dollars are made of"),
    ("bill", "last month's bill beside the estimate, where that is allowed"),
    (DIGEST_EXAMPLE, "a cost digest in this channel every Monday"),
    ("digest list", "this channel's digests; digest now 1 sends one"),
    ("status", "whether the bot is well, and what it can see"),
)

#: Options, and what they do. Their words come in any order.
OPTIONS = (
    ("region=us-east-1,eu-*", "names, globs or /regular expressions/; a leading - excludes"),
    ("class=  bucket=", "likewise"),
    ("group=region|class|bucket", "a row for each; the usual is bucket"),
    ("sort=cost|size|objects|name|newest|created", "the largest first; sort=-cost reverses"),
    ("top=10", "so many rows; totals are of all"),
    ("unit=auto|bytes|kB|MB|GB|TB|PB", "1 GB is 2^30 bytes, as AWS bills"),
    ("source=auto|metrics|list", "CloudWatch's daily numbers, or an exact listing"),
    ("fresh", "measure again now"),
    ("private", "an answer for you alone"),
)

#: How to go on.
NARROWING = "Reply to an answer to narrow it: `only glacier`, `in GB`, `by region`, `top 5`."


def problem(told: Told) -> Message:
    """What went wrong, and what to type next."""
    parts = [clean(part, SECTION_CHARACTERS) for part in (told.problem, told.advice) if part]
    text = cut(escape(" ".join(parts)), SECTION_CHARACTERS - 100)
    return Message(text, [section(f":warning: {text}")])


def working(query: Query) -> Message:
    """The first answer to a command: it is being worked on."""
    text = f"Measuring for `{escape(clean(str(query), 2_000))}` …"
    return Message(cut(text, SECTION_CHARACTERS), [context(text)])


def invite(name: str) -> str:
    """The hint where the bot may not post: only a posted answer has a thread to reply in."""
    return f"Type `/invite @{escape(name)}` to get answers that you can reply to in a thread."


def with_hint(message: Message, hint: str) -> Message:
    """The message and a line below it."""
    text = cut(message.text, TEXT_CHARACTERS - len(hint) - 1)
    return Message(f"{text}\n{hint}", [*message.blocks, context(hint)])


def usage(command: str = "/s3") -> Message:
    """`help`: examples first, then every option."""
    examples = "\n".join(f"`{f'{command} {words}'.strip()}`: {what}" for words, what in EXAMPLES)
    options = "\n".join(f"`{words}`: {what}" for words, what in OPTIONS)
    return Message(
        f"{PURPOSE}.\n{examples}\n{options}\n{NARROWING}",
        [header(PURPOSE), section(examples), section(options), context(NARROWING)],
    )


def version(number: str) -> Message:
    """`version`."""
    return _plain(f"s3monitor {number}")


def status(what: Status) -> Message:
    """`status`: a line a fact."""
    facts = [(name, clean(value, 300)) for name, value in what.facts]
    text = "\n".join(f"*{name}*: {escape(value)}" for name, value in facts)
    spoken = "\n".join(f"{name}: {escape(value)}" for name, value in facts)
    return Message(cut(spoken, SECTION_CHARACTERS), [header("Status"), section(text)])


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
        return _plain(f"This channel has no digest. Try `{DIGEST_EXAMPLE}`.")
    lines: list[str] = []
    room = SECTION_CHARACTERS - 100
    for each in found:
        what = escape(clean(str(each.query), 200))
        line = f"{each.id}. {escape(_when(each))}: `{what}`"
        room -= len(line) + 1
        if room < 0:
            lines.append(f"and {count(len(found) - len(lines), 'digest')} more")
            break
        lines.append(line)
    return _plain("\n".join(lines))


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
