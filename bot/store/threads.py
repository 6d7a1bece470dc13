"""Which question each of the bot's threads is about."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.core.language import parse_query
from bot.core.query import Query
from bot.store.database import Database
from bot.store.schema import threads

#: A thread that nobody asked anything in for so long is forgotten.
KEPT = timedelta(days=365)


class SqlThreads:
    """The port `Threads` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remember(self, channel: str, ts: str, query: Query, now: datetime) -> None:
        """The thread rooted at message `ts` now has this question; replaces an earlier one."""
        row = self._database.insert(threads).values(
            channel=channel, ts=ts, query=str(query), asked_at=now
        )
        async with self._database.write() as connection:
            await connection.execute(delete(threads).where(threads.c.asked_at < now - KEPT))
            await connection.execute(
                row.on_conflict_do_update(
                    index_elements=[threads.c.channel, threads.c.ts],
                    set_={"query": row.excluded.query, "asked_at": row.excluded.asked_at},
                )
            )

    async def recall(self, channel: str, ts: str) -> Query | None:
        """The thread's last question; None for a thread that is not the bot's.

        Raises QueryError when this version's language no longer has the question.
        """
        wanted = select(threads.c.query).where(threads.c.channel == channel, threads.c.ts == ts)
        async with self._database.read() as connection:
            text = await connection.scalar(wanted)
        return None if text is None else parse_query(text)
