"""The JSON document's and CSV's contract, apart from what their golden files show."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.views.document import document, to_csv, usd
from tests.views.estates import (
    BACKUPS,
    DENIED,
    EMPTY,
    LOGS,
    SNOW,
    UNCOUNTED,
    UNKNOWN_CLASS,
    WEB,
    ask,
)

DATA = ask("report", LOGS, BACKUPS, WEB, EMPTY, SNOW, DENIED)


def documented(found: dict[str, object], *keys: str) -> bool:
    """Whether its keys begin with those documented, in their order. More may follow."""
    return list(keys) == list(found)[: len(keys)]


def test_the_document_has_the_documented_keys_first() -> None:
    """Scripts rely on them; new ones come after."""
    found = document(DATA)
    assert documented(
        found,
        "command",
        "taken_at",
        "complete",
        "prices_as_of",
        "totals",
        "rows",
        "skipped",
        "unpriced",
    )
    assert documented(found["totals"], "buckets", "objects", "bytes", "usd_month")
    assert documented(found["skipped"][0], "bucket", "reason", "permission")
    for row in found["rows"]:
        assert documented(
            row,
            "bucket",
            "region",
            "created",
            "objects",
            "bytes",
            "newest",
            "classes",
            "usd_month",
            "source",
            "as_of",
        )
        assert row["newest"] is None or list(row["newest"]) == ["key", "modified"]
        for use in row["classes"].values():
            assert list(use) == ["objects", "bytes", "usd_month"]


def test_dollars_are_strings_and_add_up_exactly() -> None:
    """Rows to the total, classes to their row."""
    found = document(DATA)
    assert Decimal(found["totals"]["usd_month"]) == sum(
        Decimal(row["usd_month"]) for row in found["rows"]
    )
    for row in found["rows"]:
        priced = [use["usd_month"] for use in row["classes"].values() if use["usd_month"]]
        assert Decimal(row["usd_month"]) == sum(map(Decimal, priced))


def test_unknown_is_null_and_nothing_is_zero() -> None:
    """An uncounted bucket, an unpriced class, an empty bucket."""
    uncounted, unpriced, empty = (
        document(ask("report", each))["rows"][0] for each in (UNCOUNTED, UNKNOWN_CLASS, EMPTY)
    )
    assert (uncounted["objects"], uncounted["newest"]) == (None, None)
    assert unpriced["usd_month"] is None
    assert (empty["objects"], empty["bytes"], empty["usd_month"]) == (0, 0, "0.00")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", "0.00"),
        ("70.66", "70.66"),
        ("70.6", "70.60"),
        ("1E+3", "1000.00"),
        ("0.0034598", "0.0034598"),
        ("12345678901234567890123456789012.000001", "12345678901234567890123456789012.000001"),
    ],
)
def test_dollars_have_cents_at_least_and_all_that_is_known(amount: str, expected: str) -> None:
    """Never an exponent."""
    assert expected == usd(Decimal(amount))


def test_csv_has_a_line_for_what_was_skipped() -> None:
    """Without numbers: a sum over the column stays the sum of what is known."""
    lines = list(csv.DictReader(io.StringIO(to_csv(DATA))))
    assert len(lines) == 6
    denied = lines[-1]
    assert denied["bucket"] == "litigation-hold"
    assert denied["skipped"] == "access denied (needs s3:ListBucket)"
    assert denied["bytes"] == denied["usd_month"] == denied["STANDARD_bytes"] == ""
    assert DATA.totals.bytes == sum(int(line["bytes"] or 0) for line in lines)


def test_csv_has_the_same_first_columns_whatever_was_found() -> None:
    """A spreadsheet's formulas go on working when nothing matches."""
    empty = to_csv(ask("report")).rstrip("\n").split(",")
    assert to_csv(DATA).splitlines()[0].split(",")[: len(empty)] == empty


def test_csv_runs_no_formula() -> None:
    """A spreadsheet would obey what begins with one of its signs."""
    assert "\n'=cmd,us-east-1," in to_csv(ask("report", replace(LOGS, bucket="=cmd")))
