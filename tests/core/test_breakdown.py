"""The breakdown, and the sum redone from its document as a spreadsheet would."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given

from bot.core.breakdown import Breakdown, breakdown
from bot.core.charges import Component
from bot.core.cost import LIST_PRICES, estimate
from bot.core.patterns import Pattern, Patterns
from bot.core.prices import shipped_prices
from bot.core.terms import Terms
from bot.core.usage import GB, KB, Usage
from bot.views.cost import document
from tests.core.estates import listed, measured, metric, objects, usages

MILLIONTH = Decimal("0.000001")

ESTATE = [
    listed(
        "logs",
        objects("STANDARD", 1_000, GB),
        objects("STANDARD_IA", 10_000_000, KB),
        objects("INTELLIGENT_TIERING", 50, GB, month="2026-11"),
    ),
    measured(
        "archive",
        metric("GlacierStorage", 5_000 * GB),
        metric("GlacierS3ObjectOverhead", 80 * GB),
        account="111111111111",
    ),
    measured("lake", metric("StandardStorage", 80_000 * GB), region="eu-west-1"),
]


def of(estate: list[Usage], terms: Terms = LIST_PRICES) -> Breakdown:
    """Their breakdown at the shipped prices."""
    return breakdown(estimate(estate, shipped_prices(), terms))


def test_every_part_is_told_and_they_add_up() -> None:
    """By class, by component, by region and by bucket the same total."""
    told = of(ESTATE)
    assert [
        (part.storage_class, part.component, part.price_key, str(part.usd)) for part in told.parts
    ] == [
        ("STANDARD", Component.STORAGE, "STANDARD", "1834.200000"),
        ("GLACIER", Component.STORAGE, "GLACIER", "18.000000"),
        ("STANDARD_IA", Component.MINIMUM_SIZE, "STANDARD_IA", "15.139580"),
        ("GLACIER", Component.ARCHIVE_NAMES, "STANDARD", "1.840000"),
        ("INTELLIGENT_TIERING", Component.STORAGE, "INTELLIGENT_TIERING_FA", "1.150000"),
        ("STANDARD_IA", Component.STORAGE, "STANDARD_IA", "0.119209"),
        ("INTELLIGENT_TIERING", Component.MONITORING, "monitoring", "0.000125"),
    ]
    sums = (told.by_class(), told.by_component(), told.by_region(), told.by_bucket())
    assert {sum(each.values()) for each in sums} == {told.total}
    assert told.overhead == Decimal("16.97958")


def test_a_breakdown_can_be_narrowed() -> None:
    """One bucket's, or one class's, with shares of pools that others are in too."""
    whole = estimate(ESTATE, shipped_prices())
    told = breakdown(whole, ["archive"], Patterns((Pattern("GLACIER"),)))
    assert told.buckets == ("archive",)
    assert told.total == whole.of("archive")
    assert {pool.price_key for pool in told.pools} == {"GLACIER", "STANDARD"}
    assert breakdown(whole, ["nowhere"]).total == 0


def redo(text: str) -> Decimal:
    """The total from the document alone, as a spreadsheet computes it."""
    data = json.loads(text, parse_float=Decimal)
    for pool in data["pools"]:
        redone = [
            (step["quantity"] * Decimal(step["usd_each"]) / step["per"]).quantize(
                MILLIONTH, ROUND_HALF_UP
            )
            for step in pool["steps"]
        ]
        assert redone == [Decimal(step["usd"]) for step in pool["steps"]]
        assert sum(redone) == Decimal(pool["usd"])
        assert sum(step["quantity"] for step in pool["steps"]) == pool["quantity"]
    for component in data["components"]:
        pool = data["pools"][component["pool"]]
        share = (
            Decimal(pool["usd"]) * component["quantity"] / pool["quantity"]
            if pool["quantity"]
            else Decimal(0)
        )
        assert abs(share - Decimal(component["list_usd"])) < MILLIONTH
    for number, pool in enumerate(data["pools"]):
        own = [part for part in data["components"] if part["pool"] == number]
        assert sum(part["quantity"] for part in own) == pool["quantity"]
        assert sum(Decimal(part["list_usd"]) for part in own) == Decimal(pool["usd"])
    total = sum((Decimal(part["usd"]) for part in data["components"]), Decimal(0))
    assert total == Decimal(data["usd_month"])
    return total


def test_a_spreadsheet_can_redo_the_sum() -> None:
    """From quantities, unit prices and shares alone, with the date of every price."""
    told = of(ESTATE)
    text = json.dumps(document(told, "cost"))
    assert redo(text) == told.total
    dates = {part["price_date"] for part in json.loads(text)["components"]}
    assert dates == {"2026-09-29", "2025-06-05"}


@given(usages())
def test_a_spreadsheet_can_redo_any_sum(estate: list[Usage]) -> None:
    """Whatever is in the estate."""
    told = of(estate)
    assert redo(json.dumps(document(told, "cost"))) == told.total


def test_a_discount_is_taken_off_and_told() -> None:
    """Each account's own percentage; the list price stays visible."""
    terms = Terms(discount=Decimal(10), discounts={"111111111111": Decimal("12.5")})
    told, full = of(ESTATE, terms), of(ESTATE)
    assert told.list_total == full.total
    archive = full.by_bucket()["archive"]
    expected = (full.total - archive) * Decimal("0.9") + archive * Decimal("0.875")
    assert abs(told.total - expected) < Decimal("0.00001")
    assert told.by_bucket()["archive"] == archive * Decimal("0.875")
    assert redo(json.dumps(document(told, "cost"))) == told.total
