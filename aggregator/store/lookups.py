"""Small questions about articles: which one has this address or key, what was taken back, what changed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from aggregator.store.schema import article_terms, copies, copy_keys
from aggregator.store.types import among


def under(connection: Connection, keys: Collection[str]) -> list[str]:
    """Ulids of the articles with a copy under one of these keys, as they are indexed; sorted."""
    ids = select(copy_keys.c.copy_id).where(among(copy_keys.c.key, keys))
    return sorted(connection.scalars(select(copies.c.article).distinct().where(copies.c.id.in_(ids))))


def taken_back(connection: Connection, ulid: str) -> bool:
    """Whether there was an announced article under this ulid whose owner took it back."""
    t = article_terms.c
    return connection.scalar(select(t.ulid).where(t.ulid == ulid, t.alive.is_(False)).limit(1)) is not None


def every_address(connection: Connection) -> dict[str, str]:
    """The address of every copy, with the ulid of its article."""
    rows = connection.execute(select(copies.c.url, copies.c.article).where(copies.c.url.is_not(None)))
    return {row.url: row.article for row in rows}
