"""Lists the benchmark's bucket once with this project's engine, and says what it found as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
from datetime import UTC, datetime

import boto3
import uvloop
from botocore.config import Config

from bot.aws.listing import S3Lister
from bot.core.usage import Bucket, total


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def collect(endpoint: str, concurrency: int) -> dict[str, object]:
    """One listing: what the bucket holds, and what that took."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    lister = S3Lister(lambda _: client, _Clock(), concurrency=concurrency, per_bucket=concurrency)
    before = resource.getrusage(resource.RUSAGE_SELF)
    listing = await lister.usage(Bucket("bench", "us-east-1", None))
    after = resource.getrusage(resource.RUSAGE_SELF)
    await lister.close()
    usage, stats = listing.usage, listing.stats
    kinds = sorted({cell.kind for cell in usage.cells})
    sums = {kind: total(c.tally for c in usage.cells if c.kind == kind) for kind in kinds}
    return {
        "objects": usage.objects,
        "classes": {kind: [tally.objects, tally.bytes] for kind, tally in sums.items()},
        "newest": usage.newest.key if usage.newest else None,
        "seconds": stats.seconds,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mib": after.ru_maxrss / 1024,
        "requests": stats.requests,
        "wasted": stats.wasted_requests,
        "retries": stats.retries,
        "peak_concurrency": stats.peak_concurrency,
    }


def main() -> None:
    """Read the arguments and collect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endpoint")
    parser.add_argument("--concurrency", type=int, default=64)
    chosen = parser.parse_args()
    json.dump(uvloop.run(collect(chosen.endpoint, chosen.concurrency)), sys.stdout)


if __name__ == "__main__":
    main()
