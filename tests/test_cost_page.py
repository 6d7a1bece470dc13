"""docs/cost.md says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.bill import Kind
from bot.core.breakdown import NOT_INCLUDED, breakdown
from bot.core.charges import Component, Doubt, Reason
from bot.core.cost import estimate
from bot.core.prices import shipped_prices
from bot.core.usage import GB
from bot.views.cost import document
from tests.core.estates import measured, metric

PAGE = " ".join(
    (Path(__file__).parents[1] / "docs" / "cost.md").read_text(encoding="utf-8").split()
)

DOCUMENT = document(
    breakdown(estimate([measured("a", metric("StandardStorage", GB))], shipped_prices())), "cost"
)


@pytest.mark.parametrize("word", [*Component, *Reason, *Doubt])
def test_every_word_of_the_document_is_on_the_page(word: str) -> None:
    """As it stands in the JSON document."""
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize(
    "name",
    sorted({*DOCUMENT["components"][0], *DOCUMENT["pools"][0], "unpriced", "not_included"}),
)
def test_every_field_of_a_sum_is_on_the_page(name: str) -> None:
    """A spreadsheet's author finds each."""
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize(
    "what", [*NOT_INCLUDED, *(kind.value for kind in Kind if kind is not Kind.STORAGE)]
)
def test_what_is_left_out_is_on_the_page(what: str) -> None:
    """And what the bill has besides."""
    assert what in PAGE
