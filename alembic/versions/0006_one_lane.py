"""Finds what is due in one lane, however much there is in others."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "sources_lane",
        "sources",
        ["lane", "next_poll_at", "key"],
        sqlite_where=sa.text("removed_at IS NULL AND enabled IS 1"),
        postgresql_where=sa.text("removed_at IS NULL AND enabled IS true"),
    )
