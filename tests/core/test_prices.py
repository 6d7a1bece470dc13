"""The price book: what it reads, what it refuses, what each price says of itself."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot import data
from bot.core.prices import Fee, PriceBook, PriceSource, Tier, shipped_prices


def test_all_storage_prices_are_told_by_region_and_price_key() -> None:
    """Each of the table's 913 prices comes back as it stands there, step by step."""
    book = shipped_prices()
    expected = [
        (region, key, step["up_to_gb"], Decimal(step["usd"]))
        for region, keys in data.prices()["storage"].items()
        for key, steps in keys.items()
        for step in steps
    ]
    actual = [
        (region, key, tier.up_to_gb, tier.usd)
        for region, keys in data.prices()["storage"].items()
        for key in keys
        for tier in book.rates(region, key) or ()
    ]
    assert expected == actual
    assert len(actual) == 913


def test_a_price_says_where_and_when_it_was_read() -> None:
    """The first step and the later ones of one price were read on different days."""
    bulk = PriceSource("clont-2026-09", date(2026, 9, 29))
    feed = PriceSource("feed-2025-06", date(2025, 6, 5))
    expected = (
        Tier(51_200, Decimal("0.023"), bulk),
        Tier(512_000, Decimal("0.022"), feed),
        Tier(None, Decimal("0.021"), feed),
    )
    assert expected == shipped_prices().rates("us-east-1", "STANDARD")


@pytest.mark.parametrize(
    ("region", "key"), [("us-east-9", "STANDARD"), ("us-east-1", "OUTPOSTS"), ("", "")]
)
def test_an_unknown_region_or_price_key_has_no_price(region: str, key: str) -> None:
    """No price is None, never zero."""
    assert shipped_prices().rates(region, key) is None


@pytest.mark.parametrize(
    ("region", "fee", "of", "usd", "per"),
    [
        ("us-east-1", Fee.WRITE_REQUESTS, "STANDARD", "0.005", 1_000),
        ("us-east-1", Fee.READ_REQUESTS, "EXPRESS_ONEZONE", "0.00003", 1_000),
        ("us-gov-east-1", Fee.TRANSITION, "GLACIER", "0.039", 1_000),
        ("us-east-1", Fee.RETRIEVAL, "GLACIER_IR", "0.03", 2**30),
        ("us-east-1", Fee.RESTORE, "GLACIER_EXPEDITED", "10", 1_000),
        ("us-east-1", Fee.MONITORING, "", "0.0025", 1_000),
        ("us-east-1", Fee.INVENTORY, "", "0.0025", 1_000_000),
        ("", Fee.BUCKET, "", "0.02", 1),
    ],
)
def test_fees_are_told_with_what_they_are_for(
    region: str, fee: Fee, of: str, usd: str, per: int
) -> None:
    """Dollars for so many; prices of requests are for a thousand."""
    price = shipped_prices().fee(region, fee, of)
    assert price is not None
    assert (Decimal(usd), per) == (price.usd, price.per)


def test_a_fee_that_was_not_read_is_unknown() -> None:
    """New Zealand's monitoring fee is in no source, and is not made up."""
    assert shipped_prices().fee("ap-southeast-6", Fee.MONITORING) is None


def test_a_book_survives_its_document() -> None:
    """Writing a book and reading it again gives the same book."""
    book = shipped_prices()
    assert book == PriceBook.from_document(book.to_document())


def test_a_book_cannot_be_changed() -> None:
    """Neither its fields nor what they hold."""
    book = shipped_prices()
    with pytest.raises(AttributeError):
        book.as_of = date(2000, 1, 1)  # type: ignore[misc]  # that it cannot is the point
    with pytest.raises(TypeError):
        book.storage["us-east-1", "STANDARD"] = ()  # type: ignore[index]  # likewise


def _broken(*path: Any, value: object) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(data.prices())
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


STANDARD = ("storage", "us-east-1", "STANDARD")


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "not a price table"),
        ({"currency": "CNY"}, "'CNY'"),
        (_broken(*STANDARD, 0, "usd", value=0.023), "0.023 is not a price written as a decimal"),
        (_broken(*STANDARD, 0, "usd", value="-0.023"), "'-0.023' is not a price"),
        (_broken(*STANDARD, 0, "usd", value="NaN"), "'NaN' is not a price"),
        (_broken(*STANDARD, 0, "up_to_gb", value=None), "us-east-1 STANDARD: a step without"),
        (_broken(*STANDARD, 1, "up_to_gb", value=51_200), "us-east-1 STANDARD: its steps"),
        (_broken(*STANDARD, value=[]), "us-east-1 STANDARD: a step without"),
        (_broken(*STANDARD, 0, "source", value="hearsay"), "KeyError 'hearsay'"),
        (_broken("as_of", value="yesterday"), "yesterday"),
    ],
)
def test_what_is_no_price_table_is_refused(document: dict[str, Any], says: str) -> None:
    """A number that went through a float among it; the message names the place."""
    with pytest.raises(ValueError, match=r"(?s).+") as caught:
        PriceBook.from_document(document)
    assert says in str(caught.value)
