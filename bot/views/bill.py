"""The bill beside the estimate: as a Slack message, for a terminal, and as a JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.core.bill import REQUEST_USD, Bill, Comparison
from bot.core.prices import Fee
from bot.views.cost import grid
from bot.views.document import time, usd
from bot.views.format import UNKNOWN, clean, count, day, dollars, listed, signed
from bot.views.message import TEXT_CHARACTERS, Message, context, cut, escape, header, section, table

_TITLES = ["What", "$ billed", "$ estimated", "Gap"]


#: Buckets, and the hours of the month in which no snapshot saw them.
Unseen = Sequence[tuple[str, int]]


def bill(data: Comparison, unseen: Unseen = ()) -> Message:
    """The bill beside the estimate, and the gap in its parts."""
    rows = _rows(data)
    head = f"S3 bill · {data.bill.month:%B %Y}"
    blocks = [
        header(head),
        section(f"*{escape(headline(data))}*"),
        table(_TITLES, rows, {1, 2, 3}),
    ]
    regions = _region_rows(data)
    small = [*_unseen(unseen), *remarks(data), *regions]
    blocks.append(context(*(escape(line) for line in small[:10])))
    spoken = [f"{head}: {headline(data)}.", *(f"{row[0]}: {row[1]}" for row in rows)]
    return Message(cut(escape("\n".join([*spoken, *small])), TEXT_CHARACTERS), blocks)


def drawn(data: Comparison, unseen: Unseen = ()) -> RenderableType:
    """The same for a terminal, with every region and price."""
    detail = [
        [
            row.region or UNKNOWN,
            row.price_key,
            dollars(row.billed),
            dollars(row.estimated),
            signed(dollars(row.gap)),
        ]
        for row in data.storage
    ]
    titles = ["Region", "Storage", "$ billed", "$ estimated", "Gap"]
    return Group(
        Text(f"S3 bill · {data.bill.month:%B %Y}", style="bold"),
        Text(headline(data)),
        grid(_TITLES, _rows(data), {1, 2, 3}),
        grid(titles, detail, {2, 3, 4}),
        *(Text(line, style="dim") for line in (*_unseen(unseen), *remarks(data))),
    )


def headline(data: Comparison) -> str:
    """`$1,350.12 billed · $1,215.00 estimated · +$12.10 unexplained`."""
    bound = "at least " if data.at_least else ""
    return (
        f"{dollars(data.billed)} billed · {bound}{dollars(data.estimated)} estimated · "
        f"{signed(dollars(data.unexplained))} unexplained"
    )


def remarks(data: Comparison) -> list[str]:
    """When it was read, for what, and whether AWS may still change it."""
    read = data.bill
    who = listed(sorted(read.accounts), 5) if read.accounts else "every account the payer sees"
    lines = [
        f"Cost Explorer, read {day(read.read_at)} for {who}: "
        f"{count(read.requests, 'request')} at {dollars(REQUEST_USD)}, kept for a day"
    ]
    if not read.final:
        lines.append("AWS still adds to this month")
    return lines


def _unseen(unseen: Unseen) -> list[str]:
    if not unseen:
        return []
    names = listed([clean(name, 64) for name, _ in unseen], 5)
    return [f"Not estimated for all of the month, because not measured all the time: {names}"]


def document(data: Comparison, command: str, unseen: Unseen = ()) -> dict[str, Any]:
    """Billed = estimated + the parts + unexplained, in decimal strings."""
    return {
        "command": command,
        "month": f"{data.bill.month:%Y-%m}",
        "final": data.bill.final,
        "read_at": time(data.bill.read_at),
        "requests": data.bill.requests,
        "billed_usd": usd(data.billed),
        "estimated_usd": usd(data.estimated),
        "at_least": data.at_least,
        "parts": {kind.value: usd(amount) for kind, amount in data.parts.items()},
        "unexplained_usd": usd(data.unexplained),
        "storage": [
            {
                "region": row.region,
                "price_key": row.price_key,
                "billed_usd": usd(row.billed),
                "estimated_usd": usd(row.estimated),
                "billed_quantity": usd(row.billed_quantity),
                "estimated_quantity": usd(row.estimated_quantity),
            }
            for row in data.storage
        ],
        "lines": _lines(data.bill),
        "unseen": [{"bucket": bucket, "hours": hours} for bucket, hours in unseen],
    }


def _lines(read: Bill) -> list[dict[str, Any]]:
    return [
        {
            "usage_type": line.usage_type,
            "record_type": line.record_type,
            "region": line.region,
            "kind": line.kind.value,
            "quantity": usd(line.quantity),
            "unit": line.unit,
            "usd": usd(line.usd),
        }
        for line in read.lines
    ]


def _rows(data: Comparison) -> list[list[str]]:
    """Storage, whose gap is the unexplained rest, then what else was billed, then all."""
    storage = data.billed - sum(data.parts.values(), Decimal(0))
    rows = [("storage", storage, dollars(data.estimated), data.unexplained)]
    rows += [(kind.value, part, UNKNOWN, part) for kind, part in data.parts.items() if part]
    rows.append(("total", data.billed, dollars(data.estimated), data.gap))
    return [
        [what, dollars(amount), known, signed(dollars(gap))] for what, amount, known, gap in rows
    ]


def _region_rows(data: Comparison) -> list[str]:
    """The storage whose bill is furthest from the estimate."""
    far = sorted(data.storage, key=lambda row: -abs(row.gap))[:5]
    return [
        f"{row.region or 'unknown region'} {_tier_name(row.price_key)}: {dollars(row.billed)} "
        f"billed, {dollars(row.estimated)} estimated"
        for row in far
        if abs(row.gap) >= 1
    ]


def _tier_name(price_key: str) -> str:
    return "monitoring" if price_key == Fee.MONITORING else price_key
