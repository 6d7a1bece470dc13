"""The nouns of a sample estate: objects with their lives, the buckets that hold them, the accounts.

Nothing here talks to AWS, and every figure about a bucket, today's or last month's, is replayed
from the same lives: that is what makes CloudWatch's history and a listing tell one story.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.core.usage import NOTHING, Newest, Tally, total


@dataclass(frozen=True, slots=True)
class Object:
    """One version of one object, from the moment it was written.

    born: when it was written, to the second: S3's LastModified, which a transition keeps.
    storage_class: the class it was written to.
    moves: later transitions by lifecycle, (when, to which class), oldest first.
    noncurrent: when a newer version or a delete marker took its place; None while current.
    died: when it was deleted or expired for good; None while it lives.
    read: whether it is read often, which keeps it in Intelligent-Tiering's frequent tier.
    """

    key: str
    size: int
    born: datetime
    storage_class: str = "STANDARD"
    moves: tuple[tuple[datetime, str], ...] = ()
    noncurrent: datetime | None = None
    died: datetime | None = None
    read: bool = False

    def lives(self, at: datetime) -> bool:
        """Whether it is stored at that moment, as current or noncurrent version."""
        return self.born <= at and (self.died is None or at < self.died)

    def current(self, at: datetime) -> bool:
        """Whether ListObjectsV2 names it at that moment."""
        return self.lives(at) and (self.noncurrent is None or at < self.noncurrent)

    def class_at(self, at: datetime) -> str:
        """Its storage class at that moment."""
        storage_class = self.storage_class
        for moment, target in self.moves:
            if moment <= at:
                storage_class = target
        return storage_class


@dataclass(frozen=True, slots=True)
class DeleteMarker:
    """The delete marker that is the current version of `key` since `born`."""

    key: str
    born: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that nobody completed: `parts` are the sizes of its parts in bytes."""

    key: str
    born: datetime
    parts: tuple[int, ...]
    storage_class: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a bucket holds, counted from its description.

    objects, bytes, classes, newest: of current versions alone, as a listing sees them.
    noncurrent, delete_markers, unfinished: what a listing does not see.
    """

    objects: int
    bytes: int
    classes: Mapping[str, Tally]
    newest: Newest | None
    noncurrent: Tally
    delete_markers: int
    unfinished: Tally


@dataclass(frozen=True, slots=True)
class SampleBucket:
    """A bucket as described, deleted ones included.

    objects: every version that was alive at some time of the estate's history.
    denied: whether it refuses everything but being named by ListBuckets.
    metrics: whether CloudWatch knows it; a bucket created today has no metrics yet.
    late: by how many days CloudWatch's newest point is older than those of its peers.
    archives: whether it opted into Intelligent-Tiering's two archive tiers.
    deleted: when the bucket itself was deleted.
    """

    name: str
    account: str
    region: str
    created: datetime
    tags: Mapping[str, str]
    objects: tuple[Object, ...] = ()
    delete_markers: tuple[DeleteMarker, ...] = ()
    uploads: tuple[Upload, ...] = ()
    versioned: bool = False
    denied: bool = False
    metrics: bool = True
    late: int = 0
    archives: bool = False
    deleted: datetime | None = None

    def exists(self, at: datetime) -> bool:
        """Whether ListBuckets names it at that moment."""
        return self.created <= at and (self.deleted is None or at < self.deleted)

    def counted_by_hand(self, at: datetime) -> Counted:
        """What it holds at that moment, counted object by object."""
        classes: dict[str, Tally] = {}
        newest: Newest | None = None
        noncurrent = NOTHING
        for thing in self.objects:
            if not thing.lives(at):
                continue
            one = Tally(1, thing.size)
            if not thing.current(at):
                noncurrent += one
                continue
            name = thing.class_at(at)
            classes[name] = classes.get(name, NOTHING) + one
            if (
                newest is None
                or thing.born > newest.modified
                or (thing.born == newest.modified and thing.key < newest.key)
            ):
                newest = Newest(thing.key, thing.born)
        whole = total(classes.values())
        return Counted(
            objects=sum(tally.objects or 0 for tally in classes.values()),
            bytes=whole.bytes,
            classes=classes,
            newest=newest,
            noncurrent=noncurrent,
            delete_markers=sum(marker.born <= at for marker in self.delete_markers),
            unfinished=total(
                Tally(1, part)
                for upload in self.uploads
                if upload.born <= at
                for part in upload.parts
            ),
        )


@dataclass(frozen=True, slots=True)
class Account:
    """One of the company's AWS accounts. `role` is the role to assume in it, None for its own."""

    id: str
    name: str
    role: str | None


@dataclass(frozen=True)
class Estate:
    """A company's whole estate as of `now`, with `days` days of history behind it."""

    company: str
    now: datetime
    seed: int
    days: int
    accounts: tuple[Account, ...]
    buckets: tuple[SampleBucket, ...]

    @cached_property
    def by_name(self) -> Mapping[str, SampleBucket]:
        """Every bucket by name, deleted ones included."""
        return {bucket.name: bucket for bucket in self.buckets}

    @property
    def living(self) -> Iterator[SampleBucket]:
        """The buckets that exist now."""
        return (bucket for bucket in self.buckets if bucket.exists(self.now))
