"""How single values are written: sizes, dollars, counts, dates, and other people's text."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from bot.core.units import Unit

#: Stands for what is not known. Never a zero.
UNKNOWN = "\N{EN DASH}"

_CENT = Decimal("0.01")


def size(bytes: int, unit: Unit = Unit.AUTO) -> str:
    """`3.00 TB`, `512 bytes`; `<0.01 TB` for what would round to nothing but is not nothing."""
    fitted = unit.fit(bytes)
    if fitted is Unit.BYTES or not bytes:
        return f"{bytes:,} {fitted.value if fitted is not Unit.BYTES or bytes != 1 else 'byte'}"
    scaled = (Decimal(bytes) / fitted.bytes).quantize(_CENT, ROUND_HALF_UP)
    return f"{scaled:,} {fitted}" if scaled else f"{'-' * (bytes < 0)}<0.01 {fitted}"


def dollars(usd: Decimal | None) -> str:
    """`$1,215.00`; `<$0.01` for less than half a cent that is not nothing."""
    if usd is None:
        return UNKNOWN
    cents = usd.quantize(_CENT, ROUND_HALF_UP)
    if not cents:
        return "<$0.01" if usd else "$0.00"
    return f"{'-' * (cents < 0)}${abs(cents):,}"


def count(number: int | None, noun: str = "") -> str:
    """`1,234`, or with a noun `1 bucket`, `2 buckets`; a dash when not known."""
    if number is None:
        return f"{UNKNOWN} {noun}s" if noun else UNKNOWN
    return f"{number:,} {noun}{'s' * (number != 1)}" if noun else f"{number:,}"


def signed(text: str) -> str:
    """A change with its sign: `+$3.00`; a true minus for what shrank."""
    return f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else f"+{text}"


def day(moment: datetime | None) -> str:
    """`2026-11-22`, the day in UTC."""
    return moment.strftime("%Y-%m-%d") if moment else UNKNOWN


def age(span: timedelta) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `2 days ago`."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"


def clean(text: str, most: int) -> str:
    """Somebody's text on one line, at most `most` characters, nothing invisible in it.

    Control characters and direction overrides could fake what surrounds the name.
    """
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def listed(items: list[str], most: int, noun: str = "more") -> str:
    """`a, b, c and 4 more`."""
    head, rest = items[:most], len(items) - most
    if rest > 0:
        return f"{', '.join(head)} and {rest:,} {noun}"
    return " and ".join([", ".join(head[:-1]), head[-1]]) if len(head) > 1 else "".join(head)
