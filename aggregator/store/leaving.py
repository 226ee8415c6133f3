"""Sources that the config no longer has: what is kept of them, and what forgetting them would take away."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, exists, select

from aggregator.model import Leaver, Leaving, Left
from aggregator.store import facts
from aggregator.store.schema import articles, copies, metadata, owners, sources
from aggregator.store.types import among

_TITLE = (sources.c.title, sources.c.feed_title)


def leaving(connection: Connection) -> Leaving:
    """Every source that was taken out of the config, by key, and the articles that its copies are of."""
    rows = connection.execute(select(sources).where(sources.c.removed_at.is_not(None)).order_by(sources.c.key))
    gone = {row["key"]: row for row in rows.mappings()}
    carried = _carried(connection, gone.keys())
    going = {ulid for ulid, keys in carried.items() if set(keys) <= gone.keys()}
    lefts = _lefts(connection, carried.keys())
    return Leaving(
        sources=tuple(_leaver(row, carried, going) for row in gone.values()),
        articles_gone=tuple(left for left in lefts if left.ulid in going),
        articles_kept=tuple(left for left in lefts if left.ulid not in going),
    )


def _carried(connection: Connection, keys: Collection[str]) -> dict[str, list[str]]:
    """Of each article with a copy in one of these sources the sources of all its copies, once for each copy."""
    mine = select(copies.c.article).where(among(copies.c.source_key, keys))
    statement = select(copies.c.article, copies.c.source_key).where(copies.c.article.in_(mine)).order_by(copies.c.id)
    found: dict[str, list[str]] = {}
    for ulid, key in connection.execute(statement) if keys else ():
        found.setdefault(ulid, []).append(key)
    return found


def _lefts(connection: Connection, ulids: Collection[str]) -> list[Left]:
    """Newest first."""
    statement = select(articles.c.ulid, articles.c.id, articles.c.value).where(among(articles.c.ulid, set(ulids)))
    rows = connection.execute(statement.order_by(articles.c.published_at.desc(), articles.c.ulid)) if ulids else ()
    return [Left(row.ulid, row.id, row.value["title"], row.value["url"]) for row in rows]


def _leaver(row: Any, carried: dict[str, list[str]], going: Collection[str]) -> Leaver:
    mine = {ulid for ulid, keys in carried.items() if row["key"] in keys}
    return Leaver(
        key=row["key"],
        kind=row["kind"],
        title=next((row[column.name] for column in _TITLE if row[column.name]), row["id"]),
        feed_url=row["feed_url"],
        removed_at=row["removed_at"],
        copies=sum(keys.count(row["key"]) for keys in carried.values()),
        articles_gone=len(mine & set(going)),
        articles_kept=len(mine - set(going)),
    )


def still_gone(connection: Connection, keys: Collection[str]) -> frozenset[str]:
    """Those of these sources that did not come back into the config meanwhile."""
    statement = select(sources.c.key).where(among(sources.c.key, keys), sources.c.removed_at.is_not(None))
    return frozenset(connection.scalars(statement))


def copies_of(connection: Connection, keys: Collection[str], limit: int) -> tuple[int, ...]:
    """Ids of the first copies of these sources."""
    statement = select(copies.c.id).where(among(copies.c.source_key, keys)).order_by(copies.c.id).limit(limit)
    return tuple(connection.scalars(statement))


def forget(connection: Connection, keys: Collection[str], owner_ids: Collection[str]) -> None:
    """Remove all that is kept of sources without copies, and owners beside ``owner_ids`` without a source."""
    for table in reversed(metadata.sorted_tables):
        if "source_key" in table.c and table is not copies:
            connection.execute(delete(table).where(among(table.c.source_key, keys)))
    for key in keys:
        facts.forget(connection, key)
    connection.execute(delete(sources).where(among(sources.c.key, keys)))
    alone = ~exists().where(sources.c.owner == owners.c.id)
    connection.execute(delete(owners).where(alone, owners.c.id.not_in(sorted(owner_ids))))
