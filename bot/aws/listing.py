"""The listing engine: one bucket, counted exactly, by many requests side by side."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp

from bot.aws.listing_checkpoint import SAVE_EVERY, STALE, Checkpoints, Saved, to_document
from bot.aws.listing_fold import Fold
from bot.aws.listing_http import ListingRefused, Wire
from bot.aws.listing_pace import Pace
from bot.aws.listing_pages import parse
from bot.aws.listing_scan import Scan, Slots
from bot.aws.listing_sign import Request
from bot.aws.listing_versions import parse_versions, unfinished
from bot.core.keyspace import Plan
from bot.core.scan import PAGE, Listing, ListingProgress, ScanStats, request_usd
from bot.core.spans import Span
from bot.core.usage import Bucket, Cell, Source, Usage, total
from bot.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

__all__ = ["Checkpoints", "Listing", "ListingProgress", "ListingRefused", "S3Lister", "ScanStats"]

logger = logging.getLogger(__name__)

#: `progress` is called this often, in seconds, and once at the end.
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
    checkpoints: where scans are saved as they run, to go on after a crash; None: nowhere.
    save_every: seconds between two saves of a scan.
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
        checkpoints: Checkpoints | None = None,
        save_every: float = SAVE_EVERY,
    ) -> None:
        self._client_for = client_for
        self._clock = clock
        self._concurrency = concurrency
        self._per_bucket = min(per_bucket, concurrency)
        self._timeout = timeout
        self._attempts = attempts
        self._top = top_prefixes
        self._depth = prefix_depth
        self._checkpoints = checkpoints
        self._save_every = save_every
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
        versions: bool = False,
    ) -> Listing:
        """Count a bucket, or what is under `prefix` in it. Raises ListingRefused.

        limit: stop after about so many objects. stop: set it to stop at once. After either the
        usage says complete=False, and every number in it is "at least". expected: how many
        objects there may be, for the progress to say how far it is. versions: list versions,
        delete markers and unfinished uploads, too.

        With checkpoints, a scan that a crash or a cancellation cut off goes on where it was saved
        last, if that was begun less than a day ago; then `as_of` is when it began.
        """
        loop = asyncio.get_running_loop()
        name = json.dumps([bucket.account, bucket.name, prefix, versions])
        keep = self._checkpoints if limit is None else None
        saved = await self._saved(keep, name, prefix)
        started = saved.began if saved else self._clock.now()
        began = loop.time() - (saved.seconds if saved else 0.0)
        wire = Wire(self._connect(), self._client_for, bucket)
        read = parse_versions if versions else parse
        scan = Scan(
            lambda span: wire.ask(_request(bucket.name, prefix, span, versions=versions), read),
            Plan(
                prefix,
                saved.left if saved else [("", None, "")],
                workers=self._per_bucket,
                wasted=saved.wasted if saved else 0,
            ),
            saved.fold if saved else Fold(prefix, self._depth),
            slots=self._slots,
            pace=Pace(self._per_bucket, loop.time),
            sleep=self._clock.sleep,
            limit=limit,
            attempts=self._attempts,
            counts=saved.counts if saved else None,
        )

        def so_far() -> ListingProgress:
            seconds = loop.time() - began
            counts = scan.counts
            return ListingProgress(
                scan.fold.objects, counts.pages, seconds, counts.retries, expected
            )

        async def save_often(port: Checkpoints) -> None:
            while True:
                await asyncio.sleep(self._save_every)
                document = to_document(scan, started, loop.time() - began)
                try:
                    await port.save(name, document)
                except StoreError as error:
                    logger.warning(
                        "A listing goes on without being saved: %s",
                        error,
                        extra={"action": "listing_unsaved"},
                    )

        async def tell_often(tell: Callable[[ListingProgress], None]) -> None:
            while True:
                await asyncio.sleep(_PROGRESS_EVERY)
                tell(so_far())

        async def stop_when(asked: asyncio.Event) -> None:
            await asked.wait()
            scan.stop()

        beside = [
            asyncio.create_task(work)
            for work in (
                save_often(keep) if keep else None,
                tell_often(progress) if progress else None,
                stop_when(stop) if stop else None,
            )
            if work is not None
        ]
        parts = None
        try:
            await _all_or_first_failure(scan, beside)
            if versions and scan.complete:
                parts = await unfinished(scan.ask(wire.ask), bucket.name, prefix)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        if keep is not None:
            await keep.drop(name)
        if progress is not None:
            progress(so_far())
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
            complete=scan.complete and (parts is not None or not versions),
            account=bucket.account,
            prefix=prefix,
            noncurrent=total(cell.tally for cell in fold.noncurrent_cells) if versions else None,
            delete_markers=fold.delete_markers if versions else None,
            unfinished=None if parts is None else total(parts.values()),
            noncurrent_cells=fold.noncurrent_cells,
            unfinished_cells=tuple(Cell(kind, t) for kind, t in sorted((parts or {}).items())),
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

    async def _saved(self, keep: Checkpoints | None, name: str, prefix: str) -> Saved | None:
        """What is left of a scan that was cut off, if it is of use."""
        document = await keep.load(name) if keep is not None else None
        if document is None:
            return None
        try:
            saved = Saved(document)
        except ValueError as error:
            logger.warning(
                "A saved listing cannot be used (%s): listing anew",
                error,
                extra={"action": "listing_anew"},
            )
            return None
        return saved if self._clock.now() - saved.began < STALE else None

    def _connect(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._concurrency, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._timeout, sock_read=self._timeout
                ),
                headers={"Accept-Encoding": "identity"},
                read_bufsize=2**20,  # a whole page: reading it is not interrupted half-way
            )
        return self._session

    async def close(self) -> None:
        """Close the connections. The lister may be used again afterwards."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _all_or_first_failure(scan: Scan, beside: list[asyncio.Task[None]]) -> None:
    """Run a scan; what fails beside it (a checkpoint that cannot be saved) ends it, too."""
    run = asyncio.create_task(scan.run())
    try:
        waiting = {run, *beside}
        while not run.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


def _request(bucket: str, prefix: str, span: Span, *, versions: bool) -> Request:
    parameters: dict[str, Any] = {"Bucket": bucket, "EncodingType": "url", "MaxKeys": PAGE}
    if prefix:
        parameters["Prefix"] = prefix
    if not versions:
        if span.after:
            parameters["StartAfter"] = span.after
        return Request("list_objects_v2", parameters)
    if span.after:
        parameters["KeyMarker"] = span.after
    if span.mark:
        parameters["VersionIdMarker"] = span.mark
    return Request("list_object_versions", parameters)
