"""How far the history of each source is read: what is kept so that a walk goes on where it was killed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.sql import ColumnElement

from aggregator.model import Backfill, BackfillPage, BackfillState, Came
from aggregator.store.schema import backfill_pages, backfills, copies, copy_keys
from aggregator.store.types import among
from aggregator.store.upserts import upsert
from aggregator.store.values import Values, indexed

LONGEST = 1000  # bytes of an address of a history; longer ones are data, not places

_b, _p = backfills.c, backfill_pages.c


def begin(
    connection: Connection, wanted: Mapping[str, str], now: datetime, reopened: Collection[str], anew: bool
) -> None:
    """Let the histories of these sources (key -> feed_url) be read, from the start where the address is another one.

    ``reopened``: those go on where they ended, unless they were complete. ``anew``: all from the start, in any case.
    """
    held = among(_b.source_key, wanted.keys())
    known = {row.source_key: row for row in connection.execute(select(backfills).where(held))}
    fresh = [key for key, url in wanted.items() if anew or key not in known or known[key].feed_url != url]
    forget(connection, fresh)
    rows = [{"source_key": key, "feed_url": wanted[key], "state": "running", "due_at": now} for key in sorted(fresh)]
    blank = {"articles": 0, "failures": 0, "message": None, "began_at": now, "ended_at": None}
    nobody = {"lease_by": None, "lease_until": None}
    upsert(connection, backfills, [row | blank | nobody for row in rows])
    first = {"number": 1, "part": "first", "done_at": None, "outcome": None, "marks": []}
    upsert(
        connection, backfill_pages, [{"source_key": key, "url": indexed(wanted[key]), **first} for key in sorted(fresh)]
    )
    ended = {key for key, row in known.items() if row.state in ("enough", "stopped")}
    going = {"state": "running", "due_at": now, "failures": 0, "message": None, "ended_at": None}
    connection.execute(update(backfills).where(among(_b.source_key, ended & set(reopened) - set(fresh))).values(going))


def forget(connection: Connection, keys: Collection[str]) -> None:
    """Forget how far these histories are read; what they brought stays."""
    connection.execute(delete(backfill_pages).where(among(_p.source_key, keys)))
    connection.execute(delete(backfills).where(among(_b.source_key, keys)))


def known(connection: Connection, keys: Collection[str] | None) -> dict[str, Backfill]:
    """How far each history is read, by source key (None: all)."""
    counted = {
        row.source_key: (row.asked, row.addresses - row.asked)
        for row in connection.execute(
            select(_p.source_key, func.count().label("addresses"), func.count(_p.done_at).label("asked")).group_by(
                _p.source_key
            )
        )
    }
    statement = select(backfills).order_by(_b.source_key)
    if keys is not None:
        statement = statement.where(among(_b.source_key, keys))
    found = {}
    for row in connection.execute(statement):
        pages, left = counted.get(row.source_key, (0, 0))
        found[row.source_key] = Backfill(
            source_key=row.source_key,
            state=row.state,
            articles=row.articles,
            pages=pages,
            left=left,
            failures=row.failures,
            message=row.message,
            due_at=row.due_at if row.state == "running" else None,
            began_at=row.began_at,
            ended_at=row.ended_at,
        )
    return found


# ── who reads ───────────────────────────────────────────────────────────────────────────────────────────────────────


def due(connection: Connection, now: datetime, keys: Collection[str], limit: int) -> list[str]:
    """Those of these sources whose history may be read on now, longest due first."""
    statement = (
        select(_b.source_key).where(_waiting(now), among(_b.source_key, keys)).order_by(_b.due_at, _b.source_key)
    )
    return list(connection.scalars(statement.limit(limit)))


def claim(connection: Connection, keys: Collection[str], now: datetime, worker: str, lease: timedelta) -> list[str]:
    """Lease those of these histories that are due and nobody reads right now."""
    chosen = select(_b.source_key).where(_waiting(now), among(_b.source_key, keys)).order_by(_b.source_key)
    taken = list(connection.scalars(chosen.with_for_update(skip_locked=True)))
    held = among(_b.source_key, taken)
    connection.execute(update(backfills).where(held).values(lease_by=worker, lease_until=now + lease))
    return taken


def _waiting(now: datetime) -> ColumnElement[bool]:
    free = or_(_b.lease_until.is_(None), _b.lease_until <= now)
    return (_b.state == "running") & (_b.due_at <= now) & free


def renew(connection: Connection, key: str, worker: str, until: datetime) -> None:
    """Prolong a lease, if ``worker`` still has it."""
    connection.execute(update(backfills).where(_b.source_key == key, _b.lease_by == worker).values(lease_until=until))


def release(connection: Connection, key: str, worker: str, due_at: datetime | None) -> None:
    """Give a lease back; ``due_at`` None: what is due stays due."""
    values = {"lease_by": None, "lease_until": None} | ({} if due_at is None else {"due_at": due_at})
    connection.execute(update(backfills).where(_b.source_key == key, _b.lease_by == worker).values(values))


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def next_page(connection: Connection, key: str) -> BackfillPage | None:
    """The address to ask now; None: all were asked. Lists come before the articles that no list told of."""
    waiting = select(backfill_pages).where(_p.source_key == key, _p.done_at.is_(None))
    row = connection.execute(waiting.order_by(_p.part == "article", _p.number).limit(1)).first()
    return None if row is None else BackfillPage(row.url, row.number, row.part)


def marks(connection: Connection, key: str) -> tuple[tuple[int, ...], ...]:
    """The marks of the pages that were read, in the order of asking; the first page's come first."""
    statement = select(_p.marks).where(_p.source_key == key, _p.done_at.is_not(None), _p.part != "article")
    return tuple(tuple(found) for found in connection.scalars(statement.order_by(_p.number)))


def unseen(connection: Connection, key: str, places: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Of these addresses with their identity keys those that no copy of the source stands at, in their order."""
    asked = {indexed(one) for keys in places.values() for one in keys}
    statement = select(copy_keys.c.key).join(copies, copies.c.id == copy_keys.c.copy_id)
    held = set(connection.scalars(statement.where(copies.c.source_key == key, among(copy_keys.c.key, asked))))
    return tuple(url for url, keys in places.items() if held.isdisjoint(map(indexed, keys)))


def addresses(connection: Connection, key: str, most: int) -> tuple[str, ...]:
    """Where articles of the source stand, the newest first."""
    statement = select(copies.c.url).where(copies.c.source_key == key, copies.c.url.is_not(None))
    return tuple(connection.scalars(statement.order_by(copies.c.published_at.desc(), copies.c.id).limit(most)))


def undated(connection: Connection, key: str) -> tuple[datetime | None, int]:
    """The earliest moment of first sight that stands in for a date, and the number of the source's copies."""
    mine = copies.c.source_key == key
    held = connection.scalar(select(func.count()).where(mine).select_from(copies)) or 0
    since = select(copies.c.published_at).where(mine, copies.c.date_precision == "unknown")
    return connection.scalar(since.order_by(copies.c.published_at).limit(1)), held


# ── what came of it ─────────────────────────────────────────────────────────────────────────────────────────────────


def done(
    connection: Connection, key: str, page: BackfillPage, worker: str, came: Came, now: datetime, due_at: datetime
) -> bool:
    """Note that an address was asked, what it brought, and which others it names. False: the lease was lost."""
    mine = update(backfills).where(_b.source_key == key, _b.lease_by == worker)
    going = {"articles": _b.articles + came.articles, "failures": 0, "message": None, "due_at": due_at}
    if connection.execute(mine.values(**going, lease_by=None, lease_until=None)).rowcount != 1:
        return False
    here = (_p.source_key == key) & (_p.url == page.url)
    said = {"done_at": now if came.whole else None, "outcome": came.outcome[:200], "marks": list(came.marks)}
    connection.execute(update(backfill_pages).where(here).values(said))
    held = set(connection.scalars(select(_p.url).where(_p.source_key == key)))
    last = connection.scalar(select(func.max(_p.number)).where(_p.source_key == key)) or 0
    named = dict.fromkeys(came.places, "article") | dict.fromkeys(came.lists, "list")
    rows: list[Values] = [
        {"source_key": key, "url": url, "part": part, "done_at": None, "outcome": None, "marks": []}
        for url, part in named.items()
        if url not in held and len(url.encode()) <= LONGEST
    ]
    upsert(connection, backfill_pages, [row | {"number": last + place} for place, row in enumerate(rows, 1)])
    return True


def failed(connection: Connection, key: str, worker: str, message: str, due_at: datetime) -> None:
    """Note that an address could not be read and is asked again then."""
    values = {"failures": _b.failures + 1, "message": message, "due_at": due_at}
    mine = update(backfills).where(_b.source_key == key, _b.lease_by == worker)
    connection.execute(mine.values(**values, lease_by=None, lease_until=None))


def end(
    connection: Connection, key: str, worker: str, state: BackfillState, message: str | None, now: datetime
) -> None:
    """Note that the history is not read any further."""
    values = {"state": state, "message": message, "ended_at": now, "lease_by": None, "lease_until": None}
    connection.execute(update(backfills).where(_b.source_key == key, _b.lease_by == worker).values(values))
