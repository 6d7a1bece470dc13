"""Draw every message that the bot can produce: `make gallery`.

The sample estate's own answers go to docs/pictures (those the README shows) and build/gallery,
and every golden message of the tests to build/gallery too, each in light and dark.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bot
from bot.app import carry_out_in_terminal, open_estate
from bot.clock import Clock
from bot.core.language import parse
from bot.core.outcome import Asker
from bot.core.query import Query
from bot.settings import Settings
from bot.views.outcome import outcome
from bot.workspace.gallery import MOMENT, gallery
from bot.workspace.sample import SampleAccount

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
GALLERY = ROOT / "build" / "gallery"
GOLDEN = ROOT / "tests" / "views" / "golden" / "answers"

#: What is asked of the sample, by the picture's name.
ASKED = {
    "report": "report region=us-east-1 unit=TB top=6",
    "follow-up": "report region=us-east-1 class=GLACIER,DEEP_ARCHIVE unit=TB",
    "by-region": "report group=region",
    "bucket": "bucket pelican-db-backups",
    "cost": "cost region=us-east-1",
    "subscribed": "digest weekly mon 09:00 tz=Europe/Paris",
    "digest": "digest now 1",
    "digests": "digest list",
    "help": "help",
    "status": "status",
}
#: What the README shows.
SHOWN = ("report", "cost", "digest")


class _Still(Clock):
    """The moment of the pictures."""

    def now(self) -> Any:
        """A Monday at nine."""
        return MOMENT


async def _answers() -> dict[str, Mapping[str, Any]]:
    clock = _Still()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'gallery.db'}"
        roles = tuple(os.environ["S3MONITOR_ROLES"].split(","))
        async with open_estate(Settings(roles=roles), clock, url) as estate:
            carry_out = carry_out_in_terminal(estate, clock)
            asker = Asker("you", "gallery")
            drawn = {}
            for name, text in ASKED.items():
                answer = await carry_out(parse(text, Query()), asker)
                said = outcome(answer, MOMENT, command="/s3", version=bot.__version__)
                drawn[name] = said.payload()
            return drawn


def main() -> int:
    """Draw them all; prints each picture's path."""
    with SampleAccount.start(MOMENT) as sample:
        os.environ.pop("AWS_PROFILE", None)
        os.environ.update(sample.environment)
        answers = asyncio.run(_answers())
    golden = {path.stem: json.loads(path.read_text("utf-8")) for path in GOLDEN.glob("*.json")}
    messages = {name: each for name, each in golden.items() if "blocks" in each}
    shown = asyncio.run(gallery([(name, answers[name]) for name in SHOWN], PICTURES))
    others = {name: each for name, each in answers.items() if name not in SHOWN} | messages
    for path in shown + asyncio.run(gallery(others.items(), GALLERY)):
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
