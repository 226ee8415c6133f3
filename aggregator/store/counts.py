"""In how many articles each term stands, and beside which others: kept with the articles, so that no view counts them.

A *scope* is a term, or an owner's term with a tag's: what a path of a document can narrow to. How many articles it has
is always kept. Once they are many (`BROAD`) so is in how many of them each other term stands; of fewer that is counted
when somebody asks, out of an index, and costs no more than those few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, case, delete, func, insert, literal, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.dml import Insert

from aggregator.store import publication, terms
from aggregator.store.schema import article_counts, article_terms
from aggregator.store.types import among, chosen, given
from aggregator.store.values import Row, Values, indexed

BROAD = 1000
"""Articles from which on the terms beside a scope are kept."""

COUNTED = ("tag", "source", "year", "lang", "section")
"""Prefixes of the terms that are kept beside a scope."""

OWN = ""
"""Instead of a term: the articles of the scope itself; without a kind a mark that the scope is broad."""

_VERSION = "1"  # of what is kept here; with another one the upgrade counts anew
_NOTED = "counts"  # its name among the notes
_NOWHERE = ""  # the scope under which it says from how many articles on scopes are broad
_OWNER, _TAG, _KIND = terms.owner(""), terms.tag(""), terms.kind("")
_PREFIXES = tuple(f"{prefix}:" for prefix in COUNTED)
_c = article_counts.c

# In one look: how large scopes are, which of them are broad, and (under no scope) from how many on they are.
_KNOWN = select(article_counts).where(given(_c.scope), _c.term == OWN)
_EMPTY = delete(article_counts).where(given(_c.scope), _c.n == 0, _c.kind != "")

Key = tuple[str, str, str]  # (scope, term, kind)


def both(owner: str, tag: str) -> str:
    """The scope of what an owner has under a tag, by the two terms."""
    return indexed(f"{owner} {tag}")


@dataclass(frozen=True, slots=True)
class _Stands:
    """What of an article counts: its kind, and the terms that are alive, each with whether subscribers had it there."""

    kind: str = ""
    announced: Mapping[str, bool] = field(default_factory=dict)

    def scopes(self, broad: Collection[str]) -> Iterator[tuple[str, bool, Collection[str]]]:
        """Every scope it is in, whether announced there, and the terms that count in it."""
        beside = [term for term in self.announced if term.startswith(_PREFIXES)]
        for term, told in self.announced.items():
            yield term, told, (OWN, *beside) if term in broad else (OWN,)
        tags = [term for term in beside if term.startswith(_TAG) and term in broad]
        for owner, told in self.announced.items():
            if owner.startswith(_OWNER) and owner in broad:
                yield from ((both(owner, tag), told and self.announced[tag], (OWN, *beside)) for tag in tags)


class Tally:
    """What one transaction changes in the counts."""

    def __init__(self) -> None:
        self._changed: list[tuple[_Stands, _Stands]] = []

    def change(self, before: Iterable[Row | Values], after: Iterable[Row | Values]) -> None:
        """An article stood under these terms, and stands under those now: rows of ``article_terms``, dead ones too."""
        old, new = _stands(before), _stands(after)
        if old != new:
            self._changed.append((old, new))

    def write(self, connection: Connection) -> None:
        """Bring the counts to what the terms say; call it when these are written."""
        touched = {term for pair in self._changed for one in pair for term in one.announced}
        if not touched:
            return
        before = known(connection, touched)
        ns: Counter[Key] = Counter()
        announced: Counter[Key] = Counter()
        for old, new in self._changed:
            for one, sign in ((old, -1), (new, 1)):
                for scope, told, counted in one.scopes(before.broad):
                    for term in counted:
                        ns[scope, term, one.kind] += sign
                        announced[scope, term, one.kind] += sign * told
        moved = sorted(key for key in ns if ns[key] or announced[key])
        if moved:
            rows = [dict(zip(_c.keys(), (*key, ns[key], announced[key]), strict=True)) for key in moved]
            connection.execute(_added(connection.dialect.name), rows)
        lost = {scope for scope, term, kind in moved if ns[scope, term, kind] < 0}
        if lost:
            connection.execute(_EMPTY, chosen(lost))
        sizes = {term: before.size(term) for term in touched}
        for scope, term, kind in moved:
            if term == OWN and scope in sizes:
                sizes[scope] += ns[scope, term, kind]
        wide = {term for term, n in sizes.items() if n >= before.least and not term.startswith(_KIND)}
        _forget(connection, before.broad - wide)
        _keep(connection, wide - before.broad)


def _stands(rows: Iterable[Row | Values]) -> _Stands:
    living = [row for row in rows if row["alive"]]
    return _Stands(
        living[0]["kind"] if living else "", {row["term"]: row["announced_at"] is not None for row in living}
    )


@cache
def _added(engine: str) -> Insert:
    statement = (sqlite.insert if engine == "sqlite" else postgresql.insert)(article_counts)
    return statement.on_conflict_do_update(
        index_elements=["scope", "term", "kind"],
        set_={name: _c[name] + statement.excluded[name] for name in ("n", "announced")},
    )


# ── broad scopes ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Known:
    """Of some terms: how many articles of each kind stand under each, all and announced ones, and which are broad."""

    kinds: Mapping[str, Mapping[str, tuple[int, int]]]
    broad: frozenset[str]
    least: int = BROAD

    def size(self, term: str) -> int:
        """How many articles stand under a term."""
        return sum(n for n, _ in self.kinds.get(term, {}).values())


def known(connection: Connection, scopes: Collection[str]) -> Known:
    """That of these terms, as they stand in an index."""
    kinds: dict[str, dict[str, tuple[int, int]]] = {}
    broad, least = set(), BROAD
    for row in connection.execute(_KNOWN, chosen({*scopes, _NOWHERE})):
        if row.scope == _NOWHERE:
            least = row.n
        elif not row.kind:
            broad.add(row.scope)
        else:
            kinds.setdefault(row.scope, {})[row.kind] = (row.n, row.announced)
    return Known(kinds, frozenset(broad), least)


def beside(connection: Connection, scope: str, kinds: Collection[str] | None, announced: bool) -> dict[str, int]:
    """In how many articles of a broad scope, of these kinds (None: of any), each term of ``COUNTED`` stands."""
    number = func.sum(_c.announced if announced else _c.n)
    statement = select(_c.term, number).where(_c.scope == scope, _c.term != OWN).group_by(_c.term).having(number > 0)
    if kinds is not None:
        statement = statement.where(_c.kind.in_(sorted(kinds)))
    return {row[0]: int(row[1]) for row in connection.execute(statement)}


def kinds_of_both(connection: Connection, owner: str, tag: str) -> dict[str, tuple[int, int]]:
    """How many articles of each kind a broad owner has under a broad tag, all and announced ones."""
    statement = select(_c.kind, _c.n, _c.announced).where(_c.scope == both(owner, tag), _c.term == OWN)
    return {row.kind: (row.n, row.announced) for row in connection.execute(statement)}


def _keep(connection: Connection, new: Collection[str]) -> None:
    """Count what stands beside these scopes, which are broad from now on."""
    if not new:
        return
    rows = [{"scope": one, "term": OWN, "kind": "", "n": 0, "announced": 0} for one in sorted(new)]
    connection.execute(insert(article_counts), rows)
    connection.execute(_inserted(_beside(new)))
    for owner, tag in sorted(_pairs(connection, new)):
        for alone in (True, False):
            connection.execute(_inserted(_beside_both(owner, tag, alone=alone)))


def _forget(connection: Connection, narrow: Collection[str]) -> None:
    """Forget what stands beside these scopes, which are broad no more."""
    for term in sorted(narrow):
        connection.execute(delete(article_counts).where(_c.scope == term, or_(_c.term != OWN, _c.kind == "")))
        if term.startswith(_OWNER):
            connection.execute(delete(article_counts).where(_c.scope > f"{term} ", _c.scope < f"{term}!"))
        elif term.startswith(_TAG):
            owners = select(_c.scope).where(_between(_c.scope, _OWNER), _c.term == OWN, _c.kind == "")
            scopes = {both(owner, term) for owner in connection.scalars(owners)}
            connection.execute(delete(article_counts).where(among(_c.scope, scopes)))


def _pairs(connection: Connection, new: Collection[str]) -> set[tuple[str, str]]:
    """Owners and tags that are both broad, one of them newly, and meet in an article: each pair of terms once."""
    d, o = article_terms.alias("d"), article_terms.alias("o")
    met: set[tuple[str, str]] = set()
    for mine, other in ((_OWNER, _TAG), (_TAG, _OWNER)):
        own = {term for term in new if term.startswith(mine)}
        statement = (
            select(d.c.term, o.c.term)
            .distinct()
            .where(among(d.c.term, own), d.c.alive.is_(true()), o.c.ulid == d.c.ulid, o.c.alive.is_(true()))
            .where(_between(o.c.term, other))
        )
        for one, beside in connection.execute(statement) if own else ():
            met.add((one, beside) if mine == _OWNER else (beside, one))
    broad = known(connection, {term for pair in met for term in pair}).broad if met else frozenset()
    return {pair for pair in met if broad.issuperset(pair)}


# ── counting ────────────────────────────────────────────────────────────────────────────────────────────────────────


def fill(connection: Connection) -> None:
    """Count everything anew, if it was counted by another version of this file, or never."""
    if publication.note(connection, _NOTED, _VERSION):
        count(connection, BROAD)


def count(connection: Connection, least: int) -> None:
    """Count everything anew; scopes are broad from ``least`` articles on."""
    connection.execute(delete(article_counts))
    t = article_terms.c
    alone = select(t.term, literal(OWN).label("own"), t.kind, func.count(), func.count(t.announced_at))
    connection.execute(_inserted(alone.where(t.alive.is_(true())).group_by(t.term, t.kind)))
    broad = select(_c.scope).where(_c.term == OWN).group_by(_c.scope).having(func.sum(_c.n) >= least)
    wide = {term for term in connection.scalars(broad) if not term.startswith(_KIND)}
    said = {"scope": _NOWHERE, "term": OWN, "kind": "", "n": least, "announced": 0}
    connection.execute(insert(article_counts), [said])
    _keep(connection, wide)


def _between(term: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Whether a term begins with ``prefix``, which ends in a colon: one range of an index."""
    return and_(term > prefix, term < f"{prefix[:-1]};")


def _beside(scopes: Collection[str]) -> Select[Any]:
    d, t = article_terms.alias("d"), article_terms.alias("t")
    return (
        select(d.c.term, t.c.term.label("beside"), t.c.kind, func.count(), func.count(d.c.announced_at))
        .where(among(d.c.term, scopes), d.c.alive.is_(true()), t.c.ulid == d.c.ulid, t.c.alive.is_(true()))
        .where(or_(*(_between(t.c.term, prefix) for prefix in _PREFIXES)))
        .group_by(d.c.term, t.c.term, t.c.kind)
    )


def _beside_both(owner: str, tag: str, *, alone: bool) -> Select[Any]:
    """What stands beside both; ``alone``: how many articles they have themselves."""
    o, g, t = article_terms.alias("o"), article_terms.alias("g"), article_terms.alias("t")
    told = func.sum(case((and_(o.c.announced_at.is_not(None), g.c.announced_at.is_not(None)), 1), else_=0))
    scope = literal(both(owner, tag)).label("scope")
    met = and_(g.c.term == tag, g.c.alive.is_(true()))
    met &= and_(o.c.ulid == g.c.ulid, o.c.term == owner, o.c.alive.is_(true()))
    if alone:
        return select(scope, literal(OWN).label("own"), g.c.kind, func.count(), told).where(met).group_by(g.c.kind)
    beside_ = and_(t.c.ulid == g.c.ulid, t.c.alive.is_(true()), or_(*(_between(t.c.term, one) for one in _PREFIXES)))
    counted = select(scope, t.c.term, t.c.kind, func.count(), told).where(met, beside_)
    return counted.group_by(t.c.term, t.c.kind)


def _inserted(counted: Select[Any]) -> Insert:
    return insert(article_counts).from_select(_c.keys(), counted)
