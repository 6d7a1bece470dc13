"""The command line, a file a verb. Only `__main__` imports it."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a verb's exit status means."""

    ANSWERED = 0
    FAILED = 1
    BAD_QUESTION = 2
    IN_PART = 3
    INTERRUPTED = 130
