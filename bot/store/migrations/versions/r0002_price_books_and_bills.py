"""Price books and bills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Upgrade."""
    op.create_table(
        "price_books",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_price_books"),
    )
    op.create_index("ix_price_books_fetched_at", "price_books", ["fetched_at"])
    op.create_table(
        "bills",
        sa.Column("month", sa.String(10), nullable=False),
        sa.Column("accounts", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("month", "accounts", name="pk_bills"),
    )
