"""What listings learned, for the next ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Upgrade."""
    op.create_table(
        "landmarks",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_landmarks"),
    )
    op.create_index("ix_landmarks_saved_at", "landmarks", ["saved_at"])
