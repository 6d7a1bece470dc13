"""The snapshots kept so far, one compressed document each."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.snapshot import Scope, Snapshot
from bot.store import documents
from bot.store.database import Database
from bot.store.schema import scopes, snapshots


class SqlSnapshots:
    """The port `Snapshots` on a database.

    held: how many snapshots stay in memory, those last kept or read; rows never change.
    """

    def __init__(self, database: Database, held: int = 2) -> None:
        self._database = database
        self._limit = held
        self._held: OrderedDict[int, Snapshot] = OrderedDict()
        self._loading = asyncio.Lock()

    async def keep(self, snapshot: Snapshot) -> None:
        """Keep this one, forever."""
        document = await asyncio.to_thread(documents.pack, snapshot)
        scope = documents.scope_text(snapshot.scope)
        scope_id = sha256(scope.encode()).hexdigest()
        async with self._database.write() as connection:
            await connection.execute(
                self._database.insert(scopes)
                .values(id=scope_id, scope=scope)
                .on_conflict_do_nothing()
            )
            row = snapshots.insert().values(
                scope_id=scope_id, taken_at=snapshot.taken_at, document=document
            )
            kept = (await connection.execute(row.returning(snapshots.c.id))).scalar_one()
        self._hold(kept, snapshot)

    async def latest(self, scope: Scope, since: datetime) -> Snapshot | None:
        """The newest snapshot that covers `scope` and was taken at or after `since`."""
        async with self._database.read() as connection:
            covering = await _covering(connection, scope)
            newest = covering.where(snapshots.c.taken_at >= since).order_by(
                snapshots.c.taken_at.desc(), snapshots.c.id.desc()
            )
            found = (await connection.execute(newest.limit(1))).first()
        return await self._load(found.id) if found else None

    async def near(self, scope: Scope, moment: datetime, within: timedelta) -> Snapshot | None:
        """The snapshot covering `scope` taken nearest to `moment`, at most `within` from it.

        Of two that are equally near, the newer.
        """
        taken_at, number = snapshots.c.taken_at, snapshots.c.id
        async with self._database.read() as connection:
            covering = await _covering(connection, scope)
            before = covering.where(taken_at.between(moment - within, moment))
            after = covering.where(taken_at.between(moment, moment + within))
            found = [
                row
                for choice in (
                    after.order_by(taken_at, number.desc()),
                    before.order_by(taken_at.desc(), number.desc()),
                )
                if (row := (await connection.execute(choice.limit(1))).first())
            ]
        if not found:
            return None
        return await self._load(min(found, key=lambda row: abs(row.taken_at - moment)).id)

    async def _load(self, id: int) -> Snapshot:
        # One at a time: whoever asks for the same one meanwhile finds it held
        async with self._loading:
            if id not in self._held:
                async with self._database.read() as connection:
                    wanted = select(snapshots.c.document).where(snapshots.c.id == id)
                    document = (await connection.execute(wanted)).scalar_one()
                self._hold(id, await asyncio.to_thread(documents.unpack, document))
            self._held.move_to_end(id)
            return self._held[id]

    def _hold(self, id: int, snapshot: Snapshot) -> None:
        self._held[id] = snapshot
        while len(self._held) > self._limit:
            self._held.popitem(last=False)


async def _covering(connection: AsyncConnection, scope: Scope) -> Select[int, datetime]:
    """Ids and times of the snapshots that cover `scope`. Reads scopes, and no document."""
    kept = (await connection.execute(select(scopes.c.id, scopes.c.scope))).all()
    covering = [row.id for row in kept if documents.scope_of(row.scope).covers(scope)]
    return select(snapshots.c.id, snapshots.c.taken_at).where(snapshots.c.scope_id.in_(covering))
