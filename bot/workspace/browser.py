"""The system's Chromium, headless, for the gallery and the tests of the page."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.errors import SetupError

if TYPE_CHECKING:
    from playwright.async_api import Browser

#: Without a sandbox it runs as root in containers too; it is shown nothing but loopback.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """The path of an installed Chromium. Raises SetupError when there is none."""
    for name in _NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    raise SetupError(
        "There is no Chromium on this machine.",
        "Install it with: apt-get install chromium fonts-lato fonts-noto-color-emoji",
    )


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running browser. Raises SetupError without Chromium or Playwright."""
    path = find_chromium()
    try:
        from playwright.async_api import async_playwright
    except ModuleNotFoundError as error:
        raise SetupError(
            "Playwright is not installed.", "Install it with: pip install playwright"
        ) from error
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
