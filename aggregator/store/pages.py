"""Which pages of articles are still to be read, which were, and what came of it; one row per copy, written rarely."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import Page, PageFacts, Visit
from aggregator.store.candidates import copies_where_id
from aggregator.store.codec import build, fields_of
from aggregator.store.schema import copies, pages
from aggregator.store.types import among


def want(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """Let the pages of these copies be read; of a copy that was asked for before nothing changes."""
    if not ids:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(pages).on_conflict_do_nothing(index_elements=["copy_id"])
    connection.execute(statement, [{"copy_id": id_, "due_at": now, "attempts": 0} for id_ in sorted(ids)])


def due(connection: Connection, now: datetime, limit: int, kind: str | None = None) -> tuple[Page, ...]:
    """Pages to read now, longest due first; ``kind``: only those of copies of such sources."""
    statement = (
        select(pages.c.copy_id, copies.c.url, copies.c.kind)
        .join(copies, copies.c.id == pages.c.copy_id)
        .where(pages.c.due_at <= now)
        .order_by(pages.c.due_at, pages.c.copy_id)
        .limit(limit)
    )
    if kind is not None:
        statement = statement.where(copies.c.kind == kind)
    return tuple(Page(row.copy_id, row.url or "", row.kind) for row in connection.execute(statement))


def claim(connection: Connection, ids: Collection[int], now: datetime, until: datetime) -> tuple[Visit, ...]:
    """Begin a visit of those that are still due, so that nobody else does until then."""
    chosen = select(pages.c.copy_id, pages.c.attempts).where(among(pages.c.copy_id, ids), pages.c.due_at <= now)
    attempts = {row.copy_id: row.attempts for row in connection.execute(chosen.with_for_update(skip_locked=True))}
    if not attempts:
        return ()
    taken = among(pages.c.copy_id, set(attempts))
    connection.execute(update(pages).where(taken).values(due_at=until, attempts=pages.c.attempts + 1))
    return tuple(Visit(copy, attempts[copy.id] + 1) for copy in copies_where_id(connection, set(attempts)))


def put_off(connection: Connection, ids: Collection[int], until: datetime) -> None:
    """Let these wait: their host wants to be left alone."""
    connection.execute(
        update(pages).where(among(pages.c.copy_id, ids), pages.c.due_at.is_not(None)).values(due_at=until)
    )


def done(connection: Connection, visit: Visit, outcome: str, read_at: datetime | None, due_at: datetime | None) -> bool:
    """Note what came of a visit, and when the next one is due (None: never). False: another one was begun since."""
    mine = (pages.c.copy_id == visit.copy.id) & (pages.c.attempts == visit.attempts)
    said = update(pages).where(mine).values(outcome=outcome, read_at=read_at, due_at=due_at)
    return connection.execute(said).rowcount == 1


def keep_facts(connection: Connection, copy_id: int, facts: PageFacts) -> None:
    """Remember what a page said, for entries that are put together anew from the config."""
    connection.execute(update(pages).where(pages.c.copy_id == copy_id).values(facts=fields_of(facts)))


def facts_of(connection: Connection, ids: Collection[int]) -> dict[int, PageFacts]:
    """What the pages of these copies said, by copy."""
    statement = select(pages.c.copy_id, pages.c.facts).where(among(pages.c.copy_id, ids), pages.c.facts.is_not(None))
    return {row.copy_id: build(PageFacts, row.facts) for row in connection.execute(statement)}


def forget(connection: Connection, ids: Collection[int]) -> None:
    """Do not ask for these pages; they may be asked for anew some day."""
    if ids:
        connection.execute(delete(pages).where(among(pages.c.copy_id, ids)))
