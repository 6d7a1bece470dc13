"""What S3 holds, measured once: tallies, the usage of a bucket, the snapshot of an estate.

A number that could not be measured is `None` (unknown), never zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

KB = 2**10
MB = 2**20
GB = 2**30

#: Lower bounds in bytes of the size bands of a `Cell`. 128 KB is one of them because
#: it is AWS's smallest billable size (STANDARD_IA, ONEZONE_IA, GLACIER_IR) and the size
#: from which Intelligent-Tiering monitors an object.
SIZE_BANDS = (0, KB, 128 * KB, MB, 16 * MB, 128 * MB, GB)


class Source(StrEnum):
    """Where numbers come from. `AUTO` is only ever asked for, never an answer."""

    AUTO = "auto"
    METRICS = "metrics"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Tally:
    """Objects and bytes. Tallies add up; an unknown count makes the sum unknown."""

    objects: int | None
    bytes: int

    def __add__(self, other: Tally) -> Tally:
        known = self.objects is not None and other.objects is not None
        return Tally(
            (self.objects or 0) + (other.objects or 0) if known else None,
            self.bytes + other.bytes,
        )


NOTHING = Tally(0, 0)


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of `tallies`; nothing at all adds up to `NOTHING`."""
    return sum(tallies, NOTHING)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a usage's cube.

    kind: for a listing S3's storage class (`GLACIER_IR`), for metrics CloudWatch's storage
        type (`GlacierIRSizeOverhead`); `core/storage.py` knows both.
    month: when its objects were last modified, as `2026-03`; None where not known.
    band: the lower bound in bytes of its size band, one of `SIZE_BANDS`; None likewise.
    """

    kind: str
    tally: Tally
    month: str | None = None
    band: int | None = None


@dataclass(frozen=True, slots=True)
class Newest:
    """The object that was modified last; of several, the one whose key sorts first."""

    key: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """One bucket, or one prefix of it, measured once.

    objects: how many, of every class. CloudWatch counts noncurrent versions, delete
        markers and parts too; a listing counts current objects alone.
    cells: the cube of bytes (and objects, where known) that adds up to the whole.
    newest: None where not known, and in a bucket without objects.
    as_of: the moment the numbers are true for; CloudWatch's are up to two days old.
    complete: False when something stopped the measurement: every number is "at least".
    reason, permission: what AWS refused before the end, as in `Skipped`; None where it did not.
    noncurrent, delete_markers, unfinished: what a plain listing cannot see; None unless
        versions were listed. `unfinished` tallies the parts of multipart uploads. Neither is
        part of `cells`, nor of `bytes`.
    noncurrent_cells, unfinished_cells: the same by storage class, as `cells` is; empty where
        only the tally is known.
    prefixes: the largest prefixes of a listing with their tallies; they and the rest,
        listed as the prefix None, add up to the whole.
    """

    bucket: str
    region: str
    created: datetime | None
    source: Source
    as_of: datetime
    objects: int | None
    cells: tuple[Cell, ...]
    newest: Newest | None = None
    complete: bool = True
    account: str | None = None
    prefix: str = ""
    noncurrent: Tally | None = None
    delete_markers: int | None = None
    unfinished: Tally | None = None
    prefixes: tuple[tuple[str | None, Tally], ...] = ()
    noncurrent_cells: tuple[Cell, ...] = ()
    unfinished_cells: tuple[Cell, ...] = ()
    reason: str | None = None
    permission: str | None = None

    @property
    def bytes(self) -> int:
        """All bytes of all cells, overheads that AWS bills included where measured."""
        return sum(cell.tally.bytes for cell in self.cells)


#: What stands for the name of a bucket where a whole account could not be listed.
WHOLE_ACCOUNT = "*"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A bucket without numbers: why, and the IAM action that would have helped, if any.

    bucket: its name, or `WHOLE_ACCOUNT` for all that the account may have.
    """

    bucket: str
    region: str | None
    reason: str
    permission: str | None = None
    account: str | None = None

    @property
    def whole_account(self) -> bool:
        """Whether nobody knows which buckets, if any, are missing."""
        return self.bucket == WHOLE_ACCOUNT


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as discovered, before anything in it is measured."""

    name: str
    region: str
    created: datetime | None
    account: str | None = None
