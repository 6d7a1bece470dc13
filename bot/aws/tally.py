"""How far a measurement is, summed over the listings that run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bot.core.listings import Candidate, Headway
from bot.core.scan import Listing, ListingProgress, request_usd
from bot.core.usage import Bucket

#: Told as a measurement goes on.
Progress = Callable[[Headway], None]


@dataclass(slots=True)
class Tally:
    """How far a measurement is. All sums are kept up as they change: buckets may be thousands."""

    buckets: int
    progress: Progress | None
    done: int = 0
    to_list: int = 0
    objects: int = 0
    resumed: int = 0
    pages: int = 0
    retries: int = 0
    usd: Decimal = Decimal(0)
    expected: int | None = 0
    began: float | None = None
    _listed: dict[Bucket, ListingProgress] = field(default_factory=dict)
    _spent: dict[Bucket, Decimal] = field(default_factory=dict)

    def begin(self, candidates: Sequence[Candidate]) -> None:
        """These buckets are listed from now on."""
        self.to_list = len(candidates)
        if candidates:
            self.began = asyncio.get_running_loop().time()
        expected = [each.expected for each in candidates]
        known = None not in expected
        self.expected = sum(number or 0 for number in expected) if known else None
        self.tell()

    def settle(self, buckets: int) -> None:
        """So many more buckets are done."""
        self.done += buckets
        self.tell()

    def listed(self, bucket: Bucket, so_far: ListingProgress) -> None:
        """The listing of this bucket is so far."""
        before = self._listed.get(bucket) or ListingProgress(0, 0, 0.0, 0)
        self._listed[bucket] = so_far
        self.objects += so_far.objects - before.objects
        self.resumed += so_far.resumed - before.resumed
        self.pages += so_far.pages - before.pages
        self.retries += so_far.retries - before.retries
        self.spent(bucket, request_usd(bucket.region) * so_far.sent)
        self.tell()

    def ended(self, bucket: Bucket, listing: Listing) -> None:
        """The listing of this bucket is over, and took what it took."""
        last = self._listed.get(bucket) or ListingProgress(0, 0, 0.0, 0)
        self.listed(bucket, replace(last, objects=listing.usage.objects or 0))
        self.spent(bucket, listing.stats.spent_usd)
        self.tell()

    def refused(self, bucket: Bucket) -> None:
        """S3 refused it: that much was asked, once at least."""
        self.spent(bucket, max(self._spent.get(bucket, Decimal(0)), request_usd(bucket.region)))

    def spent(self, bucket: Bucket, usd: Decimal) -> None:
        """So much in all for this bucket."""
        self.usd += usd - self._spent.get(bucket, Decimal(0))
        self._spent[bucket] = usd

    def tell(self) -> None:
        """Tell whoever wants to know."""
        if self.progress is None:
            return
        listing = None
        if self.began is not None:
            seconds = asyncio.get_running_loop().time() - self.began
            listing = ListingProgress(
                self.objects,
                self.pages,
                seconds,
                self.retries,
                self.expected,
                resumed=self.resumed,
            )
        self.progress(Headway(self.done, self.buckets, self.to_list, listing, self.usd))
