"""In how many articles each term stands, and beside which others."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# as in aggregator/store/types.py, but frozen here: what this revision made must stay what it made
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "article_counts",
        *(sa.Column(name, KEY, primary_key=True) for name in ("scope", "term", "kind")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("n", "announced")),
        sqlite_with_rowid=False,
    )
