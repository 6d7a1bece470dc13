"""What is saved of a listing: to go on exactly where it was, and to know the bucket next time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.aws.listing_fold import Fold
from bot.aws.listing_scan import Counts, Scan
from bot.core.landmarks import Landmarks, Survey
from bot.core.spans import Outline

#: A scan is saved this often, in seconds; a crash repeats no more than that.
SAVE_EVERY = 5.0
#: What was listed longer ago than this is listed anew.
STALE = timedelta(hours=24)
_FORMAT = 1
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_KEY = 1024


class Checkpoints(Protocol):
    """Where documents about scans are kept, one a scan. Survives a crash of the process."""

    async def save(self, scan: str, document: dict[str, Any]) -> None:
        """Keep this document (JSON's types only) for the scan, in place of an earlier one."""
        ...

    async def load(self, scan: str) -> dict[str, Any] | None:
        """The document kept last; None when there is none."""
        ...

    async def drop(self, scan: str) -> None:
        """Forget the scan; nothing happens when there is none."""
        ...


def to_document(
    scan: Scan, began: datetime, seconds: float, created: datetime | None
) -> dict[str, Any]:
    """All that is needed to go on with a scan: what is left, what was summed, what it took.

    created: when the bucket was, by which it is told from a later one of its name.
    """
    counts = scan.counts
    return {
        "format": _FORMAT,
        "began": began.isoformat(),
        "created": created.isoformat() if created else None,
        "left": scan.plan.outline,
        "fold": scan.fold.document(),
        "survey": scan.plan.survey.counted,
        "requests": counts.requests,
        "retries": counts.retries,
        "pages": counts.pages,
        "peak": counts.peak,
        "wasted": scan.plan.wasted,
        "seconds": seconds,
    }


class Saved:
    """A scan as it was saved. Raises ValueError for a document of another format, or damaged."""

    def __init__(self, document: dict[str, Any]) -> None:
        if document.get("format") != _FORMAT:
            raise ValueError("another format")
        try:
            self.began = datetime.fromisoformat(document["began"])
            created = document.get("created")
            self.created = datetime.fromisoformat(created) if created else None
            self.left: Outline = [(after, until, mark) for after, until, mark in document["left"]]
            self.fold = Fold.from_document(document["fold"])
            self.survey = Survey((key, count) for key, count in document.get("survey", ()))
            self.wasted: int = document["wasted"]
            self.seconds: float = document["seconds"]
            self.counts = Counts(
                document["requests"], document["retries"], document["pages"], document["peak"]
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"damaged: {error}") from error


def landmarks_document(landmarks: Landmarks) -> dict[str, Any]:
    """What a scan has learned of a bucket, for the next one."""
    return {"format": _FORMAT, "keys": list(landmarks.keys), "pages": landmarks.pages}


def landmarks_of(document: dict[str, Any]) -> Landmarks:
    """The landmarks of a document. Raises ValueError for another format, or a damaged one."""
    if document.get("format") != _FORMAT:
        raise ValueError("another format")
    keys, pages = document.get("keys"), document.get("pages")
    if not isinstance(keys, list) or not isinstance(pages, int | float):
        raise ValueError("damaged")
    for key in keys:
        # What S3 could not begin a page after would fail the scan.
        if not isinstance(key, str) or len(key.encode()) > LONGEST_KEY:
            raise ValueError("damaged: no key")
    return Landmarks(tuple(keys), float(pages))
