"""The channels that want a digest."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import structlog
from sqlalchemy import Row, Select, delete, select

from bot.core.digest import Subscription
from bot.core.language import parse_query
from bot.core.query import Query
from bot.core.schedule import Weekly
from bot.errors import QueryError
from bot.store.database import Database
from bot.store.schema import subscriptions

logger = structlog.get_logger()


class SqlSubscriptions:
    """The port `Subscriptions` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, channel: str, schedule: Weekly, query: Query, user: str, now: datetime
    ) -> Subscription:
        """Subscribe; the same schedule and question in the same channel is one subscription."""
        text = str(query)
        identity = {
            "channel": channel,
            "weekday": schedule.weekday,
            "hour": schedule.hour,
            "minute": schedule.minute,
            "zone": schedule.zone,
            "query_hash": sha256(text.encode()).hexdigest(),
        }
        row = self._database.insert(subscriptions).values(
            **identity, query=text, user=user, created=now
        )
        # Changes nothing, but makes the row that is there the row that is returned
        there = row.on_conflict_do_update(
            index_elements=list(identity), set_={"channel": row.excluded.channel}
        )
        async with self._database.write() as connection:
            returned = await connection.execute(there.returning(subscriptions))
            return _subscription(returned.one())

    async def of(self, channel: str) -> tuple[Subscription, ...]:
        """The channel's subscriptions, oldest first."""
        return await self._select(select(subscriptions).where(subscriptions.c.channel == channel))

    async def all(self) -> tuple[Subscription, ...]:
        """Every subscription, oldest first."""
        return await self._select(select(subscriptions))

    async def remove(self, channel: str, id: int) -> bool:
        """Unsubscribe; False when the channel has no subscription of that number."""
        gone = (
            delete(subscriptions)
            .where(subscriptions.c.channel == channel, subscriptions.c.id == id)
            .returning(subscriptions.c.id)
        )
        async with self._database.write() as connection:
            return (await connection.execute(gone)).first() is not None

    async def _select(self, wanted: Select[Any]) -> tuple[Subscription, ...]:
        async with self._database.read() as connection:
            rows = await connection.execute(wanted.order_by(subscriptions.c.id))
            return tuple(read for row in rows if (read := _readable(row)))


def _readable(row: Row[Any]) -> Subscription | None:
    """The subscription; None, and logged, when its question is no longer one.

    An upgrade that changed the language must not stop everyone else's digests.
    """
    try:
        return _subscription(row)
    except QueryError as error:
        logger.error(
            f"Subscription {row.id} asks what is no question any more: {error}",
            action="subscription_unreadable",
            channel=row.channel,
        )
        return None


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=row.id,
        channel=row.channel,
        schedule=Weekly(row.weekday, row.hour, row.minute, row.zone),
        query=parse_query(row.query),
        user=row.user,
        created=row.created,
    )
