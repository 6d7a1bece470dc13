"""`s3monitor run`: the bot."""

from __future__ import annotations

from bot import app
from bot.settings import Server, Settings, SlackSettings, read


async def run(settings: Settings) -> int:
    """Run until told to stop; 0."""
    await app.run(settings, read(SlackSettings), read(Server))
    return 0
