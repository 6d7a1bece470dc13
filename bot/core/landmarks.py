"""Keys spaced evenly over a bucket, found by one listing, for the next one to begin at."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.scan import PAGE

#: Landmarks kept of a bucket at most.
MOST = 256
#: Pages between two of them at least: a span costs about half a request at its end.
CLOSEST = 8
#: Keys by which a survey tells how the others lie.
_COUNTED = 1024


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Where a bucket's keys lay when it was listed last. Nothing is wrong if they lie elsewhere.

    keys: in order. pages: how many lay between two of them.
    """

    keys: tuple[str, ...] = ()
    pages: float = 0.0


class Survey:
    """How the keys listed so far lie, whatever the order in which they were listed.

    counted: some of the keys, each with the number of keys up to it and after the one before;
    as `counted` gave it.
    """

    def __init__(self, counted: Iterable[tuple[str, int]] = ()) -> None:
        self._keys: list[str] = []
        self._counts: list[int] = []
        for key, count in counted:
            self._keys.append(key)
            self._counts.append(count)

    @property
    def counted(self) -> list[tuple[str, int]]:
        """Enough to go on from."""
        return list(zip(self._keys, self._counts, strict=True))

    def add(self, key: str, count: int) -> None:
        """A page of `count` keys ended at `key`."""
        at = bisect_left(self._keys, key)
        if at < len(self._keys) and self._keys[at] == key:
            self._counts[at] += count
            return
        self._keys.insert(at, key)
        self._counts.insert(at, count)
        if len(self._keys) > _COUNTED:
            # A pair becomes one: the later key, and the keys up to both.
            odd = len(self._keys) % 2
            counts = self._counts
            paired = [a + b for a, b in zip(counts[odd::2], counts[odd + 1 :: 2], strict=True)]
            self._counts = counts[:odd] + paired
            self._keys = self._keys[:odd] + self._keys[odd + 1 :: 2]

    def landmarks(self) -> Landmarks:
        """Evenly spaced; none where there are too few pages to share them out."""
        apart = max(CLOSEST, sum(self._counts) // (MOST * PAGE))
        while len(found := self._every(apart * PAGE)) > MOST:
            apart += 1 + apart // 16
        return Landmarks(tuple(found), float(apart))

    def _every(self, most: int) -> list[str]:
        """Keys with `most` keys or a little less between them: one more would cost a request."""
        found: list[str] = []
        since = 0
        for at, count in enumerate(self._counts):
            if since and since + count > most:
                found.append(self._keys[at - 1])
                since = 0
            since += count
        return found
