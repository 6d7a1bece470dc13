"""Snapshots with one of everything in them."""

from datetime import UTC, datetime

from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import Cell, Newest, Skipped, Source, Tally, Usage

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def snapshot(taken_at: datetime = NOW, scope: Scope | None = None, objects: int = 3) -> Snapshot:
    """A listing, a bucket known from metrics alone, and one that refused."""
    return Snapshot(
        taken_at=taken_at,
        usages=(
            Usage(
                bucket="logs-<!channel>",
                region="eu-west-1",
                created=datetime(2020, 2, 29, tzinfo=UTC),
                source=Source.LIST,
                as_of=taken_at,
                objects=objects,
                cells=(
                    Cell("STANDARD", Tally(1, 2**63), "2026-03", 2**30),
                    Cell("GLACIER_IR", Tally(objects - 1, 0), "2024-12", 0),
                ),
                newest=Newest("a\u0000b/ü\U0001f600.gz", datetime(2026, 3, 1, 8, 7, 6, tzinfo=UTC)),
                account="111122223333",
                prefix="2026/",
                noncurrent=Tally(4, 5),
                delete_markers=6,
                unfinished=Tally(7, 8),
                prefixes=(("2026/03/", Tally(2, 9)), (None, Tally(1, 1))),
            ),
            Usage(
                bucket="media",
                region="us-east-1",
                created=None,
                source=Source.METRICS,
                as_of=taken_at,
                objects=None,
                cells=(Cell("StandardStorage", Tally(None, 10**15)),),
                complete=False,
            ),
        ),
        skipped=(Skipped("vault", None, "access denied", "s3:ListBucket", "111122223333"),),
        scope=scope or Scope(),
    )
