"""Generate bot/data/prices.json from a collected table of S3 prices: facts only, no floats.

    python scripts/generate_prices.py COLLECTED.json > bot/data/prices.json

COLLECTED.json holds AWS's list prices as JSON numbers under `regions` (storage, by region
and price key, in tiers), `requests_usd_per_1000`, `lifecycle_transition_usd_per_1000`,
`retrieval_usd_per_gb`, `restore_request_usd_per_1000`, and so on, with its `sources`.
Numbers become decimal strings exactly as they were written, and every price is given the
source it was last read from, so that its date can be told.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

# What the collected table's note says about who read what, newest reading first.
FIRST_TIERS = "clont-2026-09"  # AWS's bulk list of 36 regions, first tier of each class
CALCULATOR = "feed-2025-06"  # AWS's calculator feed: later tiers, requests, retrieval
AFTER_THE_FEED = {"ap-southeast-6": "objectfs-2026"}  # opened after the calculator feed was read
TABLES_WITH_TIERING = "pricelist-2026-07-02"
VECTORS = {"eu-central-1": "pricing-page-copy-2025"}
SINGLE_READINGS = {"S3_VECTORS": "feed-2026-09-28", "S3_FILES": "offer-20260528"}

#: Sources dated only roughly count from the earliest day they can be of.
ROUGH_DATES = {"objectfs-2026": "2026-01-01", "pricing-page-copy-2025": "2025-10-01"}

FEES = {
    "lifecycle_transition_usd_per_1000": "transition",
    "retrieval_usd_per_gb": "retrieval",
    "restore_request_usd_per_1000": "restore",
}
FLAT_FEES = {
    "intelligent_tiering_monitoring_usd_per_1000_objects_month": "monitoring",
    "express_upload_usd_per_gb_over_512kb": "express_upload",
    "tag_usd_per_10000_tag_months": "tags",
    "inventory_usd_per_million_objects": "inventory",
}
REQUESTS = {
    "put_copy_post_list": "write_requests",
    "put_copy_post": "write_requests",
    "get_and_other": "read_requests",
}


def storage_source(region: str, price_key: str, tier: int, classes: Mapping[str, Any]) -> str:
    """The source that this tier's price was last read from."""
    if price_key in SINGLE_READINGS:
        return VECTORS.get(region, SINGLE_READINGS[price_key])
    if price_key.startswith("S3_TABLES"):
        return TABLES_WITH_TIERING if "S3_TABLES_INT_IA" in classes else CALCULATOR
    if tier == 0 and price_key != "GLACIER_STAGING":
        return FIRST_TIERS
    return CALCULATOR


def fee(usd: Decimal, source: str) -> dict[str, str]:
    """One price that has no tiers."""
    return {"usd": plain(usd), "source": source}


def plain(number: Decimal | int) -> str:
    """The number's decimal digits, without an exponent."""
    return f"{Decimal(number):f}"


def generated(collected: Mapping[str, Any]) -> dict[str, Any]:
    """The price table as `bot/core/prices.py` reads it."""
    storage: dict[str, Any] = {
        region: {
            price_key: [
                {
                    "up_to_gb": tier["up_to_gb"],
                    "usd": plain(tier["usd_per_gb_month"]),
                    "source": storage_source(region, price_key, number, classes),
                }
                for number, tier in enumerate(tiers)
            ]
            for price_key, tiers in classes.items()
        }
        for region, classes in collected["regions"].items()
    }
    fees: dict[str, dict[str, dict[str, Any]]] = {region: {} for region in storage}
    for section, name in FEES.items():
        for region, prices in collected[section].items():
            fees[region][name] = {
                what.removesuffix("_OVER_512KB"): fee(usd, fee_source(region, name, what))
                for what, usd in prices.items()
            }
    for section, name in FLAT_FEES.items():
        for region, usd in collected[section].items():
            fees[region][name] = {"": fee(usd, CALCULATOR)}
    for region, classes in collected["requests_usd_per_1000"].items():
        for storage_class, prices in classes.items():
            for what, usd in prices.items():
                name = REQUESTS[what]
                priced = fee(usd, fee_source(region, name, storage_class))
                fees[region].setdefault(name, {})[storage_class] = priced
    bucket = collected["bucket_fee"]
    return {
        "as_of": collected["as_of"],
        "currency": collected["currency"],
        "sources": {
            source["id"]: ROUGH_DATES.get(source["id"], source["date"][:10])
            for source in collected["sources"]
        },
        "usage_type_prefix": collected["usage_type_prefix"],
        "classes": collected["class_rules"],
        "bucket_fee": {
            "free": bucket["free_buckets"],
            **fee(bucket["usd_per_bucket_month_beyond"], CALCULATOR),
        },
        "storage": storage,
        "fees": fees,
    }


def fee_source(region: str, name: str, what: str) -> str:
    """The source that a fee was last read from."""
    if name == "transition" and what == "DEEP_ARCHIVE":
        return FIRST_TIERS
    return AFTER_THE_FEED.get(region, CALCULATOR)


def lines(value: Any, depth: int = 0, nested: int = 3) -> Iterator[str]:
    """JSON with one line a price, so that a changed price is one changed line."""
    if depth >= nested or not isinstance(value, dict) or not value:
        yield json.dumps(value)
        return
    yield "{\n"
    for number, (key, inner) in enumerate(sorted(value.items()) if depth else value.items()):
        yield " " * (depth + 1) + json.dumps(key) + ": "
        yield from lines(inner, depth + 1, nested)
        yield ",\n" if number < len(value) - 1 else "\n"
    yield " " * depth + "}"


if __name__ == "__main__":
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"), parse_float=Decimal)
    sys.stdout.write("".join(lines(generated(table))) + "\n")
