"""How single values are written."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.units import Unit
from bot.views.format import UNKNOWN, age, clean, count, dollars, listed, middle, signed, size

FIXED = [unit for unit in Unit if unit not in (Unit.AUTO, Unit.BYTES)]


def read(text: str) -> Decimal:
    """The number that a text begins with."""
    return Decimal(text.split()[0].replace(",", "").replace("$", ""))


@pytest.mark.parametrize(
    ("bytes", "unit", "expected"),
    [
        (0, Unit.AUTO, "0 bytes"),
        (0, Unit.TB, "0 TB"),
        (1, Unit.AUTO, "1 byte"),
        (1023, Unit.AUTO, "1,023 bytes"),
        (1024, Unit.AUTO, "1.00 kB"),
        (3 * 2**40, Unit.AUTO, "3.00 TB"),
        (3 * 2**40, Unit.GB, "3,072.00 GB"),
        (3 * 2**40, Unit.BYTES, "3,298,534,883,328 bytes"),
        (2**60, Unit.AUTO, "1,024.00 PB"),
        # nothing is shown as 1,024 of what has a name of its own
        (2**20 - 1, Unit.AUTO, "1.00 MB"),
        (2**20 - 1, Unit.KB, "1,024.00 kB"),
        # something is never shown as nothing
        (1, Unit.GB, "<0.01 GB"),
        (-1, Unit.GB, "-<0.01 GB"),
        # exact halves of a hundredth: 2**30 * 0.005 = 5,368,709.12, and 0.125 MB = 131,072
        (5_368_709, Unit.GB, "<0.01 GB"),
        (5_368_710, Unit.GB, "0.01 GB"),
        (131_072, Unit.MB, "0.13 MB"),
        (-131_072, Unit.MB, "-0.13 MB"),
        (2**20 + 131_072, Unit.MB, "1.13 MB"),
    ],
)
def test_sizes(bytes: int, unit: Unit, expected: str) -> None:
    """Two digits after the point, thousands apart, halves rounded away from zero."""
    assert expected == size(bytes, unit)


@given(st.integers(-(2**90), 2**90), st.sampled_from(FIXED))
def test_a_size_reads_back_to_half_a_hundredth(bytes: int, unit: Unit) -> None:
    """Whatever its size, no digit is lost or made up."""
    text = size(bytes, unit)
    if "<" in text:
        assert 0 < 200 * abs(bytes) < unit.bytes
        assert (bytes < 0) == text.startswith("-")
    else:
        hundredths = int(text.split()[0].replace(",", "").replace(".", ""))
        if bytes == 0:
            hundredths = 0
        assert abs(100 * bytes - hundredths * unit.bytes) * 2 <= unit.bytes


@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        (None, UNKNOWN),
        ("0", "$0.00"),
        ("0.004999", "<$0.01"),
        ("0.005", "$0.01"),
        ("-0.004", "-<$0.01"),
        ("1215", "$1,215.00"),
        ("2.675", "$2.68"),
        ("-2.675", "-$2.68"),
        ("1e40", f"${10**40:,}.00"),
    ],
)
def test_dollars(usd: str | None, expected: str) -> None:
    """To the cent, halves away from zero; unknown is a dash, and next to nothing is not nothing."""
    assert expected == dollars(None if usd is None else Decimal(usd))


@given(st.decimals(-(10**30), 10**30, places=6))
def test_dollars_read_back_to_half_a_cent(usd: Decimal) -> None:
    """The sign included."""
    text = dollars(usd)
    if "<" in text:
        assert 0 < abs(usd) < Decimal("0.005")
        assert (usd < 0) == text.startswith("-")
    else:
        assert abs(read(text) - usd) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (None, "", UNKNOWN),
        (None, "object", "object count not known"),
        (0, "bucket", "0 buckets"),
        (1, "bucket", "1 bucket"),
        (1234, "bucket", "1,234 buckets"),
        (1234, "", "1,234"),
    ],
)
def test_counts(number: int | None, noun: str, expected: str) -> None:
    """Unknown is said so, never zero."""
    assert expected == count(number, noun)


def test_changes_have_a_sign() -> None:
    """With a true minus."""
    assert signed("$3.00") == "+$3.00"
    assert signed(dollars(Decimal("-0.001"))) == "\N{MINUS SIGN}<$0.01"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (3_600, "1 h ago"),
        (47 * 3_600, "47 h ago"),
        (48 * 3_600, "2 days ago"),
    ],
)
def test_ages(seconds: int, expected: str) -> None:
    """In the unit that a person would use."""
    assert expected == age(timedelta(seconds=seconds))


@given(st.text(), st.integers(2, 50))
def test_foreign_text_is_one_visible_line_of_bounded_length(text: str, most: int) -> None:
    """Cut at its end or in its middle, nothing acts or hides in it."""
    for shown in (clean(text, most), middle(text, most)):
        assert len(shown) <= most
        assert shown.isprintable()
        if text.isprintable() and len(text) <= most:
            assert text == shown


def test_a_key_is_cut_in_its_middle() -> None:
    """Its end tells it from its neighbours."""
    assert middle("logs/2026/11/22/checkout/part-02.gz", 19) == "logs/2026…art-02.gz"


def test_lists_name_some_and_count_the_rest() -> None:
    """`a and b`, or `a, b and 3 more`."""
    assert listed([], 2) == ""
    assert listed(["a"], 2) == "a"
    assert listed(["a", "b", "c"], 3) == "a, b and c"
    assert listed(list("abcde"), 2) == "a, b and 3 more"
