"""What was counted in part is never told as the whole, the newest object included."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from rich.console import Console

from bot.core.language import parse_query
from bot.core.report import Row, report
from bot.core.scan import Listing, ScanStats
from bot.core.snapshot import Snapshot
from bot.core.units import Unit
from bot.core.usage import Source, Usage
from bot.views import bucket, columns, terminal
from bot.views.scan import scan_text
from tests.views.estates import BOOK, NOW, metrics

SOME = replace(metrics("logs", "us-east-1", 5, STANDARD=5), source=Source.LIST, complete=False)
NONE_YET = replace(SOME, objects=0, cells=(), newest=None)


def row(usage: Usage) -> Row:
    """The row of a bucket."""
    return report(Snapshot(NOW, (usage,)), parse_query(""), BOOK).rows[0]


def test_a_listing_that_was_stopped_at_once_has_not_found_a_bucket_empty() -> None:
    """Nobody knows whether there are objects."""
    assert columns.newest(row(NONE_YET)) == columns.UNKNOWN
    assert columns.newest(row(replace(NONE_YET, complete=True))) == columns.NO_OBJECTS


@pytest.mark.parametrize(("usage", "mark"), [(SOME, "≥ "), (replace(SOME, complete=True), "")])
def test_the_newest_of_a_part_is_at_most_as_new_as_the_newest(usage: Usage, mark: str) -> None:
    """The day is a bound like the other numbers."""
    assert columns.newest(row(usage)).startswith(f"{mark}2026-11-22 checkout/")


@pytest.mark.parametrize(("usage", "told"), [(NONE_YET, "not known"), (SOME, "newest at least 20")])
def test_a_scan_says_so_too(usage: Usage, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In its last lines."""
    took = ScanStats(1, 0, 0, 1.0, 5.0, 1, Decimal("0.000005"))
    terminal.draw(scan_text(Listing(usage, took)), Console())
    out = capsys.readouterr().out
    assert told in out
    assert "no objects" not in out


@pytest.mark.parametrize(("usage", "told"), [(NONE_YET, "not known"), (SOME, "≥ 2026-11-22")])
def test_one_bucket_says_so_too(usage: Usage, told: str) -> None:
    """Where it has a line of its own."""
    assert told in dict(bucket.facts(row(usage), Unit.AUTO, 40))["Newest object"]
