"""A report as the JSON document of `docs/json.md`, and as CSV. Exact numbers; unknown is null."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

from bot.core.query import Group
from bot.core.report import ClassUse, GroupRow, Report, Row
from bot.core.usage import Skipped


def document(data: Report) -> dict[str, Any]:
    """The stable document: bytes as integers, dollars as decimal strings, times in UTC."""
    totals = data.totals
    return {
        "command": str(data.query),
        "taken_at": time(data.taken_at),
        "complete": data.complete,
        "prices_as_of": data.prices_as_of.isoformat(),
        "totals": {
            "buckets": totals.buckets,
            "objects": totals.objects,
            "bytes": totals.bytes,
            "usd_month": usd(totals.usd),
            "at_least": totals.at_least,
            "objects_counted": totals.counted,
        },
        "rows": [
            _row(line) if isinstance(line, Row) else _group(line)
            for line in data.lines[: data.query.top]
        ],
        "skipped": [
            {"bucket": skip.bucket, "reason": skip.reason, "permission": skip.permission}
            for skip in data.skipped
        ],
        "unpriced": [
            {"bucket": item.bucket, "region": item.region, "kind": item.kind, "bytes": item.bytes}
            for item in data.unpriced
        ],
    }


def to_json(value: Mapping[str, Any]) -> str:
    """One document, readable; text as it is, but for what a terminal would obey or not show."""
    lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
    return "\n".join(line if line.isprintable() else _escaped(line) for line in lines)


def _escaped(line: str) -> str:
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)


def to_csv(data: Report) -> str:
    """One line a row; a storage class has three columns of its own.

    Buckets that were skipped have a line too, with the reason and no numbers.
    """
    lines = [_row(line) if isinstance(line, Row) else _group(line) for line in data.lines]
    lines = lines[: data.query.top]
    by_bucket = data.query.group is Group.BUCKET
    plain = _ROW if by_bucket else _GROUP
    newest = ("newest_key", "newest_modified") if by_bucket else ()
    parts = [(name, part) for name in data.classes for part in _CLASS]
    titles = [*plain, *newest, *(f"{name}_{part}" for name, part in parts)]
    if by_bucket:
        lines += [_skipped(skip) for skip in data.skipped]
    drawn = [_line(titles)]
    for line in lines:
        cells = [line.get(name) for name in plain]
        if newest:
            cells += [(line.get("newest") or {}).get(part) for part in ("key", "modified")]
        cells += [line.get("classes", {}).get(name, {}).get(part) for name, part in parts]
        drawn.append(_line(cells))
    return "".join(drawn)


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO(newline="")
    # csv quotes no line end but those it writes itself, and a key may have either in it
    csv.writer(out, lineterminator=_CRLF).writerow(_cell(cell) for cell in cells)
    return f"{out.getvalue().removesuffix(_CRLF)}\n"


def _skipped(skip: Skipped) -> dict[str, Any]:
    needs = f" (needs {skip.permission})" if skip.permission else ""
    return {
        "bucket": skip.bucket,
        "region": skip.region,
        "complete": False,
        "account": skip.account,
        "skipped": f"{skip.reason}{needs}",
    }


def usd(amount: Decimal | None) -> str | None:
    """A decimal string with at least cents, as exact as the arithmetic was; None stays None."""
    if amount is None:
        return None
    exact = amount.normalize(_WIDE)
    cents = exact.quantize(Decimal("0.01"), context=_WIDE)
    return format(cents if cents == exact else exact, "f")


#: Wide enough for any amount: the usual 28 digits would round it.
_WIDE = Context(prec=1_000)


_ROW = (
    "bucket", "region", "created", "objects", "bytes", "usd_month", "source", "as_of",
    "complete", "account", "skipped",
)  # fmt: skip
_GROUP = ("group", "buckets", "objects", "bytes", "usd_month")
_CRLF = "\r\n"
_CLASS = ("objects", "bytes", "usd_month")


def _row(row: Row) -> dict[str, Any]:
    newest = row.newest
    return {
        "bucket": row.bucket,
        "region": row.region,
        "created": time(row.created),
        "objects": row.objects,
        "bytes": row.bytes,
        "newest": newest and {"key": newest.key, "modified": time(newest.modified)},
        "classes": _classes(row.classes),
        "usd_month": usd(row.usd),
        "source": row.source.value,
        "as_of": time(row.as_of),
        "complete": row.complete,
        "reason": row.reason,
        "permission": row.permission,
        "account": row.account,
    }


def _group(line: GroupRow) -> dict[str, Any]:
    return {
        "group": line.name,
        "buckets": line.buckets,
        "objects": line.objects,
        "bytes": line.bytes,
        "classes": _classes(line.classes),
        "usd_month": usd(line.usd),
    }


def _classes(classes: Mapping[str, ClassUse]) -> dict[str, Any]:
    return {
        name: {"objects": use.objects, "bytes": use.bytes, "usd_month": usd(use.usd)}
        for name, use in classes.items()
    }


def time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, `2026-11-22T09:00:00Z`; None stays None."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _cell(value: object) -> object:
    """Guard against a spreadsheet running a name as a formula (`=cmd|…`).

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(value, str):
        return "" if value is None else value
    written = value.encode("utf-8", "replace").decode("utf-8")
    return f"'{written}" if written[:1] in ("=", "+", "-", "@", "\t", "\r") else written
