"""The listing engine: one bucket, counted exactly, by many requests side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import aiohttp

from bot.aws.listing_fold import Fold
from bot.aws.listing_http import ListingRefused, Request, Wire
from bot.aws.listing_pace import Pace
from bot.aws.listing_scan import Scan, Slots
from bot.core.keyspace import Plan, Span
from bot.core.scan import PAGE, Listing, ListingProgress, ScanStats, request_usd
from bot.core.usage import Bucket, Source, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

__all__ = ["Listing", "ListingProgress", "ListingRefused", "S3Lister", "ScanStats"]

#: At least this many seconds lie between two calls of `progress`.
_PROGRESS_EVERY = 0.2


class Clock(Protocol):
    """Time, passed in."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class S3Lister:
    """Lists buckets. Opens no socket before the first listing; close() when done.

    client_for: gives a boto3 S3 client for a bucket's account and region, made with
        `Config(signature_version="s3v4")`; called in a thread. Every page is signed afresh, so
        credentials may be refreshed at any time.
    concurrency: requests in flight over all buckets. per_bucket: over one bucket.
    timeout: seconds without a byte before a page is asked for again. attempts: how often a page
        is asked for before the bucket counts as refusing. top_prefixes, prefix_depth: how many
        of the largest prefixes a usage names, and of how many parts ended by `/` each is.
    """

    def __init__(
        self,
        client_for: Callable[[Bucket], S3Client],
        clock: Clock,
        *,
        concurrency: int = 64,
        per_bucket: int = 64,
        timeout: float = 30.0,
        attempts: int = 8,
        top_prefixes: int = 100,
        prefix_depth: int = 1,
    ) -> None:
        self._client_for = client_for
        self._clock = clock
        self._concurrency = concurrency
        self._per_bucket = min(per_bucket, concurrency)
        self._timeout = timeout
        self._attempts = attempts
        self._top = top_prefixes
        self._depth = prefix_depth
        self._slots = Slots(concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def usage(
        self,
        bucket: Bucket,
        prefix: str = "",
        *,
        limit: int | None = None,
        progress: Callable[[ListingProgress], None] | None = None,
        expected: int | None = None,
        stop: asyncio.Event | None = None,
    ) -> Listing:
        """Count a bucket, or what is under `prefix` in it. Raises ListingRefused.

        limit: stop after about so many objects. stop: set it to stop at once. After either the
        usage says complete=False, and every number in it is "at least". expected: how many
        objects there may be, for the progress to say how far it is.
        """
        loop = asyncio.get_running_loop()
        started, began = self._clock.now(), loop.time()
        told = began

        def landed() -> None:
            nonlocal told
            now = loop.time()
            if progress is None or now - told < _PROGRESS_EVERY:
                return
            told = now
            progress(
                ListingProgress(
                    scan.fold.objects, scan.counts.pages, now - began, scan.counts.retries, expected
                )
            )

        wire = Wire(self._connect(), self._client_for, bucket)
        scan = Scan(
            wire,
            Plan(prefix, workers=self._per_bucket),
            Fold(prefix, self._depth),
            lambda span: _request(bucket.name, prefix, span),
            slots=self._slots,
            pace=Pace(self._per_bucket, loop.time),
            sleep=self._clock.sleep,
            limit=limit,
            attempts=self._attempts,
            landed=landed,
        )
        watch = asyncio.create_task(_stop_when(stop, scan)) if stop is not None else None
        try:
            await scan.run()
        finally:
            if watch is not None:
                watch.cancel()
        seconds = loop.time() - began
        fold, counts = scan.fold, scan.counts
        usage = Usage(
            bucket=bucket.name,
            region=wire.bucket.region,
            created=bucket.created,
            source=Source.LIST,
            as_of=started,
            objects=fold.objects,
            cells=fold.cells,
            newest=fold.newest,
            complete=scan.complete,
            account=bucket.account,
            prefix=prefix,
            prefixes=fold.prefixes(self._top),
        )
        stats = ScanStats(
            requests=counts.requests,
            wasted_requests=scan.plan.wasted,
            retries=counts.retries,
            seconds=seconds,
            keys_per_second=fold.objects / seconds if seconds > 0 else 0.0,
            peak_concurrency=counts.peak,
            cost_usd=request_usd(wire.bucket.region) * counts.requests,
        )
        return Listing(usage, stats)

    def _connect(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._concurrency, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._timeout, sock_read=self._timeout
                ),
                headers={"Accept-Encoding": "identity"},
                read_bufsize=2**20,  # a whole page: reading it is not interrupted half-way
                trust_env=True,
            )
        return self._session

    async def close(self) -> None:
        """Close the connections. The lister may be used again afterwards."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _stop_when(stop: asyncio.Event, scan: Scan) -> None:
    await stop.wait()
    scan.stop()


def _request(bucket: str, prefix: str, span: Span) -> Request:
    parameters = {"Bucket": bucket, "EncodingType": "url", "MaxKeys": PAGE}
    if prefix:
        parameters["Prefix"] = prefix
    if span.after:
        parameters["StartAfter"] = span.after
    return Request("list_objects_v2", parameters)
