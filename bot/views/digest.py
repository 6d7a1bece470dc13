"""The weekly digest: what moved and by how much, then what all of it costs now."""

from __future__ import annotations

from datetime import datetime
from decimal import Context, Decimal

from bot.core.change import Change, Move
from bot.core.digest import Digest
from bot.core.units import Unit
from bot.views.columns import NAME_CHARACTERS
from bot.views.format import clean, count, day, dollars, listed, signed, size
from bot.views.message import (
    TEXT_CHARACTERS,
    Message,
    context,
    cut,
    escape,
    header,
    section,
    table,
)
from bot.views.report import asking, headline, remarks

MOST_MOVERS = 10
TITLES = ["Bucket", "Change / month", "Now / month", "Size change", "Size now"]
RIGHT = {1, 2, 3, 4}

_CENT = Decimal("0.01")
_WIDE = Context(prec=1_000)


def digest(data: Digest, now: datetime) -> Message:
    """The change first, then its movers, then the small print."""
    unit = data.report.query.unit
    rows = [mover(move, unit) for move in movers(data)]
    first, *others = lead(data)
    lines = [f"*{escape(first)}*", *(escape(line) for line in others)]
    blocks = [header(title(data)), section("\n".join(lines))]
    if rows:
        blocks.append(table(TITLES, rows, RIGHT))
    print_ = small(data, now)
    blocks.append(context(*(escape(line) for line in print_)))
    blocks.append(asking([("Whole report", data.report.query)]))
    spoken = [f"{title(data)}: {first}.", *others]
    spoken += [f"{row[0]}: {row[1]} a month, now {row[2]} and {row[4]}" for row in rows[:5]]
    return Message(cut(escape("\n".join([*spoken, *print_])), TEXT_CHARACTERS), blocks)


def title(data: Digest) -> str:
    """`S3 digest`, with the question's words."""
    return clean(f"S3 digest · {data.subscription.query.words}".rstrip(" ·"), 300)


def lead(data: Digest) -> list[str]:
    """What changed, what moved most, what all of it is now: a sentence each."""
    now = headline(data.report)
    change = data.change
    if change is None:
        return [now, "Nothing to compare with yet: the next digest says what changed."]
    moved = change.movers
    since = day(change.since)
    if not moved:
        return [f"Nothing moved since {since}", f"{now}."]
    changed = f"{_usd(change.usd)} a month{_percent(change)} and {_bytes(change.bytes, data)}"
    return [f"{changed} since {since}", _who(moved), f"Now {now[0].lower()}{now[1:]}."]


def movers(data: Digest) -> tuple[Move, ...]:
    """Those that have a row."""
    return data.change.movers[:MOST_MOVERS] if data.change else ()


def mover(move: Move, unit: Unit) -> list[str]:
    """The cells of a row of `TITLES`."""
    state = " (new)" if move.new else " (gone)" if move.gone else ""
    priced = move.usd_before is not None and move.usd_after is not None
    return [
        clean(move.bucket, NAME_CHARACTERS) + state,
        _usd(move.usd) if priced else "not priced",
        "not priced" if move.usd_after is None else dollars(move.usd_after),
        signed(size(move.bytes, unit)) if move.bytes else "±0",
        size(move.bytes_after, unit),
    ]


def totals(data: Digest) -> list[str]:
    """The line below the movers: all that could be compared, those without a row too."""
    change, unit = data.change, data.report.query.unit
    if change is None:
        return ["", "", "", "", ""]
    return [
        f"Total of {count(len(change.moves), 'bucket')}",
        _usd(change.usd),
        dollars(change.usd_after),
        _bytes(change.bytes, data),
        size(sum(move.bytes_after for move in change.moves), unit),
    ]


def small(data: Digest, now: datetime) -> list[str]:
    """What could not be compared, where the numbers come from, when the next one comes."""
    lines = []
    change = data.change
    rest = len(change.movers) - MOST_MOVERS if change else 0
    if rest > 0:
        lines.append(f"{count(rest, 'bucket')} more moved, each by less")
    if change and change.incomparable:
        names = [clean(name, NAME_CHARACTERS) for name in change.incomparable]
        lines.append(f"Not compared, because not measured alike both times: {listed(names, 5)}")
    lines += remarks(data.report, now)
    number = data.subscription.id
    following = f", next on {day(data.next)}" if data.next else ""
    lines.append(f"Digest {number}{following}. `digest remove {number}` ends it.")
    return lines


def _who(moved: tuple[Move, ...]) -> str:
    first = moved[0]
    name = clean(first.bucket, NAME_CHARACTERS)
    if first.new:
        told = f"{name} is new ({_usd(first.usd)})"
    elif first.gone:
        told = f"{name} is gone ({_usd(first.usd)})"
    else:
        told = f"{name} moved most ({_usd(first.usd)})"
    rest = len(moved) - 1
    return f"{told}; {count(rest, 'other')} moved too." if rest else f"{told}; no other moved."


def _percent(change: Change) -> str:
    """` (+2.1 %)`; nothing where it was next to nothing before, or has grown beyond compare."""
    if change.usd_before < _CENT:
        return ""
    percent = _WIDE.divide(100 * change.usd, change.usd_before).quantize(
        Decimal("0.1"), context=_WIDE
    )
    if abs(percent) >= 1_000:
        return ""
    return f" ({signed(str(percent))} %)" if percent else ""


def _usd(amount: Decimal) -> str:
    return signed(dollars(amount)) if amount else "±$0.00"


def _bytes(amount: int, data: Digest) -> str:
    return signed(size(amount, data.report.query.unit)) if amount else "±0 bytes"
