"""S3's storage classes, CloudWatch's storage types, and what each is billed as."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bot import data


@dataclass(frozen=True, slots=True)
class StorageType:
    """One of CloudWatch's 27 values of the dimension StorageType.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html

    storage_class: the class whose objects it is about. price_key: the price it is billed at.
    overhead: True when its bytes are no object's own: minimum sizes, archive indexes.
    """

    name: str
    storage_class: str
    price_key: str
    overhead: bool


@cache
def storage_types() -> dict[str, StorageType]:
    """Every storage type by name."""
    return {
        entry["storage_type"]: StorageType(
            name=entry["storage_type"],
            storage_class=entry["storage_class"],
            price_key=entry["price_key"],
            overhead="Overhead" in entry["storage_type"],
        )
        for entry in data.storage_types()
    }


#: The classes that S3 prices, in the order of AWS's own pages. ListObjectsV2 says these names.
STORAGE_CLASSES = (
    "STANDARD",
    "INTELLIGENT_TIERING",
    "STANDARD_IA",
    "ONEZONE_IA",
    "EXPRESS_ONEZONE",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
)

#: Classes that a listing can name but that have no S3 storage price (botocore's
#: ObjectStorageClass): shown as "not priced", never as $0.
UNPRICED_CLASSES = (
    "OUTPOSTS",
    "SNOW",
    "FSX_OPENZFS",
    "FSX_ONTAP",
    "AWS_BACKUP_WARM",
    "AWS_BACKUP_LOW_COST_WARM",
)


def class_of(kind: str) -> str:
    """The storage class of a cell's kind: of a storage type its class, else the kind itself."""
    known = storage_types().get(kind)
    return known.storage_class if known else kind


def is_overhead(kind: str) -> bool:
    """Whether bytes of this kind are billed on top of objects rather than held in them."""
    known = storage_types().get(kind)
    return known.overhead if known else False
