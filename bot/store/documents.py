"""A snapshot as a compact document: one JSON line for the estate, one a usage, gzipped.

Fields are named as the nouns name them. One added with a default later leaves old documents
readable, and an older version passes over the fields it does not know. A usage a line rather
than one JSON text: decoding holds Python's lock, and only between lines may others have it.
"""

from __future__ import annotations

import gc
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

from pydantic import TypeAdapter, ValidationError

from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import Usage
from bot.errors import StoreError

_SCOPE = TypeAdapter(Scope)
_SNAPSHOT = TypeAdapter(Snapshot)
_USAGE = TypeAdapter(Usage)

#: zlib's level. Level 9 makes documents 5 % smaller in three times the time, level 1 makes
#: them 30 % larger in a third of it.
LEVEL = 6


def pack(snapshot: Snapshot) -> bytes:
    """The document. Takes about a second for 5,000 buckets of 100 cells: call it in a thread."""
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=LEVEL, mtime=0) as lines:
        lines.write(_SNAPSHOT.dump_json(replace(snapshot, usages=())) + b"\n")
        for usage in snapshot.usages:
            lines.write(_USAGE.dump_json(usage) + b"\n")
    return packed.getvalue()


def unpack(document: bytes) -> Snapshot:
    """The snapshot of a document. Raises StoreError for a damaged one; call it in a thread."""
    try:
        with _without_collecting(), gzip.GzipFile(fileobj=BytesIO(document)) as lines:
            snapshot = _SNAPSHOT.validate_json(next(lines, b""))
            return replace(snapshot, usages=tuple(_USAGE.validate_json(line) for line in lines))
    except (ValidationError, EOFError, OSError, zlib.error) as error:
        raise _damaged() from error


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Have Python look for no garbage.

    A million new objects and not one to throw away: looking again and again takes longer than
    decoding does, and stops every thread for a fifth of a second each time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def scope_text(scope: Scope) -> str:
    """The scope as JSON text; the same scope gives the same text."""
    return _SCOPE.dump_json(scope).decode()


def scope_of(text: str) -> Scope:
    """The scope of such a text. Raises StoreError for a damaged one."""
    try:
        return _SCOPE.validate_json(text)
    except ValidationError as error:
        raise _damaged() from error


def _damaged() -> StoreError:
    return StoreError(
        "A snapshot in the database cannot be read.",
        "Restore the database from a backup, or measure again with `fresh`.",
    )
