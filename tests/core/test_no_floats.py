"""No float anywhere between a byte count and a dollar."""

from __future__ import annotations

import ast
import dataclasses
import decimal
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given

from bot.core import (
    bill,
    breakdown,
    charges,
    cost,
    metering,
    month,
    offers,
    pools,
    prices,
    terms,
)
from bot.core.prices import shipped_prices
from bot.core.snapshot import Snapshot
from bot.core.terms import Terms
from bot.core.usage import Usage
from tests.core.estates import AS_OF, usages
from tests.core.offer_files import offer_files
from tests.core.test_bill import bill as october
from tests.core.test_bill import line

MODULES = [bill, breakdown, charges, cost, metering, month, offers, pools, prices, terms]
SCRIPT = Path(__file__).parents[2] / "scripts" / "generate_prices.py"


@pytest.mark.parametrize(
    "path", [*(Path(each.__file__ or "") for each in MODULES), SCRIPT], ids=lambda path: path.stem
)
def test_the_code_has_no_float_in_it(path: Path) -> None:
    """No float literal, no `float`, and no `/`, which makes one of two ints."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
    ]
    assert found == []


def values(of: object) -> Iterator[object]:
    """Everything inside a value, at any depth."""
    yield of
    if dataclasses.is_dataclass(of):
        for field in dataclasses.fields(of):
            yield from values(getattr(of, field.name))
    elif isinstance(of, Mapping):
        for key, value in of.items():
            yield from values(key)
            yield from values(value)
    elif isinstance(of, (list, tuple, set, frozenset)):
        for value in of:
            yield from values(value)


@given(usages())
def test_no_float_is_in_what_is_computed(estate: list[Usage]) -> None:
    """Estimates, months, breakdowns and comparisons, with Decimal refusing to meet a float."""
    with decimal.localcontext() as context:
        context.traps[decimal.FloatOperation] = True
        book = shipped_prices()
        found = cost.estimate(estate, book, Terms(discount=decimal.Decimal("7.5")))
        snapshots = [Snapshot(AS_OF - timedelta(days=1), tuple(estate))]
        until = datetime(2026, 11, 22, 12, tzinfo=UTC)
        told = month.month_to_date(snapshots, book, until)
        results = [
            found,
            found.most,
            told,
            breakdown.breakdown(found),
            bill.compare(october(line("TimedStorage-ByteHrs", "1.5")), told.estimate),
        ]
    assert [value for value in values(results) if isinstance(value, float)] == []


def test_no_float_is_in_a_price() -> None:
    """Neither in the shipped book nor in one read from offer files."""
    book = shipped_prices()
    offered = offers.Offered()
    for document in offer_files(book):
        offered.add(document, AS_OF.date())
    again = offers.refreshed(book, offered, AS_OF.date())
    found = [value for value in values([book, again]) if isinstance(value, float)]
    assert found == []
