"""How keys are compared, and what comes next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.spans import common, successor


@given(st.text(min_size=1), st.text(min_size=1))
def test_strings_sort_as_their_bytes_do(a: str, b: str) -> None:
    """Which is what lets the plan compare keys as S3 does."""
    assert (a < b) == (a.encode() < b.encode())


@given(st.characters(exclude_categories=("Cs",)))
def test_a_successor_is_the_very_next_character(character: str) -> None:
    """No character that UTF-8 can carry lies between, and the last has none."""
    following = successor(character)
    if following is None:
        assert character == "\U0010ffff"
    else:
        assert following.encode() > character.encode()
        assert ord(following) - ord(character) in (1, 0xE000 - 0xD7FF)


@given(st.text(), st.text())
def test_common_is_the_length_of_what_both_begin_with(a: str, b: str) -> None:
    """And not a character less."""
    length = common(a, b)
    assert a[:length] == b[:length]
    assert a[length : length + 1] != b[length : length + 1] or length == len(a) == len(b)
