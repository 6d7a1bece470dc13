"""`s3monitor run`: the bot as a process of its own, in a Slack on loopback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.workspace.sample import SampleAccount
from bot.workspace.server import SlackServer
from tests.cli.conftest import ROOT, Run


@pytest.mark.parametrize("given", [(), ("SLACK_BOT_TOKEN",), ("SLACK_APP_TOKEN",)])
def test_without_secrets_both_ways_and_the_demo_are_named(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...]
) -> None:
    """Exit status 1, and what to set."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name in given:
        monkeypatch.setenv(name, "xoxb-1")
    ran = s3monitor("run")
    assert (ran.status, ran.out) == (1, "")
    for word in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "s3monitor demo"):
        assert word in ran.err
    assert "Traceback" not in ran.err


def test_a_database_that_cannot_be_opened_is_told(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is asked of Slack."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    monkeypatch.setenv("S3MONITOR_DATABASE_URL", "sqlite:////proc/no/such/place.db")
    ran = s3monitor("run")
    assert (ran.status, ran.out) == (1, "")
    assert "Traceback" not in ran.err


@asynccontextmanager
async def running(
    slack: SlackServer, tmp_path: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, asyncio.StreamReader]]:
    """The process, ready, and its stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=ROOT,
        env={
            **os.environ,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "S3MONITOR_DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
            "S3MONITOR_HOST": "127.0.0.1",
            "PORT": "0",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(30):
            while "Ready in" not in (line := (await process.stderr.readline()).decode()):
                assert line, "it ended before it was ready"
            await slack.connected()
        yield process, process.stderr
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_becomes_ready_answers_and_stops(
    sample: SampleAccount, sample_environment: None, slack: SlackServer, tmp_path: Path
) -> None:
    """SIGTERM while an answer is under way: it is posted, then the process exits with 0."""
    async with running(slack, tmp_path) as (process, errors):
        await slack.command("/s3", "report region=ap-southeast-2")
        assert "3 buckets" in (await slack.next_message("#s3-costs"))["text"]
        sample.faults.delay = 0.3
        await slack.command("/s3", "report region=eu-central-1 fresh")
        process.send_signal(signal.SIGTERM)
        late = await slack.next_message("#s3-costs")
        assert "region=eu-central-1" in late["text"]
        async with asyncio.timeout(30):
            said = (await errors.read()).decode()
            assert await process.wait() == 0
    assert "Stopping" in said
    assert "Traceback" not in said
