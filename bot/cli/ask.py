"""`s3monitor ask`: one question, answered in a terminal."""

from __future__ import annotations

import sys
from datetime import datetime
from decimal import Decimal
from functools import partial

import bot
from bot.app import Estate, carry_out_in_terminal
from bot.cli import Exit
from bot.cli.consent import agree
from bot.cli.estate import on_first_ctrl_c, progress_bar, terminal_estate
from bot.cli.screen import Screen
from bot.clock import Clock
from bot.core.language import parse
from bot.core.listings import NOTHING_AGREED, WHATEVER_IT_COSTS
from bot.core.outcome import Answer, Asker, Offer, Outcome, complete
from bot.core.query import BillAsked, Command, Plain, Query
from bot.core.report import Report
from bot.errors import QueryError
from bot.flows.carry_out import CarryOut
from bot.settings import Settings
from bot.views import document, terminal
from bot.views.listings import takes
from bot.views.outcome import document as document_of
from bot.views.outcome import outcome


async def ask(question: str, form: str, settings: Settings, *, confirm: bool = True) -> int:
    """Answer on stdout as text, json, csv or blocks; 0, or 3 when something was skipped.

    confirm: ask before a listing that is dear. Ctrl-C stops listings, and what is known by then
    is answered. Raises QueryError for what is no question, EstateError when nothing could be
    read, ConsentError when nobody agrees to what it costs, BudgetError.
    """
    command = parse(question)
    clock = Clock()
    if command in (Plain.HELP, Plain.VERSION):
        drawn = terminal.outcome(command, clock.now(), version=bot.__version__)
        terminal.draw(drawn, Screen())
        return Exit.ANSWERED
    if not isinstance(command, Query | BillAsked):
        raise QueryError(
            f"`{command}` is for a channel in Slack.",
            "Try it in `s3monitor demo`, or ask `report`.",
        )
    async with terminal_estate(settings) as estate:
        carry_out = carry_out_in_terminal(estate, clock)
        agreed = NOTHING_AGREED if confirm else WHATEVER_IT_COSTS
        answer = await _carried_out(carry_out, command, agreed, estate)
        if isinstance(answer, Offer):
            agree(f"{takes(answer.quote)} Go ahead?", settings.scan_confirm_usd)
            answer = await _carried_out(carry_out, command, answer.quote.price, estate)
    assert isinstance(answer, Answer)  # noqa: S101  # what questions come to
    write(answer, form, clock.now(), settings)
    return Exit.ANSWERED if complete(answer) else Exit.IN_PART


async def _carried_out(
    carry_out: CarryOut, command: Command, agreed: Decimal, estate: Estate
) -> Outcome:
    with on_first_ctrl_c(partial(estate.latest.stop_all, "you")), progress_bar() as progress:
        return await carry_out(command, Asker("you", "terminal"), progress, agreed)


def write(answer: Answer, form: str, now: datetime, settings: Settings) -> None:
    """Write an answer to stdout in one of the formats. Raises QueryError for one it has not."""
    if form == "json":
        sys.stdout.write(f"{document.to_json(document_of(answer))}\n")
    elif form == "csv":
        if not isinstance(answer, Report):
            raise QueryError("Only a report can be CSV.", "Try `--format json`.")
        sys.stdout.write(document.to_csv(answer))
    elif form == "blocks":
        said = outcome(answer, now, command=settings.command, version=bot.__version__)
        sys.stdout.write(f"{document.to_json(said.payload())}\n")
    else:
        terminal.draw(terminal.outcome(answer, now, version=bot.__version__), Screen())
