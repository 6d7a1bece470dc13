"""The price book: AWS's list prices for S3, dated, each with the source it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from bot import data
from bot.core.usage import GB

#: Wide enough that bytes times dollars divided by 2**30 is exact for any estate.
EXACT = Context(prec=120)

_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,15})?")


@dataclass(frozen=True, slots=True)
class PriceSource:
    """Where a price was read. date: the day it was, or the earliest day it can have been."""

    id: str
    date: date


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a storage price.

    up_to_gb: where the step ends, in GB (2**30 bytes) pooled over a payer's region; None for
        no end. When a class's last step has an end, nothing is known of the price beyond.
    usd: dollars per GB-month within the step.
    """

    up_to_gb: int | None
    usd: Decimal
    source: PriceSource

    def cost(self, size: int) -> Decimal:
        """Exact dollars a month of `size` bytes at this step's price."""
        return EXACT.divide(EXACT.multiply(Decimal(size), self.usd), Decimal(GB))


class Fee(StrEnum):
    """The prices beside storage. What each counts is in `FEE_PER`.

    WRITE_REQUESTS (PUT, COPY, POST, and LIST, which is STANDARD's whatever the class listed)
    and READ_REQUESTS (GET and all other) are by storage class; TRANSITION is by the class moved
    to; RETRIEVAL and RESTORE by class, for GLACIER and DEEP_ARCHIVE followed by the speed
    (`GLACIER_BULK`). EXPRESS_UPLOAD and EXPRESS_ONEZONE's retrieval are for every byte, as in
    the example of https://aws.amazon.com/s3/faqs/, no more for those beyond 512 KB alone.
    MONITORING is Intelligent-Tiering's, of objects of at least 128 KB. BUCKET is of the general
    purpose buckets of an account beyond `PriceBook.free_buckets`.
    """

    WRITE_REQUESTS = "write_requests"
    READ_REQUESTS = "read_requests"
    TRANSITION = "transition"
    RETRIEVAL = "retrieval"
    RESTORE = "restore"
    MONITORING = "monitoring"
    EXPRESS_UPLOAD = "express_upload"
    TAGS = "tags"
    INVENTORY = "inventory"
    BUCKET = "bucket"


#: How many of what a fee's price is for.
FEE_PER: Mapping[Fee, tuple[int, str]] = MappingProxyType(
    {
        Fee.WRITE_REQUESTS: (1_000, "requests"),
        Fee.READ_REQUESTS: (1_000, "requests"),
        Fee.TRANSITION: (1_000, "requests"),
        Fee.RETRIEVAL: (GB, "bytes"),
        Fee.RESTORE: (1_000, "requests"),
        Fee.MONITORING: (1_000, "objects a month"),
        Fee.EXPRESS_UPLOAD: (GB, "bytes"),
        Fee.TAGS: (10_000, "tags a month"),
        Fee.INVENTORY: (1_000_000, "objects"),
        Fee.BUCKET: (1, "buckets a month"),
    }
)


@dataclass(frozen=True, slots=True)
class Price:
    """A price without steps: `usd` dollars for `per` of `unit`."""

    usd: Decimal
    per: int
    unit: str
    source: PriceSource

    def cost(self, quantity: int) -> Decimal:
        """Exact dollars of `quantity`; the few divisors that have no end are cut at 120 digits."""
        return EXACT.divide(EXACT.multiply(Decimal(quantity), self.usd), Decimal(self.per))


@dataclass(frozen=True, slots=True)
class ClassRules:
    """What AWS bills of an object besides its bytes.

    min_billable_bytes: a smaller object is billed as this; 0 for none.
    min_days: an object deleted earlier is billed for these; 0 for none.
    index_bytes, name_bytes: added to every object, at the class's own and at STANDARD's price.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
    """

    min_billable_bytes: int = 0
    min_days: int = 0
    index_bytes: int = 0
    name_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PriceBook:
    """AWS's list prices at a date. Immutable; other prices are another book.

    as_of: the day the newest of its prices were read; each price has its own source and date.
    storage: steps by region and price key (`STANDARD`, `INTELLIGENT_TIERING_FA`, ...).
    fees: prices by region, fee and class (empty where there is none); BUCKET's region is empty.
    rules: by storage class. prefixes: what each region's usage types begin with in bills.
    free_buckets: how many buckets an account has before each costs a fee; None if not known.
    """

    as_of: date
    storage: Mapping[tuple[str, str], tuple[Tier, ...]]
    fees: Mapping[tuple[str, Fee, str], Price] = field(default_factory=dict)
    rules: Mapping[str, ClassRules] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    free_buckets: int | None = None

    def __post_init__(self) -> None:
        for name in ("storage", "fees", "rules", "prefixes"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def rates(self, region: str, price_key: str) -> tuple[Tier, ...] | None:
        """The steps of a storage price, lowest first; None where it is not known."""
        return self.storage.get((region, price_key))

    def fee(self, region: str, fee: Fee, of: str = "") -> Price | None:
        """A price beside storage; None where it is not known."""
        return self.fees.get((region, fee, of))

    def rule(self, storage_class: str) -> ClassRules:
        """The class's rules; none for a class without any."""
        return self.rules.get(storage_class, ClassRules())

    @property
    def regions(self) -> frozenset[str]:
        """The regions that have storage prices."""
        return frozenset(region for region, _ in self.storage)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PriceBook:
        """The book that a document of `to_document` holds, `bot/data/prices.json` among them.

        Raises ValueError, naming the place, for anything else; for a price that is a JSON
        number too, since it has been through a float.
        """
        try:
            return _book(document)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a price table: {type(error).__name__} {error}") from error

    def to_document(self) -> dict[str, Any]:
        """The book as JSON: decimal strings, ISO dates, every price with its source."""
        sources = {source.id: source.date.isoformat() for source in self._sources()}
        storage: dict[str, dict[str, Any]] = {}
        for (region, key), tiers in sorted(self.storage.items()):
            storage.setdefault(region, {})[key] = [
                {"up_to_gb": tier.up_to_gb, "usd": f"{tier.usd:f}", "source": tier.source.id}
                for tier in tiers
            ]
        fees: dict[str, dict[str, dict[str, Any]]] = {}
        for (region, fee, of), price in sorted(self.fees.items()):
            if fee is not Fee.BUCKET:
                fees.setdefault(region, {}).setdefault(fee.value, {})[of] = _plain(price)
        bucket = self.fee("", Fee.BUCKET)
        return {
            "as_of": self.as_of.isoformat(),
            "currency": "USD",
            "sources": dict(sorted(sources.items())),
            "usage_type_prefix": dict(sorted(self.prefixes.items())),
            "classes": {
                name: {
                    "min_billable_bytes": rules.min_billable_bytes,
                    "min_days": rules.min_days,
                    "overhead_bytes": {
                        "at_class_rate": rules.index_bytes,
                        "at_STANDARD_rate": rules.name_bytes,
                    },
                }
                for name, rules in sorted(self.rules.items())
            },
            "bucket_fee": {"free": self.free_buckets, **_plain(bucket)} if bucket else None,
            "storage": storage,
            "fees": fees,
        }

    def _sources(self) -> Iterator[PriceSource]:
        for tiers in self.storage.values():
            yield from (tier.source for tier in tiers)
        yield from (price.source for price in self.fees.values())


@cache
def shipped_prices() -> PriceBook:
    """The book this release came with."""
    return PriceBook.from_document(data.prices())


def _plain(price: Price) -> dict[str, str]:
    return {"usd": f"{price.usd:f}", "source": price.source.id}


def _book(document: Mapping[str, Any]) -> PriceBook:
    if document["currency"] != "USD":
        raise ValueError(f"prices are in {document['currency']!r}, not USD")
    sources = {
        name: PriceSource(name, date.fromisoformat(day))
        for name, day in document["sources"].items()
    }
    fees = {
        (region, Fee(fee), of): _price(Fee(fee), price, sources)
        for region, by_fee in document["fees"].items()
        for fee, prices in by_fee.items()
        for of, price in prices.items()
    }
    bucket = document["bucket_fee"]
    if bucket is not None:
        fees["", Fee.BUCKET, ""] = _price(Fee.BUCKET, bucket, sources)
    return PriceBook(
        as_of=date.fromisoformat(document["as_of"]),
        storage={
            (region, key): _tiers(f"{region} {key}", tiers, sources)
            for region, keys in document["storage"].items()
            for key, tiers in keys.items()
        },
        fees=fees,
        rules={name: _rules(rules) for name, rules in document["classes"].items()},
        prefixes=document["usage_type_prefix"],
        free_buckets=bucket["free"] if bucket is not None else None,
    )


def _tiers(
    place: str, steps: list[Mapping[str, Any]], sources: Mapping[str, PriceSource]
) -> tuple[Tier, ...]:
    tiers = tuple(
        Tier(step["up_to_gb"], _usd(step["usd"]), sources[step["source"]]) for step in steps
    )
    ends = [tier.up_to_gb for tier in tiers]
    if not tiers or None in ends[:-1]:
        raise ValueError(f"{place}: a step without an end is not the last")
    known = [0, *(end for end in ends if end is not None)]
    if any(type(end) is not int or end <= before for before, end in pairwise(known)):
        raise ValueError(f"{place}: its steps do not rise")
    return tiers


def _price(fee: Fee, price: Mapping[str, Any], sources: Mapping[str, PriceSource]) -> Price:
    per, unit = FEE_PER[fee]
    return Price(_usd(price["usd"]), per, unit, sources[price["source"]])


def _usd(text: object) -> Decimal:
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a price written as a decimal string")
    return Decimal(text)


def _rules(rules: Mapping[str, Any]) -> ClassRules:
    overhead = rules.get("overhead_bytes", {})
    return ClassRules(
        min_billable_bytes=rules["min_billable_bytes"],
        min_days=rules["min_days"],
        index_bytes=overhead.get("at_class_rate", 0),
        name_bytes=overhead.get("at_STANDARD_rate", 0),
    )
