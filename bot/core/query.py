"""The question as a frozen value. `language.parse` makes one; `str()` prints it canonically."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.patterns import EVERYTHING, Pattern, Patterns
from bot.core.schedule import Weekly
from bot.core.snapshot import Scope
from bot.core.units import Unit
from bot.core.usage import Source


class Group(StrEnum):
    """What a report has a row for."""

    BUCKET = "bucket"
    REGION = "region"
    CLASS = "class"


class Sort(StrEnum):
    """What rows are ordered by: numbers and dates from the largest and latest, names from A."""

    COST = "cost"
    SIZE = "size"
    OBJECTS = "objects"
    NAME = "name"
    NEWEST = "newest"
    CREATED = "created"


class Topic(StrEnum):
    """What a question wants to know."""

    REPORT = "report"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class Query:
    """One question about the estate.

    bucket: the one bucket of `bucket NAME`; None asks about all.
    buckets, regions, classes: which rows count; no patterns, no restriction.
    reverse: turns the sort's natural order round. top: how many rows to show; None, as many
    as fit. fresh: measure again rather than answer from the cache. private: only the asker
    sees the answer.
    """

    topic: Topic = Topic.REPORT
    bucket: str | None = None
    regions: Patterns = EVERYTHING
    classes: Patterns = EVERYTHING
    buckets: Patterns = EVERYTHING
    group: Group = Group.BUCKET
    sort: Sort = Sort.COST
    reverse: bool = False
    top: int | None = None
    unit: Unit = Unit.AUTO
    source: Source = Source.AUTO
    fresh: bool = False
    private: bool = False

    @property
    def scope(self) -> Scope:
        """What must be measured to answer it."""
        named = Patterns((Pattern(self.bucket),)) if self.bucket else self.buckets
        return Scope(self.source, self.regions, named)

    @property
    def words(self) -> str:
        """The canonical words after the command; empty when nothing is out of the ordinary."""
        default = Query()
        words = [
            f"{option}={value}"
            for option, value, usual in (
                ("region", str(self.regions), ""),
                ("class", str(self.classes), ""),
                ("bucket", str(self.buckets), ""),
                ("group", self.group, default.group),
                ("sort", f"{'-' * self.reverse}{self.sort}", default.sort),
                ("top", str(self.top or ""), ""),
                ("unit", self.unit, default.unit),
                ("source", self.source, default.source),
            )
            if value != usual
        ]
        words += [flag for flag in ("fresh", "private") if getattr(self, flag)]
        return " ".join(words)

    def __str__(self) -> str:
        command = f"bucket {self.bucket}" if self.bucket else self.topic.value
        return f"{command} {self.words}".strip()


class Plain(StrEnum):
    """Commands that take no words."""

    HELP = "help"
    VERSION = "version"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class DigestAdd:
    """`digest weekly …`. `zoned` tells whether a time zone was named or is the usual one."""

    schedule: Weekly
    query: Query = Query()
    zoned: bool = False

    def __str__(self) -> str:
        zone = f" tz={self.schedule.zone}" if self.zoned and "tz=" not in str(self.schedule) else ""
        return f"digest {self.schedule}{zone} {self.query.words}".strip()


@dataclass(frozen=True, slots=True)
class DigestList:
    """`digest list`."""

    def __str__(self) -> str:
        return "digest list"


@dataclass(frozen=True, slots=True)
class DigestRemove:
    """`digest remove N`."""

    id: int

    def __str__(self) -> str:
        return f"digest remove {self.id}"


@dataclass(frozen=True, slots=True)
class DigestNow:
    """`digest now N`: send it now, apart from its schedule."""

    id: int

    def __str__(self) -> str:
        return f"digest now {self.id}"


@dataclass(frozen=True, slots=True)
class BillAsked:
    """`bill`, `bill 2026-10`: what AWS billed. month: its first day; None for last month."""

    month: date | None = None

    def __str__(self) -> str:
        return f"bill {self.month:%Y-%m}" if self.month else "bill"


Command = Query | BillAsked | Plain | DigestAdd | DigestList | DigestRemove | DigestNow
