"""`s3monitor scan`: list a bucket or prefix now and print its usage."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.aws.listing import ListingRefused
from bot.aws.refusals import AWS_ERRORS, by_code, estate_error, refusal
from bot.cli import Exit
from bot.cli.estate import terminal_estate
from bot.core.scan import ListingProgress
from bot.core.usage import Bucket
from bot.errors import QueryError
from bot.settings import Settings
from bot.views import document, terminal
from bot.views.scan import scan_document, scan_text

_ADDRESS = re.compile(r"(?:s3://)?([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:/(.*))?", re.DOTALL)


async def scan(address: str, form: str, settings: Settings) -> int:
    """List `s3://BUCKET[/PREFIX]` and print its usage; 0, or 3 when it is not complete.

    It needs nothing but S3. Raises QueryError for what is no address, EstateError when the
    bucket cannot be listed.
    """
    parsed = _ADDRESS.fullmatch(address)
    if parsed is None:
        raise QueryError("That is no address of a bucket.", "Try `s3monitor scan s3://my-bucket`.")
    bucket, prefix = parsed[1], parsed[2] or ""
    async with terminal_estate(settings) as estate:
        region = await estate.accounts.home()
        with _bar(address) as progress:
            try:
                listing = await estate.lister.usage(
                    Bucket(bucket, region, None), prefix, progress=progress
                )
            except ListingRefused as error:
                why = by_code(error.code, error.status, "ListObjectsV2")
                raise estate_error(why, f"{bucket} could not be listed") from error
            except AWS_ERRORS as error:
                raise estate_error(refusal(error), f"{bucket} could not be listed") from error
    if form == "json":
        sys.stdout.write(f"{document.to_json(scan_document(listing))}\n")
    else:
        terminal.draw(scan_text(listing), Console())
    return Exit.ANSWERED if listing.usage.complete else Exit.IN_PART


@contextmanager
def _bar(address: str) -> Iterator[Callable[[ListingProgress], None] | None]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    shown = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[keys]:,} objects · {task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
    )
    with Progress(*shown, console=console, transient=True) as bar:
        task = bar.add_task("Listing", total=None, keys=0, rate=0.0)

        def tell(at: ListingProgress) -> None:
            bar.update(task, keys=at.objects, rate=at.keys_per_second)

        yield tell
