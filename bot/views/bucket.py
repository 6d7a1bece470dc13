"""One bucket in detail: its facts, and a table of its storage classes."""

from __future__ import annotations

from bot.core.report import Report, Row
from bot.core.units import Unit
from bot.core.usage import Skipped
from bot.views.columns import CLASS_CHARACTERS, NAME_CHARACTERS, bound, cost
from bot.views.format import UNKNOWN, clean, count, day, middle, minute, size
from bot.views.message import Message, escape, section

CLASS_TITLES = ["Storage class", "$ / month", "Size", "Objects"]
CLASS_RIGHT = {1, 2, 3}


def detailed(data: Report) -> Row | None:
    """The bucket that the answer is about in detail; None where it is a table of lines."""
    alone = data.query.bucket and data.lines is data.rows and len(data.rows) == 1
    return data.rows[0] if alone else None


def facts(row: Row, unit: Unit, key_characters: int) -> list[tuple[str, str]]:
    """Name and value of everything that is not in the table of classes."""
    found = [
        ("Region", clean(row.region, NAME_CHARACTERS)),
        ("Created", day(row.created)),
        ("Size", bound(_exactly(row.bytes, unit), not row.complete)),
        ("Objects", "not known" if row.objects is None else _objects(row)),
        ("Newest object", _newest(row, key_characters)),
    ]
    if row.account:
        found.append(("Account", clean(row.account, NAME_CHARACTERS)))
    return found


def _objects(row: Row) -> str:
    return bound(count(row.objects), not row.complete)


def _exactly(bytes: int, unit: Unit) -> str:
    """`3.00 TB (3,298,534,883,328 bytes)`."""
    shown = size(bytes, unit)
    return shown if "byte" in shown else f"{shown} ({bytes:,} bytes)"


def _newest(row: Row, key_characters: int) -> str:
    if row.newest is None:
        empty = row.objects == 0 and row.complete
        return "none: there are no objects" if empty else "not known"
    found = f"{minute(row.newest.modified)}: {middle(row.newest.key, key_characters)}"
    return bound(found, not row.complete)


def class_cells(data: Report, row: Row) -> list[list[str]]:
    """A line a storage class of `CLASS_TITLES`."""
    return [
        [
            clean(name, CLASS_CHARACTERS) or UNKNOWN,
            cost(use, not row.complete),
            bound(size(use.bytes, data.query.unit), not row.complete),
            bound(count(use.objects), not row.complete),
        ]
        for name, use in row.classes.items()
    ]


def class_totals(data: Report, row: Row) -> list[str]:
    """The line below them."""
    return [
        "Total",
        cost(row, row.at_least),
        bound(size(row.bytes, data.query.unit), not row.complete),
        _objects(row),
    ]


def missing(data: Report) -> Message:
    """The bucket asked for is not in the answer: why, and what to ask instead."""
    text = escape(missing_text(data))
    return Message(text, [section(text)])


def missing_text(data: Report) -> str:
    """`There is no bucket …`, why it could not be measured, or what it has nothing of."""
    name = clean(data.query.bucket or "", NAME_CHARACTERS)
    if data.elsewhere:
        where = clean(str(data.query.classes), NAME_CHARACTERS)
        return f"Bucket `{name}` holds nothing in {where}. `bucket {name}` shows what it holds."
    for skip in data.skipped:
        if not skip.whole_account:
            return f"Bucket `{name}` could not be measured: {_why(skip)}."
    where = clean(str(data.query.regions), NAME_CHARACTERS)
    there = f" in {where}" if where else ""
    told = f"There is no bucket `{name}`{there} that these credentials can see."
    for skip in data.skipped:
        account = clean(skip.account or "one account", NAME_CHARACTERS)
        return f"{told} But {account} could not be listed: {_why(skip)}."
    return f"{told} `report` lists those there are."


def _why(skip: Skipped) -> str:
    needs = f" (needs {clean(skip.permission, NAME_CHARACTERS)})" if skip.permission else ""
    return f"{clean(skip.reason, 300)}{needs}"
