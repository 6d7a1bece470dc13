"""`s3monitor`: the bot, and the same questions from a terminal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

import uvloop
from rich.console import Console

import bot
from bot import logs
from bot.cli import Exit
from bot.cli.screen import give_up_stdout
from bot.core.advice import EXAMPLE
from bot.errors import QueryError, Told
from bot.settings import Settings, read
from bot.views import terminal

#: What is logged beside an answer: the bot tells what it does, a prompt only what is broken.
_LEVELS = {"run": logging.INFO, "demo": logging.ERROR}

_EXITS = """\
exit status:
  0 answered    1 failed    2 bad question
  3 answered in part: something was skipped
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status. No traceback for what a person can mend."""
    given = _parser().parse_args(arguments)
    try:
        logs.configure(read(Settings).log_format, _LEVELS.get(given.verb, logging.WARNING))
        status = _run(given)
        sys.stdout.flush()
        return status
    except QueryError as told:
        return _say(told, Exit.BAD_QUESTION)
    except Told as told:
        return _say(told, Exit.FAILED)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # `s3monitor ask … | head`: the reader has seen enough
        give_up_stdout()
        return Exit.ANSWERED


def _say(told: Told, status: int) -> int:
    # Not by `draw`, which cuts at the terminal's width: a sentence goes on in the next line
    Console(stderr=True, soft_wrap=True).print(terminal.problem(told))
    return status


def _run(given: argparse.Namespace) -> int:
    # Each verb is imported when it is asked for: `--version` need not load an SDK.
    settings = read(Settings)
    if given.verb == "run":
        from bot.cli.run import run

        return _async(run(settings))
    if given.verb == "ask":
        from bot.cli.ask import ask

        question = " ".join(given.question)
        return _async(ask(question, given.format, settings, confirm=not given.no_confirm))
    if given.verb == "scan":
        from bot.cli.scan import Wanted, scan

        wanted = Wanted(
            given.address,
            given.format,
            given.concurrency or settings.concurrency,
            versions=given.versions,
            confirm=not given.no_confirm,
        )
        return _async(scan(wanted, settings))
    if given.verb == "demo":
        from bot.cli.demo import demo

        return demo(" ".join(given.question), settings)
    if given.verb == "workspace":
        from bot.cli.workspace import workspace

        return _async(
            workspace(settings, given.host, given.port, beyond_loopback=given.beyond_loopback)
        )
    if given.verb == "prices":
        from bot.cli.prices import refresh

        return _async(refresh(settings, given.region, accept=given.accept))
    if given.verb == "manifest":
        from bot.cli.documents import manifest

        return manifest(settings.command, given.url)
    from bot.cli.documents import policy

    return policy(settings)


def _async(work: Coroutine[Any, Any, int]) -> int:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _concurrency(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="s3monitor",
        description="What an AWS S3 estate holds, what it costs, and what changed: "
        "in Slack and in a terminal.",
        epilog="Try `s3monitor demo` first: it needs neither Slack nor AWS.",
    )
    parser.add_argument("--version", action="version", version=f"s3monitor {bot.__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND", title="commands")

    def verb(name: str, help: str, **more: Any) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **more,
        )

    verb(
        "run",
        "run the bot in Slack",
        epilog="SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET\n"
        "(HTTP on PORT), are read from the environment. Stops at SIGTERM, after the\n"
        "answers under way.",
    )
    ask = verb(
        "ask",
        "answer one question with the AWS credentials of this terminal",
        epilog="Ctrl-C stops a listing: what was counted by then is printed as `at least`.\n\n"
        f'example:\n  s3monitor ask "{EXAMPLE}" --format json\n\n{_EXITS}',
    )
    ask.add_argument("question", nargs="+", metavar="QUESTION", help="what /s3 takes in Slack")
    ask.add_argument(
        "--format",
        choices=("text", "json", "csv", "blocks"),
        default="text",
        help="text (the default), json (one document), csv, or blocks (the exact Slack message)",
    )
    ask.add_argument(
        "--no-confirm",
        action="store_true",
        help="do not ask before a listing dearer than S3MONITOR_SCAN_CONFIRM_USD",
    )
    scan = verb(
        "scan",
        "list a bucket or prefix now and count what is in it",
        epilog="Ctrl-C stops it: what was counted by then is printed as `at least`.\n\n"
        f"example:\n  s3monitor scan s3://my-bucket/logs/ --format json\n\n{_EXITS}",
    )
    scan.add_argument("address", metavar="s3://BUCKET[/PREFIX]", help="what to list")
    scan.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text (the default), or json (one document)",
    )
    scan.add_argument(
        "--versions",
        action="store_true",
        help="count noncurrent versions, delete markers and unfinished uploads, too",
    )
    scan.add_argument(
        "--concurrency",
        type=_concurrency,
        metavar="N",
        help="requests in flight at most; S3MONITOR_CONCURRENCY, or 64, unless told",
    )
    scan.add_argument(
        "--no-confirm",
        action="store_true",
        help="do not ask before a listing dearer than S3MONITOR_SCAN_CONFIRM_USD",
    )
    demo = verb(
        "demo",
        "try every command on a sample AWS account, without Slack or AWS",
        epilog='examples:\n  s3monitor demo\n  s3monitor demo "report unit=GB"',
    )
    demo.add_argument("question", nargs="*", metavar="QUESTION", help="answer this and exit")
    prices = verb(
        "prices",
        "read AWS's price list of today",
        epilog="examples:\n  s3monitor prices refresh\n"
        "  s3monitor prices refresh --accept --region us-east-1\n\n"
        "Kept in the database that S3MONITOR_DATABASE_URL names. The bot reads it weekly.",
    )
    prices.add_argument("action", choices=("refresh",), help="what to do")
    prices.add_argument(
        "--accept", action="store_true", help="keep prices that vanished or moved by more than half"
    )
    prices.add_argument("--region", action="append", help="this region alone; may be repeated")
    local = verb(
        "workspace",
        "try the bot on your own AWS credentials in a local chat page",
        epilog="The page looks and works like the corner of Slack that the bot lives in.\n"
        "Nothing is installed in Slack.",
    )
    local.add_argument("--port", type=int, default=8333, help="of the page; 8333 unless told")
    local.add_argument("--host", default="127.0.0.1", help="address to listen on")
    local.add_argument(
        "--beyond-loopback",
        action="store_true",
        help="allow a --host that others can reach: whoever does sees your S3 estate",
    )
    manifest = verb("manifest", "print the Slack app manifest")
    manifest.add_argument(
        "--url", help="address of Slack's requests (https://…/slack/events); else Socket Mode"
    )
    verb("policy", "print the least-privilege IAM policy")
    return parser


if __name__ == "__main__":
    sys.exit(main())
