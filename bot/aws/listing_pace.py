"""How many requests a scan keeps in flight, and how fast it sends them, learned as it goes."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable

#: S3 serves at least this many reads a second per prefix
#: (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html).
#: A scan shares it with everyone else who uses the bucket, so it stays at half of it.
READS_PER_SECOND = 5500
FASTEST = READS_PER_SECOND / 2
#: Sending may lag behind its rate by so many seconds, and then make up for it at once.
_BURST = 0.02
#: How fast the rate grows after a cut: by this part of itself a second, times seconds squared.
_GROWTH = 1.6
#: The part of the rate served that is kept to after a refusal.
_AFTER_REFUSAL = 0.97
_REMEMBERED = 1024
#: A window halved still holds what the rate served needs when pages take so many seconds.
_SLOWEST_PAGE = 0.2
#: Refusals within so many seconds are one; the rate served is measured over the same.
_NEWS = 0.3


class Pace:
    """The window of requests in flight and the rate of sending, for one bucket.

    The window doubles with each round trip until something is refused or times out; then it is
    halved, and sending is held to just under the rate that S3 did serve, which afterwards
    rises slowly until the next refusal. `now` is any clock of seconds that only goes forward.
    strikes: bursts of refusals since anything was served; from the second on, sending pauses,
    each time twice as long as before, up to 20 s.
    """

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self.most = most
        self.window = float(min(8, most))
        self.rate = FASTEST
        self._now = now
        self._next = 0.0
        self._served: list[float] = []
        self._sent: list[float] = []
        self._cut_at = float("-inf")
        self.strikes = 0
        self._strike_until = float("-inf")
        self._began = self._grown_at = now()
        self._limited = False

    def wait(self) -> float:
        """Seconds until another request may be sent; 0 when it may be sent now."""
        return max(0.0, self._next - self._now())

    def sent(self) -> None:
        """A request is being sent."""
        now = self._now()
        # A pause is not made up for by a burst.
        behind = 0.004 if self._limited else _BURST
        self._next = max(self._next, now - behind) + 1 / self.rate
        self._sent.append(now)
        del self._sent[:-_REMEMBERED]

    def served(self) -> None:
        """A page came back."""
        now = self._now()
        self.strikes = 0
        self._served.append(now)
        del self._served[:-_REMEMBERED]
        self.window = min(float(self.most), self.window + (0.2 if self._limited else 1.0))
        if self._limited:
            # Slowly at first, to stay long where S3 is content; then ever faster, to find out
            # whether there is more to be had.
            elapsed = min(now - self._grown_at, 1.0)
            calm = now - self._cut_at
            self.rate = min(FASTEST, self.rate * (1 + _GROWTH * calm * calm * elapsed))
        self._grown_at = now

    def refused(self) -> None:
        """S3 asked for fewer requests, or did not answer in time."""
        now = self._now()
        if now >= self._strike_until:
            self.strikes += 1
            pause = 0.1 * min(2.0**self.strikes, 200.0) * random.uniform(0.5, 1.0)  # noqa: S311
            self._strike_until = now + pause
            if self.strikes > 1:  # nothing was served since the one before
                self._next = max(self._next, self._strike_until)
        if now - self._cut_at < _NEWS:
            return  # refusals of one burst are one piece of news
        span = min(_NEWS, max(now - self._began, 0.05))
        recent = len(self._served) - bisect_left(self._served, now - span)
        sent = len(self._sent) - bisect_left(self._sent, now - span)
        # Early on little has come back yet: then half of what was sent is the better guess.
        kept = max(_AFTER_REFUSAL * recent, 0.5 * sent) / span
        self.rate = min(self.rate, max(2.0, kept))
        # From the second cut on, the rate does the work: the window only leaves room for it.
        room = min(recent / span * _SLOWEST_PAGE, self.window) if self._limited else 0.0
        self.window = max(1.0, self.window / 2, room)
        self._limited = True
        self._cut_at = self._grown_at = now
