"""What a report's table has columns for, shared by Slack, the terminal and CSV."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.core.query import Group
from bot.core.report import GroupRow, Report, Row
from bot.core.units import Unit
from bot.views.format import UNKNOWN, clean, count, day, dollars, size

#: Characters of an object's key, or a bucket's name, in a cell.
KEY_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title and how a line's cell is written in a unit of size."""

    title: str
    cell: Callable[[Any, Unit], str]
    right: bool = False


def _bound(text: str, partial: bool) -> str:
    """`≥ 3.00 TB`: the number is a lower bound."""
    return f"≥ {text}" if partial and text != UNKNOWN else text


def _classes(line: Row | GroupRow, unit: Unit) -> str:
    parts = [f"{clean(name, 40)} {size(use.bytes, unit)}" for name, use in line.classes.items()]
    return ", ".join(parts) or UNKNOWN


def _newest(row: Row) -> str:
    if row.newest is None:
        return "no objects" if row.objects == 0 else UNKNOWN
    return f"{day(row.newest.modified)} {clean(row.newest.key, KEY_CHARACTERS)}"


_BUCKETS = (
    Column("Bucket", lambda row, _: clean(row.name, KEY_CHARACTERS)),
    Column("$ / month", lambda row, _: _bound(dollars(row.usd), row.at_least), right=True),
    Column("Size", lambda row, unit: _bound(size(row.bytes, unit), not row.complete), right=True),
    Column("Objects", lambda row, _: _bound(count(row.objects), not row.complete), right=True),
    Column("Storage classes", _classes),
    Column("Newest object", lambda row, _: _newest(row)),
    Column("Created", lambda row, _: day(row.created)),
    Column("Region", lambda row, _: row.region),
)


def _grouped(title: str) -> tuple[Column, ...]:
    return (
        Column(title, lambda row, _: row.name),
        Column("$ / month", lambda row, _: _bound(dollars(row.usd), row.at_least), right=True),
        Column("Size", lambda row, unit: size(row.bytes, unit), right=True),
        Column("Objects", lambda row, _: count(row.objects), right=True),
        Column("Buckets", lambda row, _: count(row.buckets), right=True),
        *((Column("Storage classes", _classes),) if title == "Region" else ()),
    )


_BY_GROUP = {
    Group.BUCKET: _BUCKETS,
    Group.REGION: _grouped("Region"),
    Group.CLASS: _grouped("Storage class"),
}


def columns(report: Report) -> tuple[Column, ...]:
    """The columns of the report's lines."""
    return _BY_GROUP[report.query.group]


def cells(report: Report, most: int | None = None) -> list[list[str]]:
    """The cells of the first `most` lines, no cell empty."""
    lines = report.lines[: report.query.top or most]
    unit = report.query.unit
    return [[column.cell(line, unit) for column in columns(report)] for line in lines]
