"""`s3monitor scan`: list a bucket or prefix now and print its usage."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.app import Estate
from bot.aws.accounts import Accounts, Limits
from bot.aws.collector import why_not_listed
from bot.aws.discovery import Discovery
from bot.aws.listing import ListingRefused, S3Lister
from bot.aws.metrics import StorageMetrics
from bot.aws.refusals import AWS_ERRORS, Kind, Refusal, estate_error
from bot.cli import Exit
from bot.cli.consent import agree
from bot.cli.estate import on_first_ctrl_c, terminal_estate
from bot.cli.screen import Screen
from bot.clock import Clock
from bot.core.scan import Listing, ListingProgress, ScanEstimate, estimate
from bot.core.usage import Bucket
from bot.errors import EstateError, QueryError, StoreError
from bot.settings import Settings
from bot.store.checkpoints import SqlCheckpoints, SqlLandmarks
from bot.views import document, terminal
from bot.views.scan import (
    announcement,
    ended,
    question,
    resumed,
    scan_document,
    scan_text,
    so_far,
    time_left,
)

_ADDRESS = re.compile(r"(?:s3://)?([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:/(.*))?", re.DOTALL)

#: CloudWatch's count is a convenience: where it is out of reach, nobody waits for it long.
_IN_PASSING = Limits(connect_seconds=2, read_seconds=5, attempts=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list and how.

    address: `s3://BUCKET[/PREFIX]`. form: `text` or `json`. concurrency: requests in flight.
    versions: list noncurrent versions, delete markers and unfinished uploads, too.
    confirm: ask before a listing that is dear.
    """

    address: str
    form: str
    concurrency: int
    versions: bool = False
    confirm: bool = True


async def scan(wanted: Wanted, settings: Settings) -> int:
    """List a bucket or prefix and print its usage; 0, or 3 where it was counted in part.

    It needs nothing but S3. Where S3MONITOR_DATABASE_URL is set, a scan that did not end (killed,
    Ctrl-C, refused half-way) goes on where it was. Raises QueryError for what is no address,
    EstateError when nothing of the bucket can be listed, ConsentError when nobody agrees to what
    it costs.
    """
    parsed = _ADDRESS.fullmatch(wanted.address)
    if parsed is None:
        raise QueryError("That is no address of a bucket.", "Try `s3monitor scan s3://my-bucket`.")
    prefix, clock, errors = parsed[2] or "", Clock(), Console(stderr=True)
    async with terminal_estate(settings) as estate:
        bucket = await Discovery(estate.accounts).find(parsed[1])
        named = "database_url" in settings.model_fields_set
        lister = S3Lister(
            estate.accounts.client_for,
            clock,
            concurrency=wanted.concurrency,
            per_bucket=wanted.concurrency,
            checkpoints=SqlCheckpoints(estate.database, clock.now) if named else None,
            landmarks=SqlLandmarks(estate.database, clock.now) if named else None,
        )
        begun = await lister.begun(bucket, prefix, versions=wanted.versions)
        if begun is not None:
            sys.stderr.write(f"{resumed(begun)}\n")
        expected = None
        if wanted.confirm or errors.is_terminal:
            expected = await _count(bucket, clock, settings.roles)
        if expected is not None:
            left = max(expected - begun.objects, 0) if begun and not prefix else expected
            cost = estimate(left, bucket.region, concurrency=wanted.concurrency)
            _announce(left, cost, prefix, settings.scan_confirm_usd if wanted.confirm else None)
        stop = asyncio.Event()
        try:
            with on_first_ctrl_c(stop.set), _bar(errors) as progress:
                listing = await lister.usage(
                    bucket,
                    prefix,
                    progress=progress,
                    # How much of the bucket lies under the prefix, nobody knows
                    expected=None if prefix else expected,
                    stop=stop,
                    versions=wanted.versions,
                )
        except (ListingRefused, *AWS_ERRORS) as error:
            raise _told(why_not_listed(error), bucket, wanted) from error
        finally:
            await lister.close()
        if named:
            await _count_for_budget(estate, clock, listing.stats.spent_usd)
    _write(listing, wanted.form)
    if not listing.usage.complete:
        sys.stderr.write(f"{ended(listing.usage, kept=named)}\n")
    return Exit.ANSWERED if listing.usage.complete else Exit.IN_PART


async def _count_for_budget(estate: Estate, clock: Clock, usd: Decimal) -> None:
    try:
        await estate.spending.settle(uuid4().hex, clock.now().date(), usd)
    except StoreError as error:
        # The answer was paid for, and is not lost to that
        sys.stderr.write(f"What it cost is not counted for the day's budget. {error}\n")


def _told(why: Refusal, bucket: Bucket, wanted: Wanted) -> EstateError:
    told = estate_error(why, f"{bucket.name} could not be listed")
    if why.kind is Kind.NOT_OFFERED and wanted.versions:
        return EstateError(told.problem, "Try without --versions: few servers keep any.")
    return told


def _write(listing: Listing, form: str) -> None:
    if form == "json":
        sys.stdout.write(f"{document.to_json(scan_document(listing))}\n")
    else:
        terminal.draw(scan_text(listing), Screen())


async def _count(bucket: Bucket, clock: Clock, roles: Sequence[str]) -> int | None:
    """How many objects CloudWatch counted last; None where it does not say."""
    with ThreadPoolExecutor(1, thread_name_prefix="count") as thread:
        accounts = Accounts(thread, roles=roles, limits=_IN_PASSING)
        if bucket.account is not None:
            await accounts.all()  # to know whose role reads that account
        counted = await StorageMetrics(accounts).counts((bucket,), clock.now())
    return counted.get(bucket)


def _announce(objects: int, cost: ScanEstimate, prefix: str, most: Decimal | None) -> None:
    """Say on a terminal what the listing takes; above `most` dollars, list only after a yes."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if most is None or cost.usd <= most:
        if errors.is_terminal:
            errors.print(announcement(objects, cost, part=bool(prefix)), style="dim")
        return
    agree(question(objects, cost, part=bool(prefix)), most)


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[ListingProgress], None] | None]:
    """How far it is, live on stderr; None where that is no terminal."""
    if not console.is_terminal:
        yield None
        return
    shown = (
        TextColumn("Listing"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[so_far]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*shown, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, so_far="", left="")

        def tell(at: ListingProgress) -> None:
            whole = None if at.fraction is None else 1.0
            bar.update(
                task,
                total=whole,
                completed=at.fraction or 0,
                so_far=so_far(at),
                left=time_left(at),
            )

        yield tell
