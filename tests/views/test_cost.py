"""The breakdown and the bill as they are drawn."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from bot.core.bill import Bill, BillLine, Comparison, compare, split_usage_type
from bot.core.breakdown import Breakdown, breakdown
from bot.core.cost import estimate
from bot.core.prices import shipped_prices
from bot.core.terms import Terms
from bot.core.usage import GB, KB, Usage
from bot.views import bill as bill_view
from bot.views import cost as cost_view
from bot.views.format import UNKNOWN
from tests.core.estates import listed, measured, metric, objects

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

ESTATE = [
    listed("logs", objects("STANDARD", 1_000, GB), objects("STANDARD_IA", 10_000_000, KB)),
    measured("archive", metric("GlacierStorage", 5_000 * GB), metric("GlacierObjectOverhead", GB)),
    measured("tiers", metric("IntelligentTieringIAStorage", 1024 * GB), objects=4_000_000_000),
    listed("strange", objects("SNOW", 1, GB)),
    measured("kiwi", metric("StandardStorage", 60 * 1024 * GB), region="ap-southeast-6"),
]


def of(estate: list[Usage], terms: Terms | None = None) -> Breakdown:
    """Their breakdown at the shipped prices."""
    return breakdown(estimate(estate, shipped_prices(), terms or Terms()))


def golden(name: str) -> str:
    """What it should look like; edit by hand."""
    return (Path(__file__).parent / "golden" / name).read_text(encoding="utf-8").rstrip("\n")


def text(what: RenderableType, width: int = 110) -> str:
    """As a terminal shows it, without trailing blanks."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(what)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_a_breakdown_in_a_terminal() -> None:
    """Headline, table with the dearest first, then what it rests on and leaves out."""
    assert text(cost_view.drawn(of(ESTATE), NOW)) == golden("cost_terminal.txt")


@pytest.mark.parametrize(
    ("estate", "expected"),
    [
        (ESTATE[1:2], "$18.00 a month · 1 bucket · <$0.01 of it overhead"),
        (ESTATE[2:3], "$12.80 to $33.77 a month · 1 bucket"),
        (ESTATE[3:4], "Nothing that has a price"),
        ([], "Nothing that has a price"),
    ],
)
def test_the_headline_says_how_sure_it_is(estate: list[Usage], expected: str) -> None:
    """A figure, a range where both ends are known, "at least" where one is."""
    assert cost_view.headline(of(estate)) == expected


def test_old_prices_and_discounts_are_remarked_upon() -> None:
    """Steps read long ago, and what was taken off."""
    big = [measured("lake", metric("StandardStorage", 100 * 1024 * GB))]
    assert cost_view.remarks(of(big, Terms(discount=Decimal(10))), NOW)[:2] == [
        "Storage at list prices of 2026-09-29, the oldest of them read on 2025-06-05 "
        "(more than 90 days ago)",
        "After your discount of $230.40 from $2,304.00",
    ]


def test_a_breakdown_in_slack() -> None:
    """A header, the headline, one native table, one native chart, small print."""
    message = cost_view.cost(of(ESTATE), NOW, "logs")
    assert [block["type"] for block in message.blocks] == [
        "header",
        "section",
        "table",
        "data_visualization",
        "context",
    ]
    assert message.blocks[3] == {
        "type": "data_visualization",
        "title": "Dollars a month by storage class",
        "chart": {
            "type": "pie",
            "segments": [
                {"label": "STANDARD", "value": 1367.0},
                {"label": "GLACIER", "value": 18.0},
                {"label": "STANDARD_IA", "value": 15.26},
                {"label": "INTELLIGENT_TIERING", "value": 12.8},
            ],
        },
    }
    assert message.text.startswith(
        "S3 cost · logs: At least $1,413.06 a month · 4 buckets · $15.14 of it overhead.\n"
        "STANDARD, storage: $1,367.00 a month\n"
    )
    json.dumps(message.payload())


def test_names_ping_nobody_and_stay_in_their_limits() -> None:
    """Whatever a class, a region or a subject is called."""
    hostile = "<!channel>" * 30
    estate = [listed("<@U123>", objects(hostile, 1, GB), region=hostile) for _ in range(200)]
    message = cost_view.cost(of(estate), NOW, hostile)
    drawn = json.dumps(message.blocks[1:])
    assert "<!channel>" not in drawn + message.text
    assert "<@U123>" not in drawn + message.text
    assert len(message.blocks[0]["text"]["text"]) <= 150
    assert all(len(part["text"]) <= 2_000 for part in message.blocks[-1]["elements"])


OCTOBER = date(2026, 10, 1)


def comparison() -> Comparison:
    """A bill with one line of each kind."""
    lines = []
    for usage_type, usd, record_type in (
        ("TimedStorage-ByteHrs", "1250.00", "Usage"),
        ("SAE1-TimedStorage-ByteHrs", "4.05", "Usage"),
        ("Requests-Tier1", "100.12", "Usage"),
        ("DataTransfer-Out-Bytes", "9.00", "Usage"),
        ("Retrieval-SIA", "3.00", "Usage"),
        ("TimedStorage-ByteHrs", "-50.00", "Credit"),
    ):
        region, suffix = split_usage_type(usage_type, shipped_prices().prefixes)
        line = BillLine(usage_type, record_type, region, suffix, Decimal(1), "", Decimal(usd))
        lines.append(line)
    bill = Bill(OCTOBER, frozenset(), tuple(lines), NOW, final=False, requests=1)
    usage = measured("lake", metric("StandardStorage", 52_900 * GB))
    return compare(bill, estimate([usage], shipped_prices()))


def test_a_bill_in_a_terminal() -> None:
    """Beside the estimate, the gap in its parts, then every region and price."""
    assert text(bill_view.drawn(comparison())) == golden("bill_terminal.txt")


def test_a_bill_in_slack() -> None:
    """One table, and the storage that is furthest off in the small print."""
    message = bill_view.bill(comparison())
    assert [block["type"] for block in message.blocks] == ["header", "section", "table", "context"]
    small = [part["text"] for part in message.blocks[3]["elements"]]
    assert small[2:] == [
        "us-east-1 STANDARD: $1,250.00 billed, $1,215.00 estimated",
        f"sa-east-1 STANDARD: $4.05 billed, {UNKNOWN} estimated",
    ]


def test_a_bill_as_a_document() -> None:
    """Billed is estimated, and the parts, and the unexplained rest; in decimal strings."""
    told = bill_view.document(comparison(), "bill 2026-10")
    parts = sum(Decimal(part) for part in told["parts"].values())
    assert Decimal(told["billed_usd"]) == (
        Decimal(told["estimated_usd"]) + parts + Decimal(told["unexplained_usd"])
    )
    assert told["parts"]["requests"] == "100.12"
    assert (told["month"], told["final"], told["requests"]) == ("2026-10", False, 1)
    assert len(told["lines"]) == 6
