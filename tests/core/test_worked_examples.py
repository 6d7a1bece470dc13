"""AWS's own worked examples, to the cent. Every dollar figure here stands on the page named.

FAQ: https://aws.amazon.com/s3/faqs/ (billing, versioning, S3 Glacier and S3 Express One Zone).
PAGE: https://aws.amazon.com/s3/pricing/ (examples of S3 Tables, S3 Vectors, Object Lambda).
BILLING: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from bot.core.charges import Charge, Component
from bot.core.cost import estimate
from bot.core.month import month_to_date
from bot.core.pools import priced
from bot.core.prices import Fee, PriceBook, PriceSource, Tier, shipped_prices
from bot.core.snapshot import Snapshot
from bot.core.terms import Terms
from bot.core.usage import GB, KB
from tests.core.estates import listed, measured, metric, objects

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def cents(usd: Decimal | None) -> Decimal:
    """To the cent, as the pages write it."""
    assert usd is not None
    return usd.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def of_march(*sizes: tuple[int, int]) -> list[Snapshot]:
    """Daily snapshots of a bucket: from these days on, these bytes of STANDARD."""
    snapshots = []
    for number in range(1, 32):
        moment = MARCH + timedelta(days=number - 1)
        size = next(size for first, size in reversed(sizes) if number >= first)
        usage = measured("a", metric("StandardStorage", size), as_of=moment)
        snapshots.append(Snapshot(moment, (usage,)))
    return snapshots


def test_the_storage_example_of_the_faq() -> None:
    """FAQ: 100 GB for 15 days of March and 100 TB for 16 are 52,900 GB-months, $1,215.00."""
    told = month_to_date(
        of_march((1, 107_374_182_400), (16, 109_951_162_777_600)), shipped_prices(), APRIL
    )
    (pool,) = told.estimate.pools
    assert pool.quantity == 42_259_901_212_262_400
    assert pool.quantity == 52_900 * GB * told.hours
    assert [(step.quantity // GB // 744, cents(step.usd)) for step in pool.steps] == [
        (51_200, Decimal("1177.60")),
        (1_700, Decimal("37.40")),
    ]
    assert cents(told.estimate.total) == Decimal("1215.00")


def test_the_versioning_example_of_the_faq() -> None:
    """FAQ: 4 GB all of March and 5 GB more from the 16th are 5,257,039,970,304 byte-hours."""
    told = month_to_date(of_march((1, 4 * GB), (16, 9 * GB)), shipped_prices(), APRIL)
    (pool,) = told.estimate.pools
    assert pool.quantity == 5_257_039_970_304
    assert round(pool.quantity * 1000 / GB / 744) == 6_581  # 6.581 GB-months


def test_the_glacier_overhead_example_of_the_faq() -> None:
    """FAQ: 100,000 archived objects of 1 GB are billed 100,003.2 GB of Glacier, 0.8 of Standard.

    AWS rounds 32 KB to 0.000032 GB there; the cents are the same either way.
    """
    told = estimate([listed("a", objects("GLACIER", 100_000, GB))], shipped_prices())
    glacier, standard = told.pools
    assert [cents(pool.usd) for pool in (glacier, standard)] == [
        cents(Decimal("100003.2") * Decimal("0.0036")),
        cents(Decimal("0.8") * Decimal("0.023")),
    ]
    assert (glacier.quantity, standard.quantity) == (
        100_000 * (GB + 32 * KB),
        100_000 * 8 * KB,
    )


@pytest.mark.parametrize(
    ("kind", "region", "gb", "usd"),
    [
        ("EXPRESS_ONEZONE", "us-east-1", 10, "1.10"),  # FAQ, S3 Express One Zone, example 1
        ("S3_TABLES", "us-west-2", 1_024, "27.14"),  # PAGE, S3 Tables pricing example
        ("S3_VECTORS", "us-east-1", 59, "3.54"),  # PAGE, S3 Vectors, example 1
    ],
)
def test_storage_examples(kind: str, region: str, gb: int, usd: str) -> None:
    """So many GB-months at the class's price."""
    assert cents(storage(kind, region, gb * GB)) == Decimal(usd)


def test_the_second_vectors_example() -> None:
    """PAGE: 400 million vectors of 6.17 KB are 2,354 GB and $141.22 a month."""
    size = 617 * KB * 4_000_000
    assert -(-size // GB) == 2_354
    assert cents(storage("S3_VECTORS", "us-east-1", size)) == Decimal("141.22")


def storage(price_key: str, region: str, size: int) -> Decimal:
    """What bytes cost under a price key, of kinds of buckets the bot does not measure too."""
    charge = Charge(None, "a", region, price_key, Component.STORAGE, price_key, price_key)
    case, unpriced = priced([(charge, size)], shipped_prices(), Terms())
    assert unpriced == []
    return case.total


@pytest.mark.parametrize(
    ("region", "fee", "of", "quantity", "usd"),
    [
        # FAQ, request example: 31 days of 10,000 PUT and 20,000 GET
        ("us-east-1", Fee.WRITE_REQUESTS, "STANDARD", 310_000, "1.55"),
        ("us-east-1", Fee.READ_REQUESTS, "STANDARD", 620_000, "0.25"),
        # FAQ, data retrieval example
        ("us-east-1", Fee.RETRIEVAL, "STANDARD_IA", 300 * GB, "3.00"),
        # FAQ, S3 Express One Zone, example 1: a million writes, nine million reads of 10 KB
        ("us-east-1", Fee.WRITE_REQUESTS, "EXPRESS_ONEZONE", 1_000_000, "1.13"),
        ("us-east-1", Fee.READ_REQUESTS, "EXPRESS_ONEZONE", 9_000_000, "0.27"),
        ("us-east-1", Fee.EXPRESS_UPLOAD, "", 1_000_000 * 10 * KB, "0.03"),
        ("us-east-1", Fee.RETRIEVAL, "EXPRESS_ONEZONE", 9_000_000 * 10 * KB, "0.05"),
        # FAQ, S3 Express One Zone, example 2: 30 days of 5,242,880 writes, 10,485,760 reads
        ("us-east-1", Fee.WRITE_REQUESTS, "EXPRESS_ONEZONE", 30 * 5_242_880, "177.73"),
        ("us-east-1", Fee.READ_REQUESTS, "EXPRESS_ONEZONE", 30 * 10_485_760, "9.44"),
        # PAGE, S3 Object Lambda pricing example
        ("us-east-1", Fee.READ_REQUESTS, "STANDARD", 1_000_000, "0.40"),
        # PAGE, S3 Tables examples, whose requests cost as STANDARD's do
        ("us-west-2", Fee.WRITE_REQUESTS, "STANDARD", 30 * 1_003, "0.15"),
        ("us-west-2", Fee.READ_REQUESTS, "STANDARD", 500_000, "0.20"),
        ("us-east-1", Fee.WRITE_REQUESTS, "STANDARD", 30 * 24 * 21, "0.08"),
    ],
)
def test_examples_of_fees(region: str, fee: Fee, of: str, quantity: int, usd: str) -> None:
    """So many requests or bytes at the fee's price."""
    price = shipped_prices().fee(region, fee, of)
    assert price is not None
    assert cents(price.cost(quantity)) == Decimal(usd)


def test_the_total_of_the_express_example() -> None:
    """FAQ, S3 Express One Zone, example 1: $1.10 + $1.13 + $0.27 + $0.03 + $0.05 = $2.58."""
    book, region, express = shipped_prices(), "us-east-1", "EXPRESS_ONEZONE"
    fees = [
        (Fee.WRITE_REQUESTS, express, 1_000_000),
        (Fee.READ_REQUESTS, express, 9_000_000),
        (Fee.EXPRESS_UPLOAD, "", 1_000_000 * 10 * KB),
        (Fee.RETRIEVAL, express, 9_000_000 * 10 * KB),
    ]
    total = cents(storage(express, region, 10 * GB))
    for fee, of, quantity in fees:
        price = book.fee(region, fee, of)
        assert price is not None
        total += cents(price.cost(quantity))
    assert total == Decimal("2.58")


def test_the_volume_example_of_consolidated_billing() -> None:
    """BILLING: 8 TB and 4 TB under one payer are 12 TB: 10 at $0.17 a GB, 2 at $0.13, $2,007.04.

    Each pays its part of that rather than $2,088.96 apart. The page's prices are examples.
    """
    source = PriceSource("example", date(2026, 1, 1))
    steps = (Tier(10 * 1024, Decimal("0.17"), source), Tier(None, Decimal("0.13"), source))
    book = PriceBook(date(2026, 1, 1), {("us-east-1", "STANDARD"): steps})
    susan = measured("susan", metric("StandardStorage", 8 * 1024 * GB), account="1")
    bob = measured("bob", metric("StandardStorage", 4 * 1024 * GB), account="2")
    together = estimate([susan, bob], book)
    assert (cents(together.total), cents(together.of("susan")), cents(together.of("bob"))) == (
        Decimal("2007.04"),
        Decimal("1338.03"),
        Decimal("669.01"),
    )
    apart = estimate([susan, bob], book, Terms(payers={"2": "2"}))
    assert cents(apart.total) == Decimal("2088.96")
