"""The price books kept so far, one JSON document each."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Select, select

from bot.core.prices import PriceBook
from bot.errors import StoreError
from bot.store.database import Database
from bot.store.schema import price_books


class SqlPriceBooks:
    """The port `PriceBooks` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, book: PriceBook, fetched_at: datetime) -> None:
        """Keep this one, forever."""
        document = json.dumps(book.to_document(), separators=(",", ":"))
        async with self._database.write() as connection:
            await connection.execute(
                price_books.insert().values(fetched_at=fetched_at, document=document)
            )

    async def newest(self) -> PriceBook | None:
        """The one fetched last; None before the first."""
        return await self._first(select(price_books.c.document))

    async def at(self, moment: datetime) -> PriceBook | None:
        """The one that was in use at `moment`: the last one fetched by then, if any was."""
        fetched = select(price_books.c.document).where(price_books.c.fetched_at <= moment)
        return await self._first(fetched)

    async def _first(self, books: Select[str]) -> PriceBook | None:
        last = books.order_by(price_books.c.fetched_at.desc(), price_books.c.id.desc()).limit(1)
        async with self._database.read() as connection:
            document = (await connection.execute(last)).scalar_one_or_none()
        if document is None:
            return None
        try:
            return PriceBook.from_document(json.loads(document))
        except ValueError as error:
            raise StoreError(
                f"A price table in the database cannot be read ({error}).",
                "Run `s3monitor prices refresh`.",
            ) from error
