"""What keys look like: which characters to expect where, learned from those seen so far."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from bot.core.spans import common

_DIGITS = frozenset("0123456789")
_DEEPEST = 24
#: So many known keys tell what others are like.
_ENOUGH = 128
#: More combinations of characters than this are not told apart.
_FINEST = 10**12
#: Sorts after every character.
_BEYOND = "\U0010ffff\U0010ffff"
#: Prefixes below which a position was seen to end: so many prove it, and are remembered.
_WITNESSES = 2
_PREFIXES = 64


class Alphabets:
    """Which characters to expect at each position of the keys after the first `start`.

    Learned from `near` keys, which share those characters, and from `far` ones, which do not:
    as long as both look alike, what varies in one place is expected to vary in the other. Where
    one digit was seen, the others are expected, up to where `ends` says that they end; a letter
    alone may be part of a word.
    """

    def __init__(
        self, near: Sequence[str], far: Sequence[str], start: int, ends: Mapping[int, str]
    ) -> None:
        self.start = start
        self._at: list[list[str]] = []
        combinations = 1
        for position in range(start, start + _DEEPEST):
            seen = {key[position] for key in near if position < len(key)}
            elsewhere = {key[position] for key in far if position < len(key)}
            if seen and seen.isdisjoint(elsewhere):
                far = ()
            else:
                seen |= elsewhere
            if not seen:
                break
            if not seen.isdisjoint(_DIGITS):
                end = ends.get(position, _BEYOND)
                seen |= {digit for digit in _DIGITS if digit < end}
            self._at.append(sorted(seen))
            combinations *= len(seen)
            if combinations > _FINEST:
                break
        #: Of the first characters, how many are always the same.
        self.fixed = next((i for i, seen in enumerate(self._at) if len(seen) > 1), len(self._at))
        # Neighbouring positions that vary are one number, hash or word: what was seen further on
        # in it is to be expected here, too, where not much was seen yet.
        run: set[str] = set()
        for position in range(len(self._at) - 1, -1, -1):
            here = self._at[position]
            run = run | set(here) if len(here) > 1 else set()
            end = ends.get(start + position, _BEYOND)
            self._at[position] = sorted({*here, *(letter for letter in run if letter < end)})

    def expects(self, key: str) -> bool:
        """Whether `key` goes on as expected, up to where keys begin to vary."""
        position = self.start + self.fixed
        return all(
            key[self.start + i : self.start + i + 1] in self._at[i] for i in range(self.fixed)
        ) and (self.fixed == len(self._at) or key[position : position + 1] in self._at[self.fixed])

    @property
    def last(self) -> str | None:
        """The last character expected where keys begin to vary; None where nothing varies."""
        return self._at[self.fixed][-1] if self.fixed < len(self._at) else None

    def fraction(self, key: str) -> float:
        """Where `key` lies among the keys that share its first characters, from 0 to 1."""
        value, scale, position = 0.0, 1.0, self.start
        for characters in self._at:
            if position >= len(key):
                break
            size = len(characters)
            index = bisect_left(characters, key[position])
            value += scale * index / size
            if index == size or characters[index] != key[position]:
                break
            scale /= size
            position += 1
        return min(value, 1.0)

    def key(self, shared: str, fraction: float, resolution: float) -> str:
        """A short key that begins with `shared`, at about `fraction`, to within `resolution`."""
        out, scale, value = [shared], 1.0, fraction
        for characters in self._at:
            if scale <= resolution:
                break
            size = len(characters)
            index = min(int(value * size), size - 1)
            out.append(characters[index])
            value = value * size - index
            scale /= size
        return "".join(out)


class Ends:
    """Where the characters of a position end, learned from guesses that went beyond.

    The first digit of a day is 3 at most: once it was asked in two months what comes from day 51
    on, and the answer was the next month, it need not be asked in the others.
    """

    def __init__(self) -> None:
        self._by_position: dict[int, dict[str, str]] = {}
        #: By position, the first character that is not expected any more.
        self.known: dict[int, str] = {}

    def learn(self, point: str, reached: str | None, known: Sequence[str]) -> None:
        """Nothing lies between `point` and the key or point `reached`; None is the very end.

        known: keys in order. A prefix of `point` that none of them has says nothing.
        """
        first = 0 if reached is None else common(point, reached) + 1
        if not _begins_one(known, point[:first]):
            return
        for position in range(first, len(point)):
            if not _begins_one(known, point[: position + 1]):
                self._learn(position, point[:position], point[position])
                return

    def _learn(self, position: int, prefix: str, character: str) -> None:
        found = self._by_position.setdefault(position, {})
        if len(found) < _PREFIXES or prefix in found:
            found[prefix] = min(found.get(prefix, _BEYOND), character)
        if len(found) >= _WITNESSES:
            self.known[position] = sorted(found.values())[_WITNESSES - 1]


def _begins_one(keys: Sequence[str], prefix: str) -> bool:
    index = bisect_left(keys, prefix)
    return index < len(keys) and keys[index].startswith(prefix)


def some(keys: Sequence[str], low: int, high: int) -> list[str]:
    """Not too many of keys[low:high], spread over all of them."""
    size = high - low
    if size <= _ENOUGH:
        return list(keys[low:high])
    # Evenly spaced picks would miss every other character of evenly spread keys.
    step = size / _ENOUGH
    return [keys[low + int((i + (i * 0.618) % 1) * step)] for i in range(_ENOUGH)]
