"""A listing's usage, as JSON and as text."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.core.scan import Listing
from bot.core.storage import STORAGE_CLASSES
from bot.core.usage import NOTHING, Tally
from bot.views.document import time, usd
from bot.views.format import clean, count, size


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
    total = sum(cell.tally.bytes for cell in usage.cells)
    least = "" if usage.complete else "At least "
    address = f"s3://{usage.bucket}/{usage.prefix}".rstrip("/")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Storage class")
    table.add_column("Objects", justify="right")
    table.add_column("Size", justify="right")
    for name, tally in by_class(listing).items():
        table.add_row(Text(clean(name, 40)), count(tally.objects), size(tally.bytes))
    newest = "no objects"
    if usage.newest:
        newest = f"newest {time(usage.newest.modified)} {clean(usage.newest.key, 200)}"
    took = f"{count(stats.requests, 'request')} in {stats.seconds:.1f} s"
    if stats.retries:
        took += f", {stats.retries:,} of them again"
    parts: list[RenderableType] = [
        Text(clean(address, 1_100), style="bold"),
        Text(f"{least}{size(total)} · {count(usage.objects, 'object')}"),
        *([table] if usage.cells else []),
        Text(newest),
        Text(took, style="dim"),
    ]
    return Group(*parts)
