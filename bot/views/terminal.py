"""A report as text for a terminal, drawn by rich."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.core.charges import Doubt
from bot.core.outcome import Answer, Costs
from bot.core.report import Report
from bot.errors import Told
from bot.views import bill, cost
from bot.views import document as documents
from bot.views.columns import cells, columns
from bot.views.message import Message
from bot.views.report import headline, remarks, shown, title


def report(data: Report, now: datetime) -> RenderableType:
    """The title, the table with its totals, the small print."""
    parts: list[RenderableType] = [Text(title(data.query), style="bold"), Text(headline(data))]
    drawn = cells(data)
    if drawn:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for column in columns(data):
            key = column.title in ("Newest object", "Storage classes")
            table.add_column(
                column.title,
                justify="right" if column.right else "left",
                overflow="fold",
                no_wrap=not key,
                ratio=1 if key else None,
            )
        for row in drawn:
            # Text, not str: rich would read `[red]` in a key as markup
            table.add_row(*(Text(cell) for cell in row))
        parts.append(table)
    small = [line for line in (shown(data, len(drawn)), *remarks(data, now)) if line]
    parts += [Text(line, style="dim") for line in small]
    return Group(*parts)


def answer(what: Answer, now: datetime) -> RenderableType:
    """Any answer."""
    if isinstance(what, Report):
        return report(what, now)
    if isinstance(what, Costs):
        return cost.drawn(what.breakdown, now, what.query.words)
    return bill.drawn(what.comparison)


def document(what: Answer) -> dict[str, Any]:
    """Any answer's JSON document."""
    if isinstance(what, Report):
        return documents.document(what)
    if isinstance(what, Costs):
        return cost.document(what.breakdown, str(what.query))
    return bill.document(what.comparison, str(what.asked))


def complete(what: Answer) -> bool:
    """Whether nothing was skipped or measured in part."""
    if isinstance(what, Report):
        return what.complete
    if isinstance(what, Costs):
        doubts = {doubt for each in what.breakdown.doubts.values() for doubt in each}
        return not what.skipped and not doubts & {Doubt.INCOMPLETE, Doubt.NOT_MEASURED}
    return not what.unseen


def problem(told: Told) -> RenderableType:
    """What went wrong, and what to do next."""
    return Group(*(Text(line) for line in (told.problem, told.advice) if line))


def message(said: Message) -> RenderableType:
    """What is said in Slack, as plain text."""
    text = said.text
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return Text(text)


def draw(what: RenderableType, console: Console) -> None:
    """Print it."""
    console.print(what)
