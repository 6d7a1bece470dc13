"""What a report's table has columns for, shared by Slack and the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.core.query import Group
from bot.core.report import ClassUse, GroupRow, Report, Row, Sums
from bot.core.units import Unit
from bot.views.format import UNKNOWN, clean, count, day, dollars, middle, size

#: Characters of a bucket's or a group's name in a cell. S3's longest bucket name has 63.
NAME_CHARACTERS = 64
#: Characters of an object's key in a cell.
KEY_CHARACTERS = 64
CLASS_CHARACTERS = 40
#: Instead of the newest object, where it is known that there is none.
NO_OBJECTS = "no objects"
REGION_CHARACTERS = 32


def _no_total(report: Report) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, and how a line's cell and the total are written."""

    title: str
    cell: Callable[[Any, Unit], str]
    right: bool = False
    total: Callable[[Report], str] = _no_total


def bound(text: str, partial: bool) -> str:
    """`≥ 3.00 TB`: the number is a lower bound."""
    return f"≥ {text}" if partial and text != UNKNOWN else text


def cost(line: Row | GroupRow | Sums | ClassUse, at_least: bool = False) -> str:
    """Dollars a month; `not priced` where nothing of it has a price."""
    return "not priced" if line.usd is None else bound(dollars(line.usd), at_least)


def _cost(line: Row | GroupRow, _: Unit) -> str:
    return cost(line, line.at_least)


def _total_cost(report: Report) -> str:
    return cost(report.totals, report.totals.at_least)


def _total_size(report: Report) -> str:
    return bound(size(report.totals.bytes, report.query.unit), not report.complete)


def _total_objects(report: Report) -> str:
    return bound(count(report.totals.objects), not (report.complete and report.totals.counted))


def _size(line: Row | GroupRow, unit: Unit) -> str:
    return bound(size(line.bytes, unit), not line.complete)


def _objects(line: Row | GroupRow, _: Unit) -> str:
    counted = line.counted if isinstance(line, GroupRow) else True
    return bound(count(line.objects), not (line.complete and counted))


def _classes(line: Row | GroupRow, unit: Unit) -> str:
    """`STANDARD 1.34 TB, GLACIER 11.69 TB`; a single class holds it all, and needs no size."""
    if len(line.classes) == 1:
        return clean(next(iter(line.classes)), CLASS_CHARACTERS)
    parts = [
        f"{clean(name, CLASS_CHARACTERS)} {size(use.bytes, unit)}"
        for name, use in list(line.classes.items())[:12]
    ]
    left = len(line.classes) - len(parts)
    return ", ".join([*parts, *([f"{left} more"] if left else [])]) or UNKNOWN


def newest(row: Row, most: int = KEY_CHARACTERS) -> str:
    """The day and the key of the newest object; of a part of a bucket, that of the part."""
    if row.newest is None:
        return NO_OBJECTS if row.objects == 0 and row.complete else UNKNOWN
    return f"{bound(day(row.newest.modified), not row.complete)} {middle(row.newest.key, most)}"


_COST = Column("$ / month", _cost, right=True, total=_total_cost)
_SIZE = Column("Size", _size, right=True, total=_total_size)
_OBJECTS = Column("Objects", _objects, right=True, total=_total_objects)
_CLASSES = Column("Storage classes", _classes)

_BUCKETS = (
    Column(
        "Bucket",
        lambda row, _: clean(row.name, NAME_CHARACTERS),
        total=lambda report: f"Total of {count(report.totals.buckets, 'bucket')}",
    ),
    _COST,
    _SIZE,
    _OBJECTS,
    _CLASSES,
    Column("Newest object", lambda row, _: newest(row)),
    Column("Created", lambda row, _: day(row.created)),
    Column("Region", lambda row, _: clean(row.region, REGION_CHARACTERS)),
)


def _grouped(title: str) -> tuple[Column, ...]:
    return (
        Column(
            title,
            lambda row, _: clean(row.name, NAME_CHARACTERS),
            total=lambda report: "Total",
        ),
        _COST,
        _SIZE,
        _OBJECTS,
        Column(
            "Buckets",
            lambda row, _: count(row.buckets),
            right=True,
            total=lambda report: count(report.totals.buckets),
        ),
        *((_CLASSES,) if title == "Region" else ()),
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


def totals(report: Report) -> list[str]:
    """The cells of the line below all lines, of those not shown too."""
    return [column.total(report) for column in columns(report)]
