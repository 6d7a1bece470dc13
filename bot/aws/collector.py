"""Measures an estate: from the cheapest source that can answer, and the rest from listings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.aws.accounts import Accounts
from bot.aws.deleted import REMEMBERED, DeletedBuckets
from bot.aws.discovery import Discovered, Discovery
from bot.aws.listing import ListingRefused
from bot.aws.metrics import StorageMetrics
from bot.aws.refusals import AWS_ERRORS, Kind, Refusal, refusal
from bot.aws.tally import Progress, Tally
from bot.core.listings import Candidate
from bot.core.scan import Listing, ListingProgress
from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import Bucket, Skipped, Source, Usage

logger = logging.getLogger(__name__)

#: Asked before buckets are listed, with what is known of their size: which of them may be.
Approve = Callable[[Sequence[Candidate]], Awaitable[Sequence[Candidate]]]

#: Seconds that CloudWatch has to count objects in. Where it is out of reach, nobody waits long:
#: the listing itself needs no count.
COUNT_SECONDS = 10.0

_NO_METRICS = "no storage metrics yet"
_NO_METRICS_THEN = "no storage metrics of that time"
_TOO_DEAR = "no storage metrics, and listing would cost more than may be spent unasked"
_STOPPED = "was stopped before it was listed"


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...


class Lister(Protocol):
    """Counts a bucket by listing it."""

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
        """List, up to about `limit` objects or until `stop` is set.

        Raises ListingRefused, or one of `AWS_ERRORS`.
        """
        ...


class S3Collector:
    """Measures all accounts' buckets.

    auto_list_limit: the most objects a bucket may have for source AUTO to list it.
    buckets_at_once: listings that run side by side; the lister bounds their requests.
    """

    def __init__(
        self,
        accounts: Accounts,
        lister: Lister,
        clock: Clock,
        *,
        auto_list_limit: int = 100_000,
        buckets_at_once: int = 16,
    ) -> None:
        self._discovery = Discovery(accounts)
        self._deleted = DeletedBuckets(accounts)
        self._metrics = StorageMetrics(accounts)
        self._lister = lister
        self._clock = clock
        self._auto_list_limit = auto_list_limit
        self._at_once = buckets_at_once

    async def measure(
        self,
        scope: Scope,
        progress: Progress | None = None,
        *,
        approve: Approve | None = None,
        stop: asyncio.Event | None = None,
    ) -> Snapshot:
        """Measure now. A bucket that cannot be read is skipped; raises EstateError for all.

        approve: what is not approved of is not listed, and when it raises, nothing is; None
        approves of all. stop: set it to end all listings at once, with what is known by then.

        From metrics, all buckets of the regions asked for are measured, of interest or not,
        for AWS pools its volume tiers over them. The numbers of a bucket with metrics stay
        CloudWatch's, since those are what AWS bills: a listing only adds the newest object.
        """
        began = self._clock.now()
        found = _within(scope, await self._discovery.buckets())
        tally = Tally(len(found.buckets), progress)
        tally.tell()
        rows: list[Usage | Skipped] = []
        if scope.source is Source.LIST:
            jobs = [_Job(each) for each in found.buckets if scope.wants(each.name, each.region)]
            if approve is not None:
                jobs = await self._counted(jobs, began)
        else:
            rows, jobs = await self._from_metrics(scope, found.buckets, began)
        if approve is not None and jobs:
            jobs, dear = await _approved(jobs, approve)
            rows += dear
        tally.settle(len(found.buckets) - len(jobs))
        tally.begin([job.candidate for job in jobs])
        rows += await self._from_listings(jobs, tally, stop or asyncio.Event())
        return _snapshot(began, scope, rows, found.skipped)

    async def recollect(self, scope: Scope, at: datetime) -> Snapshot | None:
        """The estate as it was at a past time, from CloudWatch's metrics; None if it has none.

        CloudWatch keeps daily points for 455 days, but the names of buckets deleted since for
        two weeks only. Raises EstateError when no account can be listed.
        """
        everything = await self._discovery.buckets()
        found = _within(scope, everything)
        deleted: tuple[Bucket, ...] = ()
        if self._clock.now() - at <= REMEMBERED:
            deleted = await self._deleted.beside(everything, scope.regions)
        measured = await self._metrics.usages((*found.buckets, *deleted), at)
        rows: list[Usage | Skipped] = []
        for bucket in found.buckets:
            usage = measured.usages.get(bucket)
            # A bucket that came later is not missing. But AWS moves the date when a bucket's
            # policy is edited, so that numbers prove more than it does.
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html
            was_there = bucket.created is None or bucket.created <= at
            if usage is not None:
                rows.append(usage)
            elif was_there and scope.wants(bucket.name, bucket.region):
                rows.append(_unmeasured(bucket, measured.refused.get(bucket), _NO_METRICS_THEN))
        for bucket in deleted:
            usage, why = measured.usages.get(bucket), measured.refused.get(bucket)
            if usage is not None:
                rows.append(usage)
            elif why is not None and scope.wants(bucket.name, bucket.region):
                rows.append(_unmeasured(bucket, why, why.reason))
            # Without numbers it was not there then: it came later, or went earlier.
        if not any(isinstance(row, Usage) for row in rows):
            return None
        return _snapshot(at, scope, rows, found.skipped)

    async def _from_metrics(
        self, scope: Scope, buckets: Sequence[Bucket], at: datetime
    ) -> tuple[list[Usage | Skipped], list[_Job]]:
        """What metrics say, and the listings that source AUTO makes of what they do not."""
        measured = await self._metrics.usages(buckets, at)
        rows: list[Usage | Skipped] = []
        jobs: list[_Job] = []
        for bucket in buckets:
            usage = measured.usages.get(bucket)
            why = measured.refused.get(bucket)
            wanted = scope.wants(bucket.name, bucket.region)
            if scope.source is Source.AUTO and wanted and self._is_listable(usage):
                jobs.append(_Job(bucket, usage, self._auto_list_limit))
            elif usage is not None:
                rows.append(usage)
            elif wanted:
                rows.append(_unmeasured(bucket, why, _NO_METRICS))
        for (account, region), reason in _by_place(measured.refused).items():
            logger.warning(
                "CloudWatch in %s did not answer: %s",
                region,
                reason,
                extra={"action": "metrics_refused", "region": region, "account": account},
            )
        return rows, jobs

    def _is_listable(self, usage: Usage | None) -> bool:
        return usage is None or usage.objects is None or usage.objects <= self._auto_list_limit

    async def _counted(self, jobs: Sequence[_Job], at: datetime) -> list[_Job]:
        """The same jobs, with the numbers of objects that CloudWatch knows."""
        asked = self._metrics.counts([job.bucket for job in jobs], at)
        try:
            known = await asyncio.wait_for(asked, COUNT_SECONDS)
        except TimeoutError:
            logger.info(
                "CloudWatch did not count the objects in time",
                extra={"action": "count_unknown"},
            )
            return list(jobs)
        return [replace(job, objects=known.get(job.bucket)) for job in jobs]

    async def _from_listings(
        self, jobs: Sequence[_Job], tally: Tally, stop: asyncio.Event
    ) -> list[Usage | Skipped]:
        slots = asyncio.Semaphore(self._at_once)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._row(job, slots, tally, stop)) for job in jobs]
        return [task.result() for task in tasks]

    async def _row(
        self, job: _Job, slots: asyncio.Semaphore, tally: Tally, stop: asyncio.Event
    ) -> Usage | Skipped:
        async with slots:
            if stop.is_set():
                tally.settle(1)
                return job.metrics or _unmeasured(job.bucket, None, _STOPPED)
            try:
                listing = await self._lister.usage(
                    job.bucket,
                    limit=job.limit,
                    progress=lambda so_far: tally.listed(job.bucket, so_far),
                    expected=job.candidate.expected,
                    stop=stop,
                )
            except (ListingRefused, *AWS_ERRORS) as error:
                why = why_not_listed(error)
                tally.refused(job.bucket)
                tally.settle(1)
                # CloudWatch's numbers of a bucket that is gone are those of the day before.
                if job.metrics is None or why.kind is Kind.GONE:
                    return _unmeasured(job.bucket, why, why.reason)
                # Its numbers are known all the same: only the newest object is not.
                logger.info(
                    "The newest object of %s is not known: %s",
                    job.bucket.name,
                    why.reason,
                    extra={"action": "newest_unknown", "bucket": job.bucket.name},
                )
                return job.metrics
        usage = listing.usage
        tally.ended(job.bucket, listing)
        tally.settle(1)
        if job.metrics is None:
            return usage
        # The newest of a part is not the newest.
        return replace(job.metrics, newest=usage.newest if usage.complete else None)


@dataclass(frozen=True, slots=True)
class _Job:
    """A listing to make.

    metrics: what CloudWatch said of the bucket. limit: of objects. objects: about how many there
    are, where that is known.
    """

    bucket: Bucket
    metrics: Usage | None = None
    limit: int | None = None
    objects: int | None = None

    @property
    def candidate(self) -> Candidate:
        """The same, as it is shown to who approves."""
        counted = self.metrics.objects if self.metrics else None
        known = self.objects if counted is None else counted
        return Candidate(self.bucket, known, self.limit)


async def _approved(
    jobs: Sequence[_Job], approve: Approve
) -> tuple[list[_Job], list[Usage | Skipped]]:
    """The jobs approved of, and what is known of the other buckets all the same."""
    approved = {each.bucket: each for each in await approve([job.candidate for job in jobs])}
    return [
        replace(job, objects=approved[job.bucket].objects) for job in jobs if job.bucket in approved
    ], [
        job.metrics or _unmeasured(job.bucket, None, _TOO_DEAR)
        for job in jobs
        if job.bucket not in approved
    ]


def _within(scope: Scope, found: Discovered) -> Discovered:
    """What of the discovered lies in the scope's regions, or may."""
    return Discovered(
        tuple(bucket for bucket in found.buckets if scope.regions.match(bucket.region)),
        tuple(
            skipped
            for skipped in found.skipped
            if skipped.whole_account or scope.wants(skipped.bucket, skipped.region)
        ),
    )


def why_not_listed(error: Exception) -> Refusal:
    """What a lister's ListingRefused, or one of `AWS_ERRORS`, means."""
    return error.why if isinstance(error, ListingRefused) else refusal(error)


def _unmeasured(bucket: Bucket, why: Refusal | None, otherwise: str) -> Skipped:
    """A bucket without numbers; `otherwise` is the reason where AWS refused nothing."""
    return Skipped(
        bucket.name,
        bucket.region,
        why.reason if why else otherwise,
        why.permission if why else None,
        bucket.account,
    )


def _by_place(refused: Mapping[Bucket, Refusal]) -> dict[tuple[str | None, str], str]:
    """One reason for each account and region in which something was refused."""
    return {(each.account, each.region): why.reason for each, why in refused.items()}


def _snapshot(
    taken_at: datetime,
    scope: Scope,
    rows: Sequence[Usage | Skipped],
    skipped: Sequence[Skipped],
) -> Snapshot:
    def place(row: Usage | Skipped) -> tuple[str, str]:
        return row.account or "", row.bucket

    return Snapshot(
        taken_at=taken_at,
        usages=tuple(sorted((row for row in rows if isinstance(row, Usage)), key=place)),
        skipped=tuple(
            sorted((*skipped, *(row for row in rows if isinstance(row, Skipped))), key=place)
        ),
        scope=scope,
    )
