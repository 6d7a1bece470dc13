"""The first tables: snapshots, threads, receipts, subscriptions and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Upgrade."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "scopes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scopes"),
    )
    op.create_table(
        "snapshots",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("scope_id", sa.String(64), nullable=False),
        sa.Column("taken_at", moment, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
        sa.ForeignKeyConstraint(["scope_id"], ["scopes.id"], name="fk_snapshots_scope_id_scopes"),
    )
    op.create_index("ix_snapshots_scope_id_taken_at", "snapshots", ["scope_id", "taken_at"])
    op.create_table(
        "threads",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("ts", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("channel", "ts", name="pk_threads"),
    )
    op.create_index("ix_threads_asked_at", "threads", ["asked_at"])
    op.create_table(
        "receipts",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_receipts"),
    )
    op.create_index("ix_receipts_received_at", "receipts", ["received_at"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("weekday", sa.Integer, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("minute", sa.Integer, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("query_hash", sa.String(64), nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint(
            "channel",
            "weekday",
            "hour",
            "minute",
            "zone",
            "query_hash",
            name="uq_subscriptions_channel_weekday_hour_minute_zone_query_hash",
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deliveries",
        sa.Column("subscription_id", sa.Integer, nullable=False),
        sa.Column("slot", moment, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("claimed_at", moment),
        sa.Column("ts", sa.Text),
        sa.Column("delivered_at", moment),
        sa.PrimaryKeyConstraint("subscription_id", "slot", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name="fk_deliveries_subscription_id_subscriptions",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
    )
