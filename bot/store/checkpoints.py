"""Listings under way, one compressed JSON document each, so that a crash loses seconds of work."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from bot.store.database import Database
from bot.store.schema import checkpoints

#: What nobody went on with for so long is forgotten.
KEPT = timedelta(days=2)


class SqlCheckpoints:
    """The listing engine's port `Checkpoints` on a database. now: the current moment, aware."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def save(self, scan: str, document: dict[str, Any]) -> None:
        """Keep this document for the scan, in place of an earlier one. Raises StoreError."""
        now = self._now()
        packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), level=1)
        insert = self._database.insert(checkpoints).values(
            id=_id(scan), saved_at=now, document=packed
        )
        async with self._database.write() as connection:
            await connection.execute(delete(checkpoints).where(checkpoints.c.saved_at < now - KEPT))
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[checkpoints.c.id],
                    set_={"saved_at": now, "document": packed},
                )
            )

    async def load(self, scan: str) -> dict[str, Any] | None:
        """The document kept last; None when there is none. Raises StoreError."""
        chosen = select(checkpoints.c.document).where(checkpoints.c.id == _id(scan))
        async with self._database.read() as connection:
            packed = (await connection.execute(chosen)).scalar_one_or_none()
        if packed is None:
            return None
        document: dict[str, Any] = json.loads(zlib.decompress(packed))
        return document

    async def drop(self, scan: str) -> None:
        """Forget the scan; nothing happens when there is none. Raises StoreError."""
        async with self._database.write() as connection:
            await connection.execute(delete(checkpoints).where(checkpoints.c.id == _id(scan)))


def _id(scan: str) -> str:
    return hashlib.sha256(scan.encode()).hexdigest()
