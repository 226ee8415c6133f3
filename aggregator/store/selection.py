"""Which articles a view holds: one range of one index in the wanted order, narrowed by probes of the primary key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Select, and_, exists, func, literal, or_, select, true, tuple_
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import NamedFromClause

from aggregator.model import Cursor, Order, Selected, Selection
from aggregator.store import search, terms
from aggregator.store.published import articles_of
from aggregator.store.schema import article_terms, articles
from aggregator.store.types import Key, Moment, among
from aggregator.store.values import indexed

_Terms = NamedFromClause[ReadOnlyColumnCollection[str, Column[Any]]]
_KIND = terms.kind("")
_ENOUGH = 2000  # rows counted at most to find the rarest group of terms


@dataclass(frozen=True, slots=True)
class _Plan:
    """A selection, taken apart: the group of terms whose range is read, and what is probed for each row of it."""

    driver: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]
    kinds: tuple[tuple[str, ...], ...]
    none_of: tuple[str, ...]
    matching: Select[str] | None = None  # ulids of what a search found

    @property
    def is_whole(self) -> bool:
        """Nothing but kinds narrows it."""
        return self.driver == (terms.ALL,) and not self.others and not self.none_of and self.matching is None


def page(connection: Connection, selection: Selection) -> Selected:
    """One page. In announced order it is `limit` slots; those of retired, changed and hidden articles stay empty."""
    plan, found = _planned(connection, selection)
    if plan is None:
        return Selected(articles=(), total=0)
    if selection.order == "relevance":
        return _best(connection, plan, found, selection)
    rows = connection.execute(_page(plan, selection)).mappings().all()
    shown = [row["ulid"] for row in rows[: selection.limit] if row["shown"] and row["ulid"] not in selection.hidden]
    return Selected(
        articles=articles_of(connection, shown, selection.with_content),
        total=connection.scalar(_count(plan, selection)) or 0,
        last=_cursor(rows[selection.limit - 1]) if len(rows) > selection.limit else None,
    )


def _best(connection: Connection, plan: _Plan, found: search.Sought | None, selection: Selection) -> Selected:
    """One page of a search, by its own order; without a search: by date."""
    if found is None:
        return page(connection, replace(selection, order="published"))
    hits = search.page(connection, found, selection)
    shown = articles_of(connection, [hit.ulid for hit in hits[: selection.limit]], selection.with_content)
    last = hits[selection.limit - 1] if len(hits) > selection.limit else None
    at = next((one.published_at for one in shown if last and one.ulid == last.ulid), None)
    return Selected(
        articles=shown,
        total=connection.scalar(_count(plan, replace(selection, order="published"))) or 0,
        last=Cursor(at=at, published_at=at, rank=last.step, ulid=last.ulid) if last and at else None,
    )


def _cursor(row: RowMapping) -> Cursor:
    return Cursor(at=row["at"], published_at=row["published_at"], rank=row["rank"], ulid=row["ulid"])


def facets(
    connection: Connection, selection: Selection, prefixes: Sequence[str]
) -> dict[str, tuple[tuple[str, int], ...]]:
    """For each prefix (``tag``) the values among all pages of the selection, most frequent first."""
    counted: dict[str, list[tuple[str, int]]] = {prefix: [] for prefix in prefixes}
    plan, _ = _planned(connection, selection)
    if plan is not None:
        for term, count in _term_counts(connection, plan, selection, prefixes).items():
            prefix, _, value = term.partition(":")
            if prefix in counted and count:
                counted[prefix].append((value, count))
    return {
        prefix: tuple(sorted(values, key=lambda value: (-value[1], value[0]))) for prefix, values in counted.items()
    }


def _term_counts(
    connection: Connection, plan: _Plan, selection: Selection, prefixes: Sequence[str]
) -> Mapping[str, int]:
    """In how many of the selected articles each term stands; at least the terms with these prefixes."""
    said = Selection(any_of=selection.any_of, limit=selection.limit, hidden=selection.hidden)
    if not plan.is_whole or selection != replace(said, with_content=selection.with_content):
        return _counted(connection, _facets(plan, selection))
    counted: Counter[str] = Counter()
    for prefix in prefixes:
        counted.update(_counted(connection, _facets_of_all(plan, prefix)))
    if selection.hidden:  # a few, mostly: counted apart, so that all others still come out of the index alone
        hidden = _facets(plan, replace(selection, hidden=frozenset(), only=selection.hidden))
        counted.subtract(_counted(connection, hidden))
    return counted


def _counted(connection: Connection, statement: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(statement)}


# ── planning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _planned(connection: Connection, selection: Selection) -> tuple[_Plan | None, search.Sought | None]:
    """How to carry a selection out, and its search, if there is one. None: nothing can be in it."""
    if not selection.q:
        return _plan(connection, selection), None
    found = search.sought(connection, selection) if all(selection.any_of) else None
    if found is None:
        return None, None
    return _plan(connection, selection, search.matching(connection, found, selection)), found


def _plan(connection: Connection, selection: Selection, matching: Select[str] | None = None) -> _Plan | None:
    scope = terms.ALL if selection.owner is None else terms.owner(selection.owner)
    groups = [tuple(map(indexed, group)) for group in ((scope,), *selection.any_of)]
    if not all(groups):
        return None
    kinds = tuple(group for group in groups if all(term.startswith(_KIND) for term in group))
    ranges = [group for group in groups if group not in kinds]
    # what was found is few: it is looked up, and no range is read
    driver = ranges[0] if len(ranges) == 1 or matching is not None else _rarest(connection, ranges)
    return _Plan(
        driver=driver,
        others=tuple(group for group in ranges if group != driver and group != (terms.ALL,)),
        kinds=tuple(tuple(term.removeprefix(_KIND) for term in group) for group in kinds),
        none_of=tuple(map(indexed, selection.none_of)),
        matching=matching,
    )


def _rarest(connection: Connection, groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    counts = []
    for number, group in enumerate(groups):
        t = article_terms.alias()
        some = select(t.c.ulid).where(t.c.term.in_(group), t.c.alive.is_(true())).limit(_ENOUGH).subquery()
        counts.append(select(func.count()).select_from(some).scalar_subquery().label(f"n{number}"))
    sizes = connection.execute(select(*counts)).one()
    return min(zip(sizes, range(len(groups)), groups, strict=True))[2]


# ── statements ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(plan: _Plan, selection: Selection) -> Select[Any]:
    d = article_terms.alias("d")
    feed = selection.order == "announced"
    at, columns = _place(d, selection.order)
    shown = and_(*_all_alive(d, plan)) if feed else literal(True)
    statement = select(d.c.ulid, at.label("at"), d.c.published_at, d.c.rank, shown.label("shown"))
    if selection.order == "updated":
        statement = statement.join(articles, articles.c.ulid == d.c.ulid)
    statement = statement.where(*_conditions(d, plan, selection, slots=feed))
    if selection.after is not None:
        statement = statement.where(_after(columns, selection.order, selection.after))
    if len(plan.driver) > 1:
        statement = statement.distinct()
    return statement.order_by(*(column.desc() for column in columns)).limit(selection.limit + 1)


def _place(d: _Terms, order: Order) -> tuple[ColumnElement[datetime], tuple[ColumnElement[Any], ...]]:
    """The moment by which the order goes, and everything by which it goes, each newest or greatest first."""
    if order == "published":
        return d.c.published_at, (d.c.published_at, d.c.rank, d.c.ulid)
    at = d.c.announced_at if order == "announced" else func.coalesce(articles.c.updated_at, articles.c.published_at)
    return at, (at, d.c.published_at, d.c.rank, d.c.ulid)


def _after(columns: Sequence[ColumnElement[Any]], order: Order, cursor: Cursor) -> ColumnElement[bool]:
    values = [literal(cursor.published_at, Moment), literal(cursor.rank), literal(cursor.ulid, Key)]
    if order != "published":
        values.insert(0, literal(cursor.at, Moment))
    return tuple_(*columns) < tuple_(*values)


def _count(plan: _Plan, selection: Selection) -> Select[int]:
    d = article_terms.alias("d")
    counted = func.count(d.c.ulid.distinct()) if len(plan.driver) > 1 else func.count()
    return select(counted).select_from(d).where(*_matching(d, plan, selection))


def _facets(plan: _Plan, selection: Selection) -> Select[str, int]:
    """Terms and in how many of the selected articles each stands."""
    t = article_terms.alias("t")
    d = article_terms.alias("d")
    statement = select(t.c.term, func.count()).where(t.c.alive.is_(true())).group_by(t.c.term)
    return statement.where(t.c.ulid.in_(select(d.c.ulid).where(*_matching(d, plan, selection))))


def _facets_of_all(plan: _Plan, prefix: str) -> Select[str, int]:
    """The same for everything of some kinds: one range of the index, no articles are looked up."""
    t = article_terms.alias("t")
    conditions = [t.c.alive.is_(true()), t.c.term > f"{prefix}:", t.c.term < f"{prefix};"]
    conditions += [t.c.kind.in_(kinds) for kinds in plan.kinds]
    return select(t.c.term, func.count()).where(*conditions).group_by(t.c.term)


def _matching(d: _Terms, plan: _Plan, selection: Selection) -> list[ColumnElement[bool]]:
    conditions = _conditions(d, plan, selection, slots=False)
    if selection.order == "announced":
        conditions.append(d.c.announced_at.is_not(None))
    if selection.hidden:
        conditions.append(~among(d.c.ulid, selection.hidden))
    return conditions


def _conditions(d: _Terms, plan: _Plan, selection: Selection, *, slots: bool) -> list[ColumnElement[bool]]:
    """What a row of the driving range must meet; ``slots``: dead rows of announced articles count too."""
    driver = d.c.term == plan.driver[0] if len(plan.driver) == 1 else d.c.term.in_(plan.driver)
    conditions = [driver, d.c.announced_at.is_not(None) if slots else d.c.alive.is_(true())]
    # an article that is of another kind by now keeps the slot that it had: under the dead term of the old kind
    conditions += [
        or_(d.c.kind.in_(kinds), _under(d, [terms.kind(one) for one in kinds], announced=True))
        if slots
        else d.c.kind.in_(kinds)
        for kinds in plan.kinds
    ]
    feed = selection.order == "announced"
    conditions += [_under(d, group, alive=not slots, announced=feed) for group in plan.others]
    if plan.none_of:
        conditions.append(~_under(d, plan.none_of, alive=True))
    if plan.matching is not None:
        conditions.append(d.c.ulid.in_(plan.matching))
    if selection.only is not None:
        conditions.append(among(d.c.ulid, selection.only))
    if selection.since is not None:
        conditions.append(d.c.published_at >= selection.since)
    if selection.hidden and not slots:
        conditions.append(~among(d.c.ulid, selection.hidden))
    return conditions + _of_article(d, selection)


def _all_alive(d: _Terms, plan: _Plan) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = (
        [d.c.alive] if len(plan.driver) == 1 else [_under(d, plan.driver, alive=True, announced=True)]
    )
    conditions += [d.c.kind.in_(kinds) for kinds in plan.kinds]
    return conditions + [_under(d, group, alive=True, announced=True) for group in plan.others]


def _under(d: _Terms, group: Sequence[str], *, alive: bool = False, announced: bool = False) -> ColumnElement[bool]:
    t = article_terms.alias()
    inner = select(t.c.ulid).where(t.c.ulid == d.c.ulid, t.c.term.in_(group))
    if alive:
        inner = inner.where(t.c.alive.is_(true()))
    if announced:
        inner = inner.where(t.c.announced_at.is_not(None))
    return exists(inner)


def _of_article(d: _Terms, selection: Selection) -> list[ColumnElement[bool]]:
    if selection.updated_since is None:
        return []
    a = articles.alias()
    updated = func.coalesce(a.c.updated_at, a.c.published_at) >= selection.updated_since
    return [exists(select(a.c.ulid).where(a.c.ulid == d.c.ulid, updated))]
