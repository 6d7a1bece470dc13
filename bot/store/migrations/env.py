"""Run by Alembic: migrates over the connection, and in the transaction, that it is handed."""

from __future__ import annotations

from alembic import context

from bot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite alters few things in place; Alembic rebuilds the table instead
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
