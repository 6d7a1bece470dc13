"""The tables, in a form that SQLite and PostgreSQL both take. Migrations build the same."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite keeps no zone, so one is given back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; raises ValueError for a naive one."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value and value.astimezone(UTC)


# Every constraint has a name, so that a later migration can drop it on either database.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: What snapshots were asked for. There are few: choosing a snapshot reads these alone.
#: `id` is the SHA-256 of `scope`, because PostgreSQL indexes no text beyond 2,700 bytes.
scopes = Table(
    "scopes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("scope", Text, nullable=False),
)

#: Rows are never changed, so that what was read of one stays true.
snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope_id", ForeignKey("scopes.id"), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index(None, "scope_id", "taken_at"),
)

threads = Table(
    "threads",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("ts", Text, primary_key=True),
    Column("query", Text, nullable=False),
    Column("asked_at", Moment, nullable=False, index=True),
)

receipts = Table(
    "receipts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("received_at", Moment, nullable=False, index=True),
)

#: `query_hash` is the SHA-256 of `query`, which may be longer than PostgreSQL indexes.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("zone", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("query_hash", String(64), nullable=False),
    Column("user", Text, nullable=False),
    Column("created", Moment, nullable=False),
    UniqueConstraint("channel", "weekday", "hour", "minute", "zone", "query_hash"),
    # A number that somebody wrote down must never come to mean another subscription.
    sqlite_autoincrement=True,
)

#: claimed_at: None once released. ts: the message, once it is posted.
deliveries = Table(
    "deliveries",
    metadata,
    Column("subscription_id", ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True),
    Column("slot", Moment, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("attempt", Integer, nullable=False),
    Column("claimed_at", Moment),
    Column("ts", Text),
    Column("delivered_at", Moment),
)

#: Rows are never changed: an old report is repriced from the book that was in use.
price_books = Table(
    "price_books",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fetched_at", Moment, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

#: month: its first day, as `2026-10-01`. accounts: their numbers, sorted, with commas.
bills = Table(
    "bills",
    metadata,
    Column("month", String(10), primary_key=True),
    Column("accounts", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

#: Listings under way. `id` is the SHA-256 of the scan's name, which holds a prefix of any length.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("saved_at", Moment, nullable=False, index=True),
    Column("document", LargeBinary, nullable=False),
)

#: What listings cost. day: the UTC day, as `2026-11-22`. usd: exact, while a listing runs what it
#: holds of the day's budget.
spending = Table(
    "spending",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("day", String(10), nullable=False, index=True),
    Column("usd", Text, nullable=False),
)

#: What listings that completed learned of where keys lie, for the next ones; ids as above.
landmarks = Table(
    "landmarks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("saved_at", Moment, nullable=False, index=True),
    Column("document", LargeBinary, nullable=False),
)
