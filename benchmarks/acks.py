"""How fast the bot acks a command, idle and while it lists a bucket at full speed.

Slack gives an app three seconds (https://docs.slack.dev/interactivity/implementing-slash-commands).
The bot runs in its own process, its signed HTTP is spoken to from here, and it lists a synthetic
bucket over and over in the same process and on the same event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import boto3
import uvloop
from botocore.config import Config
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier

from bot.app import open_bot
from bot.aws.listing import S3Lister
from bot.clock import Clock
from bot.core.usage import Bucket
from bot.settings import Server, Settings, SlackSettings
from bot.slack.manifest import manifest
from bot.workspace.server import SlackServer

#: A question that the ack itself answers, so that a whole parse is in the time that is taken.
_COMMAND = "report regoin=us-east-1"
_A_SECOND = 20


async def bot(api_url: str, token: str, secret: str, endpoint: str) -> None:
    """Run the bot until stdin ends; from its first line on, list the bucket at `endpoint`."""
    slack = SlackSettings(
        bot_token=SecretStr(token),
        signing_secret=SecretStr(secret),
        app_token=None,
        api_url=api_url,
    )
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    lister = S3Lister(lambda _: client, Clock())

    async def list_forever() -> None:
        while True:
            listing = await lister.usage(Bucket("bench", "us-east-1", None))
            print(listing.usage.objects, f"{listing.stats.keys_per_second:.0f}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}", price_list=""
        )
        own = Server(host="127.0.0.1", port=0)
        async with open_bot(settings, slack, own, Clock()) as running:
            await running.start()
            print(running.http.url, flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            scan = asyncio.create_task(list_forever())
            await asyncio.to_thread(sys.stdin.read)
            scan.cancel()
            await asyncio.gather(scan, return_exceptions=True)
            await lister.close()
            await running.stop()


async def acks(url: str, secret: str, seconds: float) -> list[float]:
    """Milliseconds until each of `_A_SECOND` commands a second was acked, sorted."""
    took: list[float] = []
    verifier = SignatureVerifier(secret)

    async def ask(session: aiohttp.ClientSession) -> None:
        body = urlencode(
            {
                "command": "/s3",
                "text": _COMMAND,
                "channel_id": "C1",
                "user_id": "U1",
                "team_id": "T1",
                "api_app_id": "A1",
                "trigger_id": "1",
                "response_url": "http://127.0.0.1:9/",
            }
        )
        now = str(int(datetime.now(UTC).timestamp()))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": verifier.generate_signature(timestamp=now, body=body) or "",
        }
        began = time.perf_counter()
        async with session.post(f"{url}/slack/events", data=body, headers=headers) as answer:
            said = await answer.text()
        if "regoin" not in said:
            raise SystemExit(f"the ack does not answer the question: {answer.status} {said[:200]}")
        took.append(1000 * (time.perf_counter() - began))

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(int(seconds * _A_SECOND)):
            group.create_task(ask(session))
            await asyncio.sleep(1 / _A_SECOND)
    return sorted(took)


def told(name: str, took: Sequence[float]) -> str:
    """One line: median, 99th percentile, worst."""
    last = len(took) - 1
    return (
        f"acks {name:8} p50 {took[last // 2]:6.1f} ms  p99 {took[round(0.99 * last)]:6.1f} ms  "
        f"worst {took[last]:6.1f} ms  of {len(took)}"
    )


async def measure(endpoint: str, seconds: float) -> None:
    """Print how long acks take, idle and during listings."""
    async with SlackServer.of_manifest(manifest("/s3"), host="127.0.0.1", port=0) as slack:
        command = ["-m", "benchmarks.acks", "--bot", slack.api_url, slack.bot_token]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            slack.signing_secret,
            endpoint,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            url = (await process.stdout.readline()).decode().strip()
            await acks(url, slack.signing_secret, 1)  # what is slow only once
            print(told("idle", await acks(url, slack.signing_secret, seconds)))
            process.stdin.write(b"list\n")
            await process.stdin.drain()
            took = await acks(url, slack.signing_secret, seconds)
            process.stdin.close()
            listed = (await process.stdout.read()).decode().split()
            speed = max(map(int, listed[1::2]), default=0)
            print(told("listing", took), f" at {speed:,} keys/s")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def main() -> None:
    """Read the arguments; be the bot, or measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endpoint", nargs="?", help="of benchmarks.server")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--bot", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.bot:
        uvloop.run(bot(*chosen.bot))
    elif chosen.endpoint:
        uvloop.run(measure(chosen.endpoint, chosen.seconds))
    else:
        parser.error("an endpoint is needed: python -m benchmarks.server prints its port")


if __name__ == "__main__":
    main()
