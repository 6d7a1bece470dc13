"""Every message drawn to a picture, by the page that draws them in the workspace.

    python -m bot.workspace.gallery OUT tests/views/golden/*.json

draws each JSON file (a message, a view, or a bare list of blocks) to OUT/<name>-light.png and
OUT/<name>-dark.png.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.clock import Clock
from bot.errors import SetupError
from bot.workspace.blocks import Surface, flaws
from bot.workspace.browser import chromium
from bot.workspace.methods.chat import as_bot
from bot.workspace.server import SlackServer

if TYPE_CHECKING:
    from playwright.async_api import Browser, ViewportSize

THEMES = ("light", "dark")
#: When every picture is taken, so that the same messages give the same pictures.
MOMENT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
#: Pixels of the window; a message is as wide as it needs, up to the page's own limit.
WINDOW: ViewportSize = {"width": 900, "height": 900}


Named = tuple[str, Mapping[str, Any]]


async def gallery(messages: Iterable[Named], out: Path) -> list[Path]:
    """Draw each named message to `out`, in light and in dark; the pictures, in order.

    Raises SetupError without a browser, and ValueError for blocks that Slack would refuse or a
    block that the page cannot draw: a picture of such a message would be a lie.
    """
    named = list(messages)
    for name, message in named:
        check(name, message)
    async with chromium() as browser:
        return await draw(browser, named, out)


async def draw(browser: Browser, messages: Iterable[Named], out: Path) -> list[Path]:
    """Draw messages that Slack takes, in a running browser."""
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    drawn: list[Path] = []
    async with SlackServer(clock=_Still(), app_name="s3monitor") as slack:
        channel = slack.workspace.channels["C0S3COSTS01"]
        page = await browser.new_page(
            viewport=WINDOW, device_scale_factor=2, timezone_id="UTC", locale="en-US"
        )
        await page.clock.set_fixed_time(MOMENT)
        for name, message in messages:
            kept = {
                key: message[key] for key in ("text", "blocks", "attachments") if key in message
            }
            stored = slack.workspace.post(channel, {"text": "", **as_bot(slack.workspace), **kept})
            for theme in THEMES:
                # Loaded anew each time, since only the hash would differ otherwise.
                await page.goto("about:blank")
                await page.goto(f"{slack.url}?theme={theme}#/one/{channel.id}/{stored['ts']}")
                picture = page.get_by_test_id("one")
                await picture.locator(".message").wait_for()
                if await picture.locator(".unknown").count():
                    raise ValueError(f"{name}: {await picture.locator('.unknown').inner_text()}")
                await page.evaluate("document.fonts.ready.then(() => true)")
                path = out / f"{_file_name(name)}-{theme}.png"
                await picture.screenshot(path=path, animations="disabled")
                drawn.append(path)
        await page.close()
    return drawn


class _Still(Clock):
    def now(self) -> datetime:
        return MOMENT


def check(name: str, message: Mapping[str, Any]) -> None:
    """Raise ValueError, naming the message, when Slack would refuse its blocks."""
    kinds = {"home": Surface.HOME, "modal": Surface.MODAL}
    surface = kinds.get(str(message.get("type")), Surface.MESSAGE)
    found = flaws(message.get("blocks", []), surface)
    if found:
        raise ValueError(f"{name}: {'; '.join(map(str, found))}")


def read(paths: Iterable[Path]) -> list[Named]:
    """The messages in JSON files, named by their files."""
    named: list[Named] = []
    for path in paths:
        decoded = json.loads(path.read_text(encoding="utf-8"))
        named.append((path.stem, {"blocks": decoded} if isinstance(decoded, list) else decoded))
    return named


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-") or "message"


def main(arguments: Sequence[str]) -> int:
    """Draw the files named after the folder; the exit status."""
    if len(arguments) < 2:
        print("usage: python -m bot.workspace.gallery OUT MESSAGE.json…", file=sys.stderr)
        return 2
    out, *paths = map(Path, arguments)
    try:
        drawn = asyncio.run(gallery(read(paths), out))
    except (SetupError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for path in drawn:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
