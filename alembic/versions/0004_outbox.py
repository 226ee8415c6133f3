"""What happened, and who is told."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# as in aggregator/store/types.py, but frozen here: what this revision made must stay what it made
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def need(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def may(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=True)


def key(name: str, type_: Any, *others: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, *others, primary_key=True)


def partial(name: str, table: str, columns: str, *, sqlite: str, postgresql: str) -> None:
    where = {"sqlite_where": sa.text(sqlite), "postgresql_where": sa.text(postgresql)}
    op.create_index(name, table, columns.split(), **where)


def upgrade() -> None:
    op.create_table(
        "events",
        key("id", KEY),
        need("type", sa.Text),
        need("subject", KEY),
        need("at", MOMENT),
        need("data", sa.Text),
        need("routed", sa.Boolean),
    )
    partial("events_unrouted", "events", "at id", sqlite="routed IS 0", postgresql="routed IS false")
    op.create_index("events_at", "events", ["at"])
    op.create_table(
        "deliveries",
        key("event_id", KEY, sa.ForeignKey("events.id", ondelete="CASCADE")),
        key("receiver", KEY),
        need("state", sa.Text),
        need("attempts", sa.Integer),
        *(may(name, MOMENT) for name in ("due_at", "tried_at", "doubtful_since")),
        may("status", sa.Integer),
        may("message", sa.Text),
        sqlite_with_rowid=False,
    )
    said = "due_at IS NOT NULL"
    partial("deliveries_due", "deliveries", "due_at event_id receiver", sqlite=said, postgresql=said)
    op.create_index("deliveries_receiver", "deliveries", ["receiver", "state"])
    op.create_table(
        "receivers", key("name", KEY), need("since", MOMENT), may("disabled_at", MOMENT), sqlite_with_rowid=False
    )
    op.create_table(
        "told",
        key("account", KEY),
        key("what", KEY),
        need("event_id", KEY),
        need("at", MOMENT),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "echoes",
        key("name", KEY),
        may("digest", sa.Text),
        need("revision", sa.Integer),
        *(may(name, MOMENT) for name in ("looked_at", "changed_at", "first_changed_at", "told_at", "lease_until")),
        sqlite_with_rowid=False,
    )
