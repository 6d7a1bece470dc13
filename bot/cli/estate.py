"""What the verbs of a terminal share: an estate for once, and its progress on stderr."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.app import Estate, open_estate
from bot.clock import Clock
from bot.core.listings import Headway
from bot.flows import ports
from bot.settings import Settings
from bot.views.scan import so_far, time_left


@asynccontextmanager
async def terminal_estate(settings: Settings) -> AsyncIterator[Estate]:
    """The estate of this terminal's credentials.

    Its history is the database that S3MONITOR_DATABASE_URL names; without one, a terminal's
    question is measured afresh, for credentials and endpoints change between two of them.
    """
    with tempfile.TemporaryDirectory(prefix="s3monitor-") as folder:
        named = "database_url" in settings.model_fields_set
        url = settings.database_url if named else f"sqlite:///{Path(folder) / 'once.db'}"
        async with open_estate(settings, Clock(), url) as estate:
            yield estate


@contextmanager
def on_first_ctrl_c(stop: Callable[[], object]) -> Iterator[None]:
    """Have the first Ctrl-C call `stop`; the second ends the program, and the first if False."""
    loop = asyncio.get_running_loop()

    def asked() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        if stop() is False:
            signal.raise_signal(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, asked)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@contextmanager
def progress_bar() -> Iterator[ports.Progress | None]:
    """A bar on stderr while a measurement runs; None where stderr is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    shown = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*shown, console=console, transient=True) as bar:
        task = bar.add_task("Measuring", total=None, said="buckets")

        def tell(at: Headway) -> None:
            if at.listing is None:
                bar.update(task, completed=at.done, total=at.buckets, said="buckets")
                return
            said = " · ".join(filter(None, ("buckets", so_far(at.listing), time_left(at.listing))))
            done: float = at.listed
            if at.to_list == 1:
                # The one bucket is what the bar is about
                done = at.listing.fraction or 0
            bar.update(task, description="Listing", completed=done, total=at.to_list, said=said)

        yield tell
