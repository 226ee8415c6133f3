"""Finds the pairs of articles that were nearly joined, closest first, each pair of articles once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from sqlalchemy import Connection, Select, select

from aggregator.dedupe.doubt import closeness, doubtful
from aggregator.model import Copy, Verdict
from aggregator.store.candidates import copies_where_id
from aggregator.store.codec import build
from aggregator.store.schema import apart, copies, copy_keys, verdicts
from aggregator.store.types import among
from aggregator.store.values import indexed

Couple = frozenset[str]  # ulids of two articles


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Two copies of one owner, in two articles, that a person should look at."""

    verdict: Verdict
    a: Copy  # the one that is older by its own date
    b: Copy
    closeness: float  # 0 to 1


def near_misses(connection: Connection, limit: int, answered: Iterable[Collection[str]]) -> tuple[NearMiss, ...]:
    """The ``limit`` closest pairs; ``answered`` are sets of identity keys that their owner called different."""
    settled = _settled(connection, answered)
    best: dict[Couple, tuple[float, Verdict]] = {}
    for row in connection.execute(_apart()).mappings():
        couple = frozenset((row["article_a"], row["article_b"]))
        if couple in settled:
            continue
        verdict = build(Verdict, {}, **{column.name: row[column.name] for column in verdicts.c})
        if not doubtful(verdict):
            continue
        close = closeness(verdict)
        if couple not in best or close > best[couple][0]:
            best[couple] = close, verdict
    chosen = sorted(best.values(), key=lambda found: (-found[0], found[1].a, found[1].b))[:limit]
    ends = {end for _, verdict in chosen for end in (verdict.a, verdict.b)}
    there = {copy.id: copy for copy in copies_where_id(connection, ends)}
    return tuple(_near_miss(close, verdict, there[verdict.a], there[verdict.b]) for close, verdict in chosen)


def _apart() -> Select[Any]:
    """Every verdict that kept two copies of one owner apart; in a stable order, so that of equals the first wins.

    A pair without an address on both sides is left out: there is nothing to name it by.
    """
    one, other = copies.alias("one"), copies.alias("other")
    return (
        select(*verdicts.c, one.c.article.label("article_a"), other.c.article.label("article_b"))
        .join(one, one.c.id == verdicts.c.a)
        .join(other, other.c.id == verdicts.c.b)
        .where(
            apart,
            one.c.owner == other.c.owner,
            one.c.article != other.c.article,
            one.c.url.is_not(None),
            other.c.url.is_not(None),
        )
        .order_by(verdicts.c.a, verdicts.c.b)
    )


def _settled(connection: Connection, answered: Iterable[Collection[str]]) -> set[Couple]:
    """The pairs of articles about which something was said already, by whichever of their addresses."""
    groups = [frozenset(map(indexed, keys)) for keys in answered]
    wanted = frozenset().union(*groups)
    if not wanted:
        return set()
    statement = (
        select(copy_keys.c.key, copies.c.article)
        .join(copies, copies.c.id == copy_keys.c.copy_id)
        .where(among(copy_keys.c.key, wanted))
    )
    articles: dict[str, set[str]] = {}
    for key, ulid in connection.execute(statement):
        articles.setdefault(key, set()).add(ulid)
    found: set[Couple] = set()
    for group in groups:
        for one, other in combinations(sorted(group & articles.keys()), 2):
            found.update(frozenset(pair) for pair in product(articles[one], articles[other]))
    return found


def _near_miss(close: float, verdict: Verdict, a: Copy, b: Copy) -> NearMiss:
    first, second = sorted((a, b), key=lambda copy: (copy.date_precision == "unknown", copy.published_at, copy.id))
    return NearMiss(verdict, first, second, close)
