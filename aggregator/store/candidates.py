"""Which known copies an incoming entry could touch: whole connected components, found through indexes only."""

from __future__ import annotations

import logging
from collections.abc import Collection

from sqlalchemy import Connection, Integer, bindparam, func, select, union_all

from aggregator.model import ArticleState, Copy, Hold, Known, Probes, Verdict
from aggregator.store.codec import build
from aggregator.store.schema import articles, copies, copy_keys, copy_samples, held, retired, verdicts
from aggregator.store.types import among, chosen, given
from aggregator.store.values import article_of, copy_of, indexed, verdict_of

_log = logging.getLogger(__name__)

MOST = 2000
"""Copies from which on likeness alone brings none in; what shares a key always comes, with all it is tied to."""

_FEW_SAMPLES = 8  # a text this short is alike with one shared sample, a longer one with two
_BEST = 50

_SHARING = select(copy_keys.c.copy_id).where(given(copy_keys.c.key))
_SHARING_TWO = _SHARING.group_by(copy_keys.c.copy_id).having(func.count() >= 2)
_ALIKE = (
    select(copy_samples.c.copy_id)
    .where(given(copy_samples.c.sample))
    .group_by(copy_samples.c.copy_id)
    .having(func.count() >= bindparam("least", type_=Integer))
    .order_by(func.count().desc(), copy_samples.c.copy_id)
    .limit(bindparam("most", type_=Integer))
)
_REACHED = union_all(
    select(copies.c.id).where(copies.c.article.in_(select(copies.c.article).where(given(copies.c.id)))),
    select(verdicts.c.b).where(verdicts.c.linked, given(verdicts.c.a)),
    select(verdicts.c.a).where(verdicts.c.linked, given(verdicts.c.b)),
)
_COPIES = select(copies).where(given(copies.c.id)).order_by(copies.c.id)
_ARTICLES = select(articles).where(given(articles.c.ulid)).order_by(articles.c.ulid)
# Found by one end, then sifted by the other (`+ 0` is what no index knows): SQLite would look for every pair of two
# thousand copies, one after the other, for seconds.
_BETWEEN = select(verdicts).where(given(verdicts.c.a), given(verdicts.c.b + 0)).order_by(verdicts.c.a, verdicts.c.b)
_RETIRED = select(retired.c.ulid, retired.c.value).where(given(retired.c.ulid)).order_by(retired.c.ulid)
_HELD = select(held).where(given(held.c.ulid)).order_by(held.c.ulid)


def known(connection: Connection, probes: Probes) -> Known:
    """Every copy that shares a key, two weak ones or enough samples with the probes, and everything tied to those.

    Tied are the copies of one article and the two ends of a linked verdict. A component is never cut: `merge` would
    take what is left out for gone.
    """
    by_key = _sharing_keys(connection, probes.keys)
    ids = _closure(connection, by_key | _sharing_two(connection, probes.weak) | _alike(connection, probes.samples))
    if len(ids) > max(MOST, 2 * len(by_key)):
        _log.warning("%d copies are alike or tied to such; compared by keys only", len(ids))
        ids = _closure(connection, by_key)
    return load(connection, ids)


def _sharing_keys(connection: Connection, keys: Collection[str]) -> frozenset[int]:
    if not keys:
        return frozenset()
    return frozenset(connection.scalars(_SHARING, chosen(set(map(indexed, keys)))))


def _sharing_two(connection: Connection, keys: Collection[str]) -> frozenset[int]:
    if not keys:
        return frozenset()
    return frozenset(connection.scalars(_SHARING_TWO, chosen(set(map(indexed, keys)))))


def _alike(connection: Connection, samples: Collection[int]) -> frozenset[int]:
    if not samples:
        return frozenset()
    least = 1 if len(samples) < _FEW_SAMPLES else 2
    # the samples of a whole document come in one go: as many more as there are entries in it, and then some
    limits = {"least": least, "most": max(_BEST, len(samples))}
    return frozenset(connection.scalars(_ALIKE, chosen(samples) | limits))


def _closure(connection: Connection, ids: frozenset[int]) -> frozenset[int]:
    found = set(ids)
    frontier: set[int] = set(ids)
    while frontier:
        frontier = set(connection.scalars(_REACHED, chosen(frontier))) - found
        found |= frontier
    return frozenset(found)


def tied(connection: Connection, ids: frozenset[int]) -> Known:
    """Those copies and everything tied to them."""
    return load(connection, _closure(connection, ids))


def load(connection: Connection, ids: Collection[int]) -> Known:
    """Those copies, their articles, and the verdicts between them."""
    if not ids:
        return Known()
    found = copies_where_id(connection, ids)
    states = states_of(connection, {copy.article for copy in found})
    return Known(
        copies=found,
        articles=states,
        verdicts=_between(connection, ids) if len(found) > 1 else (),
        retired=_retired(connection, {copy.born for copy in found} - states.keys()),
        held=holds_on(connection, {ulid for ulid, state in states.items() if state.announced_at is None}),
    )


def _retired(connection: Connection, ulids: Collection[str]) -> dict[str, ArticleState]:
    if not ulids:
        return {}
    rows = connection.execute(_RETIRED, chosen(ulids))
    return {row.ulid: build(ArticleState, row.value, content_html="") for row in rows}


def holds_on(connection: Connection, ulids: Collection[str]) -> dict[str, Hold]:
    """What keeps these articles out of the feeds, by ulid. Ask about those without a place only."""
    if not ulids:
        return {}
    rows = connection.execute(_HELD, chosen(ulids)).mappings()
    return {row["ulid"]: Hold(**row) for row in rows}


def article(connection: Connection, ulid: str) -> tuple[ArticleState, tuple[Copy, ...], tuple[Verdict, ...]] | None:
    """An article with all its copies (by id) and every verdict about them; None: no such, or retired."""
    state = states_of(connection, {ulid}).get(ulid)
    if state is None:
        return None
    ids = set(connection.scalars(select(copies.c.id).where(copies.c.article == ulid)))
    return state, copies_where_id(connection, ids), verdicts_about(connection, ids)


def copies_where_id(connection: Connection, ids: Collection[int]) -> tuple[Copy, ...]:
    """Those copies, by id."""
    return tuple(map(copy_of, connection.execute(_COPIES, chosen(ids)).mappings()))


def states_of(connection: Connection, ulids: Collection[str]) -> dict[str, ArticleState]:
    """Those articles, by ulid, in its order."""
    if not ulids:
        return {}
    return {row["ulid"]: article_of(row) for row in connection.execute(_ARTICLES, chosen(ulids)).mappings()}


def follow(connection: Connection, ulid: str) -> str:
    """The ulid under which a retired article is found now; any other ulid as it is."""
    seen = {ulid}
    while (into := connection.scalar(select(retired.c.into_ulid).where(retired.c.ulid == ulid))) and into not in seen:
        seen.add(into)
        ulid = into
    return ulid


def _between(connection: Connection, ids: Collection[int]) -> tuple[Verdict, ...]:
    return tuple(map(verdict_of, connection.execute(_BETWEEN, chosen(ids)).mappings()))


def verdicts_about(connection: Connection, ids: Collection[int]) -> tuple[Verdict, ...]:
    """Every verdict with one of those copies in it, the near misses with other articles too."""
    pairs = union_all(
        select(verdicts.c.a, verdicts.c.b).where(among(verdicts.c.a, ids)),
        select(verdicts.c.a, verdicts.c.b).where(among(verdicts.c.b, ids)),
    ).subquery()
    statement = (
        select(verdicts)
        .distinct()
        .join(pairs, (verdicts.c.a == pairs.c.a) & (verdicts.c.b == pairs.c.b))
        .order_by(verdicts.c.a, verdicts.c.b)
    )
    return tuple(map(verdict_of, connection.execute(statement).mappings()))
