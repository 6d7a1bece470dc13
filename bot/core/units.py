"""Units of size. AWS bills 1 GB as 2**30 bytes and 1 TB as 1,024 GB, and so does every sum here.

https://aws.amazon.com/s3/faqs/ ("How will I be charged and billed for my use of Amazon S3?")
"""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """A unit of size; `AUTO` is the largest of which there is at least one."""

    AUTO = "auto"
    BYTES = "bytes"
    KB = "kB"
    MB = "MB"
    GB = "GB"
    TB = "TB"
    PB = "PB"

    @property
    def bytes(self) -> int:
        """How many bytes one of it is. Raises ValueError for `AUTO`, which has no size."""
        return 1 << (10 * _FIXED.index(self))

    def fit(self, bytes: int) -> Unit:
        """The unit itself; for `AUTO` the largest fixed unit that `bytes` has one of."""
        if self is not Unit.AUTO:
            return self
        power = (max(abs(bytes), 1).bit_length() - 1) // 10
        return _FIXED[min(power, len(_FIXED) - 1)]

    @property
    def larger(self) -> Unit:
        """The next larger fixed unit; a PB is the largest, and its own."""
        return _FIXED[min(_FIXED.index(self) + 1, len(_FIXED) - 1)]


_FIXED = (Unit.BYTES, Unit.KB, Unit.MB, Unit.GB, Unit.TB, Unit.PB)

#: What people write for each unit, lower case. `GiB` means what AWS calls `GB`.
UNIT_WORDS: dict[str, Unit] = {
    word: unit
    for unit, words in {
        Unit.AUTO: ("auto",),
        Unit.BYTES: ("bytes", "byte", "b"),
        Unit.KB: ("kb", "kib"),
        Unit.MB: ("mb", "mib"),
        Unit.GB: ("gb", "gib"),
        Unit.TB: ("tb", "tib"),
        Unit.PB: ("pb", "pib"),
    }.items()
    for word in words
}
