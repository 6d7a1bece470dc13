"""A listing's usage, as JSON and as text."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.core.scan import Listing
from bot.core.storage import STORAGE_CLASSES
from bot.core.usage import NOTHING, Tally, total
from bot.views.document import time, usd
from bot.views.format import clean, count, middle, minute, size
from bot.views.rows import Field, Rows


def by_class(listing: Listing) -> dict[str, Tally]:
    """The tally of each storage class, in AWS's order."""
    found: dict[str, Tally] = {}
    for cell in listing.usage.cells:
        found[cell.kind] = found.get(cell.kind, NOTHING) + cell.tally
    known = [name for name in STORAGE_CLASSES if name in found]
    return {name: found[name] for name in [*known, *sorted(found.keys() - set(known))]}


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


def scan_text(listing: Listing) -> RenderableType:
    """The sum first, then a line a storage class, then what it took."""
    usage, stats = listing.usage, listing.stats
    held = sum(cell.tally.bytes for cell in usage.cells)
    least = "" if usage.complete else "At least "
    address = f"s3://{usage.bucket}/{usage.prefix}".rstrip("/")
    newest = "no objects"
    if usage.newest:
        newest = f"newest {minute(usage.newest.modified)}: {middle(usage.newest.key, 200)}"
    took = f"{count(stats.requests, 'request')} in {stats.seconds:.1f} s"
    if stats.retries:
        took += f", {stats.retries:,} of them again"
    table: list[RenderableType] = [Text(), _classes(listing), Text()] if usage.cells else []
    parts: list[RenderableType] = [
        Text(clean(address, 1_100), style="bold"),
        Text(f"{least}{size(held)} · {count(usage.objects, 'object')}"),
        *table,
        Text(newest),
        Text(took, style="dim"),
    ]
    return Group(*parts)


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
