"""The key space of a bucket as spans to list: where each one is, and where to split it.

A listing in parallel needs to know where to begin, and S3 does not say. Splitting a span,
resuming one, and handing one to another machine are the same thing here: begin after a key,
end at a key. `Plan` decides which span to read next and where to cut one in two, from nothing
but the keys seen so far; it does no I/O, so that tests drive it with a list of keys.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from bot.core.alphabets import Alphabets
from bot.core.landmarks import Landmarks, Survey
from bot.core.scan import PAGE
from bot.core.sightings import Sightings
from bot.core.spans import Outline, Span, common, successor

#: Nothing with fewer pages left than this is split: both halves end in a page that is partly
#: beyond their end, so a split costs about half a request.
SMALLEST_SPLIT = 4.0

#: Pages left where there is no telling, and where the telling is not to be believed.
_UNKNOWN = 64.0
_MOST = 1e6
#: Guesses under way at once, to begin with and after bad luck, and the part of the guesses still
#: allowed that may be under way whatever the luck; the same part of the pages that came, so that
#: a small bucket is not searched like a large one.
_NERVE = 4.0
_BOLDNESS = 0.25
#: A span in which no page was seen asks so much less to be split, for every guess it rests on.
_UNSEEN = 4.0
#: Where a span is cut, in pages before the end of a page.
_SHORT_OF_A_PAGE = 0.1
#: Landmarks with nothing between them and the next one, before all are given up.
_MISSES = 4
#: From this part of the guesses allowed on, only those are made that can hardly fail.
_TIGHT = 0.75


class Plan:
    """Which pages to fetch, and in which order, so that a bucket is listed by many at once.

    take() gives a span of which to fetch one page after `span.after`; land() tells what that
    page held, and lapse() that it did not come. Between the two the span may have been split:
    keys beyond `span.until` then belong to another span, and must not be counted.

    prefix: what all keys begin with. spans: what is to be listed, as (after, until, mark).
    workers: how many pages are fetched at once. wasted: pages that brought nothing before this
    plan took over. landmarks: where a listing of the same keys would have been split; they are
    believed as other guesses are, a few at a time and as long as they come true. survey: what an
    interrupted listing had seen; the plan goes on with it.
    """

    def __init__(
        self,
        prefix: str = "",
        spans: Iterable[tuple[str, str | None, str]] = (("", None, ""),),
        *,
        workers: int = 64,
        wasted: int = 0,
        landmarks: Landmarks | None = None,
        survey: Survey | None = None,
    ) -> None:
        self.prefix = prefix
        self.workers = workers
        self.page = PAGE
        self.survey = survey or Survey()
        self.useful = 0
        self.wasted = wasted
        known = landmarks or Landmarks()
        self._landmarks = sorted({key for key in known.keys if key.startswith(prefix)})
        self._apart = known.pages
        self._found = self._missed = 0
        self.spans: list[Span] = [Span(after, until, mark=mark) for after, until, mark in spans]
        for span in self.spans:
            span.low = bisect_right(self._landmarks, span.after)
            if span.until is None:
                span.high = len(self._landmarks)
            else:
                span.high = max(span.low, bisect_left(self._landmarks, span.until))
        self._waiting = list(reversed(self.spans))
        self._unproven = 0
        self._seen = Sightings()
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
            if kept or not more:
                self._seen.nothing_between(span.after, keys[0] if kept else span.until)
            self._unproven -= 1
            # Guess boldly while guesses come true.
            self._nerve = self._nerve + 1.0 if kept else max(_NERVE, self._nerve / 2)
            for beside in self.spans:
                if beside.until == span.after:
                    beside.missed = not kept
            if self._landmarks:
                self._found += bool(kept)
                self._missed += not kept
        if kept:
            if more and not self.useful:
                self.page = kept  # some servers put fewer keys on a page
            self.useful += 1
            self.survey.add(keys[-1], kept)
            for key in keys:
                self._seen.add(key)
            if span.pages == 0:
                span.prior = span.left if span.left < _MOST / 4 else 0.0
            span.pages += 1
            span.prior = max(span.prior - 1.0, 0.25) if span.prior else 0.0
            span.first, span.kept = keys[0], kept
            span.after, span.mark = keys[-1], mark
            span.low = bisect_right(self._landmarks, span.after, span.low, span.high)
        else:
            self.wasted += 1
        # A page may end just where its span does, although there is more in the bucket.
        if not more or (span.after == span.until and not mark):
            self.spans.remove(span)
            return
        span.left = self._estimate(span)
        self._waiting.append(span)

    def _shared(self, span: Span) -> int:
        """How many first characters all keys of the span have in common."""
        if span.until is None:
            return len(self.prefix) if span.after.startswith(self.prefix) else 0
        length = common(span.after, span.until)
        # Up to the successor of `z`, all keys after `z/1` begin with `z`.
        first = span.after[length : length + 1]
        return length + 1 if first and span.until[length:] == successor(first) else length

    @staticmethod
    def _end(span: Span, base: int, alphabets: Alphabets) -> float:
        """Where a span ends among the keys that share its first `base` characters, up to 1."""
        if span.until is None or not span.until.startswith(span.after[:base]):
            return 1.0
        return alphabets.fraction(span.until)

    def _estimate(self, span: Span) -> float:
        """How many pages may be left of a span of which a page has been seen."""
        base = min(self._shared(span), common(span.first, span.after))
        alphabets = self._seen.alphabets(span.after, base)
        begin = alphabets.fraction(span.first)
        now = alphabets.fraction(span.after)
        end = self._end(span, base, alphabets)
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
        guesses = self.wasted + self._unproven
        allowed = min(self.workers, 4 * self.useful) + 0.05 * self.useful
        boldness = _BOLDNESS * min(allowed - self.wasted, self.useful)
        if guesses >= allowed or self._unproven >= max(self._nerve, boldness):
            return
        cost = guesses + 0.5 * self._splits
        if self._cut_at_a_landmark():
            return
        smallest = SMALLEST_SPLIT if cost < allowed else 4 * SMALLEST_SPLIT
        if guesses >= _TIGHT * allowed and self._cut_nearby(smallest):
            return
        candidates = sorted(self.spans, key=_attraction, reverse=True)
        for span in candidates[:4]:
            if _attraction(span) < smallest:
                return
            if self._cut(span):
                return

    def _cut_at_a_landmark(self) -> bool:
        """Cut the span with most landmarks in it at the middle one, unless they mislead."""
        if not self._landmarks or not self.spans:
            return False
        span = max(self.spans, key=_landmarks_in)
        if not _landmarks_in(span) or self._missed > _MISSES + self._found / 4:
            self._landmarks.clear()
            for each in self.spans:
                each.low = each.high = 0
            return False
        middle = (span.low + span.high) // 2
        right = Span(self._landmarks[middle], span.until, probe=True)
        right.low, right.high = middle + 1, span.high
        span.until, span.high = right.after, middle
        for part in (span, right):
            part.left = self._apart * (_landmarks_in(part) + 1)
        self._begin(right)
        return True

    def _begin(self, right: Span) -> None:
        self.spans.append(right)
        self._waiting.append(right)
        self._unproven += 1
        self._splits += 1

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
        if not span.pages:
            right.guesses = span.guesses = span.guesses + 1
        span.until = point
        if share and span.left < _MOST:
            span.left -= right.left
        else:
            span.left = self._estimate(span)
        self._begin(right)
        return True

    def _point(self, span: Span) -> tuple[str | None, float]:
        """Where to cut a span, and which part of what is left would then be on the right."""
        base = self._shared(span)
        after, until = span.after, span.until
        if span.pages:
            depths = self._depths(span, base)
            if depths:
                return self._beyond(after, depths[len(depths) // (2 if span.missed else 4)]), 0.0
        alphabets = self._seen.alphabets(after, base)
        if alphabets.last is None:
            return None, 0.0
        # Is anything beyond the characters expected here? Ask once.
        edge, vary = successor(alphabets.last), base + alphabets.fixed
        asked = self._seen.ends(vary)
        if span.pages and edge and not asked and (until is None or until > after[:vary] + edge):
            return after[:vary] + edge, 0.0
        now, end = alphabets.fraction(after), self._end(span, base, alphabets)
        return self._halfway(span, alphabets, now, end), 0.5

    def _halfway(self, span: Span, alphabets: Alphabets, now: float, end: float) -> str:
        """A point about half-way between two fractions, the first that of `span.after`."""
        half, resolution = (end - now) / 2, (end - now) / 16
        shared = span.after[: alphabets.start]
        page = 0.0
        if span.pages and span.first.startswith(shared):
            page = (now - alphabets.fraction(span.first)) * self.page / span.kept
        if 0 < page < half:
            # Where keys are evenly spread, a cut at the end of a page would cost one more
            # request, to see that nothing is left before the cut.
            half = page * (round(half / page) - _SHORT_OF_A_PAGE)
            resolution = min(resolution, page / 16)
        return alphabets.key(shared, now + half, resolution)

    def _cut_nearby(self, smallest: float) -> bool:
        """Cut where the keys of the last page tell of at least so many pages more like it.

        That says nothing of what is further on, but keys are found there almost surely.
        """
        most, best, where = smallest, None, ""
        for span in self.spans:
            left, point = self._nearby(span) if span.pages else (0.0, "")
            if left >= most and point > span.after and (span.until is None or point < span.until):
                most, best, where = left, span, point
        if best is None:
            return False
        right = Span(where, best.until, probe=True)
        right.left = best.left = most / 2
        best.until = where
        self._begin(right)
        return True

    def _nearby(self, span: Span) -> tuple[float, str]:
        """Pages left of the keys that begin as all of the last page do, and the middle of those."""
        base = common(span.first, span.after)
        alphabets = self._seen.alphabets(span.after, base)
        begin, now = alphabets.fraction(span.first), alphabets.fraction(span.after)
        end = self._end(span, base, alphabets)
        if not begin < now < end:
            return 0.0, ""
        point = self._halfway(span, alphabets, now, end)
        return span.kept / self.page * (end - now) / (now - begin), point

    def _depths(self, span: Span, base: int) -> list[int]:
        """The positions, from `base` on, of which nobody knows whether anything varies there.

        They end where something is known to vary: there the characters seen say where to cut.
        """
        after, until = span.after, span.until
        depths = []
        for position in range(base, common(span.first, after)):
            if not span.missed and self._seen.varies(after, position):
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

    @staticmethod
    def _beyond(key: str, position: int) -> str | None:
        following = successor(key[position])
        return None if following is None else key[:position] + following


def _landmarks_in(span: Span) -> int:
    return span.high - span.low


def _attraction(span: Span) -> float:
    """How much a span asks to be split: what nobody has seen yet counts for less."""
    return span.left if span.pages else span.left / _UNSEEN**span.guesses
