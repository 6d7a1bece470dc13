"""Listings under way and what others learned, so that a crash loses seconds of work.

One compressed JSON document a scan.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, select

from bot.store.database import Database
from bot.store.schema import checkpoints, landmarks

#: What nobody went on with for so long is forgotten.
KEPT = timedelta(days=2)
#: A bucket that was not listed for so long may look different now.
LANDMARKS_KEPT = timedelta(days=90)


class _Documents:
    """The listing engine's port `Checkpoints` on a table of a database."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], table: Table, kept: timedelta
    ) -> None:
        self._database = database
        self._now = now
        self._table = table
        self._kept = kept

    async def save(self, scan: str, document: dict[str, Any]) -> None:
        """Keep this document for the scan, in place of an earlier one. Raises StoreError."""
        now, table = self._now(), self._table
        packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), level=1)
        insert = self._database.insert(table).values(id=_id(scan), saved_at=now, document=packed)
        async with self._database.write() as connection:
            await connection.execute(delete(table).where(table.c.saved_at < now - self._kept))
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[table.c.id], set_={"saved_at": now, "document": packed}
                )
            )

    async def load(self, scan: str) -> dict[str, Any] | None:
        """The document kept last; None when there is none. Raises StoreError."""
        chosen = select(self._table.c.document).where(self._table.c.id == _id(scan))
        async with self._database.read() as connection:
            packed = (await connection.execute(chosen)).scalar_one_or_none()
        if packed is None:
            return None
        document: dict[str, Any] = json.loads(zlib.decompress(packed))
        return document

    async def drop(self, scan: str) -> None:
        """Forget the scan; nothing happens when there is none. Raises StoreError."""
        async with self._database.write() as connection:
            await connection.execute(delete(self._table).where(self._table.c.id == _id(scan)))


class SqlCheckpoints(_Documents):
    """Listings under way. now: the current moment, aware."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        super().__init__(database, now, checkpoints, KEPT)


class SqlLandmarks(_Documents):
    """What listings that completed learned. now: the current moment, aware."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        super().__init__(database, now, landmarks, LANDMARKS_KEPT)


def _id(scan: str) -> str:
    return hashlib.sha256(scan.encode()).hexdigest()
