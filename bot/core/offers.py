"""AWS's offer files, read into prices.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-the-offer-index.html
An offer file says prices of products that nothing but their attributes tell apart. Usage types
are compared whole behind the region's prefix, never by how they end: `Tables-TimedStorage-ByteHrs`
is not STANDARD's, and `TimedStorage-ByteHrs` itself is shared with overheads of other classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.core.prices import FEE_PER, Fee, Price, PriceBook, PriceSource, Tier
from bot.core.storage import STORAGE_CLASSES, storage_types
from bot.core.usage import GB

#: The offers that hold S3's prices. Deep Archive's storage is in one of its own; the other
#: knows it as staging alone, at 21 times the price.
OFFERS = ("AmazonS3", "AmazonS3GlacierDeepArchive")

#: Usage type behind the prefix -> price key and the product's volumeType.
_STORAGE = {
    "TimedStorage-ByteHrs": ("STANDARD", "Standard"),
    "TimedStorage-SIA-ByteHrs": ("STANDARD_IA", "Standard - Infrequent Access"),
    "TimedStorage-ZIA-ByteHrs": ("ONEZONE_IA", "One Zone - Infrequent Access"),
    "TimedStorage-GIR-ByteHrs": ("GLACIER_IR", "Glacier Instant Retrieval"),
    "TimedStorage-GlacierByteHrs": ("GLACIER", "Amazon Glacier"),
    "TimedStorage-GlacierStaging": ("GLACIER_STAGING", "Amazon Glacier Staging"),
    "TimedStorage-GDA-ByteHrs": ("DEEP_ARCHIVE", "Glacier Deep Archive"),
    "TimedStorage-INT-FA-ByteHrs": (
        "INTELLIGENT_TIERING_FA",
        "Intelligent-Tiering Frequent Access",
    ),
    "TimedStorage-INT-IA-ByteHrs": (
        "INTELLIGENT_TIERING_IA",
        "Intelligent-Tiering Infrequent Access",
    ),
    "TimedStorage-INT-AIA-ByteHrs": (
        "INTELLIGENT_TIERING_AIA",
        "Intelligent-Tiering Archive Instant Access",
    ),
    "TimedStorage-INT-AA-ByteHrs": (
        "INTELLIGENT_TIERING_AA",
        "IntelligentTieringArchiveAccess",
    ),
    "TimedStorage-INT-DAA-ByteHrs": (
        "INTELLIGENT_TIERING_DAA",
        "IntelligentTieringDeepArchiveAccess",
    ),
    "TimedStorage-RRS-ByteHrs": ("REDUCED_REDUNDANCY", "Reduced Redundancy"),
    "TimedStorage-XZ-ByteHrs": ("EXPRESS_ONEZONE", "Express One Zone"),
    "Tables-TimedStorage-ByteHrs": ("S3_TABLES", "Tables"),
    "Tables-TimedStorage-INT-IA-ByteHrs": ("S3_TABLES_INT_IA", "Tables"),
    "Tables-TimedStorage-INT-AIA-ByteHrs": ("S3_TABLES_INT_AIA", "Tables"),
    "Vectors-TimedStorage-ByteHrs": ("S3_VECTORS", "Vectors"),
    "Files-TimedStorage-ByteHrs": ("S3_FILES", "Files"),
}

#: Usage type behind the prefix, and operation -> fee. None: whatever the operation.
_FEES: dict[tuple[str, str | None], tuple[Fee, str]] = {
    ("Requests-Tier1", None): (Fee.WRITE_REQUESTS, "STANDARD"),
    ("Requests-Tier2", None): (Fee.READ_REQUESTS, "STANDARD"),
    ("Requests-INT-Tier1", None): (Fee.WRITE_REQUESTS, "INTELLIGENT_TIERING"),
    ("Requests-INT-Tier2", None): (Fee.READ_REQUESTS, "INTELLIGENT_TIERING"),
    ("Requests-SIA-Tier1", None): (Fee.WRITE_REQUESTS, "STANDARD_IA"),
    ("Requests-SIA-Tier2", None): (Fee.READ_REQUESTS, "STANDARD_IA"),
    ("Requests-ZIA-Tier1", None): (Fee.WRITE_REQUESTS, "ONEZONE_IA"),
    ("Requests-ZIA-Tier2", None): (Fee.READ_REQUESTS, "ONEZONE_IA"),
    ("Requests-GIR-Tier1", None): (Fee.WRITE_REQUESTS, "GLACIER_IR"),
    ("Requests-GIR-Tier2", None): (Fee.READ_REQUESTS, "GLACIER_IR"),
    ("Requests-XZ-Tier1", None): (Fee.WRITE_REQUESTS, "EXPRESS_ONEZONE"),
    ("Requests-XZ-Tier2", None): (Fee.READ_REQUESTS, "EXPRESS_ONEZONE"),
    ("Requests-GLACIER-Tier1", "PutObject"): (Fee.WRITE_REQUESTS, "GLACIER"),
    ("Requests-GDA-Tier1", "PutObject"): (Fee.WRITE_REQUESTS, "DEEP_ARCHIVE"),
    ("Requests-Tier3", "S3-GlacierTransition"): (Fee.TRANSITION, "GLACIER"),
    ("Requests-Tier3", "RestoreObject"): (Fee.RESTORE, "GLACIER_STANDARD"),
    ("Retrieval-SIA", None): (Fee.RETRIEVAL, "STANDARD_IA"),
    ("Retrieval-ZIA", None): (Fee.RETRIEVAL, "ONEZONE_IA"),
    ("Retrieval-GIR", None): (Fee.RETRIEVAL, "GLACIER_IR"),
    ("Retrieval-XZ", None): (Fee.RETRIEVAL, "EXPRESS_ONEZONE"),
    ("Upload-XZ", None): (Fee.EXPRESS_UPLOAD, ""),
    ("Standard-Retrieval-Bytes", "RestoreObject"): (Fee.RETRIEVAL, "GLACIER_STANDARD"),
    ("Standard-Retrieval-Bytes", "DeepArchiveRestoreObject"): (
        Fee.RETRIEVAL,
        "DEEP_ARCHIVE_STANDARD",
    ),
    ("Monitoring-Automation-INT", None): (Fee.MONITORING, ""),
    ("TagStorage-TagHrs", None): (Fee.TAGS, ""),
}

_PREFIXED = re.compile(r"(?:([A-Z0-9]+)-)?TimedStorage-(?:GDA-)?ByteHrs")

#: Price keys of what the bot measures. Others (tables, vectors) stay as they were when a file
#: does not have them.
_MEASURED = frozenset(STORAGE_CLASSES) | {each.price_key for each in storage_types().values()}


class OfferError(ValueError):
    """An offer file that does not say what offer files say; the message names the place."""


@dataclass(slots=True)
class Offered:
    """What offer files said of some regions, added up over the files."""

    storage: dict[tuple[str, str], tuple[Tier, ...]] = field(default_factory=dict)
    fees: dict[tuple[str, Fee, str], Price] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    _ambiguous: set[tuple[str, Fee, str]] = field(default_factory=set)

    def add(self, offer: Mapping[str, Any], read_on: date) -> None:
        """Read one offer file, of one region or of all. Raises OfferError."""
        try:
            self._add(offer, read_on)
        except (KeyError, TypeError, AttributeError) as error:
            raise OfferError(f"not an offer file: {type(error).__name__} {error}") from error

    def _add(self, offer: Mapping[str, Any], read_on: date) -> None:
        source = PriceSource(f"{offer['offerCode']} {offer['version']}", read_on)
        products: Mapping[str, Any] = offer["products"]
        terms: Mapping[str, Any] = offer["terms"].get("OnDemand", {})
        for region, prefix in _prefixes(products.values()):
            self.prefixes[region] = prefix
        for sku, product in products.items():
            attributes = product["attributes"]
            region = attributes.get("regionCode", "")
            if region not in self.prefixes or sku not in terms:
                continue
            suffix = _suffix(attributes["usagetype"], self.prefixes[region])
            operation = attributes.get("operation", "")
            known = _STORAGE.get(suffix or "")
            if known and _is_storage(known, attributes, operation):
                key = region, known[0]
                steps = _steps(sku, terms[sku], source)
                if self.storage.setdefault(key, steps) != steps:
                    raise OfferError(f"two prices for {known[0]} in {region}")
            fee = _FEES.get((suffix or "", None)) or _FEES.get((suffix or "", operation))
            if fee:
                self._add_fee((region, *fee), _price(sku, terms[sku], fee[0], source))

    def _add_fee(self, key: tuple[str, Fee, str], price: Price) -> None:
        # AWS has usage types of one name at several prices; better the price known before
        # than the wrong one of those
        if self.fees.setdefault(key, price).usd != price.usd:
            self._ambiguous.add(key)
        if key in self._ambiguous:
            self.fees.pop(key, None)


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that another book has differently.

    what: the price key, or the fee and its class. before, after: dollars of each step, as the
    price is quoted; empty where there is none.
    """

    region: str
    what: str
    before: tuple[Decimal, ...]
    after: tuple[Decimal, ...]

    @property
    def vanished(self) -> bool:
        """Whether there is no price any more."""
        return not self.after

    @property
    def doubtful(self) -> bool:
        """Whether a person should look: it or one of its steps vanished, or moved by over half."""
        pairs = zip(self.before, self.after, strict=False)
        moved = any(abs(after - before) * 2 > before for before, after in pairs)
        return moved or len(self.after) < len(self.before)


def refreshed(book: PriceBook, offered: Offered, read_on: date) -> PriceBook:
    """`book` with what was offered in place of its own prices.

    A region that was read loses the storage prices its files no longer have; regions that
    were not read, fees and what the bot does not measure keep theirs, with their own dates.
    """
    storage = {
        (region, key): tiers
        for (region, key), tiers in book.storage.items()
        if region not in offered.prefixes or key not in _MEASURED
    }
    return PriceBook(
        as_of=read_on if offered.storage else book.as_of,
        storage={**storage, **offered.storage},
        fees={**book.fees, **offered.fees},
        rules=book.rules,
        prefixes={**book.prefixes, **offered.prefixes},
        free_buckets=book.free_buckets,
    )


def changes(before: PriceBook, after: PriceBook) -> tuple[PriceChange, ...]:
    """Every price that differs, sorted by region."""
    found = [
        PriceChange(region, key, _usd(before.rates(region, key)), _usd(after.rates(region, key)))
        for region, key in before.storage.keys() | after.storage.keys()
    ]
    for region, fee, of in before.fees.keys() | after.fees.keys():
        old, new = before.fee(region, fee, of), after.fee(region, fee, of)
        found.append(
            PriceChange(
                region,
                f"{fee} {of}".strip(),
                (old.usd,) if old else (),
                (new.usd,) if new else (),
            )
        )
    differing = (change for change in found if change.before != change.after)
    return tuple(sorted(differing, key=lambda change: (change.region, change.what)))


def _usd(tiers: tuple[Tier, ...] | None) -> tuple[Decimal, ...]:
    return tuple(tier.usd for tier in tiers or ())


def _prefixes(products: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each region's prefix, as its STANDARD (or Deep Archive) storage has it."""
    for product in products:
        attributes = product["attributes"]
        match = _PREFIXED.fullmatch(attributes.get("usagetype", ""))
        volume = attributes.get("volumeType")
        if match and volume in ("Standard", "Glacier Deep Archive") and attributes["regionCode"]:
            yield attributes["regionCode"], match[1] or ""


def _suffix(usage_type: str, prefix: str) -> str | None:
    """A usage type behind its region's prefix; None for one of another region's."""
    if not prefix:
        # us-east-1 has none, but for a few newer products
        return usage_type.removeprefix("USE1-")
    head, _, rest = usage_type.partition("-")
    return rest if head == prefix else None


def _is_storage(known: tuple[str, str], attributes: Mapping[str, Any], operation: str) -> bool:
    # overheads of other classes share STANDARD's usage type and differ in the operation
    return attributes.get("volumeType") == known[1] and (known[0] != "STANDARD" or not operation)


def _dimensions(sku: str, terms: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    dimensions = [
        dimension for term in terms.values() for dimension in term["priceDimensions"].values()
    ]
    if not dimensions:
        raise OfferError(f"{sku} has no price")
    return sorted(dimensions, key=lambda dimension: _number(sku, dimension["beginRange"]))


def _steps(sku: str, terms: Mapping[str, Any], source: PriceSource) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    reached: Decimal = Decimal(0)
    for dimension in _dimensions(sku, terms):
        if _number(sku, dimension["beginRange"]) != reached or (
            tiers and tiers[-1].up_to_gb is None
        ):
            raise OfferError(f"{sku}: its steps do not join")
        end = None if dimension["endRange"] == "Inf" else _number(sku, dimension["endRange"])
        if end is not None:
            if end != end.to_integral_value() or end <= reached:
                raise OfferError(f"{sku}: its steps do not rise")
            reached = end
        usd = _number(sku, dimension["pricePerUnit"]["USD"])
        tiers.append(Tier(None if end is None else int(end), usd, source))
    return tuple(tiers)


def _price(sku: str, terms: Mapping[str, Any], fee: Fee, source: PriceSource) -> Price:
    """A fee as it is quoted: per thousand requests, where the file says per request."""
    per, unit = FEE_PER[fee]
    dimension = _dimensions(sku, terms)[-1]
    usd = _number(sku, dimension["pricePerUnit"]["USD"])
    return Price(usd if per == GB else usd * per, per, unit, source)


def _number(sku: str, text: object) -> Decimal:
    if not isinstance(text, str):
        raise OfferError(f"{sku}: {text!r} is not a number as text")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise OfferError(f"{sku}: {text!r} is not a number") from error
    if not number.is_finite() or number < 0:
        raise OfferError(f"{sku}: {text!r} is not a price")
    return number
