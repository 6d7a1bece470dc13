"""`s3monitor ask`: one question, answered in a terminal."""

from __future__ import annotations

import sys
from datetime import datetime

from rich.console import Console

import bot
from bot.cli import Exit
from bot.cli.estate import progress_bar, terminal_estate
from bot.clock import Clock
from bot.core.language import parse
from bot.core.query import Plain, Query
from bot.core.report import Report
from bot.errors import QueryError
from bot.settings import Settings
from bot.views import document, terminal
from bot.views.report import report as message


async def ask(question: str, form: str, settings: Settings) -> int:
    """Answer on stdout as text, json, csv or blocks; 0, or 3 when something was skipped.

    Raises QueryError for what is no question, EstateError when nothing could be read.
    """
    command = parse(question)
    clock = Clock()
    if command in (Plain.HELP, Plain.VERSION):
        drawn = terminal.outcome(command, clock.now(), version=bot.__version__)
        terminal.draw(drawn, Console())
        return Exit.ANSWERED
    if not isinstance(command, Query):
        raise QueryError(
            f"`{command}` is for a channel in Slack.",
            "Try it in `s3monitor demo`, or ask `report`.",
        )
    async with terminal_estate(settings) as estate:
        with progress_bar() as progress:
            report = await estate.answer(command, progress)
    write(report, form, clock.now())
    return Exit.ANSWERED if report.complete else Exit.IN_PART


def write(report: Report, form: str, now: datetime) -> None:
    """Write a report to stdout in one of the formats."""
    if form == "json":
        sys.stdout.write(f"{document.to_json(document.document(report))}\n")
    elif form == "csv":
        sys.stdout.write(document.to_csv(report))
    elif form == "blocks":
        sys.stdout.write(f"{document.to_json(message(report, now).payload())}\n")
    else:
        terminal.draw(terminal.report(report, now), Console())
