"""`s3monitor prices refresh`: AWS's price list of today, compared with the one in use, and kept."""

from __future__ import annotations

from collections.abc import Collection

from bot.app import open_estate
from bot.cli import Exit
from bot.cli.screen import Screen
from bot.clock import Clock
from bot.settings import Settings
from bot.views import terminal
from bot.views.prices import refreshed


async def refresh(settings: Settings, regions: Collection[str] | None, *, accept: bool) -> int:
    """Refresh and print what changed; 0, or 1 where a change needs `--accept`.

    Raises PriceError when the list cannot be read or believed.
    """
    async with open_estate(settings, Clock(), settings.database_url) as estate:
        found = await estate.refresh(accept=accept, regions=regions)
    terminal.draw(refreshed(found.before, found.after, found.changes, kept=found.kept), Screen())
    return Exit.ANSWERED if found.kept else Exit.FAILED
