"""Every answer as text for a terminal, drawn by rich."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.core.digest import Digest
from bot.core.outcome import Billed, Costs, Outcome, Status
from bot.core.query import Plain
from bot.core.report import Report, Row
from bot.errors import Told
from bot.views import bill, bucket, cost, replies
from bot.views import digest as digests
from bot.views.columns import NO_OBJECTS, cells, columns, totals
from bot.views.format import UNKNOWN, clean
from bot.views.message import Message
from bot.views.outcome import outcome as said
from bot.views.report import headline, remarks, shown, title
from bot.views.rows import Field, Rows, Trimmed

#: Columns that give way in a narrow terminal, the last first, and how their cells read then.
_BELOW = {
    "Objects": "{} objects",
    "Buckets": "{} buckets",
    "Region": "{}",
    "Created": "created {}",
    "Storage classes": "{}",
    "Newest object": "newest {}",
}
_KEY_CHARACTERS = 400
_LONGEST = 2_000


def outcome(what: Outcome, now: datetime, *, version: str, command: str = "") -> RenderableType:
    """Whatever came of a command. `command` is what stands before the words in examples."""
    if isinstance(what, Report):
        return report(what, now)
    if isinstance(what, Costs):
        return cost.drawn(what.breakdown, now, what.query.words)
    if isinstance(what, Billed):
        return bill.drawn(what.comparison, what.unseen)
    if isinstance(what, Digest):
        return digest(what, now)
    if isinstance(what, Status):
        return status(what)
    if what is Plain.HELP:
        return usage(command)
    return message(said(what, now, command=command, version=version))


def report(data: Report, now: datetime) -> RenderableType:
    """The title, the answer in one line, the table with its totals, the small print."""
    if data.query.bucket and not data.rows:
        return Text(bucket.missing_text(data))
    row = bucket.detailed(data)
    drawn = len(data.lines[: data.query.top])
    parts: list[RenderableType] = []
    if row is not None:
        parts = _bucket(data, row)
    elif drawn:
        parts = [Text(), _lines(data)]
    small = [line for line in (shown(data, drawn), *remarks(data, now)) if line]
    return Group(
        Text(title(data.query), style="bold"),
        Text(headline(data)),
        *parts,
        Text(),
        *(Text(line, style="dim") for line in (*small, clean(str(data.query), _LONGEST))),
    )


def _lines(data: Report) -> Rows:
    rows, below = cells(data), totals(data)
    alone = len(data.lines) == 1
    return Rows(
        [
            Field(
                column.title,
                [row[at] for row in rows],
                column.right,
                "" if alone else below[at],
                _below(column.title, [row[at] for row in rows]) if at else None,
                gives=column.title == "Newest object",
            )
            for at, column in enumerate(columns(data))
        ],
        tuple(_BELOW),
    )


def _below(title: str, found: list[str]) -> list[str] | None:
    """The cells as they read on a second line, where what is not known goes without saying."""
    if title not in _BELOW:
        return None
    return ["" if cell in (UNKNOWN, NO_OBJECTS) else _BELOW[title].format(cell) for cell in found]


def _bucket(data: Report, row: Row) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Text(),
        pairs(bucket.facts(row, data.query.unit, _KEY_CHARACTERS)),
    ]
    rows, below = bucket.class_cells(data, row), bucket.class_totals(data, row)
    if rows:
        fields = [
            Field(
                name,
                [cells_[at] for cells_ in rows],
                at in bucket.CLASS_RIGHT,
                below[at] if len(rows) > 1 else "",
            )
            for at, name in enumerate(bucket.CLASS_TITLES)
        ]
        parts += [Text(), Rows(fields)]
    return parts


def digest(data: Digest, now: datetime) -> RenderableType:
    """The change, a table of what moved most, the small print."""
    movers = digests.movers(data)
    rows = [digests.mover(move, data.report.query.unit) for move in movers]
    parts: list[RenderableType] = []
    if rows:
        below = digests.totals(data)
        fields = [
            Field(
                name,
                [row[at] for row in rows],
                at in digests.RIGHT,
                below[at],
                [f"{name.lower()} {row[at]}" for row in rows] if "Size" in name else None,
            )
            for at, name in enumerate(digests.TITLES)
        ]
        parts = [Text(), Rows(fields, ("Size change", "Size now"))]
    return Group(
        Text(digests.title(data), style="bold"),
        *(Text(line) for line in digests.lead(data)),
        *parts,
        Text(),
        *(Text(line, style="dim") for line in digests.small(data, now)),
    )


def status(what: Status) -> RenderableType:
    """A line a fact."""
    return pairs([(name, clean(value, 300)) for name, value in what.facts])


def usage(command: str = "") -> RenderableType:
    """`help`: examples, then options."""
    examples = [(f"{command} {words}".strip(), what) for words, what in replies.EXAMPLES]
    return Group(
        Text(replies.PURPOSE, style="bold"),
        Text(),
        pairs(examples),
        Text(),
        Text("Options", style="bold"),
        pairs([(words, what) for words, what in replies.OPTIONS]),
        Text(),
        Text(replies.NARROWING),
    )


def pairs(rows: list[tuple[str, str]]) -> RenderableType:
    """Two columns without lines; what is long is folded within the second."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(Text(name), Text(value))
    return made


def problem(told: Told) -> RenderableType:
    """What went wrong, and what to do next."""
    return Group(*(Text(clean(line, _LONGEST)) for line in (told.problem, told.advice) if line))


def message(said: Message) -> RenderableType:
    """What is said in Slack, as plain text."""
    text = said.text
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return Text(text)


def draw(what: RenderableType, console: Console) -> None:
    """Print it."""
    console.print(Trimmed(what))
