"""Lanes of sources, what retired articles were, held articles, histories, hubs; and texts signed anew."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# as in aggregator/store/types.py, but frozen here: what this revision made must stay what it made
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PLATFORMS = frozenset({"dev", "hashnode", "medium", "substack"})  # one lane for all sources of such a kind


def need(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def may(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=True)


def key(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, primary_key=True, autoincrement=False)


def partial(name: str, table: str, columns: str, said: str) -> None:
    op.create_index(name, table, columns.split(), sqlite_where=sa.text(said), postgresql_where=sa.text(said))


def upgrade() -> None:
    lanes()
    births()
    former_articles()
    histories()
    hubs()
    op.add_column("pages", may("facts", sa.Text))
    op.create_table(
        "held",
        key("ulid", KEY),
        need("source_key", KEY),
        need("at", MOMENT),
        need("recent", sa.Boolean),
        sqlite_with_rowid=False,
    )
    # Texts are hashed in another way now: `aggregator.store.signing` sees this row, does it, and takes the row away.
    op.execute("INSERT INTO state (name, value) VALUES ('unsigned', 'true')")


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def lanes() -> None:
    op.alter_column("sources", "host", new_column_name="lane")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("sources", "lane", type_=KEY)
    op.add_column("sources", sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("sources", may("lane_free_at", MOMENT))
    partial("sources_leased", "sources", "lease_until", "lease_until IS NOT NULL")
    partial("sources_resting", "sources", "lane_free_at", "lane_free_at IS NOT NULL")
    # near enough for one round: every poll writes the lane
    change = sa.text("UPDATE sources SET lane = :lane WHERE key = :key")
    for row in rows("SELECT key, kind, feed_url FROM sources"):
        lane = row["kind"] if row["kind"] in PLATFORMS else urlsplit(row["feed_url"]).netloc.rpartition("@")[2].lower()
        op.get_bind().execute(change, {"key": row["key"], "lane": lane})


# ── articles ────────────────────────────────────────────────────────────────────────────────────────────────────────


def births() -> None:
    """When the id that a copy was born with was minted: until now the id itself told."""
    some = sa.text("SELECT id, born, value FROM copies WHERE id > :after ORDER BY id LIMIT 1000")
    change = sa.text("UPDATE copies SET value = :value WHERE id = :id")
    after = 0
    while found := op.get_bind().execute(some, {"after": after}).mappings().all():
        after = found[-1]["id"]
        for row in found:
            value = json.loads(row["value"]) | {"born_at": minted(row["born"]).isoformat()}
            op.get_bind().execute(change, {"id": row["id"], "value": json.dumps(value, ensure_ascii=False)})


def minted(ulid: str) -> datetime:
    """The moment in a ULID; of two from one millisecond the smaller one stays the older one."""
    number = 0
    for letter in ulid:
        number = number * 32 + BASE32.index(letter)
    milliseconds, chance = divmod(number, 1 << 80)
    return EPOCH + timedelta(milliseconds=milliseconds, microseconds=chance * 1000 >> 80)


def former_articles() -> None:
    """What a retired article was is made again from the first of its copies: it was not kept until now."""
    op.add_column("retired", sa.Column("value", sa.Text, nullable=False, server_default="{}"))
    places = {
        row["ulid"]: row["announced_at"]
        for row in rows("SELECT ulid, announced_at FROM article_terms WHERE announced_at IS NOT NULL")
    }
    statement = (
        "SELECT copies.*, retired.ulid FROM copies JOIN retired ON copies.born = retired.ulid "
        "ORDER BY retired.ulid, copies.first_seen_at DESC, copies.id DESC"
    )
    change = sa.text("UPDATE retired SET value = :value WHERE ulid = :ulid")
    for row in rows(statement):  # the first copy comes last, and stays
        value = json.dumps(former(row, places.get(row["ulid"])), ensure_ascii=False)
        op.get_bind().execute(change, {"ulid": row["ulid"], "value": value})


def former(copy: Mapping[str, Any], announced_at: Any) -> dict[str, Any]:
    value = json.loads(copy["value"])
    entry = value["entry"]
    same = ("url", "title", "summary", "authors", "tags", "tag_labels", "image", "language", "dir", "word_count")
    same += ("reading_time_minutes", "kind", "publisher", "section", "metrics", "position")
    return {name: entry[name] for name in same if name in entry} | {
        "ulid": copy["ulid"],
        "id": value["born_id"],
        "owners": [copy["owner"]],
        **dict.fromkeys(("canonical", "text", "lead"), copy["id"]),
        "published_at": told(copy["published_at"]),
        "date_precision": copy["date_precision"],
        "first_seen_at": told(copy["first_seen_at"]),
        "announced_at": told(announced_at),
        "updated_at": None,
        "slug": slug(entry["title"]),
        "reading_time_minutes": entry.get("reading_time_minutes") or 0,
    }


def told(moment: Any) -> str | None:
    if moment is None:
        return None
    at = moment if isinstance(moment, datetime) else EPOCH + timedelta(microseconds=moment)
    return at.astimezone(UTC).isoformat()


def slug(title: str) -> str:
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", title).casefold())
    made = ""
    for word in words:
        longer = f"{made}-{word}" if made else word[:80]
        if len(longer) > 80:
            break
        made = longer
    return made


def rows(statement: str) -> Sequence[sa.RowMapping]:
    return op.get_bind().execute(sa.text(statement)).mappings().all()


# ── new tables ──────────────────────────────────────────────────────────────────────────────────────────────────────


def histories() -> None:
    op.create_table(
        "backfills",
        key("source_key", KEY),
        need("feed_url", sa.Text),
        need("state", sa.Text),
        *(need(name, sa.Integer) for name in ("articles", "failures")),
        may("message", sa.Text),
        *(need(name, MOMENT) for name in ("due_at", "began_at")),
        may("ended_at", MOMENT),
        may("lease_by", sa.Text),
        may("lease_until", MOMENT),
    )
    op.create_table(
        "backfill_pages",
        key("source_key", KEY),
        key("url", KEY),
        need("number", sa.Integer),
        need("part", sa.Text),
        may("done_at", MOMENT),
        may("outcome", sa.Text),
        need("marks", sa.Text),
        sqlite_with_rowid=False,
    )


def hubs() -> None:
    op.create_table(
        "subscriptions",
        key("source_key", KEY),
        *(need(name, sa.Text) for name in ("hub", "topic")),
        sa.Column("token", KEY, nullable=False, unique=True),
        *(need(name, sa.Text) for name in ("secret", "state")),
        need("due_at", MOMENT),
        *(may(name, MOMENT) for name in ("asked_at", "lease_until", "pushed_at")),
        need("failures", sa.Integer),
        may("error", sa.Text),
    )
    op.create_index("subscriptions_due", "subscriptions", ["due_at", "source_key"])
