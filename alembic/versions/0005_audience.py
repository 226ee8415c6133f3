"""What is fetched by whom, day by day, and the way to what was joined lately."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# as in aggregator/store/types.py, but frozen here: what this revision made must stay what it made
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audience",
        sa.Column("day", MOMENT, primary_key=True),
        sa.Column("document", KEY, primary_key=True),
        sa.Column("reader", KEY, primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("unchanged", sa.BigInteger, nullable=False),
        sa.Column("subscribers", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "verdicts_joined",
        "verdicts",
        ["decided_at"],
        sqlite_where=sa.text("joined IS 1"),
        postgresql_where=sa.text("joined IS true"),
    )
