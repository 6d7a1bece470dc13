"""A report as the JSON document of `docs/json.md`, and as CSV. Exact numbers; unknown is null."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.core.report import ClassUse, GroupRow, Report, Row


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
    """One document, readable; text as it is, so that any key survives."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def to_csv(data: Report) -> str:
    """One line a row; a storage class has three columns of its own."""
    classes = list(data.classes)
    lines = [_row(line) if isinstance(line, Row) else _group(line) for line in data.lines]
    lines = lines[: data.query.top]
    plain = [name for name in (lines[0] if lines else _EMPTY) if name not in ("newest", "classes")]
    newest = ["newest_key", "newest_modified"] if "bucket" in plain else []
    per_class = [f"{name}_{part}" for name in classes for part in ("objects", "bytes", "usd_month")]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*plain, *newest, *per_class])
    for line in lines:
        cells = [line[name] for name in plain]
        if newest:
            cells += [(line["newest"] or {}).get(part) for part in ("key", "modified")]
        for name in classes:
            use = line["classes"].get(name, {})
            cells += [use.get(part) for part in ("objects", "bytes", "usd_month")]
        writer.writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def usd(amount: Decimal | None) -> str | None:
    """A decimal string with at least cents, as exact as the arithmetic was; None stays None."""
    if amount is None:
        return None
    exact = amount.normalize()
    cents = exact.quantize(Decimal("0.01"))
    return str(cents) if cents == exact else format(exact, "f")


_EMPTY = ("bucket", "region", "created", "objects", "bytes", "usd_month", "source", "as_of")


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
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
