"""What was seen of a bucket's keys so far, and what to expect of the others from that."""

from __future__ import annotations

from bisect import bisect_left, insort

from bot.core.alphabets import Alphabets, Ends, some

_KEYS = 4096
_TABLES = 4096
_LAST = "\U0010ffff"


class Sightings:
    """A sample of the keys seen, of bounded size, whatever the size of the bucket."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._tables: dict[str, tuple[int, int, Alphabets]] = {}
        self._ends = Ends()

    def add(self, key: str) -> None:
        """Remember a key."""
        insort(self._keys, key)
        if len(self._keys) > _KEYS:
            del self._keys[::2]

    def nothing_between(self, point: str, reached: str | None) -> None:
        """No key lies between `point` and the key or point `reached`; None is the very end."""
        self._ends.learn(point, reached, self._keys)

    def ends(self, position: int) -> bool:
        """Whether it is known where the characters of a position end."""
        return position in self._ends.known

    def varies(self, key: str, position: int) -> bool:
        """Whether a key seen before `key` first differs from it at `position`."""
        keys = self._keys
        return bisect_left(keys, key[: position + 1]) > bisect_left(keys, key[:position])

    def alphabets(self, key: str, start: int) -> Alphabets:
        """What to expect after the first `start` characters of `key`, from keys close to it."""
        keys = self._keys
        shared = key[:start]
        low = bisect_left(keys, shared)
        high = bisect_left(keys, shared + _LAST, low)
        near = high - low
        remembered = self._tables.get(shared)
        if remembered is not None:
            had_near, had, table = remembered
            if near < 1.25 * had_near and len(keys) < 1.25 * had and table.expects(key):
                return table
        close = [*some(keys, low, high), key]
        far = [*some(keys, 0, low), *some(keys, high, len(keys))]
        table = Alphabets(close, far, start, self._ends.known)
        if len(self._tables) > _TABLES:
            self._tables.clear()
        self._tables[shared] = (near, len(keys), table)
        return table
