"""Which of Slack's deliveries were taken up already."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from bot.store.database import Database
from bot.store.schema import receipts

#: Slack's last retry comes after five minutes; a day covers a backlog too.
#: https://docs.slack.dev/apis/events-api/#retries
KEPT = timedelta(days=1)


class SqlReceipts:
    """The port `Receipts` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(self, key: str, now: datetime) -> bool:
        """True once per key, over all replicas and restarts; keys are forgotten after a day."""
        row = (
            self._database.insert(receipts)
            .values(key=key, received_at=now)
            .on_conflict_do_nothing()
            .returning(receipts.c.key)
        )
        async with self._database.write() as connection:
            await connection.execute(delete(receipts).where(receipts.c.received_at < now - KEPT))
            return (await connection.execute(row)).first() is not None
