"""First tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# as in aggregator/store/types.py, but frozen here: what this revision made must stay what it made
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def need(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def may(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=True)


def key(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, primary_key=True, autoincrement=False)


def partial(name: str, table: str, columns: str, *, sqlite: str, postgresql: str) -> None:
    where = {"sqlite_where": sa.text(sqlite), "postgresql_where": sa.text(postgresql)}
    op.create_index(name, table, columns.split(), **where)


def upgrade() -> None:
    owners_and_sources()
    articles_and_copies()
    terms()
    op.create_table("state", key("name", KEY), need("value", sa.Text), sqlite_with_rowid=False)


def owners_and_sources() -> None:
    op.create_table(
        "owners", key("id", KEY), need("name", sa.Text), need("created_at", MOMENT), need("changed_at", MOMENT)
    )
    op.create_table(
        "sources",
        key("key", KEY),
        sa.Column("owner", KEY, sa.ForeignKey("owners.id"), nullable=False),
        need("id", KEY),
        need("kind", sa.Text),
        may("title", sa.Text),
        need("feed_url", sa.Text),
        may("home_page_url", sa.Text),
        need("host", sa.Text),
        need("enabled", sa.Boolean),
        need("founding", sa.Boolean),
        need("created_at", MOMENT),
        may("removed_at", MOMENT),
        *(may(name, sa.Text) for name in ("feed_title", "feed_home_page_url", "icon", "lease_by")),
        may("lease_until", MOMENT),
        need("next_poll_at", MOMENT),
        need("poll", sa.Text),
    )
    partial(
        "sources_due",
        "sources",
        "next_poll_at key",
        sqlite="removed_at IS NULL AND enabled IS 1",
        postgresql="removed_at IS NULL AND enabled IS true",
    )
    op.create_table(
        "poll_log",
        key("source_key", KEY),
        key("at", MOMENT),
        need("outcome", sa.Text),
        may("message", sa.Text),
        may("ms", sa.Integer),
        *(need(name, sa.Integer) for name in ("new", "updated", "merged")),
        sqlite_with_rowid=False,
    )
    op.create_index("poll_log_at", "poll_log", ["at"])


def terms() -> None:
    op.create_table(
        "article_terms",
        key("ulid", KEY),
        key("term", KEY),
        need("alive", sa.Boolean),
        need("kind", KEY),
        need("published_at", MOMENT),
        may("announced_at", MOMENT),
        need("rank", sa.Integer),
        sqlite_with_rowid=False,
    )
    partial(
        "article_terms_published",
        "article_terms",
        "term published_at rank ulid kind alive",
        sqlite="alive IS 1",
        postgresql="alive IS true",
    )
    partial(
        "article_terms_announced",
        "article_terms",
        "term announced_at published_at rank ulid kind alive",
        sqlite="announced_at IS NOT NULL",
        postgresql="announced_at IS NOT NULL",
    )
    op.create_table("retired", key("ulid", KEY), need("into_ulid", KEY), need("at", MOMENT), sqlite_with_rowid=False)


def articles_and_copies() -> None:
    op.create_table(
        "articles",
        key("ulid", KEY),
        need("id", sa.Text),
        need("kind", sa.Text),
        may("language", sa.Text),
        need("published_at", MOMENT),
        may("announced_at", MOMENT),
        may("updated_at", MOMENT),
        need("changed_at", MOMENT),
        need("search", sa.Text),
        need("value", sa.Text),
        need("content_html", sa.Text),
    )
    op.create_index("articles_changed", "articles", ["changed_at"])
    op.create_table(
        "copies",
        key("id", ID),
        *(need(name, KEY) for name in ("source_key", "source_id", "owner")),
        need("kind", sa.Text),
        need("guid", KEY),
        sa.Column(
            "article", KEY, sa.ForeignKey("articles.ulid", deferrable=True, initially="DEFERRED"), nullable=False
        ),
        need("born", KEY),
        may("url", sa.Text),
        need("published_at", MOMENT),
        need("date_precision", sa.Text),
        need("first_seen_at", MOMENT),
        *(need(name, sa.Boolean) for name in ("founding", "announce", "own_site")),
        need("index_keys", sa.Text),
        need("index_samples", sa.LargeBinary),
        need("value", sa.Text),
        *(need(name, sa.LargeBinary) for name in ("signature_body", "signature_lead", "signature_summary")),
        need("content_html", sa.Text),
        sa.UniqueConstraint("source_key", "guid", name="copies_guid"),
    )
    op.create_index("copies_article", "copies", ["article"])
    op.create_index("copies_posted", "copies", ["source_key", "published_at", "date_precision"])
    op.create_table("copy_keys", key("key", KEY), key("copy_id", ID), sqlite_with_rowid=False)
    op.create_table("copy_samples", key("sample", ID), key("copy_id", ID), sqlite_with_rowid=False)
    op.create_table(
        "pages",
        key("copy_id", ID),
        may("due_at", MOMENT),
        need("attempts", sa.Integer),
        may("read_at", MOMENT),
        may("outcome", sa.Text),
    )
    partial("pages_due", "pages", "due_at copy_id", sqlite="due_at IS NOT NULL", postgresql="due_at IS NOT NULL")
    op.create_table(
        "verdicts",
        key("a", ID),
        key("b", ID),
        need("rule", sa.Text),
        need("linked", sa.Boolean),
        need("joined", sa.Boolean),
        need("evidence", sa.Text),
        may("decided_at", MOMENT),
        sqlite_with_rowid=False,
    )
    op.create_index("verdicts_b", "verdicts", ["b"])
    partial("verdicts_apart", "verdicts", "a b", sqlite="joined IS 0", postgresql="joined IS false")
