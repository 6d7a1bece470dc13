"""What keys look like: which characters to expect where, learned from those seen so far."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

_DIGITS = frozenset("0123456789")
_DEEPEST = 24
#: So many known keys tell what others are like.
_ENOUGH = 128
#: More combinations of characters than this are not told apart.
_FINEST = 10**12


class Alphabets:
    """Which characters to expect at each position of the keys after the first `start`.

    Learned from `near` keys, which share those characters, and from `far` ones, which do not:
    as long as both look alike, what varies in one place is expected to vary in the other. Where
    one digit was seen, the others are expected; a letter alone may be part of a word.
    """

    def __init__(self, near: Sequence[str], far: Sequence[str], start: int) -> None:
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
                seen |= _DIGITS
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
            run = run | set(self._at[position]) if len(self._at[position]) > 1 else set()
            self._at[position] = sorted(run) or self._at[position]

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


def some(keys: Sequence[str], low: int, high: int) -> list[str]:
    """Not too many of keys[low:high], spread over all of them."""
    size = high - low
    if size <= _ENOUGH:
        return list(keys[low:high])
    # Evenly spaced picks would miss every other character of evenly spread keys.
    step = size / _ENOUGH
    return [keys[low + int((i + (i * 0.618) % 1) * step)] for i in range(_ENOUGH)]
