"""Writes the lives of objects: streams, migrations, rewritten keys, uploads left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from bot.workspace.sample.estate import Object, Upload

#: How many days of history CloudWatch can tell.
HISTORY_DAYS = 84

DEPOTS = ("antwerp", "dayton", "galway", "leipzig", "perth", "tacoma")
DAY = timedelta(days=1)


class Times:
    """Writes lives of objects around `now`; one per bucket, so that buckets do not sway others."""

    def __init__(self, name: str, now: datetime, seed: int) -> None:
        self.random = Random(f"{seed}/{name}")  # noqa: S311 - a sample, not a secret
        self.now = now
        self.start = now - (HISTORY_DAYS + 1) * DAY

    def ago(self, days: float) -> datetime:
        """The moment `days` before now, to the second."""
        return (self.now - days * DAY).replace(microsecond=0)

    def stream(
        self,
        key: str,
        *,
        since: float,
        per_day: float,
        size: float | Callable[[float], float],
        until: float = 0,
        storage_class: str = "STANDARD",
        lifecycle: Sequence[tuple[float, str]] = (),
        expire: float | None = None,
        spread: float = 0.5,
        names: Sequence[str] = DEPOTS,
        read: bool = False,
    ) -> Iterator[Object]:
        """Objects written at a steady rate from `since` to `until` days ago.

        key: a format of `when`, `n` (running number), `name` (one of `names`) and `hex`.
        size: the mean in bytes, or a function of the age in days; each varies by `spread`.
        lifecycle: (age in days, class moved to); expire: age in days at which it is deleted.
        """
        for n in range(round((since - until) * per_day)):
            age = since - (n + self.random.random()) / per_day
            mean = size(age) if callable(size) else size
            # Every draw happens for every object, so that `now` sways no later one.
            own = round(mean * self.random.uniform(1 - spread, 1 + spread))
            name, token = self.random.choice(names), self.random.getrandbits(32)
            born = self.ago(age)
            died = born + expire * DAY if expire is not None and age > expire else None
            if died is not None and died <= self.start:
                continue
            yield Object(
                key=key.format(when=born, n=n, name=name, hex=f"{token:08x}"),
                size=own,
                born=born,
                storage_class=storage_class,
                moves=tuple((born + d * DAY, to) for d, to in lifecycle if age > d),
                died=died,
                read=read,
            )

    def migrated(
        self, objects: Iterator[Object], to: str, since: float, until: float
    ) -> Iterator[Object]:
        """The same objects, moved to another class one by one from `since` to `until` days ago."""
        still = list(objects)
        step = (since - until) / max(1, len(still))
        for n, thing in enumerate(still):
            yield Object(
                thing.key, thing.size, thing.born, moves=((self.ago(since - n * step), to),)
            )

    def rewritten(
        self, keys: Sequence[str], *, since: float, every: float, size: float
    ) -> Iterator[Object]:
        """Keys overwritten every `every` days in a versioned bucket that never cleans up."""
        for key in keys:
            at = [since - n * every for n in range(int(since / every) + 1)]
            moments = [self.ago(max(0.01, age - self.random.random() * every / 2)) for age in at]
            for n, born in enumerate(moments):
                own = round(size * self.random.uniform(0.8, 1.2))
                gone = moments[n + 1] if n + 1 < len(moments) else None
                yield Object(key, own, born, noncurrent=gone)

    def uploads(
        self, key: str, *, count: int, since: float, parts: int, part: int, to: str = "STANDARD"
    ) -> Iterator[Upload]:
        """Multipart uploads begun from `since` days ago until yesterday and never completed."""
        for n in range(count):
            age = 1 + (since - 1) * (1 - n / count)
            sizes = (part,) * self.random.randint(max(1, parts // 2), parts)
            yield Upload(key.format(n=n), self.ago(age), sizes, to)
