"""The cost breakdown: as a Slack message, for a terminal, and as a JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.core.breakdown import NOT_INCLUDED, Breakdown, Part
from bot.core.charges import Component, Doubt, Reason, Unpriced
from bot.core.pools import CostLine, Pool
from bot.core.units import Unit
from bot.core.usage import GB
from bot.views.document import usd
from bot.views.format import UNKNOWN, clean, count, dollars, listed, size
from bot.views.message import (
    TEXT_CHARACTERS,
    Block,
    Message,
    context,
    cut,
    escape,
    fitting,
    header,
    section,
    table,
)

#: Prices older than this are remarked upon.
OLD_PRICES = timedelta(days=90)

_TITLES = ["Storage class", "For", "$ / month", "Billed", "Buckets"]
_RIGHT = {2, 3, 4}

_WORDS = {
    Component.STORAGE: "storage",
    Component.MINIMUM_SIZE: "128 KB minimum size",
    Component.ARCHIVE_INDEX: "archive index, 32 KB an object",
    Component.ARCHIVE_NAMES: "archive names, 8 KB an object",
    Component.OTHER_OVERHEAD: "other overhead",
    Component.NONCURRENT: "noncurrent versions",
    Component.UNFINISHED: "unfinished uploads",
    Component.MONITORING: "monitoring fee",
}

_TIERS = {
    "INTELLIGENT_TIERING_FA": "Frequent Access",
    "INTELLIGENT_TIERING_IA": "Infrequent Access",
    "INTELLIGENT_TIERING_AIA": "Archive Instant Access",
    "INTELLIGENT_TIERING_AA": "Archive Access",
    "INTELLIGENT_TIERING_DAA": "Deep Archive Access",
    "GLACIER_STAGING": "staged",
}

_DOUBTS = {
    Doubt.INCOMPLETE: "measured in part",
    Doubt.NOT_MEASURED: "not measured",
    Doubt.VERSIONS_UNSEEN: "listed without noncurrent versions",
    Doubt.UPLOADS_UNSEEN: "listed without unfinished uploads",
    Doubt.SIZES_NOT_KNOWN: "object sizes not known",
    Doubt.TIER_NOT_KNOWN: "access tiers not seen by a listing",
    Doubt.MONITORED_NOT_KNOWN: "monitored objects not counted by metrics",
}

#: Segments of a pie; the last is all the rest. Pages of Slack's disagree: at most 6, or 12.
_SEGMENTS = 5


def cost(data: Breakdown, now: datetime, subject: str = "") -> Message:
    """The breakdown as a message: headline, table, chart, small print.

    subject: what was asked for, a bucket's name or filters; empty for the whole estate.
    """
    rows = [_row(part) for part in data.parts]
    rows = rows[: fitting(_TITLES, rows)]
    head = title(subject)
    blocks: list[Block] = [header(head), section(f"*{escape(headline(data))}*")]
    if rows:
        blocks.append(table(_TITLES, rows, _RIGHT))
    chart = _pie(data)
    if chart:
        blocks.append(chart)
    small = remarks(data, now)
    blocks.append(context(*(escape(line) for line in small)))
    spoken = [f"{head}: {headline(data)}."]
    spoken += [f"{row[0]}, {row[1]}: {row[2]} a month" for row in rows[:10]]
    text = cut(escape("\n".join([*spoken, *small])), TEXT_CHARACTERS)
    return Message(text, blocks)


def drawn(data: Breakdown, now: datetime, subject: str = "") -> RenderableType:
    """The same for a terminal."""
    parts: list[RenderableType] = [
        Text(title(subject), style="bold"),
        Text(headline(data)),
    ]
    if data.parts:
        parts.append(grid(_TITLES, [_row(part) for part in data.parts], _RIGHT))
    parts += [Text(line, style="dim") for line in remarks(data, now)]
    return Group(*parts)


def title(subject: str = "") -> str:
    """`S3 cost`, with what it is of."""
    return f"S3 cost · {clean(subject, 100)}" if subject else "S3 cost"


def headline(data: Breakdown) -> str:
    """`At least $70.66 a month · $2.12 of it overhead`, or a range where both ends are known."""
    if not data.lines:
        return "Nothing that has a price"
    if not data.at_least:
        line = f"{dollars(data.total)} a month"
    elif data.most is not None:
        line = f"{dollars(data.total)} to {dollars(data.most)} a month"
    else:
        line = f"At least {dollars(data.total)} a month"
    words = [line, count(len(data.buckets), "bucket")]
    if data.overhead:
        words.append(f"{dollars(data.overhead)} of it overhead")
    return " · ".join(words)


def remarks(data: Breakdown, now: datetime) -> list[str]:
    """What the figure rests on, what it leaves out, and why it may be more."""
    lines = [_priced(data.as_of, data.oldest_price, now)]
    if data.terms.discounted:
        off = data.list_total - data.total
        lines.append(f"After your discount of {dollars(off)} from {dollars(data.list_total)}")
    lines += [_minimum(part) for part in data.parts if _remarkable(part)]
    lines += _unpriced(data.unpriced)
    why: dict[Doubt, list[str]] = {}
    for bucket, doubts in sorted(data.doubts.items()):
        for doubt in doubts:
            why.setdefault(doubt, []).append(clean(bucket, 64))
    if data.at_least:
        lines += [f"{_DOUBTS[doubt].capitalize()}: {listed(why[doubt], 5)}" for doubt in why]
    lines.append(f"Not included: {listed(list(NOT_INCLUDED), len(NOT_INCLUDED))}")
    return lines[:10]


def _priced(as_of: date, oldest: date | None, now: datetime) -> str:
    line = f"Storage at list prices of {as_of.isoformat()}"
    if oldest is not None and now.date() - oldest > OLD_PRICES:
        line += f", the oldest of them read on {oldest.isoformat()} (more than 90 days ago)"
    return line


def _remarkable(part: Part) -> bool:
    return part.component is Component.MINIMUM_SIZE and part.usd >= 1


def _minimum(part: Part) -> str:
    return (
        f"{dollars(part.usd)} of this is the 128 KB minimum of {part.storage_class}: "
        f"{size(part.bytes)} that no object holds"
    )


def _unpriced(items: Iterable[Unpriced]) -> list[str]:
    said: dict[str, None] = {}
    for item in items:
        kind = clean(item.kind, 40) or _WORDS[item.component]
        what = f"{kind} in {clean(item.region, 40)}"
        if item.reason is Reason.BEYOND_KNOWN_STEPS and item.above_gb is not None:
            what += f" above {size(item.above_gb * GB, Unit.TB)}"
        said[f"{what} ({item.reason.value})"] = None
    return [f"Not priced, and not in the dollars: {listed(list(said), 5)}"] if said else []


def _row(part: Part) -> list[str]:
    words = _WORDS[part.component]
    tier = _TIERS.get(part.price_key)
    billed = size(part.bytes)
    if part.component is Component.MONITORING:
        billed = count(part.objects, "object")
    return [
        clean(part.storage_class, 40) or UNKNOWN,
        f"{words}, {tier}" if tier else words,
        dollars(part.usd),
        billed,
        count(part.buckets),
    ]


def _pie(data: Breakdown) -> Block | None:
    """Dollars by storage class, as Slack's native chart; None where there is nothing to compare.

    https://docs.slack.dev/changelog/2026/06/16/block-kit-data-visualization-block
    """
    dear = [(name, amount) for name, amount in data.by_class().items() if amount >= Decimal("0.01")]
    if len(dear) < 2:
        return None
    rest = sum((amount for _, amount in dear[_SEGMENTS:]), Decimal(0))
    segments = [*dear[:_SEGMENTS], *([("all others", rest)] if rest else [])]
    return {
        "type": "data_visualization",
        "title": "Dollars a month by storage class",
        "chart": {
            "type": "pie",
            "segments": [
                # drawn, not computed with: JSON has no decimals
                {"label": clean(name, 20), "value": float(round(amount, 2))}
                for name, amount in segments
            ],
        },
    }


def document(data: Breakdown, command: str) -> dict[str, Any]:
    """Everything to redo the sum: `pools` are what AWS prices, `components` shares of them.

    A step's usd is quantity / per * usd_each, a component's list_usd its pool's usd *
    quantity / the pool's quantity, each in millionths of a dollar; usd is less the discount.
    """
    numbers = {_pool_key(pool): at for at, pool in enumerate(data.pools)}
    return {
        "command": command,
        "prices_as_of": data.as_of.isoformat(),
        "oldest_price": data.oldest_price.isoformat() if data.oldest_price else None,
        "usd_month": usd(data.total),
        "list_usd_month": usd(data.list_total),
        "most_usd_month": usd(data.most),
        "at_least": data.at_least,
        "components": [_component(line, numbers) for line in data.lines],
        "pools": [_pool(pool) for pool in data.pools],
        "unpriced": [
            {
                "bucket": item.bucket,
                "region": item.region,
                "kind": item.kind,
                "component": item.component.value,
                "bytes": item.bytes,
                "reason": item.reason.value,
                "above_gb": item.above_gb,
            }
            for item in data.unpriced
        ],
        "doubts": {
            bucket: [doubt.value for doubt in doubts] for bucket, doubts in data.doubts.items()
        },
        "not_included": list(NOT_INCLUDED),
    }


def _pool_key(of: Pool | CostLine) -> tuple[str | None, str, str]:
    return of.payer, of.region, of.price_key


def _component(
    line: CostLine, numbers: Mapping[tuple[str | None, str, str], int]
) -> dict[str, Any]:
    return {
        "account": line.account,
        "bucket": line.bucket,
        "region": line.region,
        "class": line.storage_class,
        "component": line.component.value,
        "price_key": line.price_key,
        "quantity": line.quantity,
        "unit": "objects" if line.component is Component.MONITORING else "bytes",
        "pool": numbers[_pool_key(line)],
        "list_usd": usd(line.list_usd),
        "usd": usd(line.usd),
        "price_date": line.price_date.isoformat(),
    }


def _pool(pool: Pool) -> dict[str, Any]:
    return {
        "payer": pool.payer,
        "region": pool.region,
        "price_key": pool.price_key,
        "quantity": pool.quantity,
        "usd": usd(pool.usd),
        "steps": [
            {
                "up_to_gb": step.up_to_gb,
                "quantity": step.quantity,
                "unit": step.unit,
                "per": step.per,
                "usd_each": usd(step.usd_each),
                "usd": usd(step.usd),
                "price_date": step.source.date.isoformat(),
                "source": step.source.id,
            }
            for step in pool.steps
        ],
    }


def grid(titles: list[str], rows: list[list[str]], right: set[int]) -> Table:
    """A table of plain text for a terminal; the columns in `right` are aligned right."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for at, name in enumerate(titles):
        made.add_column(name, justify="right" if at in right else "left", overflow="fold")
    for row in rows:
        # Text, not str: rich would read `[red]` in a name as markup
        made.add_row(*(Text(cell) for cell in row))
    return made
