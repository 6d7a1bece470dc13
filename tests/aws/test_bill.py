"""The bill, from a Cost Explorer on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.aws.bill import CostExplorer
from bot.core.bill import Kind
from bot.core.prices import shipped_prices
from bot.errors import PriceError

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


class Explorer:
    """Answers GetCostAndUsage in pages of two groups, and remembers what it was asked."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, str, str, str, str]] = []
        self.asked: list[dict[str, Any]] = []
        self.estimated = False
        self.currency = "USD"
        self.refuse = False

    async def answer(self, request: web.Request) -> web.Response:
        """One page."""
        assert request.headers["X-Amz-Target"] == "AWSInsightsIndexService.GetCostAndUsage"
        asked = await request.json()
        self.asked.append(asked)
        if self.refuse:
            body = {"__type": "AccessDeniedException", "message": "ce:GetCostAndUsage denied"}
            return web.json_response(body, status=400)
        start = int(asked.get("NextPageToken", "0"))
        page: dict[str, Any] = {
            "ResultsByTime": [
                {
                    "TimePeriod": asked["TimePeriod"],
                    "Total": {},
                    "Estimated": self.estimated,
                    "Groups": [
                        {
                            "Keys": [usage_type, record_type],
                            "Metrics": {
                                "UnblendedCost": {"Amount": usd, "Unit": self.currency},
                                "UsageQuantity": {"Amount": quantity, "Unit": unit},
                            },
                        }
                        for usage_type, record_type, usd, quantity, unit in self.groups[
                            start : start + 2
                        ]
                    ],
                }
            ]
        }
        if start + 2 < len(self.groups):
            page["NextPageToken"] = str(start + 2)
        return web.json_response(page, content_type="application/x-amz-json-1.1")


@pytest.fixture
def explorer() -> Explorer:
    """What the server has to say."""
    return Explorer()


@pytest.fixture
async def costs(explorer: Explorer, aws_environment: None) -> AsyncIterator[CostExplorer]:
    """The reader of that server."""
    app = web.Application()
    app.router.add_post("/", explorer.answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    url = str(server.make_url("")).rstrip("/")
    client = boto3.client("ce", region_name="us-east-1", endpoint_url=url)
    yield CostExplorer(lambda: client, lambda: shipped_prices().prefixes, lambda: NOW)
    await server.close()


async def test_a_month_is_read_page_by_page_and_every_request_is_counted(
    explorer: Explorer, costs: CostExplorer
) -> None:
    """Each costs a cent, whether it is the first page or the last."""
    explorer.groups = [
        ("TimedStorage-ByteHrs", "Usage", "1215.0000000001", "52900", "GB-Month"),
        ("EUC1-TimedStorage-SIA-ByteHrs", "Usage", "1.35", "100", "GB-Month"),
        ("EU-Requests-Tier1", "Usage", "0.5", "100000", "Requests"),
        ("EUC1-DataTransfer-Out-Bytes", "Usage", "9.0", "100", "GB"),
        ("TimedStorage-ByteHrs", "Credit", "-15.25", "0", "N/A"),
    ]
    bill = await costs.read(OCTOBER)
    assert [(line.region, line.kind, line.usd, line.quantity) for line in bill.lines] == [
        ("us-east-1", Kind.STORAGE, Decimal("1215.0000000001"), Decimal(52900)),
        ("eu-central-1", Kind.STORAGE, Decimal("1.35"), Decimal(100)),
        ("eu-west-1", Kind.REQUESTS, Decimal("0.5"), Decimal(100000)),
        ("eu-central-1", Kind.TRANSFER, Decimal("9.0"), Decimal(100)),
        ("us-east-1", Kind.DISCOUNT, Decimal("-15.25"), None),
    ]
    assert (bill.requests, costs.requests, bill.read_usd) == (3, 3, Decimal("0.03"))
    assert (bill.month, bill.read_at, bill.final) == (OCTOBER, NOW, True)


async def test_both_s3_services_of_a_whole_month_are_asked_for(
    explorer: Explorer, costs: CostExplorer
) -> None:
    """By usage type and record type; the month's end is the first day that is not in it."""
    await costs.read(OCTOBER)
    (asked,) = explorer.asked
    assert asked == {
        "TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost", "UsageQuantity"],
        "Filter": {
            "Dimensions": {
                "Key": "SERVICE",
                "Values": ["Amazon Simple Storage Service", "Amazon S3 Glacier Deep Archive"],
            }
        },
        "GroupBy": [
            {"Type": "DIMENSION", "Key": "USAGE_TYPE"},
            {"Type": "DIMENSION", "Key": "RECORD_TYPE"},
        ],
    }


async def test_a_payer_can_ask_for_some_accounts(explorer: Explorer, costs: CostExplorer) -> None:
    """Without naming any it gets the bill of all."""
    bill = await costs.read(OCTOBER, ["222222222222", "111111111111"])
    (asked,) = explorer.asked
    assert asked["Filter"]["And"][1] == {
        "Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["111111111111", "222222222222"]}
    }
    assert bill.accounts == {"111111111111", "222222222222"}


async def test_the_running_month_is_read_up_to_now_and_is_not_final(
    explorer: Explorer, costs: CostExplorer
) -> None:
    """AWS marks what it may still change."""
    explorer.estimated = True
    bill = await costs.read(date(2026, 11, 1))
    assert explorer.asked[0]["TimePeriod"] == {"Start": "2026-11-01", "End": "2026-11-22"}
    assert not bill.final


async def test_a_bill_in_another_currency_is_not_compared(
    explorer: Explorer, costs: CostExplorer
) -> None:
    """Yuan are no dollars."""
    explorer.groups = [("TimedStorage-ByteHrs", "Usage", "1", "1", "GB-Month")]
    explorer.currency = "CNY"
    with pytest.raises(PriceError, match="bills in CNY"):
        await costs.read(OCTOBER)


async def test_a_refusal_names_the_permission(explorer: Explorer, costs: CostExplorer) -> None:
    """The bill is opt-in: its permission is in no default policy."""
    explorer.refuse = True
    with pytest.raises(PriceError) as caught:
        await costs.read(OCTOBER)
    assert "ce:GetCostAndUsage" in caught.value.advice
