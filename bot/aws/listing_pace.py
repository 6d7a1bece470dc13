"""How many requests a scan keeps in flight, and how fast it sends them, learned as it goes."""

from __future__ import annotations

import random
from collections.abc import Callable

#: S3 serves at least this many reads a second per prefix
#: (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html).
#: A scan shares it with everyone else who uses the bucket, so it stays at half of it.
READS_PER_SECOND = 5500
FASTEST = READS_PER_SECOND / 2
#: Sending may lag behind its rate by so many seconds, and then make up for it at once.
_BURST = 0.02


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
        self._cut_at = float("-inf")
        self.strikes = 0
        self._strike_until = float("-inf")
        self._grown_at = now()
        self._limited = False

    def wait(self) -> float:
        """Seconds until another request may be sent; 0 when it may be sent now."""
        return max(0.0, self._next - self._now())

    def sent(self) -> None:
        """A request is being sent."""
        now = self._now()
        # A pause is not made up for by a burst.
        self._next = max(self._next, now - _BURST) + 1 / self.rate

    def served(self) -> None:
        """A page came back."""
        now = self._now()
        self.strikes = 0
        self._served.append(now)
        if len(self._served) > 4096:
            del self._served[:2048]
        self.window = min(float(self.most), self.window + (0.2 if self._limited else 1.0))
        if self._limited:
            elapsed = min(now - self._grown_at, 1.0)
            self.rate = min(FASTEST, self.rate * (1 + 0.03 * elapsed))
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
        if now - self._cut_at < 0.5:
            return  # refusals of one burst are one piece of news
        since = max(self._cut_at, now - 1.0)
        recent = [moment for moment in self._served if moment > since]
        if len(recent) >= 8:
            span = now - recent[0]
            if span > 0:
                self.rate = min(self.rate, 0.95 * len(recent) / span)
        else:
            self.rate = max(2.0, min(self.rate, FASTEST) / 2)
        self.window = max(1.0, self.window / 2)
        self._limited = True
        self._cut_at = now
