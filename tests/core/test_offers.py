"""AWS's offer files, read into prices, and what differs from the book in use."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.core.offers import Offered, OfferError, changes, refreshed
from bot.core.prices import Fee, PriceBook, PriceSource, Tier, shipped_prices
from tests.core.offer_files import offer_files, product

TODAY = date(2026, 11, 22)
SOURCE = PriceSource("test", TODAY)


def offered(*documents: dict[str, Any]) -> Offered:
    """What they say together."""
    found = Offered()
    for document in documents:
        found.add(document, TODAY)
    return found


def only(*regions: str) -> PriceBook:
    """The shipped book of these regions."""
    book = shipped_prices()
    storage = {key: tiers for key, tiers in book.storage.items() if key[0] in regions}
    fees = {key: price for key, price in book.fees.items() if key[0] in regions}
    return replace(book, storage=storage, fees=fees)


@pytest.mark.parametrize("seed", range(3))
def test_all_storage_prices_are_read_from_offer_files(seed: int) -> None:
    """All 913, in any order of files, products and steps, with overheads and look-alikes."""
    book = shipped_prices()
    found = offered(*offer_files(book, seed))
    expected = {
        key: [(tier.up_to_gb, tier.usd) for tier in tiers] for key, tiers in book.storage.items()
    }
    actual = {
        key: [(tier.up_to_gb, tier.usd) for tier in tiers] for key, tiers in found.storage.items()
    }
    assert actual == expected
    assert sum(map(len, actual.values())) == 913
    assert found.prefixes == dict(book.prefixes)


def test_a_price_from_an_offer_file_names_its_version_and_the_day_it_was_read() -> None:
    """So that every figure can say where it is from."""
    found = offered(*offer_files(only("eu-west-1")))
    sources = {tier.source for tiers in found.storage.values() for tier in tiers}
    assert sources == {
        PriceSource("AmazonS3 20261101000000", TODAY),
        PriceSource("AmazonS3GlacierDeepArchive 20261101000000", TODAY),
    }


def requests(usage_type: str, operation: str, usd: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A product of requests in us-east-1."""
    made, terms = product(
        "us-east-1",
        usage_type,
        "",
        operation,
        (Tier(None, Decimal(usd), SOURCE),),
        random.Random(usage_type + operation + usd),
    )
    del made["attributes"]["volumeType"]
    return made, terms


def with_requests(*products: tuple[dict[str, Any], dict[str, Any]]) -> Offered:
    """us-east-1's files with these products in them."""
    documents = offer_files(only("us-east-1"))
    for document in documents:
        for made, terms in products:
            if document["offerCode"] == "AmazonS3":
                document["products"][made["sku"]] = made
                document["terms"]["OnDemand"][made["sku"]] = terms
    return offered(*documents)


def test_fees_are_quoted_by_the_thousand() -> None:
    """Files say dollars per request; retrieval is by the GB in both."""
    found = with_requests(
        requests("Requests-Tier1", "", "0.000005"),
        requests("Retrieval-SIA", "", "0.01"),
        requests("Monitoring-Automation-INT", "", "0.0000025"),
    )
    prices = {key[1:]: (price.usd, price.per) for key, price in found.fees.items()}
    assert prices == {
        (Fee.WRITE_REQUESTS, "STANDARD"): (Decimal("0.005"), 1_000),
        (Fee.RETRIEVAL, "STANDARD_IA"): (Decimal("0.01"), 2**30),
        (Fee.MONITORING, ""): (Decimal("0.0025"), 1_000),
    }


def test_the_operation_tells_restores_from_transitions() -> None:
    """They share a usage type."""
    found = with_requests(
        requests("Requests-Tier3", "RestoreObject", "0.00005"),
        requests("Requests-Tier3", "S3-GlacierTransition", "0.00003"),
    )
    prices = {key[1:]: price.usd for key, price in found.fees.items()}
    assert prices == {
        (Fee.RESTORE, "GLACIER_STANDARD"): Decimal("0.05"),
        (Fee.TRANSITION, "GLACIER"): Decimal("0.03"),
    }


def test_a_fee_at_two_prices_is_left_as_it_was() -> None:
    """Better the price known before than one of two."""
    found = with_requests(
        requests("Requests-Tier2", "A", "0.0000004"), requests("Requests-Tier2", "B", "0.000005")
    )
    assert found.fees == {}
    after = refreshed(shipped_prices(), found, TODAY)
    fee = ("us-east-1", Fee.READ_REQUESTS, "STANDARD")
    assert after.fee(*fee) == shipped_prices().fee(*fee)


def standard_of(document: dict[str, Any]) -> str:
    """The SKU of STANDARD storage."""
    return next(
        sku
        for sku, each in document["products"].items()
        if each["attributes"]["volumeType"] == "Standard"
    )


def dimensions_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """STANDARD's price dimensions, by where they begin."""
    (term,) = document["terms"]["OnDemand"][standard_of(document)].values()
    found: list[dict[str, Any]] = sorted(
        term["priceDimensions"].values(), key=lambda each: int(each["beginRange"])
    )
    return found


def main_file() -> dict[str, Any]:
    """us-east-1's file of the main offer."""
    documents = offer_files(only("us-east-1"))
    return next(document for document in documents if document["offerCode"] == "AmazonS3")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("beginRange", "50000", "do not join"),
        ("endRange", "51200", "do not rise"),
        ("endRange", "51200.5", "do not rise"),
        ("endRange", "lots", "'lots' is not a number"),
        ("pricePerUnit", {"USD": "-1"}, "'-1' is not a price"),
        ("pricePerUnit", {"USD": 0.022}, "0.022 is not a number as text"),
        ("pricePerUnit", {"CNY": "0.1"}, "KeyError 'USD'"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(field: str, value: object, says: str) -> None:
    """Rather than half a price list taken for a whole one."""
    document = main_file()
    dimensions_of(document)[1][field] = value
    with pytest.raises(OfferError) as caught:
        offered(document)
    assert says in str(caught.value)


@pytest.mark.parametrize("document", [{}, {"offerCode": "AmazonS3"}, {"products": []}])
def test_what_is_no_offer_file_is_refused(document: dict[str, Any]) -> None:
    """An error page that is JSON, for example."""
    with pytest.raises(OfferError, match="not an offer file"):
        offered(document)


def test_one_product_at_two_prices_is_refused() -> None:
    """Nobody could say which is right."""
    document = main_file()
    other = copy.deepcopy(document)
    dimensions_of(other)[0]["pricePerUnit"]["USD"] = "0.5"
    with pytest.raises(OfferError, match="two prices for STANDARD in us-east-1"):
        offered(document, other)


def test_the_same_prices_again_are_no_change() -> None:
    """Only dates and sources move."""
    book = shipped_prices()
    after = refreshed(book, offered(*offer_files(book)), TODAY)
    assert changes(book, after) == ()
    assert after.as_of == TODAY


def test_a_region_that_was_not_read_keeps_its_prices() -> None:
    """With the dates they had."""
    book = shipped_prices()
    after = refreshed(book, offered(*offer_files(only("eu-west-1"))), TODAY)
    assert after.rates("us-east-1", "STANDARD") == book.rates("us-east-1", "STANDARD")
    assert after.rates("eu-west-1", "STANDARD") != book.rates("eu-west-1", "STANDARD")


@pytest.mark.parametrize(
    ("usd", "doubtful"),
    [("0.0345", False), ("0.03451", True), ("0.0115", False), ("0.0114", True), ("0", True)],
)
def test_a_price_that_moves_by_more_than_half_is_doubtful(usd: str, doubtful: bool) -> None:
    """Up or down; exactly half is still believed."""
    book = only("us-east-1")
    document = main_file()
    dimensions_of(document)[0]["pricePerUnit"]["USD"] = usd
    found = changes(book, refreshed(book, offered(document), TODAY))
    change = next(each for each in found if each.what == "STANDARD")
    assert (change.before[0], change.after[0]) == (Decimal("0.023"), Decimal(usd))
    assert change.doubtful is doubtful


def test_a_class_that_vanishes_is_doubtful() -> None:
    """Without the other offer's file, Deep Archive is gone; it is not taken for staging."""
    book = only("us-east-1")
    (change,) = changes(book, refreshed(book, offered(main_file()), TODAY))
    assert (change.what, change.vanished, change.doubtful) == ("DEEP_ARCHIVE", True, True)


def test_steps_that_were_not_known_are_welcome() -> None:
    """New Zealand's second and third step, once they are read."""
    book = only("ap-southeast-6")
    document = next(each for each in offer_files(book) if each["offerCode"] == "AmazonS3")
    sku = standard_of(document)
    ((code, term),) = document["terms"]["OnDemand"][sku].items()
    term["priceDimensions"][f"{code}.2"] = {
        "beginRange": "51200",
        "endRange": "Inf",
        "pricePerUnit": {"USD": "0.0252"},
    }
    found = changes(book, refreshed(book, offered(document), TODAY))
    change = next(each for each in found if each.what == "STANDARD")
    assert not change.doubtful
    assert change.after == (Decimal("0.02625"), Decimal("0.0252"))
