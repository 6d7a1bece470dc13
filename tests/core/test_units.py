"""Units of size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.units import UNIT_WORDS, Unit

FIXED = [unit for unit in Unit if unit is not Unit.AUTO]


def test_a_gb_is_2_to_the_30_bytes_as_aws_bills_it() -> None:
    """Each unit is 1,024 of the one before."""
    assert [unit.bytes for unit in FIXED] == [1, 2**10, 2**20, 2**30, 2**40, 2**50]


def test_auto_has_no_size() -> None:
    """It stands for any of the others."""
    with pytest.raises(ValueError, match="not in tuple"):
        _ = Unit.AUTO.bytes


@given(st.integers(-(2**80), 2**80))
def test_auto_is_the_largest_unit_of_which_there_is_one(bytes: int) -> None:
    """Signs apart; nothing at all is in bytes, and PB are the largest."""
    unit = Unit.AUTO.fit(bytes)
    assert unit is Unit.BYTES or unit.bytes <= abs(bytes)
    assert unit is Unit.PB or abs(bytes) < unit.larger.bytes


@given(st.sampled_from(FIXED), st.integers())
def test_a_fixed_unit_fits_everything(unit: Unit, bytes: int) -> None:
    """Whoever asks for GB gets GB."""
    assert unit is unit.fit(bytes)


def test_every_unit_can_be_typed() -> None:
    """By its own name in lower case, too."""
    assert {str(unit).lower(): unit for unit in Unit}.items() <= UNIT_WORDS.items()
