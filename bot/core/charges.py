"""What AWS bills a bucket for, before any price: quantities by price key, and doubts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Component(StrEnum):
    """What about an object a charge is for."""

    STORAGE = "storage"
    MINIMUM_SIZE = "minimum size"
    ARCHIVE_INDEX = "archive index"
    ARCHIVE_NAMES = "archive names"
    OTHER_OVERHEAD = "other overhead"
    NONCURRENT = "noncurrent versions"
    UNFINISHED = "unfinished uploads"
    MONITORING = "monitoring"


class Reason(StrEnum):
    """Why something has no price."""

    UNKNOWN_KIND = "unknown storage class"
    NOT_S3_STORAGE = "not billed as S3 storage"
    CLASS_NOT_KNOWN = "storage class not known"
    UNKNOWN_REGION = "no prices for the region"
    NO_PRICE = "no price for the class in the region"
    BEYOND_KNOWN_STEPS = "no price known above a volume"


class Doubt(StrEnum):
    """What keeps a figure from being the whole."""

    INCOMPLETE = "measurement incomplete"
    NOT_MEASURED = "not measured"
    VERSIONS_UNSEEN = "noncurrent versions not listed"
    UPLOADS_UNSEEN = "unfinished uploads not listed"
    SIZES_NOT_KNOWN = "object sizes not known"
    TIER_NOT_KNOWN = "access tier not known"
    MONITORED_NOT_KNOWN = "number of monitored objects not known"


@dataclass(frozen=True, slots=True)
class Charge:
    """What of one bucket is billed under which price key.

    price_key: a storage price's, which counts bytes; or `monitoring`, which counts objects.
    kind: the cell's, as it was measured.
    """

    account: str | None
    bucket: str
    region: str
    storage_class: str
    component: Component
    price_key: str
    kind: str


#: A charge and how much of it: bytes, of MONITORING objects.
Charged = tuple[Charge, int]


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Part of a bucket that is in no total. quantity: bytes, of MONITORING objects.

    above_gb: with BEYOND_KNOWN_STEPS, the volume pooled in the region from which on nothing
    is known.
    """

    account: str | None
    bucket: str
    region: str
    kind: str
    component: Component
    quantity: int
    reason: Reason
    above_gb: int | None = None

    @property
    def bytes(self) -> int:
        """The bytes that have no price."""
        return 0 if self.component is Component.MONITORING else self.quantity


@dataclass(slots=True)
class Charges:
    """What buckets are billed for.

    certain: in any case. cheapest, dearest: what may be instead, in the best and worst case.
    doubts: by bucket; those of `unbounded` leave no dearest case.
    """

    certain: list[Charged] = field(default_factory=list)
    cheapest: list[Charged] = field(default_factory=list)
    dearest: list[Charged] = field(default_factory=list)
    unpriced: list[Unpriced] = field(default_factory=list)
    doubts: set[tuple[str, Doubt]] = field(default_factory=set)
    unbounded: set[tuple[str, Doubt]] = field(default_factory=set)
