"""The bill beside the estimate: what each line is for, and where the gap comes from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.bill import Bill, BillLine, Kind, compare, split_usage_type
from bot.core.cost import LIST_PRICES, Estimate, estimate
from bot.core.prices import shipped_prices
from bot.core.terms import Terms
from bot.core.usage import GB
from tests.core.estates import measured, metric

PREFIXES = shipped_prices().prefixes
READ = datetime(2026, 11, 3, tzinfo=UTC)


def line(usage_type: str, usd: str, record_type: str = "Usage", quantity: str = "1") -> BillLine:
    """A line as Cost Explorer gives it."""
    region, suffix = split_usage_type(usage_type, PREFIXES)
    amount = Decimal(quantity)
    return BillLine(usage_type, record_type, region, suffix, amount, "GB-Month", Decimal(usd))


def bill(*lines: BillLine) -> Bill:
    """October's."""
    return Bill(date(2026, 10, 1), frozenset(), lines, READ, final=True, requests=1)


def estimated(terms: Terms = LIST_PRICES) -> Estimate:
    """1,000 GB of STANDARD in us-east-1 and 100 of STANDARD_IA in Frankfurt: $24.35."""
    usages = [
        measured("a", metric("StandardStorage", 1_000 * GB)),
        measured("b", metric("StandardIAStorage", 100 * GB), region="eu-central-1"),
    ]
    return estimate(usages, shipped_prices(), terms)


@pytest.mark.parametrize(
    ("usage_type", "region", "kind", "price_key"),
    [
        ("TimedStorage-ByteHrs", "us-east-1", Kind.STORAGE, "STANDARD"),
        ("USE1-TimedStorage-ByteHrs", "us-east-1", Kind.STORAGE, "STANDARD"),
        ("EU-TimedStorage-ByteHrs", "eu-west-1", Kind.STORAGE, "STANDARD"),
        ("EUC1-TimedStorage-SIA-SmObjects", "eu-central-1", Kind.STORAGE, "STANDARD_IA"),
        ("UGW1-TimedStorage-GDA-Staging", "us-gov-west-1", Kind.STORAGE, "GLACIER_STAGING"),
        ("APS2-Monitoring-Automation-INT", "ap-southeast-2", Kind.STORAGE, "monitoring"),
        ("USW2-Tables-TimedStorage-ByteHrs", "us-west-2", Kind.OTHER, None),
        ("Requests-Tier1", "us-east-1", Kind.REQUESTS, None),
        ("EUW2-Requests-GLACIER-Tier1", "eu-west-2", Kind.REQUESTS, None),
        ("EarlyDelete-GDA", "us-east-1", Kind.EARLY_DELETE, None),
        ("CAN1-EarlyDelete-ByteHrs", "ca-central-1", Kind.EARLY_DELETE, None),
        ("Retrieval-SIA", "us-east-1", Kind.RETRIEVAL, None),
        ("SAE1-Standard-Retrieval-Bytes", "sa-east-1", Kind.RETRIEVAL, None),
        ("DataTransfer-Out-Bytes", "us-east-1", Kind.TRANSFER, None),
        ("USE1-USW2-AWS-Out-Bytes", "us-east-1", Kind.TRANSFER, None),
        ("EUC1-AWS-In-Bytes", "eu-central-1", Kind.TRANSFER, None),
        ("Global-Bucket-Hrs", None, Kind.OTHER, None),
        ("ZZZ9-TimedStorage-ByteHrs", None, Kind.OTHER, None),
    ],
)
def test_every_usage_type_is_told_apart(
    usage_type: str, region: str | None, kind: Kind, price_key: str | None
) -> None:
    """By its whole name behind the region's prefix, never by how it ends."""
    found = line(usage_type, "1")
    assert (found.region, found.kind, found.price_key) == (region, kind, price_key)


def test_the_gap_is_split_into_its_parts() -> None:
    """Requests, transfer, retrieval, early deletes, other features, discounts; the rest is named."""
    told = compare(
        bill(
            line("TimedStorage-ByteHrs", "23.50", quantity="1021.74"),
            line("EUC1-TimedStorage-SIA-ByteHrs", "1.35", quantity="100"),
            line("Requests-Tier1", "5.00"),
            line("Requests-Tier2", "0.40"),
            line("DataTransfer-Out-Bytes", "9.00"),
            line("Retrieval-SIA", "3.00"),
            line("EarlyDelete-GDA", "0.10"),
            line("TagStorage-TagHrs", "0.65"),
            line("TimedStorage-ByteHrs", "-4.00", "Credit", quantity="0"),
            line("TimedStorage-ByteHrs", "2.00", "Tax", quantity="0"),
        ),
        estimated(),
    )
    assert told.parts == {
        Kind.REQUESTS: Decimal("5.40"),
        Kind.TRANSFER: Decimal("9.00"),
        Kind.RETRIEVAL: Decimal("3.00"),
        Kind.EARLY_DELETE: Decimal("0.10"),
        Kind.DISCOUNT: Decimal("-4.00"),
        Kind.OTHER: Decimal("2.65"),
    }
    assert (told.billed, told.estimated, told.unexplained) == (
        Decimal("41.00"),
        Decimal("24.35"),
        Decimal("0.50"),
    )


def test_storage_is_compared_by_region_and_price() -> None:
    """What one side alone knows of is None on the other, not zero."""
    told = compare(
        bill(
            line("TimedStorage-ByteHrs", "23.50", quantity="1021.74"),
            line("SAE1-TimedStorage-ByteHrs", "4.05", quantity="100"),
        ),
        estimated(),
    )
    rows = [(row.region, row.price_key, row.billed, row.estimated, row.gap) for row in told.storage]
    assert rows == [
        ("eu-central-1", "STANDARD_IA", None, Decimal("1.35"), Decimal("-1.35")),
        ("sa-east-1", "STANDARD", Decimal("4.05"), None, Decimal("4.05")),
        ("us-east-1", "STANDARD", Decimal("23.50"), Decimal(23), Decimal("0.50")),
    ]
    assert (told.storage[2].billed_quantity, told.storage[2].estimated_quantity) == (
        Decimal("1021.74"),
        Decimal(1000),
    )


def test_a_discount_that_the_estimate_has_is_no_gap() -> None:
    """10 % off on both sides leaves nothing to explain."""
    told = compare(
        bill(
            line("TimedStorage-ByteHrs", "23.00"),
            line("EUC1-TimedStorage-SIA-ByteHrs", "1.35"),
            line("TimedStorage-ByteHrs", "-2.435", "EdpDiscount", quantity="0"),
        ),
        estimated(Terms(discount=Decimal(10))),
    )
    assert (told.gap, told.unexplained) == (0, 0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["TimedStorage-ByteHrs", "EU-Requests-Tier1", "what-is-this", ""]),
            st.sampled_from(["Usage", "Credit", "Tax", "EdpDiscount", "Something"]),
            st.decimals(-1000, 1000, places=10),
        )
    )
)
def test_nothing_of_a_bill_is_lost(lines: list[tuple[str, str, Decimal]]) -> None:
    """Estimated, parts and unexplained rest add up to what was billed, whatever is on it."""
    told = compare(bill(*(line(usage, str(usd), kind) for usage, kind, usd in lines)), estimated())
    assert told.billed == sum(usd for _, _, usd in lines)
    assert told.estimated + sum(told.parts.values()) + told.unexplained == told.billed
