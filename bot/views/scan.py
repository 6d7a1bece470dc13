"""A listing's usage, as JSON and as text; and what is said before one and while it runs."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.core.scan import Begun, Listing, ListingProgress, ScanEstimate
from bot.core.storage import STORAGE_CLASSES
from bot.core.usage import NOTHING, Tally, Usage, total
from bot.views.document import time, usd
from bot.views.format import clean, count, dollars, middle, minute, size, why
from bot.views.rows import Field, Rows


def by_class(listing: Listing) -> dict[str, Tally]:
    """The tally of each storage class, in AWS's order."""
    found: dict[str, Tally] = {}
    for cell in listing.usage.cells:
        found[cell.kind] = found.get(cell.kind, NOTHING) + cell.tally
    known = [name for name in STORAGE_CLASSES if name in found]
    return {name: found[name] for name in [*known, *sorted(found.keys() - set(known))]}


def question(objects: int, cost: ScanEstimate, *, part: bool) -> str:
    """Ask `List about 200,000,000 objects for $1.10 in about 6 minutes?`.

    part: only a prefix is listed, and the number is that of the whole bucket.
    """
    about = "up to about" if part else "about"
    return f"List {about} {count(objects, 'object')} for {dollars(cost.usd)} in {duration(cost)}?"


def announcement(objects: int, cost: ScanEstimate, *, part: bool) -> str:
    """`About 21,240 objects: 25 requests, <$0.01, less than a minute.` `part` as above."""
    about = "Up to about" if part else "About"
    return (
        f"{about} {count(objects, 'object')}: {count(cost.requests, 'request')}, "
        f"{dollars(cost.usd)}, {duration(cost)}."
    )


def resumed(begun: Begun) -> str:
    """Say `Going on with the listing of 2026-11-22 09:30 UTC: 8,500,000 objects so far`."""
    counted = count(begun.objects, "object")
    return f"Going on with the listing of {minute(begun.began)}: {counted} so far."


def ended(usage: Usage, *, kept: bool) -> str:
    """Why a listing is not complete, and whether the same command goes on with it.

    kept: it was saved.
    """
    said = "Stopped."
    if usage.reason:
        said = (
            f"{clean(usage.bucket, 64)} was counted in part{why(usage.reason, usage.permission)}."
        )
    if kept:
        return f"{said} For a day the same command goes on from here."
    return f"{said} With S3MONITOR_DATABASE_URL set, the same command would go on from here."


def duration(cost: ScanEstimate) -> str:
    """`about 6 minutes`, `less than a minute`."""
    minutes = round(cost.minutes)
    return f"about {count(minutes, 'minute')}" if minutes else "less than a minute"


def so_far(at: ListingProgress) -> str:
    """`42% · 8,500,000 objects · 210,000/s`; the percentage where it is known."""
    parts = [] if at.fraction is None else [f"{at.fraction:.0%}"]
    parts += [count(at.objects, "object"), f"{at.keys_per_second:,.0f}/s"]
    if at.retries:
        parts.append(f"{at.retries:,} retried")
    return " · ".join(parts)


def time_left(at: ListingProgress) -> str:
    """`about 75 s left`, `about 12 min left`; nothing where it is not known."""
    left = at.seconds_left
    if left is None:
        return ""
    return f"about {left:.0f} s left" if left < 120 else f"about {left / 60:.0f} min left"


def scan_document(listing: Listing) -> dict[str, Any]:
    """The document of `s3monitor scan --format json`, described in docs/json.md."""
    usage, stats = listing.usage, listing.stats
    newest = usage.newest
    return {
        "bucket": usage.bucket,
        "prefix": usage.prefix,
        "objects": usage.objects,
        "bytes": sum(cell.tally.bytes for cell in usage.cells),
        "classes": {
            name: {"objects": tally.objects, "bytes": tally.bytes}
            for name, tally in by_class(listing).items()
        },
        "newest": newest and {"key": newest.key, "modified": time(newest.modified)},
        "complete": usage.complete,
        "reason": usage.reason,
        "permission": usage.permission,
        "noncurrent": _tally(usage.noncurrent),
        "delete_markers": usage.delete_markers,
        "unfinished": _tally(usage.unfinished),
        "scan": {
            "requests": stats.requests,
            "wasted_requests": stats.wasted_requests,
            "retries": stats.retries,
            "seconds": round(stats.seconds, 3),
            "keys_per_second": round(stats.keys_per_second),
            "peak_concurrency": stats.peak_concurrency,
            "cost_usd": usd(stats.cost_usd),
        },
    }


def _tally(tally: Tally | None) -> dict[str, int | None] | None:
    return None if tally is None else {"objects": tally.objects, "bytes": tally.bytes}


def scan_text(listing: Listing) -> RenderableType:
    """The sum first, then a line a storage class, then what it took."""
    usage, stats = listing.usage, listing.stats
    held = sum(cell.tally.bytes for cell in usage.cells)
    least = "" if usage.complete else "At least "
    address = f"s3://{usage.bucket}/{usage.prefix}" if usage.prefix else f"s3://{usage.bucket}"
    newest = "no objects" if usage.complete else "newest not known"
    if usage.newest:
        found = f"{minute(usage.newest.modified)}: {middle(usage.newest.key, 200)}"
        newest = f"newest {least.lower()}{found}"
    took = f"{count(stats.requests, 'request')} in {stats.seconds:.1f} s"
    if stats.retries:
        took += f", {stats.retries:,} of them again"
    table: list[RenderableType] = [Text(), _classes(listing), Text()] if usage.cells else []
    parts: list[RenderableType] = [
        Text(clean(address, 1_100), style="bold"),
        Text(
            f"{least}{size(held)} · {count(usage.objects, 'object')}"
            f"{why(usage.reason, usage.permission)}"
        ),
        *table,
        *(Text(line) for line in _unseen(usage)),
        Text(newest),
        Text(took, style="dim"),
    ]
    return Group(*parts)


def _unseen(usage: Usage) -> list[str]:
    """What only a listing of versions sees, a line each."""
    lines = []
    if usage.noncurrent is not None:
        held = usage.noncurrent
        lines.append(f"{size(held.bytes)} · {count(held.objects, 'noncurrent version')}")
    if usage.unfinished is not None:
        held = usage.unfinished
        lines.append(f"{size(held.bytes)} · {count(held.objects, 'part')} of unfinished uploads")
    if usage.delete_markers is not None:
        lines.append(count(usage.delete_markers, "delete marker"))
    return lines


def _classes(listing: Listing) -> Rows:
    held = by_class(listing)
    several = len(held) > 1
    everything = total(held.values())
    return Rows(
        [
            Field(
                "Storage class",
                [clean(name, 40) for name in held],
                total="Total" if several else "",
            ),
            Field(
                "Size",
                [size(tally.bytes) for tally in held.values()],
                right=True,
                total=size(everything.bytes) if several else "",
            ),
            Field(
                "Objects",
                [count(tally.objects) for tally in held.values()],
                right=True,
                total=count(everything.objects) if several else "",
            ),
        ]
    )
