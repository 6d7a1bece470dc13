"""The world that end-to-end tests share: a sample AWS account, a Slack, and the real bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import Bot, open_bot
from bot.settings import Server, Settings, SlackSettings
from bot.slack.manifest import manifest
from bot.workspace.sample import Faults, SampleAccount
from bot.workspace.server import SlackServer
from tests.fakes.clock import StillClock

NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)

#: Set once the sample lives in this process.
SAMPLE_RUNS = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Which tests stay together where several processes share them: those of a file.

    Moto keeps one AWS a process, and the tests of `aws` empty it: they are one group, which comes
    first and so before any sample in whatever process runs it.
    """
    for item in items:
        file = item.nodeid.partition("::")[0]
        group = "aws" if file.startswith("tests/aws/") else file
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def running(pytestconfig: pytest.Config) -> Iterator[SampleAccount]:
    """One sample for all tests: moto keeps one a process, and seeding takes a second."""
    pytestconfig.stash[SAMPLE_RUNS] = True
    with SampleAccount.start(NOW) as sample:
        yield sample


@pytest.fixture
def sample(running: SampleAccount) -> Iterator[SampleAccount]:
    """The sample without faults, and with an empty log."""
    running.forget_requests()
    yield running
    for held in running.faults.held_pages.values():
        held.set()
    for name in Faults.__slots__:
        setattr(running.faults, name, getattr(Faults(), name))


@pytest.fixture
def sample_environment(
    sample: SampleAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment's credentials and endpoint lead to the sample, and to nothing else."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name, value in sample.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def clock() -> StillClock:
    """The moment the sample was made at."""
    return StillClock(NOW)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """A workspace in which the bot's own app is installed."""
    async with SlackServer.of_manifest(manifest()) as server:
        yield server


StartBot = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
def start_bot(
    sample_environment: None, slack: SlackServer, clock: StillClock, tmp_path: Path
) -> StartBot:
    """Starts the real bot on a database that outlives it, so that it can be started again.

    socket: by Socket Mode. What else is given are settings.
    """

    @asynccontextmanager
    async def start(socket: bool = False, **more: Any) -> AsyncIterator[Bot]:
        url = f"sqlite:///{tmp_path / 'bot.db'}"
        settings = Settings(database_url=url, price_list="", **more)
        secrets = SlackSettings(
            bot_token=SecretStr(slack.bot_token),
            app_token=SecretStr(slack.app_token) if socket else None,
            signing_secret=SecretStr(slack.signing_secret),
            api_url=slack.api_url,
        )
        server = Server(host="127.0.0.1", port=0)
        async with open_bot(settings, secrets, server, clock) as bot:
            await bot.start()
            try:
                if socket:
                    await slack.connected()
                else:
                    slack.request_url = f"{bot.http.url}/slack/events"
                yield bot
            finally:
                # The bot hears its own last message too: not while its port closes
                await slack.delivery.settled(1)
                await bot.stop()

    return start


@dataclass(frozen=True)
class World:
    """The running bot and the two things it talks to."""

    slack: SlackServer
    sample: SampleAccount
    clock: StillClock
    bot: Bot


@pytest.fixture
async def world(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> AsyncIterator[World]:
    """The bot, reached by signed HTTP."""
    async with start_bot() as bot:
        yield World(slack, sample, clock, bot)
