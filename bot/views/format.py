"""How single values are written: sizes, dollars, counts, dates, and other people's text."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from bot.core.units import Unit

#: Stands for what is not known. Never a zero.
UNKNOWN = "\N{EN DASH}"

_CENT = Decimal("0.01")
#: Wide enough for any sum: the usual 28 digits would refuse to round a larger one.
_WIDE = Context(prec=1_000)


def size(bytes: int, unit: Unit = Unit.AUTO) -> str:
    """`3.00 TB`, `512 bytes`; `<0.01 TB` for what would round to nothing but is not nothing.

    Halves of a hundredth are rounded away from zero, exactly.
    """
    fitted = unit.fit(bytes)
    if fitted is Unit.BYTES or not bytes:
        return f"{bytes:,} {fitted.value if fitted is not Unit.BYTES or bytes != 1 else 'byte'}"
    hundredths = _hundredths(bytes, fitted)
    if unit is Unit.AUTO and hundredths >= 102_400:
        # 1,024.00 MB is 1.00 GB; nothing but rounding leads here, and not to more than PB
        larger = fitted.larger
        fitted, hundredths = larger, _hundredths(bytes, larger)
    sign = "-" * (bytes < 0)
    if not hundredths:
        return f"{sign}<0.01 {fitted}"
    return f"{sign}{hundredths // 100:,}.{hundredths % 100:02} {fitted}"


def _hundredths(bytes: int, unit: Unit) -> int:
    """How many hundredths of the unit, without the sign, halves rounded up."""
    return (200 * abs(bytes) + unit.bytes) // (2 * unit.bytes)


def dollars(usd: Decimal | None) -> str:
    """`$1,215.00`; `<$0.01` for less than half a cent that is not nothing."""
    if usd is None:
        return UNKNOWN
    cents = usd.quantize(_CENT, ROUND_HALF_UP, _WIDE)
    sign = "-" * (usd < 0)
    if not cents:
        return f"{sign}<$0.01" if usd else "$0.00"
    # not abs(), which would round it to 28 digits again
    return f"{sign}${cents.copy_abs():,}"


def count(number: int | None, noun: str = "") -> str:
    """`1,234`, or with a noun `1 bucket`, `2 buckets`; a dash or words when not known."""
    if number is None:
        return f"{noun} count not known" if noun else UNKNOWN
    return f"{number:,} {noun}{'s' * (number != 1)}" if noun else f"{number:,}"


def signed(text: str) -> str:
    """A change with its sign: `+$3.00`; a true minus for what shrank."""
    return f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else f"+{text}"


def day(moment: datetime | None) -> str:
    """`2026-11-22`, the day in UTC."""
    return moment.strftime("%Y-%m-%d") if moment else UNKNOWN


def minute(moment: datetime | None) -> str:
    """`2026-11-22 09:30 UTC`."""
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else UNKNOWN


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
    shown = _visible(text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def middle(text: str, most: int) -> str:
    """The same, but cut in the middle: the end of a key tells more than its middle."""
    shown = _visible(text)
    if len(shown) <= most:
        return shown
    tail = most // 2
    return f"{shown[: most - 1 - tail]}…{shown[len(shown) - tail :]}"


def _visible(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def listed(items: list[str], most: int, noun: str = "more") -> str:
    """`a, b, c and 4 more`."""
    head, rest = items[:most], len(items) - most
    if rest > 0:
        return f"{', '.join(head)} and {rest:,} {noun}"
    return " and ".join([", ".join(head[:-1]), head[-1]]) if len(head) > 1 else "".join(head)


def why(reason: str | None, permission: str | None) -> str:
    """`, access denied (needs s3:ListBucket)`, to follow what has no numbers; or nothing."""
    if not reason:
        return ""
    needs = f" (needs {clean(permission, 64)})" if permission else ""
    return f", {clean(reason, 300)}{needs}"
