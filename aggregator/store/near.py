"""Finds the pairs of articles that were nearly joined, closest first, each pair of articles once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from sqlalchemy import Connection, Select, select

from aggregator.dedupe.doubt import closeness, doubtful
from aggregator.model import Copy, Verdict
from aggregator.store.candidates import copies_where_id
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
    found = [(closeness(verdict), couple, verdict) for couple, verdict in _kept_apart(connection)]
    found.sort(key=lambda one: (-one[0], one[2].a, one[2].b))
    chosen: dict[Couple, tuple[float, Verdict]] = {}
    for close, couple, verdict in found:
        if couple not in settled and couple not in chosen and doubtful(verdict):
            chosen[couple] = close, verdict
            if len(chosen) == limit:
                break
    ends = {end for _, verdict in chosen.values() for end in (verdict.a, verdict.b)}
    there = {copy.id: copy for copy in copies_where_id(connection, ends)}
    return tuple(_near_miss(close, verdict, there[verdict.a], there[verdict.b]) for close, verdict in chosen.values())


def _kept_apart(connection: Connection) -> Iterator[tuple[Couple, Verdict]]:
    for row in connection.execute(_apart()):
        couple = frozenset((row.article_a, row.article_b))
        yield couple, Verdict(row.a, row.b, row.rule, row.linked, row.joined, row.evidence, row.decided_at)


def _apart() -> Select[Any]:
    """Every verdict that kept two copies of one owner apart.

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
