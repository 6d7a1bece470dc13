"""The script that makes bot/data/prices.json of a collected table."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from bot.core.prices import Fee, PriceBook

SCRIPT = Path(__file__).parents[2] / "scripts" / "generate_prices.py"

COLLECTED = """{
 "as_of": "2026-09-29", "currency": "USD",
 "sources": [{"id": "clont-2026-09", "date": "2026-09-29T17:37:09Z"},
             {"id": "feed-2025-06", "date": "2025-06-05T17:56:57Z"}],
 "usage_type_prefix": {"us-east-1": ""},
 "class_rules": {"STANDARD": {"min_billable_bytes": 0, "min_days": 0}},
 "regions": {"us-east-1": {"STANDARD": [{"up_to_gb": 51200, "usd_per_gb_month": 0.023},
                                        {"up_to_gb": null, "usd_per_gb_month": 0.10}]}},
 "requests_usd_per_1000": {"us-east-1": {"EXPRESS_ONEZONE": {"get_and_other": 3e-05}}},
 "lifecycle_transition_usd_per_1000": {"us-east-1": {"DEEP_ARCHIVE": 0.05}},
 "retrieval_usd_per_gb": {}, "restore_request_usd_per_1000": {},
 "intelligent_tiering_monitoring_usd_per_1000_objects_month": {"us-east-1": 0.0025},
 "express_upload_usd_per_gb_over_512kb": {}, "tag_usd_per_10000_tag_months": {},
 "inventory_usd_per_million_objects": {},
 "bucket_fee": {"free_buckets": 2000, "usd_per_bucket_month_beyond": 0.02}
}"""


def test_numbers_become_the_decimals_that_were_written(tmp_path: Path) -> None:
    """No price goes through a float, and each has its source; the book reads the result."""
    collected = tmp_path / "collected.json"
    collected.write_text(COLLECTED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, SCRIPT, collected], capture_output=True, text=True, check=True
    )
    document = json.loads(done.stdout)
    assert document["storage"]["us-east-1"]["STANDARD"] == [
        {"up_to_gb": 51200, "usd": "0.023", "source": "clont-2026-09"},
        {"up_to_gb": None, "usd": "0.10", "source": "feed-2025-06"},
    ]
    book = PriceBook.from_document(document)
    read = book.fee("us-east-1", Fee.READ_REQUESTS, "EXPRESS_ONEZONE")
    assert read is not None
    assert Decimal("0.00003") == read.usd
