"""`s3monitor workspace`: the bot on this terminal's AWS credentials, in a chat page of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from bot.app import Bot, open_bot
from bot.clock import Clock
from bot.errors import SetupError
from bot.settings import Server, Settings, SlackSettings
from bot.slack.manifest import manifest

_TRY = """\
  1  Open {url} and type  /s3 report region=us-east-1 unit=TB
  2  Reply to the answer in its thread:  only glacier  ·  by region  ·  in GB
  3  Subscribe the channel:  /s3 digest weekly mon 09:00  ·  /s3 digest now 1
"""


@asynccontextmanager
async def open_workspace(
    settings: Settings,
    *,
    port: int,
    elsewhere: bool = False,
    host: str = "127.0.0.1",
    beyond_loopback: bool = False,
) -> AsyncIterator[tuple[str, Bot]]:
    """The bot in a local workspace: the address of its page, and the bot.

    elsewhere: any port will do where this one is taken; otherwise that is a SetupError. host: an
    address that is not loopback is refused unless `beyond_loopback`. Raises SetupError.
    """
    try:
        from bot.workspace.server import SlackServer
    except ModuleNotFoundError as error:
        raise SetupError(
            f"The workspace needs the package {error.name}.", "Type: pip install 's3monitor[demo]'"
        ) from error
    slack = SlackServer.of_manifest(
        manifest(settings.command),
        host=host,
        port=port,
        elsewhere=elsewhere,
        beyond_loopback=beyond_loopback,
    )
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(slack)
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            raise SetupError(
                f"The page cannot be served at {host}:{port}: {reason}.",
                "Try another port, such as --port 8334.",
            ) from error
        secrets = SlackSettings(
            bot_token=SecretStr(slack.bot_token),
            signing_secret=SecretStr(slack.signing_secret),
            app_token=None,
            api_url=slack.api_url,
        )
        own = Server(host="127.0.0.1", port=0)
        async with open_bot(settings, secrets, own, Clock()) as running:
            await running.start()
            slack.request_url = f"{running.http.url}/slack/events"
            try:
                yield slack.url, running
            finally:
                await running.stop()


def what_to_try(url: str) -> str:
    """Three lines for whoever sees the page first."""
    return _TRY.format(url=url)


async def workspace(settings: Settings, host: str, port: int, *, beyond_loopback: bool) -> int:
    """Serve the page until SIGINT or SIGTERM; 0. Raises SetupError."""
    stopping = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopping.set)
    with tempfile.TemporaryDirectory(prefix="s3monitor-") as folder:
        # Never the database of a running bot: this one would send that one's digests
        url = f"sqlite:///{Path(folder) / 'workspace.db'}"
        settings = settings.model_copy(update={"database_url": url})
        opened = open_workspace(settings, host=host, port=port, beyond_loopback=beyond_loopback)
        async with opened as (url, _):
            Console().print(what_to_try(url), soft_wrap=True, highlight=False)
            await stopping.wait()
    return 0
