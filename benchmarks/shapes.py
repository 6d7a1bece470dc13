"""Buckets to list: the same keys every time, in the order of S3."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from random import Random

_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя日本語中文字漢é😀"


def flat(count: int) -> list[str]:
    """Numbers of one width: `obj-00000042`."""
    return [f"obj-{number:08}" for number in range(count)]


def md5(count: int) -> list[str]:
    """Hashes in hexadecimal."""
    keys = {hashlib.md5(str(n).encode(), usedforsecurity=False).hexdigest() for n in range(count)}
    return sorted(keys)


def logs(count: int) -> list[str]:
    """Three years of logs, partitioned by date and hour."""
    random = Random(1)
    keys = []
    for number in range(count):
        hour = number * 3 * 365 * 24 // count
        day, year = hour // 24 % 365, 2022 + hour // (24 * 365)
        keys.append(
            f"logs/{year}/{1 + day // 31:02}/{1 + day % 31:02}/{hour % 24:02}"
            f"/host-{number % 7}-{random.getrandbits(48):012x}.gz"
        )
    return sorted(keys)


def deep(count: int) -> list[str]:
    """98 % under one deep prefix, the rest in six small ones around it."""
    few = count // 300
    small = [f"{letter}/{number:05}.bin" for letter in "abcxyz" for number in range(few)]
    prefix = "data/warehouse/events/v2/region=eu/part-"
    large = [f"{prefix}{number:07}.parquet" for number in range(count - len(small))]
    return sorted(small + large)


def uuids(count: int) -> list[str]:
    """Random UUIDs."""
    random = Random(2)
    return sorted(str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in range(count))


def unicode(count: int) -> list[str]:
    """One huge prefix, names in several scripts."""
    random = Random(3)
    keys: set[str] = set()
    while len(keys) < count:
        name = "".join(random.choices(_LETTERS, k=6))
        keys.add(f"données/архив/{name}-{random.randrange(10**6)}")
    return sorted(keys)


def words(count: int) -> list[str]:
    """Names put together from a few hundred words: nothing in them is evenly spread."""
    random = Random(4)
    stems = [
        hashlib.md5(bytes([n]), usedforsecurity=False).hexdigest()[: n % 6 + 2] for n in range(256)
    ]
    keys: set[str] = set()
    while len(keys) < count:
        a, b, c = random.choices(stems, k=3)
        keys.add(f"{a}/{b}-{c}/{random.randrange(1000)}")
    return sorted(keys)


def tenants(count: int) -> list[str]:
    """Hundreds of named prefixes, of which a few hold most of the keys."""
    random = Random(6)
    names = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(400)]
    sizes = [random.paretovariate(0.8) for _ in names]
    chosen = random.choices(names, sizes, k=count)
    kinds = ("doc", "img", "raw")
    return sorted(f"{name}/{random.choice(kinds)}/{random.getrandbits(64):016x}" for name in chosen)


SHAPES: dict[str, Callable[[int], list[str]]] = {
    "flat": flat,
    "md5": md5,
    "logs": logs,
    "deep": deep,
    "uuids": uuids,
    "unicode": unicode,
    "words": words,
    "tenants": tenants,
}
