"""Spans of a key space, and how keys are compared: by the bytes of their UTF-8, as S3 does.

Python compares strings in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(slots=True, eq=False)
class Span:
    """The keys k with after < k <= until that are still to be listed.

    after: the last key listed, or a point that need not be a key. until: None means to the end.
    busy: a page of it is on its way. pages: how many of its pages have arrived.
    left: pages that may be left, a guess. mark: what of the key `after` itself was listed, where
    a key has versions; what comes after the mark is still to be listed. low, high: the landmarks
    in it, from one index up to another. missed: the last guess just beyond it found nothing.
    guesses: cuts made where no page had been seen yet.
    """

    after: str
    until: str | None
    busy: bool = False
    pages: int = 0
    left: float = 0.0
    prior: float = 0.0
    first: str = ""
    kept: int = 0
    probe: bool = False
    mark: str = ""
    missed: bool = False
    low: int = 0
    high: int = 0
    guesses: int = 1


#: Spans as (after, until, mark), see Span.
Outline = list[tuple[str, str | None, str]]


def overlaps(outline: Outline) -> bool:
    """Whether two of these spans share keys."""
    ordered = sorted(outline, key=lambda span: span[0])
    return any(until is None or until > after for (_, until, _), (after, _, _) in pairwise(ordered))


def common(a: str, b: str) -> int:
    """How many characters at the beginning of `a` and `b` are the same."""
    for position, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return position
    return min(len(a), len(b))


def successor(character: str) -> str | None:
    """The next character that UTF-8 can carry; None after the last."""
    code = ord(character) + 1
    if code == 0xD800:  # surrogates are no characters
        code = 0xE000
    return chr(code) if code <= 0x10FFFF else None
