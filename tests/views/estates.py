"""A small estate with everything in it that an answer has to say, and its prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.core.change import change
from bot.core.digest import Digest, Subscription
from bot.core.language import parse_query
from bot.core.prices import PriceBook, PriceSource, Tier
from bot.core.report import Report, report
from bot.core.schedule import Weekly
from bot.core.snapshot import Snapshot
from bot.core.usage import (
    GB,
    MB,
    NOTHING,
    WHOLE_ACCOUNT,
    Cell,
    Newest,
    Skipped,
    Source,
    Tally,
    Usage,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
METRICS_OF = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TB = 1024 * GB

_SOURCE = PriceSource("test", date(2026, 9, 29))
_RATES = {"STANDARD": "0.023", "GLACIER": "0.0036", "DEEP_ARCHIVE": "0.00099"}
BOOK = PriceBook(
    date(2026, 9, 29),
    {
        (region, name): (Tier(None, Decimal(usd), _SOURCE),)
        for region in ("us-east-1", "eu-west-1")
        for name, usd in _RATES.items()
    },
)


def metrics(bucket: str, region: str, objects: int | None, **sizes: int) -> Usage:
    """A bucket as CloudWatch measures it: bytes by storage type, objects of all together."""
    return Usage(
        bucket,
        region,
        datetime(2023, 6, 11, 8, 30, tzinfo=UTC),
        Source.METRICS,
        METRICS_OF,
        objects,
        tuple(Cell(kind, Tally(None, size)) for kind, size in sizes.items()),
        newest=Newest(
            "checkout/debug/2026/11/22/16-6bba37f9.log", datetime(2026, 11, 22, 8, 59, tzinfo=UTC)
        ),
        account="111122223333",
    )


def listing(bucket: str, region: str, complete: bool = True, **held: tuple[int, int]) -> Usage:
    """A bucket as a listing finds it: objects and bytes by storage class."""
    return Usage(
        bucket,
        region,
        datetime(2025, 9, 18, tzinfo=UTC),
        Source.LIST,
        NOW,
        sum(objects for objects, _ in held.values()),
        tuple(Cell(kind, Tally(*tally), "2026-01", GB) for kind, tally in held.items()),
        newest=Newest("index.html", datetime(2026, 11, 20, 17, 0, tzinfo=UTC)) if held else None,
        complete=complete,
        noncurrent=NOTHING,
        delete_markers=0,
        unfinished=NOTHING,
    )


LOGS = metrics("app-logs", "us-east-1", 1_234_567, StandardStorage=3 * TB)
BACKUPS = metrics(
    "db-backups", "us-east-1", 1_439, StandardStorage=TB + 350 * GB, GlacierStorage=20 * TB
)
WEB = listing("web-assets", "eu-west-1", STANDARD=(907, 154 * MB))
EMPTY = listing("landing-zone", "eu-west-1")
PARTIAL = listing("proof-of-delivery", "eu-west-1", complete=False, STANDARD=(100_000, 70 * GB))
REVOKED = replace(
    listing("court-files", "eu-west-1", complete=False, STANDARD=(3_000, GB)),
    reason="access denied",
    permission="s3:ListBucket",
)
SNOW = listing("snow-imports", "us-east-1", STANDARD=(10, 100 * GB), SNOW=(3, 2 * TB))
UNKNOWN_CLASS = listing("quantum", "us-east-1", QUANTUM=(3, 2 * TB))
UNCOUNTED = replace(
    metrics("lake-raw", "us-east-1", None, StandardStorage=40 * TB, GlacierStorage=GB), newest=None
)
DENIED = Skipped("litigation-hold", "eu-west-1", "access denied", "s3:ListBucket", "111122223333")
ACCOUNT = Skipped(
    WHOLE_ACCOUNT, None, "access denied", "s3:ListAllMyBuckets", "777788889999"
)  # fmt: skip


def ask(question: str, *found: Usage | Skipped, at: datetime = NOW) -> Report:
    """The answer to `question` about an estate of these."""
    usages = tuple(each for each in found if isinstance(each, Usage))
    skipped = tuple(each for each in found if isinstance(each, Skipped))
    return report(Snapshot(at, usages, skipped), parse_query(question), BOOK)


def digest(
    question: str,
    before: tuple[Usage | Skipped, ...] | None,
    after: tuple[Usage | Skipped, ...],
) -> Digest:
    """The digest of a Monday, of an estate and what it was a week before, if that is known."""
    query = parse_query(question)
    subscription = Subscription(
        1, "C1", Weekly(0, 9, zone="Europe/Paris"), query, "U1", NOW - timedelta(days=30)
    )
    now = ask(question, *after)
    week = timedelta(days=7)
    moved = None
    if before is not None:
        earlier = [
            replace(each, as_of=each.as_of - week) if isinstance(each, Usage) else each
            for each in before
        ]
        moved = change(ask(question, *earlier, at=NOW - week), now)
    return Digest(subscription, now, moved, NOW + timedelta(days=1))
