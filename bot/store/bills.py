"""The bills read so far: the last reading of each month and set of accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select

from bot.core.bill import Bill
from bot.errors import StoreError
from bot.store.database import Database
from bot.store.schema import bills

_BILL = TypeAdapter(Bill)


class SqlBills:
    """The port `Bills` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, bill: Bill) -> None:
        """Keep this one, in place of an earlier reading of the same month and accounts."""
        row = self._database.insert(bills).values(
            month=bill.month.isoformat(),
            accounts=_key(bill.accounts),
            document=_BILL.dump_json(bill).decode(),
        )
        async with self._database.write() as connection:
            await connection.execute(
                row.on_conflict_do_update(
                    index_elements=[bills.c.month, bills.c.accounts],
                    set_={"document": row.excluded.document},
                )
            )

    async def of(self, month: date, accounts: Collection[str] = ()) -> Bill | None:
        """The last reading for exactly these accounts, if there is one."""
        wanted = select(bills.c.document).where(
            bills.c.month == month.isoformat(), bills.c.accounts == _key(accounts)
        )
        async with self._database.read() as connection:
            document = (await connection.execute(wanted)).scalar_one_or_none()
        if document is None:
            return None
        try:
            return _BILL.validate_json(document)
        except ValidationError as error:
            raise StoreError(
                "A bill in the database cannot be read.",
                "Restore the database from a backup, or read the bill again tomorrow.",
            ) from error


def _key(accounts: Collection[str]) -> str:
    return ",".join(sorted(accounts))
