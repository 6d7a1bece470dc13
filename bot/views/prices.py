"""What a refresh of the prices found."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.text import Text

from bot.core.offers import PriceChange
from bot.core.prices import PriceBook
from bot.views.cost import grid
from bot.views.format import UNKNOWN, count

_TITLES = ["Region", "Price", "Before", "Now", ""]


def refreshed(
    before: PriceBook, after: PriceBook, changes: Sequence[PriceChange], *, kept: bool
) -> RenderableType:
    """What changed, the doubtful first, and whether it is in use now."""
    ordered = sorted(changes, key=lambda change: not change.doubtful)
    doubtful = sum(change.doubtful for change in changes)
    head = f"{count(len(changes), 'price')} changed from {before.as_of} to {after.as_of}."
    told = (
        "They are in use now."
        if kept
        else (
            f"{count(doubtful, 'change')} cannot be believed unseen: the prices of {before.as_of} "
            "stay in use. To keep the new ones, type: s3monitor prices refresh --accept"
        )
    )
    if not changes:
        head, told = f"No price changed since {before.as_of}.", ""
    rows = [
        [
            change.region or UNKNOWN,
            change.what,
            _steps(change.before) or UNKNOWN,
            _steps(change.after) or "gone",
            "doubtful" if change.doubtful else "",
        ]
        for change in ordered
    ]
    table = [grid(_TITLES, rows, {2, 3})] if rows else []
    return Group(Text(head, style="bold"), *table, *([Text(told)] if told else []))


def _steps(usd: Sequence[Decimal]) -> str:
    """Each volume step's price: `$0.023, $0.022, $0.021`."""
    return ", ".join(f"${price.normalize():f}" for price in usd)
