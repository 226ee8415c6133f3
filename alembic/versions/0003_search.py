"""Full text of articles, and words of titles that a typo still leads to."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# as in aggregator/store/types.py, but frozen here: what this revision made must stay what it made
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "article_search",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("ulid", KEY, nullable=False, unique=True),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_table(
        "near_words",
        sa.Column("variant", KEY, primary_key=True),
        sa.Column("word", KEY, primary_key=True),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        # words come ready: `ascii` cuts at the spaces between them and nowhere else (store/prepared.py)
        op.execute("CREATE VIRTUAL TABLE article_words USING fts5(words, tokenize='ascii', columnsize=0)")
    else:
        op.execute("CREATE TABLE article_words (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        # what is not merged into the index yet is read through by every search: little of it
        op.execute(
            "CREATE INDEX article_words_words ON article_words USING gin (words) WITH (gin_pending_list_limit = 256)"
        )
    op.execute("ALTER TABLE articles DROP COLUMN search")
