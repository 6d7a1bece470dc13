"""The listing engine: one bucket, counted exactly, by many requests side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import aiohttp

from bot.aws.listing_checkpoint import SAVE_EVERY, STALE, Checkpoints, Saved, landmarks_of
from bot.aws.listing_fold import Fold
from bot.aws.listing_http import ListingRefused, Wire
from bot.aws.listing_pace import Pace
from bot.aws.listing_pages import parse
from bot.aws.listing_run import Asked, Run
from bot.aws.listing_scan import Scan, Slots
from bot.aws.listing_versions import parse_versions
from bot.aws.refusals import Kind, Refusal
from bot.core.keyspace import Plan
from bot.core.landmarks import Landmarks
from bot.core.scan import Begun, Listing, ListingProgress, ScanStats
from bot.core.usage import Bucket
from bot.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

__all__ = ["Checkpoints", "Listing", "ListingProgress", "ListingRefused", "S3Lister", "ScanStats"]

logger = logging.getLogger(__name__)

#: After these refusals nothing that was counted counts: what it was counted of is no more, or is
#: no S3.
_NOTHING_KNOWN = {Kind.GONE, Kind.UNREADABLE}


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
    landmarks: where a scan that completed says how keys lie in the bucket, for the next one to
        know where to split it; None: nowhere.
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
        landmarks: Checkpoints | None = None,
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
        self._landmarks = landmarks
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

        Where S3 refuses half-way (access revoked, no answer any more), the usage is of what was
        counted by then, complete=False, with S3's reason; but nothing is known of a bucket that
        was deleted meanwhile, nor of pages that were not S3's: that is raised.

        With checkpoints, a listing that did not end (a crash, a cancellation, `stop`, a refusal)
        goes on where it was saved last, if it was begun less than a day ago; then `as_of` is when
        it began. One with a `limit` is never saved.
        """
        asked = Asked(bucket, prefix, versions)
        keep = self._checkpoints if limit is None else None
        learned = self._landmarks if limit is None else None
        saved = await self._saved(asked) if keep is not None else None
        landmarks = await _landmarks(learned, asked) if learned is not None else Landmarks()
        wire = Wire(self._connect(), self._client_for, bucket)
        read = parse_versions if versions else parse
        scan = Scan(
            lambda span: wire.ask(asked.request(span), read),
            Plan(
                prefix,
                saved.left if saved else [("", None, "")],
                workers=self._per_bucket,
                wasted=saved.wasted if saved else 0,
                landmarks=landmarks,
                survey=saved.survey if saved else None,
            ),
            saved.fold if saved else Fold(prefix, self._depth),
            slots=self._slots,
            pace=Pace(self._per_bucket, asyncio.get_running_loop().time),
            sleep=self._clock.sleep,
            limit=limit,
            attempts=self._attempts,
            counts=saved.counts if saved else None,
        )
        run = Run(
            asked,
            wire,
            scan,
            began=saved.began if saved else self._clock.now(),
            seconds=saved.seconds if saved else 0.0,
            keep=keep,
            learned=learned,
            save_every=self._save_every,
        )
        why: Refusal | None = None
        try:
            await run.through(progress, expected, stop)
        except ListingRefused as refused:
            why = refused.why
            if why.kind is Kind.GONE:
                # Another bucket may come to have its name.
                await run.forget()
            if why.kind in _NOTHING_KNOWN or not scan.counts.pages:
                raise
        if run.complete:
            await run.learn(landmarks)
            await run.forget()
        else:
            await run.save()
        if progress is not None:
            progress(run.so_far(expected))
        return run.listing(self._top, why)

    async def begun(
        self, bucket: Bucket, prefix: str = "", *, versions: bool = False
    ) -> Begun | None:
        """What an earlier listing that did not end has counted: usage() will go on with it."""
        saved = await self._saved(Asked(bucket, prefix, versions))
        return Begun(saved.began, saved.fold.objects) if saved else None

    async def _saved(self, asked: Asked) -> Saved | None:
        """What is left of a scan that was cut off, if it is of use."""
        keep = self._checkpoints
        if keep is None:
            return None
        try:
            document = await keep.load(asked.name)
            if document is None:
                return None
            saved = Saved(document)
        except (StoreError, ValueError) as error:
            logger.warning(
                "A saved listing cannot be used (%s): listing anew",
                error,
                extra={"action": "listing_anew"},
            )
            return None
        if saved.created and asked.bucket.created and saved.created != asked.bucket.created:
            return None  # the bucket was deleted and made again
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


async def _landmarks(learned: Checkpoints, asked: Asked) -> Landmarks:
    """What the last listing learned; nothing where that is of no use."""
    try:
        document = await learned.load(asked.name)
        return Landmarks() if document is None else landmarks_of(document)
    except (StoreError, ValueError) as error:
        logger.warning(
            "What the last listing of %s learned cannot be used: %s",
            asked.bucket.name,
            error,
            extra={"action": "landmarks_unusable", "bucket": asked.bucket.name},
        )
        return Landmarks()
