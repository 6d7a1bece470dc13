"""How a database of any earlier version becomes today's; Alembic's scripts and what runs them."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

#: Any number will do, as long as every replica locks the same one.
LOCK = 7363_2024


def config() -> Config:
    """Alembic's configuration: where the scripts are, which is inside this package."""
    settings = Config()
    settings.set_main_option("script_location", "bot.store:migrations")
    settings.set_main_option("path_separator", "os")
    return settings


def head(settings: Config | None = None) -> str | None:
    """The revision that this version of s3monitor works with."""
    return ScriptDirectory.from_config(settings or config()).get_current_head()


def current(connection: Connection) -> str | None:
    """The database's revision; None for one that was never migrated.

    Raises alembic.util.CommandError for a revision that this version does not know.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None:
        ScriptDirectory.from_config(config()).get_revision(revision)
    return revision


def upgrade(connection: Connection, settings: Config | None = None) -> None:
    """Bring the database to `head`, all or nothing, in the transaction that is open.

    Replicas that start together wait for each other here: SQLite's transaction is immediate
    and so already exclusive, PostgreSQL takes a lock that ends with the transaction.
    Raises alembic.util.CommandError for a revision that this version does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    settings = settings or config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
