"""Runs the migrations on the connection that `aggregator.store.versions` hands over, inside its transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from alembic import context

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)
context.configure(
    connection=connection,
    # true with the way aggregator.store.engine begins transactions (traps.md T21)
    transactional_ddl=True,
    # SQLite can alter little: a table is rebuilt
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
