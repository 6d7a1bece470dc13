"""A snapshot: every usage of an estate at a time, and what was skipped and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.patterns import EVERYTHING, Patterns
from bot.core.usage import Skipped, Source, Usage


@dataclass(frozen=True, slots=True)
class Scope:
    """What to measure, and how.

    regions, buckets: which buckets are of interest; what is cheap to know about the others
        (their metrics) is measured all the same, because AWS pools volume tiers over a region.
    """

    source: Source = Source.AUTO
    regions: Patterns = EVERYTHING
    buckets: Patterns = EVERYTHING

    def covers(self, other: Scope) -> bool:
        """Whether a snapshot of this scope answers a question of scope `other`."""
        return (
            self.source == other.source
            and self.regions in (EVERYTHING, other.regions)
            and self.buckets in (EVERYTHING, other.buckets)
        )

    def wants(self, bucket: str, region: str | None) -> bool:
        """Whether this bucket is of interest; one of unknown region always might be."""
        return self.buckets.match(bucket) and (region is None or self.regions.match(region))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An estate at a time. Kept forever: small, because a usage is.

    taken_at: when the measurement began; each usage says what time its numbers are true for.
    """

    taken_at: datetime
    usages: tuple[Usage, ...]
    skipped: tuple[Skipped, ...] = ()
    scope: Scope = Scope()
