"""What listings cost, a row each, so that a restart does not forget a day's budget."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import spending

#: What older days cost is forgotten.
KEPT = timedelta(days=60)
#: Any number will do, as long as every replica locks the same one, and no migration does.
LOCK = 7363_2025


class SqlSpending:
    """The port `Spending` on a database. A bot that was killed leaves what it held as spent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent(self, day: date) -> Decimal:
        """US dollars of that day, those held for listings under way included."""
        async with self._database.read() as connection:
            return await _spent(connection, day)

    async def hold(self, id: str, day: date, usd: Decimal, budget: Decimal | None) -> bool:
        """Hold so many dollars more for listing `id`; False where the day's budget forbids it."""
        async with self._database.write() as connection:
            if connection.dialect.name == "postgresql":
                # Two replicas must not both see the same dollars left; SQLite has one writer
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK}
                )
            if budget is not None and await _spent(connection, day) + usd > budget:
                return False
            old = (day - KEPT).isoformat()
            await connection.execute(delete(spending).where(spending.c.day < old))
            held = await connection.scalar(select(spending.c.usd).where(spending.c.id == id))
            if held is None:
                row = spending.insert().values(id=id, day=day.isoformat(), usd=str(usd))
                await connection.execute(row)
            else:
                more = update(spending).where(spending.c.id == id)
                await connection.execute(more.values(usd=str(Decimal(held) + usd)))
            return True

    async def settle(self, id: str, day: date, usd: Decimal) -> None:
        """The listing has ended, and this is what it cost, whatever it held."""
        row = self._database.insert(spending).values(id=id, day=day.isoformat(), usd=str(usd))
        cost = row.on_conflict_do_update(index_elements=[spending.c.id], set_={"usd": str(usd)})
        async with self._database.write() as connection:
            await connection.execute(cost)


async def _spent(connection: AsyncConnection, day: date) -> Decimal:
    # Added up here: SQLite knows no decimals
    rows = await connection.scalars(select(spending.c.usd).where(spending.c.day == day.isoformat()))
    return sum(map(Decimal, rows), Decimal(0))
