"""Everything the bot says, by name: the cases of golden/answers/.

    python -m tests.views.examples

writes all golden files anew, and removes those of cases that are no more. Read the difference
before committing it: the files are the replies that people get.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

from rich.console import Console, RenderableType

from bot.core.language import parse_query
from bot.core.listings import BUDGET, BudgetError, Headway, Quote
from bot.core.outcome import Offer, Outcome, Status, Subscribed, Subscribers, Unsubscribed
from bot.core.query import Plain
from bot.core.report import Report
from bot.core.scan import Listing, ListingProgress, ScanStats
from bot.errors import QueryError
from bot.views import listings, replies, terminal
from bot.views.document import document, to_csv, to_json
from bot.views.message import Message
from bot.views.outcome import outcome
from bot.views.scan import scan_document, scan_text
from tests.views.estates import (
    ACCOUNT,
    BACKUPS,
    DENIED,
    EMPTY,
    LOGS,
    NOW,
    PARTIAL,
    REVOKED,
    SNOW,
    TB,
    UNCOUNTED,
    UNKNOWN_CLASS,
    WEB,
    ask,
    digest,
    metrics,
)

FOLDER = Path(__file__).parent / "golden" / "answers"

ESTATE = (LOGS, BACKUPS, WEB, EMPTY)

REPORTS: dict[str, Report] = {
    "report_two_regions": ask("report", *ESTATE),
    "report_denied_bucket": ask("report", *ESTATE, DENIED),
    "report_denied_account": ask("report bucket=app-*", *ESTATE, ACCOUNT),
    "report_incomplete_bucket": ask("report", WEB, PARTIAL),
    "report_revoked_bucket": ask("report", WEB, PARTIAL, REVOKED),
    "report_unpriced_class": ask("report", LOGS, SNOW),
    "report_nothing_priced": ask("report", UNKNOWN_CLASS),
    "report_objects_not_known": ask("report", UNCOUNTED),
    "report_some_objects_not_known": ask("report", UNCOUNTED, WEB),
    "report_by_region": ask("report by region", *ESTATE, DENIED),
    "report_by_class": ask("report by class", *ESTATE, SNOW),
    "report_top_1_of_3": ask("report top=1 unit=GB", LOGS, BACKUPS, WEB),
    "report_only_glacier": ask("report class=GLACIER", *ESTATE),
    "report_empty_estate": ask("report"),
    "report_nothing_matches": ask("report bucket=nosuch-*", *ESTATE),
    "report_nothing_of_that_class": ask("report class=DEEP_ARCHIVE", *ESTATE),
    "report_nothing_measured": ask("report", DENIED),
    "bucket": ask("bucket db-backups", *ESTATE),
    "bucket_empty": ask("bucket landing-zone", *ESTATE),
    "bucket_listed": ask(
        "bucket web-assets source=list", replace(WEB, noncurrent=None, unfinished=None)
    ),
    "bucket_in_part": ask("bucket proof-of-delivery", PARTIAL),
    "bucket_missing": ask("bucket nosuch", *ESTATE),
    "bucket_denied": ask("bucket litigation-hold", *ESTATE, DENIED),
    "bucket_in_denied_account": ask("bucket nosuch", *ESTATE, ACCOUNT),
    "bucket_without_that_class": ask("bucket app-logs class=GLACIER", *ESTATE),
}

_MOVED = digest(
    "report",
    (LOGS, BACKUPS, EMPTY, metrics("old-dumps", "us-east-1", 7, StandardStorage=TB), PARTIAL),
    (
        metrics("app-logs", "us-east-1", 2_000_000, StandardStorage=4 * TB),
        metrics("db-backups", "us-east-1", 1_500, StandardStorage=TB, GlacierStorage=21 * TB),
        EMPTY,
        replace(WEB, created=NOW),
        PARTIAL,
        DENIED,
    ),
)

_LISTED = parse_query("report region=us-* source=list")
_DEAR = Quote(38, 0, 210_000_000, 231_000, Decimal("1.155"), 6.02)
_HALF_WAY = Headway(
    12, 38, 38, ListingProgress(88_200_000, 90_120, 151.3, 12, 210_000_000), Decimal("0.45066"), "1"
)
_UNCOUNTED = replace(
    _HALF_WAY, to_list=1, buckets=1, done=0, listing=ListingProgress(9_000, 9, 3.1, 0)
)

OUTCOMES: dict[str, Outcome] = {
    **REPORTS,
    "digest": _MOVED,
    "digest_without_history": digest("report region=us-*", None, ESTATE),
    "digest_nothing_moved": digest("report", ESTATE, ESTATE),
    "digest_of_nothing": digest("report", (), ()),
    "help": Plain.HELP,
    "version": Plain.VERSION,
    "status": Status(
        (
            ("Version", "1.2.3"),
            ("Workspace", "Pelican, as @s3monitor"),
            ("AWS accounts", "111122223333, 444455556666"),
            ("Last measured", "5 min ago"),
            ("Prices of", "2026-09-29"),
        )
    ),
    "subscribed": Subscribed(_MOVED.subscription, first=datetime(2026, 11, 23, 8, 0, tzinfo=UTC)),
    "subscriptions": Subscribers((_MOVED.subscription, replace(_MOVED.subscription, id=2))),
    "no_subscriptions": Subscribers(()),
    "unsubscribed": Unsubscribed(1),
    "offer": Offer(_LISTED, _DEAR),
    "offer_of_nobody_knows_what": Offer(_LISTED, Quote(2, 2, 0, 0, Decimal(0), 0.0)),
    "offer_counted_in_part": Offer(_LISTED, replace(_DEAR, uncounted=3)),
}

#: What is said around a listing, besides its offer and its answer.
LISTINGS: dict[str, Message] = {
    "listing_agreed": listings.agreed(_LISTED, "U1"),
    "listing_half_way": listings.progress(_HALF_WAY, _LISTED),
    "listing_of_nobody_knows_what": listings.progress(_UNCOUNTED, _LISTED),
    "listing_announced": listings.announcement(_HALF_WAY, _LISTED),
    "listing_stopped": replies.with_hint(
        outcome(ask("report source=list", WEB, PARTIAL), NOW, command="/s3", version="1.2.3"),
        listings.stopped("U1"),
    ),
    "listing_stopped_by_budget": replies.with_hint(
        outcome(ask("report source=list", WEB, PARTIAL), NOW, command="/s3", version="1.2.3"),
        listings.stopped(BUDGET),
    ),
    "listing_interrupted": listings.interrupted(_LISTED),
    "listing_not_there": listings.nothing_to_stop(),
    "offer_taken_already": listings.taken_already(),
    "problem_budget": replies.problem(BudgetError(_DEAR, Decimal("0.12"), Decimal(1))),
}

_PROBLEM = QueryError("Unknown unit `GBB`.", "Did you mean `GB`? Try `report unit=TB`.")
_SCAN = Listing(
    replace(SNOW, prefix="2026/"), ScanStats(14, 1, 2, 1.25, 1_000.0, 8, Decimal("0.00007"))
)


def text(drawn: RenderableType, width: int = 100) -> str:
    """What a terminal of that width shows, without colours."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, legacy_windows=False)
    terminal.draw(drawn, console)
    return out.getvalue()


def _message(what: Outcome) -> str:
    message = outcome(what, NOW, command="/s3", version="1.2.3")
    return f"{to_json(message.payload())}\n"


def _drawn(what: Outcome, width: int) -> str:
    return text(terminal.outcome(what, NOW, version="1.2.3"), width)


def _document(of: Report) -> str:
    return f"{to_json(document(of))}\n"


#: How each golden file, by its path below FOLDER, is drawn.
GOLDEN: dict[str, Callable[[], str]] = {
    **{f"{name}.json": partial(_message, what) for name, what in OUTCOMES.items()},
    **{f"{name}.txt": partial(_drawn, what, 100) for name, what in OUTCOMES.items()},
    **{
        f"report_two_regions_{width}.txt": partial(_drawn, OUTCOMES["report_two_regions"], width)
        for width in (40, 80, 120, 160)
    },
    **{
        f"{name}.json": partial(lambda said: f"{to_json(said.payload())}\n", said)
        for name, said in LISTINGS.items()
    },
    "problem.json": lambda: f"{to_json(replies.problem(_PROBLEM).payload())}\n",
    "problem.txt": lambda: text(terminal.problem(_PROBLEM)),
    "scan.txt": lambda: text(scan_text(_SCAN)),
    "documents/scan.json": lambda: f"{to_json(scan_document(_SCAN))}\n",
    **{
        f"documents/{name}.json": partial(_document, REPORTS[name])
        for name in ("report_denied_bucket", "report_unpriced_class", "report_by_region")
    },
    **{
        f"documents/{name}.csv": partial(to_csv, REPORTS[name])
        for name in ("report_denied_bucket", "report_by_region", "report_empty_estate")
    },
}


def rewrite() -> None:
    """Write every golden file as it is drawn now, and no others."""
    for path in FOLDER.rglob("*.*"):
        path.unlink()
    for name, drawn in GOLDEN.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawn(), encoding="utf-8", newline="")


if __name__ == "__main__":
    rewrite()
