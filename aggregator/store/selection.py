"""Which articles a view holds: one range of one index in the wanted order, narrowed by probes of the primary key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, literal, select, tuple_
from sqlalchemy.sql import ColumnElement

from aggregator.model import Cursor, Order, Selected, Selection
from aggregator.store import counting, narrowing, search
from aggregator.store.kept import Kept
from aggregator.store.narrowing import Plan, Terms
from aggregator.store.published import articles_of
from aggregator.store.schema import article_terms, articles
from aggregator.store.types import Key, Moment


def pages(connection: Connection, selection: Selection, most: int, kept: Kept | None = None) -> tuple[Selected, ...]:
    """A page and those that follow it, ``most`` together and one at least; of a search only the one.

    In announced order a page is `limit` slots; those of retired, changed and hidden articles stay empty.
    """
    plan, found = narrowing.planned(connection, selection)
    if plan is None:
        return (Selected(articles=(), total=0),)
    if selection.order == "relevance":
        return (_best(connection, plan, found, selection),)

    def count() -> int:
        return counting.total(connection, plan, selection)

    size = selection.limit
    rows = connection.execute(_page(plan, selection, size * most + 1)).mappings().all()
    shown = [row["ulid"] for row in rows[: size * most] if row["shown"] and row["ulid"] not in selection.hidden]
    read = {one.ulid: one for one in articles_of(connection, shown, selection.with_content, kept)}
    total = kept.total(selection, count) if kept else count()
    return tuple(
        Selected(
            articles=tuple(read[row["ulid"]] for row in rows[first : first + size] if row["ulid"] in read),
            total=total,
            last=_cursor(rows[first + size - 1]) if len(rows) > first + size else None,
        )
        for first in range(0, min(len(rows), size * most) or 1, size)
    )


def _best(connection: Connection, plan: Plan, found: search.Sought | None, selection: Selection) -> Selected:
    """One page of a search, by its own order; without a search: by date."""
    if found is None:
        return pages(connection, replace(selection, order="published"), 1)[0]
    hits = search.page(connection, found, selection)
    shown = articles_of(connection, [hit.ulid for hit in hits[: selection.limit]], selection.with_content)
    last = hits[selection.limit - 1] if len(hits) > selection.limit else None
    at = next((one.published_at for one in shown if last and one.ulid == last.ulid), None)
    return Selected(
        articles=shown,
        total=counting.total(connection, plan, replace(selection, order="published")),
        last=Cursor(at=at, published_at=at, rank=last.step, ulid=last.ulid) if last and at else None,
    )


def _cursor(row: RowMapping) -> Cursor:
    return Cursor(at=row["at"], published_at=row["published_at"], rank=row["rank"], ulid=row["ulid"])


# ── statements ──────────────────────────────────────────────────────────────────────────────────────────────────────


_DRIVER = article_terms.alias("d")


def _page(plan: Plan, selection: Selection, most: int) -> Select[Any]:
    d = _DRIVER
    feed = selection.order == "announced"
    at, columns = _place(d, selection.order)
    shown = and_(*narrowing.all_alive(d, plan)) if feed else literal(True)
    statement = select(d.c.ulid, at.label("at"), d.c.published_at, d.c.rank, shown.label("shown"))
    if selection.order == "updated":
        statement = statement.join(articles, articles.c.ulid == d.c.ulid)
    statement = statement.where(*narrowing.conditions(d, plan, selection, slots=feed))
    if selection.after is not None:
        statement = statement.where(_after(columns, selection.order, selection.after))
    if len(plan.driver) > 1:
        statement = statement.distinct()
    return statement.order_by(*(column.desc() for column in columns)).limit(most)


def _place(d: Terms, order: Order) -> tuple[ColumnElement[datetime], tuple[ColumnElement[Any], ...]]:
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
