"""`s3monitor demo`: every command on a sample AWS account, at a prompt."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from rich.text import Text

import bot
from bot.app import Estate, carry_out_in_terminal, open_estate
from bot.cli import Exit
from bot.cli.consent import NO
from bot.cli.estate import on_first_ctrl_c, progress_bar
from bot.cli.screen import Screen
from bot.cli.workspace import open_workspace, what_to_try
from bot.clock import Clock
from bot.core.digest import Digest
from bot.core.language import parse
from bot.core.listings import NOTHING_AGREED, WHATEVER_IT_COSTS
from bot.core.outcome import Answer, Asker, Costs, Offer, Outcome, complete
from bot.core.query import Command, Query
from bot.core.report import Report
from bot.errors import ConsentError, QueryError, SetupError, Told
from bot.flows.carry_out import CarryOut
from bot.settings import Settings
from bot.views import terminal
from bot.views.listings import takes

PROMPT = "s3> "
_HERE = Asker("you", "terminal")
_SHOWN = (
    "report unit=GB",
    "only glacier",
    "report group=region sort=size",
)
#: Where the chat page is, if nothing else is there.
PAGE_PORT = 8333
#: The sample's largest bucket takes its time over each page of keys, so that a listing can be
#: watched and stopped; what is not asked for with source=list need not wait for it.
SLOW_BUCKET, SLOW_OBJECTS, SLOW_SECONDS = "pelican-proof-of-delivery", 20_000, 2.0
_WELCOME = """\
A sample company's S3 estate is running on this machine; nothing leaves it.
Ask at the prompt what /s3 takes in Slack, or open the page. Ctrl-D ends.
"""


def demo(question: str, settings: Settings) -> int:
    """Answer one question, or ask at a prompt, or without a terminal answer three; 0.

    Raises SetupError when the sample account's software is not installed.
    """
    # moto reads the environment as it is imported, so what is the asker's own goes before
    _forget_own_aws()
    try:
        from bot.workspace.sample.account import SampleAccount
    except ModuleNotFoundError as error:
        raise SetupError(
            f"The sample account needs the package {error.name}.",
            "Type: pip install 's3monitor[demo]'",
        ) from error
    with SampleAccount.start(Clock().now()) as sample:
        os.environ.update(sample.environment)
        roles = tuple(filter(None, sample.environment["S3MONITOR_ROLES"].split(",")))
        # Nothing leaves this machine: AWS's price list is not asked for either
        own = settings.model_copy(
            update={"roles": roles, "price_list": "", "auto_list_limit": SLOW_OBJECTS}
        )
        sample.faults.slow_pages[SLOW_BUCKET] = SLOW_SECONDS
        return asyncio.run(_converse(question, own))


def _forget_own_aws() -> None:
    """Leave nothing of the asker's AWS configuration, nor a proxy, between here and the sample.

    A stale AWS_PROFILE would end moto, an AWS_ENDPOINT_URL_S3 would lead elsewhere.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ[name] = os.devnull
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = "127.0.0.1,localhost"


async def _converse(question: str, settings: Settings) -> int:
    with tempfile.TemporaryDirectory(prefix="s3monitor-") as folder:
        url = f"sqlite:///{Path(folder) / 'demo.db'}"
        settings = settings.model_copy(update={"database_url": url})
        async with _terminal(settings) as session:
            if question:
                # Nobody is charged here, and where a terminal is not, nobody can be asked
                status = await session.answer(question, WHATEVER_IT_COSTS)
                # One of the sample's buckets is denied on purpose: no reason to fail
                return Exit.ANSWERED if status == Exit.IN_PART else status
            if sys.stdin.isatty():
                opened = open_workspace(settings, port=PAGE_PORT, elsewhere=True)
                async with opened as (page, _):
                    return await session.prompt(page)
            for each in _SHOWN:
                session.console.print(Text(f"\n{PROMPT}{each}", style="bold"))
                await session.answer(each)
            return 0


@asynccontextmanager
async def _terminal(settings: Settings) -> AsyncIterator[_Session]:
    clock = Clock()
    async with open_estate(settings, clock, settings.database_url) as estate:
        yield _Session(estate, carry_out_in_terminal(estate, clock), clock, settings)


async def _typed() -> str:
    """The next line typed; empty at the end of input.

    A thread in input() would outlive a Ctrl-C, and keep the program from ending.
    """
    ready, loop, terminal_in = asyncio.Event(), asyncio.get_running_loop(), sys.stdin.fileno()
    loop.add_reader(terminal_in, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(terminal_in)
    # A terminal hands over a line at a time
    return os.read(terminal_in, 65_536).decode(errors="replace")


class _Session:
    """A prompt that remembers the last question, as a thread does."""

    def __init__(
        self, estate: Estate, carry_out: CarryOut, clock: Clock, settings: Settings
    ) -> None:
        self.console = Screen()
        self._estate = estate
        self._carry_out = carry_out
        self._clock = clock
        self._settings = settings
        self._over: Query | None = None

    async def prompt(self, page: str) -> int:
        """Answer until the end of input."""
        self.console.print(_WELCOME, highlight=False, soft_wrap=True)
        self.console.print(what_to_try(page), highlight=False, soft_wrap=True)
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            await asyncio.to_thread(webbrowser.open, page)
        while True:
            self.console.print(PROMPT, end="")
            text = await _typed()
            if not text:
                self.console.print()
                return 0
            if text.strip() in ("exit", "quit"):
                return 0
            await self.answer(text.removeprefix(self._settings.command).strip() or "help")

    async def answer(self, text: str, agreed: Decimal = NOTHING_AGREED) -> int:
        """Answer once: 0, 2 for a bad question, 3 when something was skipped.

        agreed: dollars that a listing may cost; for a dearer one it asks at the prompt.
        """
        try:
            command = parse(text, self._over)
            outcome = await self._carried_out(command, agreed)
            if isinstance(outcome, Offer):
                # rich would take `[y/N]` for markup, and leave it out
                self.console.print(Text(f"{takes(outcome.quote)} Go ahead? [y/N] "), end="")
                if (await _typed()).strip().lower() not in ("y", "yes"):
                    raise ConsentError(NO)
                outcome = await self._carried_out(command, outcome.quote.price)
        except Told as told:
            terminal.draw(terminal.problem(told), self.console)
            return Exit.BAD_QUESTION if isinstance(told, QueryError) else Exit.FAILED
        self._show(outcome)
        if isinstance(outcome, Report | Costs):
            self._over = replace(outcome.query, fresh=False)
        if isinstance(outcome, Answer):
            return Exit.ANSWERED if complete(outcome) else Exit.IN_PART
        if isinstance(outcome, Digest):
            self._over = outcome.subscription.query
        return Exit.ANSWERED

    async def _carried_out(self, command: Command, agreed: Decimal) -> Outcome:
        with (
            on_first_ctrl_c(partial(self._estate.latest.stop_all, "you")),
            progress_bar() as progress,
        ):
            return await self._carry_out(command, _HERE, progress, agreed)

    def _show(self, outcome: Outcome) -> None:
        drawn = terminal.outcome(outcome, self._clock.now(), version=bot.__version__)
        terminal.draw(drawn, self.console)
