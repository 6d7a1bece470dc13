"""Payers and discounts as settings write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.core.terms import Terms


@pytest.mark.parametrize(
    ("discounts", "payers", "expected"),
    [
        ("", "", Terms()),
        ("10", "", Terms(discount=Decimal(10))),
        (
            "10, 111111111111=12.5",
            "222222222222=333333333333",
            Terms({"222222222222": "333333333333"}, Decimal(10), {"111111111111": Decimal("12.5")}),
        ),
        ("111111111111=100", "", Terms(discounts={"111111111111": Decimal(100)})),
    ],
)
def test_settings_are_read(discounts: str, payers: str, expected: Terms) -> None:
    """One percentage for all, others for single accounts."""
    assert Terms.parse(discounts, payers) == expected


@pytest.mark.parametrize(
    "discounts",
    ["ten", "-1", "101", "1e1", "10,20", "bob=10", "111111111111=", "111111111111=NaN", "=5"],
)
def test_nonsense_is_refused(discounts: str) -> None:
    """Rather than a bill that is wrong without a word."""
    with pytest.raises(ValueError, match=r"discount|percentage|account"):
        Terms.parse(discounts)


def test_an_account_keeps_its_own_discount_of_nothing() -> None:
    """0 for one account is not the general one."""
    terms = Terms.parse("10,111111111111=0")
    assert terms.paid("111111111111", Decimal(100)) == 100
    assert terms.paid("222222222222", Decimal(100)) == 90
    assert terms.paid(None, Decimal(100)) == 90
