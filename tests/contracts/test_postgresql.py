"""What goes wrong with PostgreSQL alone."""

import pytest

from bot.errors import StoreError
from bot.store.database import Database


async def test_a_database_that_is_not_there(postgresql: str):
    """The server's own words are passed on."""
    database = Database.open(f"{postgresql}/nowhere")
    with pytest.raises(StoreError, match=r'could not be used .*"nowhere" does not exist'):
        await database.migrate()
    await database.close()
