"""One listing from what was saved of it to its usage, and what goes on beside its pages."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.aws.listing_checkpoint import Checkpoints, landmarks_document, to_document
from bot.aws.listing_http import Wire
from bot.aws.listing_scan import Scan
from bot.aws.listing_sign import Request
from bot.aws.listing_versions import unfinished
from bot.aws.refusals import Refusal
from bot.core.landmarks import Landmarks
from bot.core.scan import PAGE, Listing, ListingProgress, ScanStats, request_usd
from bot.core.spans import Span
from bot.core.usage import Bucket, Cell, Source, Tally, Usage, total
from bot.errors import StoreError

logger = logging.getLogger(__name__)

#: `progress` is called this often, in seconds, and once at the end.
_PROGRESS_EVERY = 0.2

Progress = Callable[[ListingProgress], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be listed: a bucket or what is under a prefix of it, with or without versions."""

    bucket: Bucket
    prefix: str = ""
    versions: bool = False

    @property
    def name(self) -> str:
        """What it is saved under."""
        return json.dumps([self.bucket.account, self.bucket.name, self.prefix, self.versions])

    def request(self, span: Span) -> Request:
        """One page of a span."""
        parameters: dict[str, Any] = {
            "Bucket": self.bucket.name,
            "EncodingType": "url",
            "MaxKeys": PAGE,
        }
        if self.prefix:
            parameters["Prefix"] = self.prefix
        if not self.versions:
            if span.after:
                parameters["StartAfter"] = span.after
            return Request("list_objects_v2", parameters)
        if span.after:
            parameters["KeyMarker"] = span.after
        if span.mark:
            parameters["VersionIdMarker"] = span.mark
        return Request("list_object_versions", parameters)


class Run:
    """One listing.

    began: the moment its numbers are true for. seconds: what it took before it was resumed.
    keep: where it is saved, every `save_every` seconds and where it is stopped; None: nowhere.
    learned: where the landmarks are saved that it finds; None: nowhere.
    """

    def __init__(
        self,
        asked: Asked,
        wire: Wire,
        scan: Scan,
        *,
        began: datetime,
        seconds: float,
        keep: Checkpoints | None,
        learned: Checkpoints | None,
        save_every: float,
    ) -> None:
        self.scan = scan
        self._asked = asked
        self._wire = wire
        self._began = began
        self._time = asyncio.get_running_loop().time
        self._since = self._time() - seconds
        self._keep = keep
        self._learned = learned
        self._save_every = save_every
        self._parts: dict[str, Tally] | None = None
        # What there was when it was resumed
        self._seconds = seconds
        self._requests = scan.counts.requests
        self._objects = scan.fold.objects

    @property
    def complete(self) -> bool:
        """Whether everything was listed, the parts of unfinished uploads included."""
        return self.scan.complete and (self._parts is not None or not self._asked.versions)

    async def through(
        self, progress: Progress | None, expected: int | None, stop: asyncio.Event | None
    ) -> None:
        """List until there is no more, or `stop` is set. Raises ListingRefused.

        What fails beside the listing ends it, too.
        """
        work = asyncio.create_task(self._list())
        tasks = [work]
        if self._keep is not None:
            tasks.append(asyncio.create_task(self._save_often()))
        if progress is not None:
            tasks.append(asyncio.create_task(self._tell_often(progress, expected)))
        if stop is not None:
            tasks.append(asyncio.create_task(_wait(stop)))
        try:
            waiting = set(tasks)
            while not work.done() and not (stop is not None and stop.is_set()):
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _list(self) -> None:
        await self.scan.run()
        if self._asked.versions and self.scan.complete:
            ask = self.scan.ask(self._wire.ask)
            self._parts = await unfinished(ask, self._asked.bucket.name, self._asked.prefix)

    async def save(self) -> None:
        """Save it as it is, to be gone on with. A database that fails is logged."""
        if self._keep is None:
            return
        created = self._asked.bucket.created
        document = to_document(self.scan, self._began, self._time() - self._since, created)
        try:
            await self._keep.save(self._asked.name, document)
        except StoreError as error:
            logger.warning(
                "A listing goes on without being saved: %s",
                error,
                extra={"action": "listing_unsaved"},
            )

    async def forget(self) -> None:
        """Drop what was saved: there is nothing to go on with. A database that fails is logged."""
        if self._keep is None:
            return
        try:
            await self._keep.drop(self._asked.name)
        except StoreError as error:
            logger.warning(
                "The next listing will go on with one that has ended: %s",
                error,
                extra={"action": "listing_left"},
            )

    async def learn(self, before: Landmarks) -> None:
        """Save what it has learned for the next listing. A database that fails is logged.

        before: what was known.
        """
        found = self.scan.plan.survey.landmarks()
        if self._learned is None or not (found.keys or before.keys):
            return
        try:
            await self._learned.save(self._asked.name, landmarks_document(found))
        except StoreError as error:
            logger.warning(
                "What a listing of %s learned could not be saved: %s",
                self._asked.bucket.name,
                error,
                extra={"action": "landmarks_unsaved", "bucket": self._asked.bucket.name},
            )

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(self._save_every)
            await self.save()

    async def _tell_often(self, progress: Progress, expected: int | None) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_EVERY)
            progress(self.so_far(expected))

    def so_far(self, expected: int | None) -> ListingProgress:
        """How far it is."""
        counts = self.scan.counts
        return ListingProgress(
            self.scan.fold.objects,
            counts.pages,
            self._time() - self._since - self._seconds,
            counts.retries,
            expected,
            counts.requests - self._requests,
            self._objects,
        )

    def listing(self, top_prefixes: int, why: Refusal | None) -> Listing:
        """What it found. why: what S3 refused before the end; None where it did not."""
        bucket, region = self._asked.bucket, self._wire.bucket.region
        fold, counts, versions = self.scan.fold, self.scan.counts, self._asked.versions
        parts, seconds = self._parts, self._time() - self._since
        usage = Usage(
            bucket=bucket.name,
            region=region,
            created=bucket.created,
            source=Source.LIST,
            as_of=self._began,
            objects=fold.objects,
            cells=fold.cells,
            newest=fold.newest,
            complete=self.complete,
            account=bucket.account,
            prefix=self._asked.prefix,
            noncurrent=total(cell.tally for cell in fold.noncurrent_cells) if versions else None,
            delete_markers=fold.delete_markers if versions else None,
            unfinished=None if parts is None else total(parts.values()),
            noncurrent_cells=fold.noncurrent_cells,
            unfinished_cells=tuple(Cell(kind, t) for kind, t in sorted((parts or {}).items())),
            prefixes=fold.prefixes(top_prefixes),
            reason=why.reason if why else None,
            permission=why.permission if why else None,
        )
        stats = ScanStats(
            requests=counts.requests,
            wasted_requests=self.scan.plan.wasted,
            retries=counts.retries,
            seconds=seconds,
            keys_per_second=fold.objects / seconds if seconds > 0 else 0.0,
            peak_concurrency=counts.peak,
            cost_usd=request_usd(region) * counts.requests,
            resumed_requests=self._requests,
        )
        return Listing(usage, stats)


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()
