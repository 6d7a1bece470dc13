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
from dataclasses import dataclass
from itertools import pairwise

from bot.core.scan import PAGE

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_KEY = 1024

#: Nothing with fewer pages left than this is split: both halves end in a page that is partly
#: beyond their end, so a split costs about half a request.
SMALLEST_SPLIT = 4.0

_DIGITS = frozenset("0123456789")
_KNOWN_KEYS = 4096
_DEEPEST = 24
#: So many known keys tell what others are like.
_ENOUGH = 128
#: More combinations of characters than this are not told apart.
_FINEST = 10**12
_LAST = "\U0010ffff"
_TABLES = 4096
#: Pages left where there is no telling, and where the telling is not to be believed.
_UNKNOWN = 64.0
_MOST = 1e6
#: Guesses under way at once, to begin with and after bad luck.
_NERVE = 4.0


@dataclass(slots=True, eq=False)
class Span:
    """The keys k with after < k <= until that are still to be listed.

    after: the last key listed, or a point that need not be a key. until: None means to the end.
    busy: a page of it is on its way. pages: how many of its pages have arrived.
    left: pages that may be left, a guess. mark: what of the key `after` itself was listed, where
    a key has versions; what comes after the mark is still to be listed.
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


#: Spans as (after, until, mark), see Span.
Outline = list[tuple[str, str | None, str]]


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


class Plan:
    """Which pages to fetch, and in which order, so that a bucket is listed by many at once.

    take() gives a span of which to fetch one page after `span.after`; land() tells what that
    page held, and lapse() that it did not come. Between the two the span may have been split:
    keys beyond `span.until` then belong to another span, and must not be counted.

    prefix: what all keys begin with. spans: what is to be listed, as (after, until, mark).
    workers: how many pages are fetched at once. wasted: pages that brought nothing before this
    plan took over.
    """

    def __init__(
        self,
        prefix: str = "",
        spans: Iterable[tuple[str, str | None, str]] = (("", None, ""),),
        *,
        workers: int = 64,
        wasted: int = 0,
    ) -> None:
        self.prefix = prefix
        self.workers = workers
        self.page = PAGE
        self.useful = 0
        self.wasted = wasted
        self.spans: list[Span] = [Span(after, until, mark=mark) for after, until, mark in spans]
        self._waiting = list(reversed(self.spans))
        self._unproven = 0
        self._known: list[str] = []
        self._tables: dict[str, tuple[int, int, Alphabets]] = {}
        self._nerve = _NERVE
        self._splits = 0

    @property
    def done(self) -> bool:
        """Whether everything has been listed."""
        return not self.spans

    @property
    def outline(self) -> Outline:
        """What is still to be listed, as (after, until, mark): enough to go on from, later."""
        return [(span.after, span.until, span.mark) for span in self.spans]

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

    def land(self, span: Span, keys: Sequence[str], kept: int, more: bool, mark: str = "") -> None:
        """A page came.

        keys: some of its keys in order, the first and the last that count among them.
        kept: how many of its keys were not beyond `span.until`. more: whether the span goes on.
        mark: see Span.
        """
        span.busy = False
        if span.probe:
            span.probe = False
            self._unproven -= 1
            # Guess boldly while guesses come true.
            self._nerve = self._nerve + 1.0 if kept else max(_NERVE, self._nerve / 2)
        if kept:
            if more and not self.useful:
                self.page = kept  # some servers put fewer keys on a page
            self.useful += 1
            for key in keys:
                self._know(key)
            if span.pages == 0:
                span.prior = span.left if span.left < _MOST / 4 else 0.0
            span.pages += 1
            span.prior = max(span.prior - 1.0, 0.25) if span.prior else 0.0
            span.first, span.kept = keys[0], kept
            span.after, span.mark = keys[-1], mark
        else:
            self.wasted += 1
        if not more:
            self.spans.remove(span)
            return
        span.left = self._estimate(span)
        self._waiting.append(span)

    def _know(self, key: str) -> None:
        insort(self._known, key)
        if len(self._known) > _KNOWN_KEYS:
            del self._known[::2]

    def _shared(self, span: Span) -> int:
        """How many first characters all keys of the span have in common."""
        if span.until is None:
            return len(self.prefix) if span.after.startswith(self.prefix) else 0
        return common(span.after, span.until)

    def _alphabets(self, key: str, start: int) -> Alphabets:
        """What to expect after the first `start` characters of `key`, from keys close to it."""
        known = self._known
        shared = key[:start]
        low = bisect_left(known, shared)
        high = bisect_left(known, shared + _LAST, low)
        near = high - low
        remembered = self._tables.get(shared)
        if remembered is not None:
            had_near, had, table = remembered
            if near < 1.25 * had_near and len(known) < 1.25 * had and table.expects(key):
                return table
        close = [*_some(known, low, high), key]
        far = [*_some(known, 0, low), *_some(known, high, len(known))]
        table = Alphabets(close, far, start)
        if len(self._tables) > _TABLES:
            self._tables.clear()
        self._tables[shared] = (near, len(known), table)
        return table

    def _estimate(self, span: Span) -> float:
        """How many pages may be left of a span of which a page has been seen."""
        base = min(self._shared(span), common(span.first, span.after))
        alphabets = self._alphabets(span.after, base)
        begin = alphabets.fraction(span.first)
        now = alphabets.fraction(span.after)
        end = 1.0 if span.until is None else alphabets.fraction(span.until)
        step = now - begin
        if end <= now:
            own = 0.5
        elif step <= 0:
            own = _UNKNOWN
        else:
            own = min(_MOST, span.kept / self.page * (end - now) / step)
        if span.prior and own < _MOST:
            # What the span's parent looked like says something, the less the more was seen.
            weight = 1.0 / (span.pages + 1)
            own = math.exp((1 - weight) * math.log(max(own, 1e-3)) + weight * math.log(span.prior))
        if own < SMALLEST_SPLIT and self._depths(span, base):
            return SMALLEST_SPLIT
        return own

    def _split(self) -> None:
        """Cut the span with most left in two, as long as that is worth a request."""
        if self._unproven >= self._nerve:
            return
        guesses = self.wasted + self._unproven
        allowed = min(self.workers, 4 * self.useful) + 0.05 * self.useful
        if guesses >= allowed:
            return
        cost = guesses + 0.5 * self._splits
        smallest = SMALLEST_SPLIT if cost < allowed else 4 * SMALLEST_SPLIT
        candidates = sorted(self.spans, key=_attraction, reverse=True)
        for span in candidates[:4]:
            if _attraction(span) < smallest:
                return
            if self._cut(span):
                return

    def _cut(self, span: Span) -> bool:
        if span.pages == 0 and not span.probe:
            return False
        point, share = self._point(span)
        if point is None or point <= span.after:
            span.left = min(span.left, SMALLEST_SPLIT / 2)
            return False
        if span.until is not None and point >= span.until:
            span.left = min(span.left, SMALLEST_SPLIT / 2)
            return False
        right = Span(point, span.until, probe=True)
        right.left = min(span.left, _MOST) * share
        span.until = point
        if share and span.left < _MOST:
            span.left -= right.left
        else:
            span.left = self._estimate(span)
        self.spans.append(right)
        self._waiting.append(right)
        self._unproven += 1
        self._splits += 1
        return True

    def _point(self, span: Span) -> tuple[str | None, float]:
        """Where to cut a span, and which part of what is left would then be on the right."""
        base = self._shared(span)
        after, until = span.after, span.until
        if span.pages:
            depths = self._depths(span, base)
            if depths:
                return self._beyond(after, depths[len(depths) // 4]), 0.0
        alphabets = self._alphabets(after, base)
        if alphabets.last is None:
            return None, 0.0
        # Is anything beyond the characters expected here? Ask once.
        edge, vary = successor(alphabets.last), base + alphabets.fixed
        if span.pages and edge and (until is None or until > after[:vary] + edge):
            return after[:vary] + edge, 0.0
        now = alphabets.fraction(after)
        end = 1.0 if until is None else alphabets.fraction(until)
        return alphabets.key(after[:base], (now + end) / 2, (end - now) / 16), 0.5

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


def _attraction(span: Span) -> float:
    """How much a span asks to be split: what nobody has seen yet counts for less."""
    return span.left if span.pages else span.left / 4


def _some(keys: Sequence[str], low: int, high: int) -> list[str]:
    """Not too many of keys[low:high], spread over all of them."""
    size = high - low
    if size <= _ENOUGH:
        return list(keys[low:high])
    # Evenly spaced picks would miss every other character of evenly spread keys.
    step = size / _ENOUGH
    return [keys[low + int((i + (i * 0.618) % 1) * step)] for i in range(_ENOUGH)]


def overlaps(outline: Outline) -> bool:
    """Whether two of these spans share keys."""
    ordered = sorted(outline, key=lambda span: span[0])
    return any(until is None or until > after for (_, until, _), (after, _, _) in pairwise(ordered))
