"""What AWS billed for S3 in a month, and how it compares with the estimate.

Usage types: https://docs.aws.amazon.com/AmazonS3/latest/userguide/aws-usage-report-understand.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bot.core.cost import Estimate
from bot.core.prices import EXACT, Fee

#: What one request to Cost Explorer costs. https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/
REQUEST_USD = Decimal("0.01")


_MILLIONTH = Decimal("0.000001")


class Kind(StrEnum):
    """What a line of the bill is for."""

    STORAGE = "storage"
    REQUESTS = "requests"
    TRANSFER = "transfer"
    RETRIEVAL = "retrieval"
    EARLY_DELETE = "early deletes"
    DISCOUNT = "discounts"
    OTHER = "other features"


#: Storage usage types behind the region's prefix -> price key. SmObjects are minimum sizes.
_STORAGE = {
    "TimedStorage-ByteHrs": "STANDARD",
    "TimedStorage-SIA-ByteHrs": "STANDARD_IA",
    "TimedStorage-SIA-SmObjects": "STANDARD_IA",
    "TimedStorage-ZIA-ByteHrs": "ONEZONE_IA",
    "TimedStorage-ZIA-SmObjects": "ONEZONE_IA",
    "TimedStorage-GIR-ByteHrs": "GLACIER_IR",
    "TimedStorage-GIR-SmObjects": "GLACIER_IR",
    "TimedStorage-GlacierByteHrs": "GLACIER",
    "TimedStorage-GlacierStaging": "GLACIER_STAGING",
    "TimedStorage-GDA-ByteHrs": "DEEP_ARCHIVE",
    "TimedStorage-GDA-Staging": "GLACIER_STAGING",
    "TimedStorage-INT-FA-ByteHrs": "INTELLIGENT_TIERING_FA",
    "TimedStorage-INT-IA-ByteHrs": "INTELLIGENT_TIERING_IA",
    "TimedStorage-INT-AIA-ByteHrs": "INTELLIGENT_TIERING_AIA",
    "TimedStorage-INT-AA-ByteHrs": "INTELLIGENT_TIERING_AA",
    "TimedStorage-INT-DAA-ByteHrs": "INTELLIGENT_TIERING_DAA",
    "TimedStorage-RRS-ByteHrs": "REDUCED_REDUNDANCY",
    "TimedStorage-XZ-ByteHrs": "EXPRESS_ONEZONE",
    "Monitoring-Automation-INT": Fee.MONITORING.value,
}

#: Cost Explorer's record types that are no usage but take something off, or put tax on.
#: https://docs.aws.amazon.com/cost-management/latest/userguide/ce-filtering.html
_TAKEN_OFF = {
    "Credit",
    "Refund",
    "Discount",
    "BundledDiscount",
    "EdpDiscount",
    "Enterprise Discount Program Discount",
    "PrivateRateDiscount",
    "Private Rate Card Discount",
    "Distributor Discount",
    "Solution Provider Program Discount",
}


@dataclass(frozen=True, slots=True)
class BillLine:
    """One usage type of a month, of one record type.

    region: None where the usage type's prefix is not known. suffix: the usage type behind the
    prefix. quantity: in `unit`, of storage GB-months; None where AWS gave none.
    """

    usage_type: str
    record_type: str
    region: str | None
    suffix: str
    quantity: Decimal | None
    unit: str
    usd: Decimal

    @property
    def price_key(self) -> str | None:
        """Of storage the price it is billed at, or `monitoring`; None of all else."""
        return _STORAGE.get(self.suffix)

    @property
    def kind(self) -> Kind:
        """What it is for."""
        if self.record_type in _TAKEN_OFF:
            return Kind.DISCOUNT
        if self.record_type != "Usage":
            return Kind.OTHER
        if self.price_key is not None:
            return Kind.STORAGE
        if self.suffix.startswith("EarlyDelete-"):
            return Kind.EARLY_DELETE
        if self.suffix.startswith("Requests-"):
            return Kind.REQUESTS
        if self.suffix.startswith(("Retrieval-", "Upload-")) or "Retrieval-Bytes" in self.suffix:
            return Kind.RETRIEVAL
        if self.suffix.endswith(("-In-Bytes", "-Out-Bytes", "-In-ABytes", "-Out-ABytes")):
            return Kind.TRANSFER
        return Kind.OTHER


@dataclass(frozen=True, slots=True)
class Bill:
    """The S3 lines of a month's bill.

    month: its first day. accounts: those it is for; none for all that could be seen.
    final: False while AWS still adds to it. requests: what reading it took, at `REQUEST_USD`.
    """

    month: date
    accounts: frozenset[str]
    lines: tuple[BillLine, ...]
    read_at: datetime
    final: bool
    requests: int

    @property
    def total(self) -> Decimal:
        """Dollars, of everything."""
        return sum((line.usd for line in self.lines), Decimal(0))

    @property
    def read_usd(self) -> Decimal:
        """What reading it cost."""
        return self.requests * REQUEST_USD

    def of(self, kind: Kind) -> Decimal:
        """Dollars of one kind."""
        return sum((line.usd for line in self.lines if line.kind is kind), Decimal(0))


@dataclass(frozen=True, slots=True)
class Storage:
    """One region's storage at one price key, billed and estimated. None: one of them has none.

    billed, estimated: dollars; quantities: GB-months (of `monitoring`, as AWS counts them).
    """

    region: str | None
    price_key: str
    billed: Decimal | None
    estimated: Decimal | None
    billed_quantity: Decimal | None
    estimated_quantity: Decimal | None

    @property
    def gap(self) -> Decimal:
        """How much more was billed."""
        return (self.billed or Decimal(0)) - (self.estimated or Decimal(0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A bill beside an estimate of the same month.

    estimated: the estimate's dollars. parts: what the bill has beside storage, by kind, and
    UNEXPLAINED is what is left. billed = estimated + the parts + unexplained, exactly.
    """

    bill: Bill
    estimated: Decimal
    at_least: bool
    parts: Mapping[Kind, Decimal]
    storage: tuple[Storage, ...]

    @property
    def billed(self) -> Decimal:
        """The bill's dollars."""
        return self.bill.total

    @property
    def gap(self) -> Decimal:
        """How much more was billed than estimated."""
        return self.billed - self.estimated

    @property
    def unexplained(self) -> Decimal:
        """What of the gap no part explains: storage billed otherwise than estimated."""
        return self.gap - sum(self.parts.values(), Decimal(0))


def split_usage_type(usage_type: str, prefixes: Mapping[str, str]) -> tuple[str | None, str]:
    """A usage type's region, and what stands behind its prefix.

    prefixes: a price book's. Cost Explorer gives us-east-1 no prefix, or `USE1`.
    """
    head, dash, rest = usage_type.partition("-")
    if dash:
        for region, prefix in prefixes.items():
            if prefix and prefix == head:
                return region, rest
    if head == "USE1" and dash:
        return "us-east-1", rest
    known = usage_type in _STORAGE or head in _UNPREFIXED
    return ("us-east-1" if known else None), usage_type


#: How usage types without a prefix begin: those of us-east-1, which has none.
_UNPREFIXED = frozenset(
    {
        "TimedStorage",
        "Requests",
        "EarlyDelete",
        "Retrieval",
        "Standard",
        "Bulk",
        "Expedited",
        "Upload",
        "Monitoring",
        "TagStorage",
        "DataTransfer",
        "StorageAnalytics",
        "Inventory",
    }
)


def compare(bill: Bill, estimate: Estimate) -> Comparison:
    """The bill beside the estimate of the same month (of `month_to_date`) and accounts.

    Discounts that the estimate has counted in already are none of the gap's: with a
    configured discount what AWS took off shows as unexplained if it differs.
    """
    parts: dict[Kind, Decimal] = {kind: bill.of(kind) for kind in Kind if kind is not Kind.STORAGE}
    if estimate.terms.discounted:
        parts[Kind.DISCOUNT] += estimate.list_total - estimate.total
    billed: dict[tuple[str | None, str], list[BillLine]] = defaultdict(list)
    for line in bill.lines:
        if line.kind is Kind.STORAGE and line.price_key:
            billed[line.region, line.price_key].append(line)
    estimated: dict[tuple[str | None, str], tuple[Decimal, Decimal]] = {}
    for pool in estimate.pools:
        usd, quantity = estimated.get((pool.region, pool.price_key), (Decimal(0), Decimal(0)))
        months = EXACT.divide(Decimal(pool.quantity), Decimal(pool.steps[0].per)).quantize(
            _MILLIONTH, context=EXACT
        )
        estimated[pool.region, pool.price_key] = usd + pool.usd, quantity + months
    rows = [
        _storage(key, billed.get(key), estimated.get(key))
        for key in sorted(billed.keys() | estimated.keys(), key=lambda key: (key[0] or "", key[1]))
    ]
    return Comparison(bill, estimate.total, estimate.at_least, parts, tuple(rows))


def _storage(
    key: tuple[str | None, str],
    lines: list[BillLine] | None,
    estimated: tuple[Decimal, Decimal] | None,
) -> Storage:
    known = [line.quantity for line in lines or () if line.quantity is not None]
    return Storage(
        region=key[0],
        price_key=key[1],
        billed=sum((line.usd for line in lines), Decimal(0)) if lines else None,
        estimated=estimated[0] if estimated else None,
        billed_quantity=sum(known, Decimal(0)) if known else None,
        estimated_quantity=estimated[1] if estimated else None,
    )
