"""A table in a terminal, drawn by rich: no number is ever cut, whatever the width.

Columns that have no room move to a second line below their row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

_GAP = 2
_INDENT = 2
_DOT = " · "
#: Terminal cells of a name in the narrowest terminal, and of a part that gives way to others.
_NARROWEST = 12
_SHORTEST = 44


@dataclass(frozen=True, slots=True)
class Field:
    """A column: a cell a row, and the total below them.

    below: what each cell is on the second line when there is no room in the row, empty for
    nothing; None for a column that always stays. gives: its cells may be cut in the middle.
    """

    title: str
    cells: Sequence[str]
    right: bool = False
    total: str = ""
    below: Sequence[str] | None = None
    gives: bool = False

    @property
    def width(self) -> int:
        """Terminal cells that it needs."""
        return max(cell_len(text) for text in (self.title, self.total, *self.cells))


@dataclass(frozen=True, slots=True)
class Rows:
    """The table. The first field names the rows; it alone gives way in a very narrow terminal.

    precedence: titles of the movable fields, the first to get a place in the row first.
    """

    fields: Sequence[Field]
    precedence: Sequence[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich's protocol: the lines of the table, second lines in between."""
        width = options.max_width
        inside = self._inside(width)
        moved = [field for field in self.fields if field not in inside]
        rows = len(self.fields[0].cells)
        drawn = console.render_lines(self._table(inside, width), options, pad=False)
        for at, line in enumerate(drawn):
            yield from _bare(line)
            yield Segment.line()
            if 2 <= at < rows + 2:
                for second in _second(moved, at - 2, width - _INDENT):
                    yield Segment(f"{' ' * _INDENT}{second}", Style(dim=True))
                    yield Segment.line()

    def _by_precedence(self) -> list[Field]:
        movable = {field.title: field for field in self.fields if field.below is not None}
        return [movable[title] for title in self.precedence if title in movable]

    def _inside(self, width: int) -> list[Field]:
        """The fields with a place in the row."""
        chosen = {field.title for field in self.fields if field.below is None}
        taken = (field.width + _GAP for field in self.fields if field.title in chosen)
        room = width - sum(taken)
        for field in self._by_precedence():
            needed = min(field.width, _SHORTEST) if field.gives else field.width
            if needed <= room:
                chosen.add(field.title)
                room -= min(field.width, room) + _GAP
        return [field for field in self.fields if field.title in chosen]

    def _table(self, fields: list[Field], width: int) -> Table:
        name = fields[0]
        over = sum(field.width + _GAP for field in fields) - _GAP - width
        widths = {field.title: field.width for field in fields}
        for field in (*(field for field in fields if field.gives), name):
            least = _SHORTEST if field.gives else _NARROWEST
            given = max(min(over, field.width - least), 0)
            widths[field.title] -= given
            over -= given
        totals = any(field.total for field in fields)
        table = Table(
            box=box.SIMPLE,
            show_edge=False,
            pad_edge=False,
            padding=(0, _GAP - 1, 0, 0),
            show_footer=totals,
            header_style="bold",
            footer_style="bold",
        )
        for field in fields:
            table.add_column(
                Text(field.title),
                footer=Text(_shortened(field.total, widths[field.title])),
                justify="right" if field.right else "left",
                no_wrap=True,
            )
        for at in range(len(name.cells)):
            # Text, not str: rich would read `[red]` in a name as markup
            table.add_row(
                *(Text(_shortened(field.cells[at], widths[field.title])) for field in fields)
            )
        return table


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Anything, without the blanks that rich fills its lines up with."""

    inside: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich's protocol."""
        for line in console.render_lines(self.inside, options, pad=False):
            yield from _bare(line)
            yield Segment.line()


def _second(moved: Sequence[Field], at: int, width: int) -> Iterator[str]:
    """What has no place in row `at`, on as few lines as it takes."""
    said = [(field.below[at], field.gives) for field in moved if field.below and field.below[at]]
    over = sum(cell_len(part) + len(_DOT) for part, _ in said) - len(_DOT) - width
    parts = [
        _shortened(part, cell_len(part) - over)
        if gives and 0 < over <= cell_len(part) - _SHORTEST
        else part
        for part, gives in said
    ]
    line = ""
    for part in _pieces(parts, width):
        longer = f"{line}{_DOT}{part}" if line else part
        if cell_len(longer) > width:
            yield line
            longer = part
        line = longer
    if line:
        yield line


def _pieces(parts: Iterable[str], width: int) -> Iterator[str]:
    """The parts, lists among them taken apart where they are too long for a line."""
    for part in parts:
        for piece in part.split(", ") if cell_len(part) > width else [part]:
            yield _shortened(piece, width)


def _shortened(text: str, most: int) -> str:
    """At most that many terminal cells of it, cut in the middle."""
    if cell_len(text) <= most:
        return text
    tail = max(most // 2, 1)
    head = set_cell_size(text, max(most - 1 - tail, 0)).rstrip()
    return f"{head}…{_end(text, tail)}"


def _end(text: str, most: int) -> str:
    """Its last characters, as many as fit into `most` terminal cells."""
    while text and cell_len(text) > most:
        text = text[1:]
    return text


def _bare(line: Sequence[Segment]) -> list[Segment]:
    """The line without the blanks at its end, which would wrap in a pasted answer."""
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        last = kept[-1]
        kept[-1] = Segment(last.text.rstrip(), last.style)
    return kept
