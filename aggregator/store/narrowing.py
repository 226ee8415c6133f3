"""How a selection is carried out: which range of an index is read, and what is probed for each row of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Select, exists, func, or_, select, true
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import NamedFromClause

from aggregator.model import Selection
from aggregator.store import search, terms
from aggregator.store.counts import Known, known
from aggregator.store.schema import article_terms, articles
from aggregator.store.types import among
from aggregator.store.values import indexed

Terms = NamedFromClause[ReadOnlyColumnCollection[str, Column[Any]]]
_KIND, _OWNER, _TAG = terms.kind(""), terms.owner(""), terms.tag("")


@dataclass(frozen=True, slots=True)
class Plan:
    """A selection, taken apart: the group of terms whose range is read, and what is probed for each row of it."""

    driver: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]
    kinds: tuple[tuple[str, ...], ...]
    none_of: tuple[str, ...]
    known: Known  # of the terms of driver and others
    matching: Select[str] | None = None  # ulids of what a search found

    @property
    def any_kind(self) -> frozenset[str] | None:
        """The kinds that are wanted; None: all."""
        return frozenset.intersection(*map(frozenset, self.kinds)) if self.kinds else None

    @property
    def scope(self) -> tuple[str, ...]:
        """The term, or the owner's and the tag's, that alone narrow it, beside kinds; () if something else does."""
        groups = (self.driver, *self.others)
        if self.none_of or self.matching is not None or any(len(group) > 1 for group in groups):
            return ()
        names = tuple(sorted(group[0] for group in groups))
        if len(names) == 1:
            return names
        is_pair = len(names) == 2 and names[0].startswith(_OWNER) and names[1].startswith(_TAG)
        return names if is_pair and self.known.broad.issuperset(names) else ()


# ── planning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def planned(connection: Connection, selection: Selection) -> tuple[Plan | None, search.Sought | None]:
    """How to carry a selection out, and its search, if there is one. None: nothing can be in it."""
    if not selection.q:
        return plan(connection, selection), None
    found = search.sought(connection, selection) if all(selection.any_of) else None
    if found is None:
        return None, None
    return plan(connection, selection, search.matching(connection, found, selection)), found


def plan(connection: Connection, selection: Selection, matching: Select[str] | None = None) -> Plan | None:
    """How to carry out what a selection says beside its search; ``matching``: ulids of what that found.

    None: nothing can be in it.
    """
    scope = terms.ALL if selection.owner is None else terms.owner(selection.owner)
    groups = [tuple(map(indexed, group)) for group in ((scope,), *selection.any_of)]
    if not all(groups):
        return None
    kinds = tuple(group for group in groups if all(term.startswith(_KIND) for term in group))
    ranges = [group for group in groups if group not in kinds]
    found = known(connection, {term for group in ranges for term in group})

    def size(group: tuple[str, ...]) -> int:
        return sum(map(found.size, set(group)))

    # what a search found is few: it is looked up, and no range is read
    driver = ranges[0] if matching is not None else min(ranges, key=size)
    return Plan(
        driver=driver,
        others=tuple(group for group in ranges if group != driver and group != (terms.ALL,)),
        kinds=tuple(tuple(term.removeprefix(_KIND) for term in group) for group in kinds),
        none_of=tuple(map(indexed, selection.none_of)),
        known=found,
        matching=matching,
    )


# Made once: a statement of new ones costs as much to put together as to carry out.
_BESIDE = article_terms.alias("beside")
_ARTICLE = articles.alias("article")


# ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def matching(d: Terms, plan: Plan, selection: Selection) -> list[ColumnElement[bool]]:
    """What a row of the driving range must meet to be counted."""
    found = conditions(d, plan, selection, slots=False)
    if selection.order == "announced":
        found.append(d.c.announced_at.is_not(None))
    return found


def conditions(d: Terms, plan: Plan, selection: Selection, *, slots: bool) -> list[ColumnElement[bool]]:
    """What a row of the driving range must meet; ``slots``: dead rows of announced articles count too."""
    driver = d.c.term == plan.driver[0] if len(plan.driver) == 1 else d.c.term.in_(plan.driver)
    found = [driver, d.c.announced_at.is_not(None) if slots else d.c.alive.is_(true())]
    # an article that is of another kind by now keeps the slot that it had: under the dead term of the old kind
    found += [
        or_(d.c.kind.in_(kinds), _under(d, [terms.kind(one) for one in kinds], announced=True))
        if slots
        else d.c.kind.in_(kinds)
        for kinds in plan.kinds
    ]
    feed = selection.order == "announced"
    found += [_under(d, group, alive=not slots, announced=feed) for group in plan.others]
    if plan.none_of:
        found.append(~_under(d, plan.none_of, alive=True))
    if plan.matching is not None:
        found.append(d.c.ulid.in_(plan.matching))
    if selection.only is not None:
        found.append(among(d.c.ulid, selection.only))
    if selection.since is not None:
        found.append(d.c.published_at >= selection.since)
    if selection.hidden and not slots:
        found.append(~among(d.c.ulid, selection.hidden))
    return found + _of_article(d, selection)


def all_alive(d: Terms, plan: Plan) -> list[ColumnElement[bool]]:
    """What is met by a slot of a feed whose article still belongs there."""
    conditions: list[ColumnElement[bool]] = (
        [d.c.alive] if len(plan.driver) == 1 else [_under(d, plan.driver, alive=True, announced=True)]
    )
    conditions += [d.c.kind.in_(kinds) for kinds in plan.kinds]
    return conditions + [_under(d, group, alive=True, announced=True) for group in plan.others]


def _under(d: Terms, group: Sequence[str], *, alive: bool = False, announced: bool = False) -> ColumnElement[bool]:
    t = _BESIDE
    inner = select(t.c.ulid).where(t.c.ulid == d.c.ulid, t.c.term.in_(group))
    if alive:
        inner = inner.where(t.c.alive.is_(true()))
    if announced:
        inner = inner.where(t.c.announced_at.is_not(None))
    return exists(inner)


def _of_article(d: Terms, selection: Selection) -> list[ColumnElement[bool]]:
    if selection.updated_since is None:
        return []
    a = _ARTICLE
    updated = func.coalesce(a.c.updated_at, a.c.published_at) >= selection.updated_since
    return [exists(select(a.c.ulid).where(a.c.ulid == d.c.ulid, updated))]
