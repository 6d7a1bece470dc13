"""The bill, read from Cost Explorer. Opt-in: AWS charges $0.01 for every request.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.aws.refusals import AWS_ERRORS
from bot.core.bill import Bill, BillLine, split_usage_type
from bot.errors import PriceError

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_ce.type_defs import ExpressionTypeDef

#: S3 by the names that Cost Explorer has for it. Deep Archive is a product of its own.
SERVICES = ("Amazon Simple Storage Service", "Amazon S3 Glacier Deep Archive")


class CostExplorer:
    """The port `Billing`, by Cost Explorer.

    client: Cost Explorer is in us-east-1 alone. It shows an account its own costs, and a payer
    those of all its accounts. prefixes: a price book's, to tell regions by usage types.
    requests: how many were made so far, each at $0.01.
    """

    def __init__(
        self,
        client: Callable[[], CostExplorerClient],
        prefixes: Callable[[], Mapping[str, str]],
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._prefixes = prefixes
        self._now = now
        self.requests = 0

    async def read(self, month: date, accounts: Collection[str] = ()) -> Bill:
        """The S3 lines of the month that begins on `month`. Raises PriceError."""
        try:
            return await asyncio.to_thread(self._read, month, frozenset(accounts))
        except AWS_ERRORS as error:
            raise PriceError(
                f"Cost Explorer gave no bill: {error}",
                "Allow `ce:GetCostAndUsage`, and enable Cost Explorer in the payer account.",
            ) from error

    def _read(self, month: date, accounts: frozenset[str]) -> Bill:
        now = self._now()
        end = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
        # the end is excluded, and must be after the start: today's costs come tomorrow
        until = max(min(end, now.date()), month + timedelta(days=1))
        prefixes = self._prefixes()
        lines: list[BillLine] = []
        requests, final, token = 0, True, ""
        while True:
            more: dict[str, Any] = {"NextPageToken": token} if token else {}
            page = self._client().get_cost_and_usage(
                TimePeriod={"Start": month.isoformat(), "End": until.isoformat()},
                Granularity="MONTHLY",
                Metrics=["UnblendedCost", "UsageQuantity"],
                Filter=_filter(accounts),
                GroupBy=[
                    {"Type": "DIMENSION", "Key": "USAGE_TYPE"},
                    {"Type": "DIMENSION", "Key": "RECORD_TYPE"},
                ],
                **more,
            )
            requests += 1
            self.requests += 1
            for period in page["ResultsByTime"]:
                final = final and not period.get("Estimated", False)
                lines.extend(_line(group, prefixes) for group in period.get("Groups", ()))
            token = page.get("NextPageToken", "")
            if not token:
                return Bill(month, accounts, tuple(lines), now, final, requests)


def _filter(accounts: frozenset[str]) -> ExpressionTypeDef:
    services: ExpressionTypeDef = {"Dimensions": {"Key": "SERVICE", "Values": list(SERVICES)}}
    if not accounts:
        return services
    linked: ExpressionTypeDef = {
        "Dimensions": {"Key": "LINKED_ACCOUNT", "Values": sorted(accounts)}
    }
    return {"And": [services, linked]}


def _line(group: Any, prefixes: Mapping[str, str]) -> BillLine:
    usage_type, record_type = group["Keys"]
    region, suffix = split_usage_type(usage_type, prefixes)
    cost, usage = group["Metrics"]["UnblendedCost"], group["Metrics"]["UsageQuantity"]
    if cost["Unit"] != "USD":
        raise PriceError(
            f"Cost Explorer bills in {cost['Unit']}.", "Only bills in USD can be compared."
        )
    # `N/A` where lines of several units are summed up
    known = usage["Unit"] != "N/A"
    return BillLine(
        usage_type=usage_type,
        record_type=record_type,
        region=region,
        suffix=suffix,
        quantity=Decimal(usage["Amount"]) if known else None,
        unit=usage["Unit"] if known else "",
        usd=Decimal(cost["Amount"]),
    )
