"""The weekly digest as a Slack message: what it costs now, what moved, by how much."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from bot.core.change import Change, Move
from bot.core.digest import Digest
from bot.core.units import Unit
from bot.views.format import clean, count, day, dollars, listed, signed, size
from bot.views.message import Message, actions, button, context, cut, escape, header, section, table
from bot.views.report import ASK, headline, remarks

MOST_MOVERS = 10
_TITLES = ["Bucket", "Change / month", "Now / month", "Size change", "Size now"]


def digest(data: Digest, now: datetime) -> Message:
    """The change first, then its movers, then the small print."""
    unit = data.report.query.unit
    what = f"S3 digest · {data.subscription.query.words}".rstrip(" ·")
    movers = data.change.movers[:MOST_MOVERS] if data.change else ()
    lead = _lead(data)
    blocks = [header(what), section(f"*{escape(headline(data.report))}*\n{escape(lead)}")]
    if movers:
        blocks.append(table(_TITLES, [_mover(move, unit) for move in movers], {1, 2, 3, 4}))
    small = _small(data, now)
    blocks.append(context(*(escape(line) for line in small)))
    blocks.append(actions(button("Whole report", f"{ASK}:0", str(data.report.query))))
    spoken = [f"{what}: {headline(data.report)}.", lead]
    spoken += [_sentence(move, unit) for move in movers[:5]]
    return Message(cut(escape("\n".join([*spoken, *small])), 4_000), blocks)


def _lead(data: Digest) -> str:
    """What changed, in one sentence."""
    change = data.change
    if change is None:
        return "Nothing to compare with yet: the next digest says what changed."
    since = day(change.since)
    movers = change.movers
    if not movers:
        return f"Nothing moved since {since}."
    sizes = signed(size(change.bytes, data.report.query.unit))
    return f"{_usd(change.usd)} a month{_percent(change)} and {sizes} since {since}; {_who(movers)}"


def _who(movers: tuple[Move, ...]) -> str:
    first = movers[0]
    name = clean(first.bucket, 64)
    if first.new:
        told = f"{name} is new"
    elif first.gone:
        told = f"{name} is gone"
    else:
        told = f"{name} moved most ({_usd(first.usd)})"
    rest = len(movers) - 1
    return f"{told}, {count(rest, 'other')} moved." if rest else f"{told}."


def _percent(change: Change) -> str:
    if not change.usd_before:
        return ""
    percent = (100 * change.usd / change.usd_before).quantize(Decimal("0.1"))
    return f" ({signed(str(percent))} %)"


def _usd(amount: Decimal) -> str:
    return signed(dollars(amount)) if amount else "±$0.00"


def _mover(move: Move, unit: Unit) -> list[str]:
    state = " (new)" if move.new else " (gone)" if move.gone else ""
    return [
        clean(move.bucket, 64) + state,
        _usd(move.usd),
        dollars(move.usd_after),
        signed(size(move.bytes, unit)) if move.bytes else "±0",
        size(move.bytes_after, unit),
    ]


def _sentence(move: Move, unit: Unit) -> str:
    name, change, now, _, held = _mover(move, unit)
    return f"{name}: {change} a month, now {now} and {held}"


def _small(data: Digest, now: datetime) -> list[str]:
    lines = remarks(data.report, now)
    if data.change and data.change.incomparable:
        names = [clean(name, 64) for name in data.change.incomparable]
        lines.append(f"Not compared, because not measured both times: {listed(names, 5)}")
    if data.next:
        lines.append(
            f"Digest {data.subscription.id}, next on {day(data.next)}. "
            f"/s3 digest remove {data.subscription.id} ends it."
        )
    return lines
