"""Articles that are kept out of the feeds until their owner decides: what waits, and how it comes to an end.

A row outlives the article that it is of: what retired into another one and comes apart again still waits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, delete, func, select

from aggregator.model import Flood, Hold, Waiting
from aggregator.store.candidates import states_of
from aggregator.store.codec import fields_of
from aggregator.store.schema import article_terms, articles, copies, held
from aggregator.store.types import among
from aggregator.store.upserts import upsert


def keep(connection: Connection, holds: Sequence[Hold]) -> None:
    """Remember what is held back from now on."""
    upsert(connection, held, list(map(fields_of, holds)))


def due(connection: Connection, until: datetime, keys: Collection[str] | None = None) -> tuple[Hold, ...]:
    """What was held back at or before ``until`` (of these sources; None: of all), oldest first."""
    statement = select(held).where(held.c.at <= until).order_by(held.c.at, held.c.ulid)
    if keys is not None:
        statement = statement.where(among(held.c.source_key, keys))
    return tuple(Hold(**row) for row in connection.execute(statement).mappings())


def waiting(connection: Connection, holds: Sequence[Hold]) -> tuple[Waiting, ...]:
    """Those of the holds whose article is there and not announced, in the same order."""
    states = states_of(connection, {one.ulid for one in holds})
    known = _known(connection, states.keys())
    found = ((one, states[one.ulid]) for one in holds if one.ulid in states)
    return tuple(Waiting(one, state, one.ulid in known) for one, state in found if state.announced_at is None)


def _known(connection: Connection, ulids: Collection[str]) -> frozenset[str]:
    """The articles with a copy that was born as an article which has, or had, a place in the feeds."""
    if not ulids:
        return frozenset()
    t = article_terms.c
    statement = select(copies.c.article).distinct().join(article_terms, t.ulid == copies.c.born)
    statement = statement.where(among(copies.c.article, ulids), t.announced_at.is_not(None))
    return frozenset(connection.scalars(statement))


def forget(connection: Connection, holds: Collection[Hold]) -> None:
    """Let these wait no longer."""
    connection.execute(delete(held).where(among(held.c.ulid, {one.ulid for one in holds})))


def floods(connection: Connection) -> dict[str, Flood]:
    """What waits of each source, by its key."""
    statement = (
        select(
            held.c.source_key,
            func.count().label("articles"),
            func.sum(case((held.c.recent, 1), else_=0)).label("recent"),
            func.min(held.c.at).label("since"),
        )
        .join(articles, articles.c.ulid == held.c.ulid)
        .where(articles.c.announced_at.is_(None))
        .group_by(held.c.source_key)
    )
    return {row.source_key: Flood(row.articles, row.recent, row.since) for row in connection.execute(statement)}
