"""The key space of a bucket as spans to list: where each one is, and where to split it.

A listing in parallel needs to know where to begin, and S3 does not say. Splitting a span,
resuming one, and handing one to another machine are the same thing here: begin after a key,
end at a key. `Plan` decides which span to read next and where to cut one in two, from nothing
but the keys seen so far; it does no I/O, so that tests drive it with a list of keys.

Keys are compared as S3 compares them, by the bytes of their UTF-8, which is the order in which
Python compares strings.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bot.core.scan import PAGE

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_KEY = 1024

#: Nothing with fewer pages left than this is split: both halves end in a page that is partly
#: beyond their end, so a split costs about half a request.
SMALLEST_SPLIT = 4.0

_DIGITS = "0123456789"
_KNOWN_KEYS = 4096
_WIDEST_ALPHABET = 512
_DEEPEST = 24


@dataclass(slots=True, eq=False)
class Span:
    """The keys k with after < k <= until that are still to be listed.

    after: the last key listed, or a point that need not be a key. until: None means to the end.
    busy: a page of it is on its way. pages: how many of its pages have arrived.
    left: pages that may be left, a guess.
    """

    after: str
    until: str | None
    busy: bool = False
    pages: int = 0
    left: float = 0.0
    prior: float = 0.0
    first: str = ""
    kept: int = 0
    probe: bool = field(default=False)


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


class Alphabets:
    """Which characters have been seen at each position of the keys."""

    def __init__(self) -> None:
        self._seen: list[set[str]] = []
        self._sorted: dict[int, list[str]] = {}

    def learn(self, key: str) -> None:
        """Take note of a key."""
        seen = self._seen
        while len(seen) < len(key):
            seen.append(set())
        for position, character in enumerate(key):
            here = seen[position]
            if character not in here and len(here) < _WIDEST_ALPHABET:
                here.add(character)
                self._sorted.pop(position, None)

    def at(self, position: int) -> list[str]:
        """The characters to expect at a position, in order.

        Where one digit was seen, others are expected; a letter alone may be part of a word.
        """
        known = self._sorted.get(position)
        if known is None:
            here = self._seen[position] if position < len(self._seen) else set()
            wanted = here | set(_DIGITS) if any(c in _DIGITS for c in here) else here
            known = sorted(wanted)
            self._sorted[position] = known
        return known

    def fraction(self, key: str, start: int) -> float:
        """Where `key` lies, from 0 to 1, among the keys that share its first `start` characters."""
        value, scale = 0.0, 1.0
        for position in range(start, min(len(key), start + _DEEPEST)):
            characters = self.at(position)
            if not characters:
                break
            size = len(characters)
            index = bisect_left(characters, key[position])
            value += scale * index / size
            if index == size:
                break
            if characters[index] != key[position]:
                break
            scale /= size
        return min(value, 1.0)

    def key(self, prefix: str, fraction: float, resolution: float) -> str:
        """A short key under `prefix` at about `fraction`, to within `resolution`."""
        out, scale, value = [prefix], 1.0, fraction
        start = len(prefix)
        for position in range(start, start + _DEEPEST):
            characters = self.at(position)
            if not characters or scale <= resolution:
                break
            size = len(characters)
            index = min(int(value * size), size - 1)
            out.append(characters[index])
            value = value * size - index
            scale /= size
        return "".join(out)


class Plan:
    """Which pages to fetch, and in which order, so that a bucket is listed by many at once.

    take() gives a span of which to fetch one page after `span.after`; land() tells what that
    page held, and lapse() that it did not come. Between the two the span may have been split:
    keys beyond `span.until` then belong to another span, and must not be counted.

    prefix: what all keys begin with. spans: what is to be listed, as (after, until).
    workers: how many pages are fetched at once. page: how many keys one holds. sequential: never
    split.
    """

    def __init__(
        self,
        prefix: str = "",
        spans: Iterable[tuple[str, str | None]] = (("", None),),
        *,
        workers: int = 64,
        page: int = PAGE,
        sequential: bool = False,
    ) -> None:
        self.prefix = prefix
        self.workers = workers
        self.page = page
        self.useful = 0
        self.wasted = 0
        self.spans: list[Span] = [Span(after, until) for after, until in spans]
        self._waiting = list(reversed(self.spans))
        self._unproven = 0
        self._alphabets = Alphabets()
        self._known: list[str] = []
        self._sequential = sequential

    @property
    def done(self) -> bool:
        """Whether everything has been listed."""
        return not self.spans

    @property
    def outline(self) -> list[tuple[str, str | None]]:
        """What is still to be listed, as (after, until): enough to go on from, later."""
        return [(span.after, span.until) for span in self.spans]

    def take(self) -> Span | None:
        """A span to fetch a page of; None when everything worth fetching is on its way."""
        if not self._waiting:
            self._split()
        if not self._waiting:
            return None
        span = self._waiting.pop()
        span.busy = True
        return span

    def lapse(self, span: Span) -> None:
        """The page did not come: the span waits to be taken again."""
        span.busy = False
        self._waiting.append(span)

    def land(self, span: Span, keys: Sequence[str], kept: int, more: bool) -> None:
        """A page came.

        keys: some of its keys in order, the first and the last that count among them.
        kept: how many of its keys were not beyond `span.until`. more: whether the span goes on.
        """
        span.busy = False
        if span.probe:
            span.probe = False
            self._unproven -= 1
        if kept:
            self.useful += 1
            for key in keys:
                self._know(key)
            if span.pages == 0:
                span.prior = span.left
            span.pages += 1
            span.prior = max(span.prior - 1.0, 0.25) if span.prior else 0.0
            span.first, span.kept = keys[0], kept
            span.after = keys[-1]
        else:
            self.wasted += 1
        if not more:
            self.spans.remove(span)
            return
        span.left = self._estimate(span)
        self._waiting.append(span)

    def _know(self, key: str) -> None:
        self._alphabets.learn(key)
        insort(self._known, key)
        if len(self._known) > _KNOWN_KEYS:
            del self._known[::2]

    def _shared(self, span: Span) -> int:
        """How many first characters all keys of the span have in common."""
        if span.until is None:
            return len(self.prefix) if span.after.startswith(self.prefix) else 0
        return common(span.after, span.until)

    def _estimate(self, span: Span) -> float:
        """How many pages may be left of a span of which a page has been seen."""
        base = self._shared(span)
        where = self._alphabets.fraction
        head = span.after[:base]
        begin = where(span.first, base) if span.first.startswith(head) else 0.0
        now = where(span.after, base)
        end = 1.0 if span.until is None else where(span.until, base)
        if end <= now:
            return 0.5
        step = now - begin
        own = 1e9 if step <= 0 else min(1e9, span.kept / self.page * (end - now) / step)
        if not span.prior:
            return own
        # What the span's parent looked like says something, the less the more pages were seen.
        weight = 1.0 / (span.pages + 1)
        return math.exp((1 - weight) * math.log(max(own, 1e-3)) + weight * math.log(span.prior))

    def _split(self) -> None:
        """Cut the span with most left in two, as long as that is worth a request."""
        if self._sequential:
            return
        allowed = min(self.workers, 4 * self.useful) + self.useful // 20
        if self.wasted + self._unproven >= allowed:
            return
        candidates = sorted(self.spans, key=lambda span: span.left, reverse=True)
        for span in candidates[:4]:
            if span.left < SMALLEST_SPLIT:
                return
            if self._cut(span):
                return

    def _cut(self, span: Span) -> bool:
        if span.pages == 0 and not span.probe:
            return False
        point, share = self._point(span)
        if point is None or point <= span.after:
            return False
        if span.until is not None and point >= span.until:
            span.left = min(span.left, SMALLEST_SPLIT / 2)
            return False
        right = Span(point, span.until, probe=True)
        right.left = span.left * share
        span.until = point
        if span.pages:
            span.left = min(self._estimate(span), span.left)
        else:
            span.left -= right.left
        self.spans.append(right)
        self._waiting.append(right)
        self._unproven += 1
        return True

    def _point(self, span: Span) -> tuple[str | None, float]:
        """Where to cut a span, and which part of what is left would then be on the right."""
        base = self._shared(span)
        after, until = span.after, span.until
        if span.pages:
            depths = self._depths(span, base)
            if depths:
                return self._beyond(after, depths[len(depths) // 4]), 0.0
        alphabets = self._alphabets
        characters = alphabets.at(base)
        if not characters:
            return None, 0.0
        # Is anything beyond the characters expected here? Ask once.
        edge = successor(characters[-1])
        if span.pages and edge and (until is None or until[base : base + 1] > edge):
            return after[:base] + edge, 0.0
        now = alphabets.fraction(after, base)
        end = 1.0 if until is None else alphabets.fraction(until, base)
        middle = (now + end) / 2
        return alphabets.key(after[:base], middle, (end - now) / 16), 0.5

    def _depths(self, span: Span, base: int) -> list[int]:
        """The positions, from `base` on, of which nobody knows whether anything varies there.

        They end where something is known to vary: there the characters seen say where to cut.
        """
        after, until = span.after, span.until
        depths = []
        for position in range(base, common(span.first, after)):
            if self._varies(after, position):
                break
            character = after[position]
            if not character.isalnum():
                continue
            following = successor(character)
            if following is None:
                continue
            if until is not None and after[:position] + following >= until:
                continue
            depths.append(position)
        return depths

    def _varies(self, key: str, position: int) -> bool:
        """Whether a known key before `key` first differs from it at `position`."""
        known = self._known
        return bisect_left(known, key[: position + 1]) > bisect_left(known, key[:position])

    @staticmethod
    def _beyond(key: str, position: int) -> str | None:
        following = successor(key[position])
        return None if following is None else key[:position] + following


def overlaps(outline: Iterable[tuple[str, str | None]]) -> bool:
    """Whether two of these spans share keys."""
    ordered = sorted(outline, key=lambda span: span[0])
    return any(until is None or until > after for (_, until), (after, _) in pairwise(ordered))
