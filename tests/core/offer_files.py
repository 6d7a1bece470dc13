"""Offer files in AWS's shape, made of a price book: arbitrary order, overheads, look-alikes."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import pairwise
from typing import Any

from bot.core.prices import PriceBook, Tier

#: Price key -> offer, usage type behind the prefix, volumeType; as the real files have them.
PRODUCTS = {
    "STANDARD": ("AmazonS3", "TimedStorage-ByteHrs", "Standard"),
    "STANDARD_IA": ("AmazonS3", "TimedStorage-SIA-ByteHrs", "Standard - Infrequent Access"),
    "ONEZONE_IA": ("AmazonS3", "TimedStorage-ZIA-ByteHrs", "One Zone - Infrequent Access"),
    "GLACIER_IR": ("AmazonS3", "TimedStorage-GIR-ByteHrs", "Glacier Instant Retrieval"),
    "GLACIER": ("AmazonS3", "TimedStorage-GlacierByteHrs", "Amazon Glacier"),
    "GLACIER_STAGING": ("AmazonS3", "TimedStorage-GlacierStaging", "Amazon Glacier Staging"),
    "DEEP_ARCHIVE": (
        "AmazonS3GlacierDeepArchive",
        "TimedStorage-GDA-ByteHrs",
        "Glacier Deep Archive",
    ),
    "INTELLIGENT_TIERING_FA": (
        "AmazonS3",
        "TimedStorage-INT-FA-ByteHrs",
        "Intelligent-Tiering Frequent Access",
    ),
    "INTELLIGENT_TIERING_IA": (
        "AmazonS3",
        "TimedStorage-INT-IA-ByteHrs",
        "Intelligent-Tiering Infrequent Access",
    ),
    "INTELLIGENT_TIERING_AIA": (
        "AmazonS3",
        "TimedStorage-INT-AIA-ByteHrs",
        "Intelligent-Tiering Archive Instant Access",
    ),
    "INTELLIGENT_TIERING_AA": (
        "AmazonS3",
        "TimedStorage-INT-AA-ByteHrs",
        "IntelligentTieringArchiveAccess",
    ),
    "INTELLIGENT_TIERING_DAA": (
        "AmazonS3",
        "TimedStorage-INT-DAA-ByteHrs",
        "IntelligentTieringDeepArchiveAccess",
    ),
    "REDUCED_REDUNDANCY": ("AmazonS3", "TimedStorage-RRS-ByteHrs", "Reduced Redundancy"),
    "EXPRESS_ONEZONE": ("AmazonS3", "TimedStorage-XZ-ByteHrs", "Express One Zone"),
    "S3_TABLES": ("AmazonS3", "Tables-TimedStorage-ByteHrs", "Tables"),
    "S3_TABLES_INT_IA": ("AmazonS3", "Tables-TimedStorage-INT-IA-ByteHrs", "Tables"),
    "S3_TABLES_INT_AIA": ("AmazonS3", "Tables-TimedStorage-INT-AIA-ByteHrs", "Tables"),
    "S3_VECTORS": ("AmazonS3", "Vectors-TimedStorage-ByteHrs", "Vectors"),
    "S3_FILES": ("AmazonS3", "Files-TimedStorage-ByteHrs", "Files"),
}

#: What must not be taken for storage: usage type behind the prefix, volumeType, operation.
DECOYS = (
    ("TimedStorage-ByteHrs", "INTAAS3ObjectOverhead", "INTAAS3ObjectOverhead"),
    ("TimedStorage-ByteHrs", "INTDAAS3ObjectOverhead", "INTDAAS3ObjectOverhead"),
    ("TimedStorage-INT-AA-ByteHrs", "INTAAObjectOverhead", "INTAAObjectOverhead"),
    ("TimedStorage-INT-DAA-ByteHrs", "INTDAAObjectOverhead", "INTDAAObjectOverhead"),
    ("Annotation-TimedStorage-ByteHrs", "Annotations", ""),
    ("TimedStorage-SIA-SmObjects", "Standard - Infrequent Access", ""),
    ("TimedStorage-GDA-Staging", "Glacier Deep Archive", ""),
    ("EarlyDelete-ByteHrs", "Amazon Glacier", ""),
    ("ZZZ1-TimedStorage-SIA-ByteHrs", "Standard - Infrequent Access", ""),
)


def offer_files(book: PriceBook, seed: int = 0) -> list[dict[str, Any]]:
    """For each region of `book` the files of both offers, in an order that `seed` decides."""
    order = random.Random(seed)
    documents = []
    for region in sorted(book.regions):
        for offer in ("AmazonS3", "AmazonS3GlacierDeepArchive"):
            products = _products(book, region, offer, order)
            order.shuffle(products)
            documents.append(
                {
                    "formatVersion": "v1.0",
                    "offerCode": offer,
                    "version": "20261101000000",
                    "publicationDate": "2026-11-01T00:00:00Z",
                    "products": {product["sku"]: product for product, _ in products},
                    "terms": {"OnDemand": {product["sku"]: terms for product, terms in products}},
                }
            )
    order.shuffle(documents)
    return documents


Product = tuple[dict[str, Any], dict[str, Any]]


def _products(book: PriceBook, region: str, offer: str, order: random.Random) -> list[Product]:
    prefix = book.prefixes[region]
    made = []
    for key, (of, suffix, volume) in PRODUCTS.items():
        tiers = book.rates(region, key)
        if of == offer and tiers:
            own = prefix or ("USE1" if key == "S3_FILES" else "")
            usage_type = f"{own}-{suffix}" if own else suffix
            made.append(product(region, usage_type, volume, "", tiers, order))
    if offer == "AmazonS3":
        for suffix, volume, operation in DECOYS:
            usage_type = f"{prefix}-{suffix}" if prefix and "ZZZ1" not in suffix else suffix
            wrong = (Tier(None, Decimal("9.99"), book.rates(region, "STANDARD")[0].source),)
            made.append(product(region, usage_type, volume, operation, wrong, order))
    return made


def product(
    region: str,
    usage_type: str,
    volume: str,
    operation: str,
    tiers: tuple[Tier, ...],
    order: random.Random,
) -> Product:
    """A product and its terms."""
    sku = "".join(order.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=16))
    code = f"{sku}.JRTCKXETXF"
    starts = [0, *(tier.up_to_gb for tier in tiers)]
    dimensions = [
        (
            f"{code}.{order.randrange(10**9)}",
            {
                "unit": "GB-Mo",
                "beginRange": str(start),
                "endRange": "Inf" if end is None else str(end),
                "pricePerUnit": {"USD": f"{tier.usd:.10f}"},
            },
        )
        for (start, end), tier in zip(pairwise(starts), tiers, strict=True)
    ]
    order.shuffle(dimensions)
    attributes = {
        "regionCode": region,
        "usagetype": usage_type,
        "operation": operation,
        "volumeType": volume,
        "servicecode": "AmazonS3",
    }
    made: dict[str, Any] = {"sku": sku, "attributes": attributes}
    if order.random() < 0.2:
        made["productFamily"] = "Storage"
    return made, {code: {"sku": sku, "priceDimensions": dict(dimensions), "termAttributes": {}}}
