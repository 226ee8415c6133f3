"""What happened and who is told: events wait here until every receiver has them, or none will."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, literal, select, update

from aggregator.model import ArticleState, Changes, Delivery, Event, ReceiverState
from aggregator.store import happened, publication
from aggregator.store.candidates import follow, states_of
from aggregator.store.happened import Past
from aggregator.store.progress import Transaction
from aggregator.store.schema import article_terms, articles, copies, deliveries, events, receivers, retired, told
from aggregator.store.types import among
from aggregator.store.upserts import upsert
from aggregator.store.values import Row, Values, article_of

_HIDDEN = "hidden"
KEPT = timedelta(days=30)  # events and their deliveries; the dead ones too
_d, _e = deliveries.c, events.c
_ANYBODY = select(func.min(receivers.c.name))
Routes = Mapping[str, Mapping[str, datetime]]  # event -> receiver -> first attempt


# ── written together with what it is about ──────────────────────────────────────────────────────────────────────────


def past(connection: Connection, changes: Changes, there: Mapping[int, Row]) -> Past | None:
    """How it is, before ``changes`` are written; ``there`` are the rows of the copies in them.

    None: nobody ever wanted to be told of anything, or there is nothing to be told of.
    """
    ulids = {state.ulid for state in changes.articles} | changes.retired.keys() | changes.gone
    if not ulids or not _anybody(connection):
        return None
    columns = [column for column in articles.c if column.name != "content_html"]
    statement = select(*columns, literal("").label("content_html")).where(
        among(articles.c.ulid, ulids | set(changes.retired.values()))
    )
    known = {row["ulid"]: article_of(row) for row in connection.execute(statement).mappings()}
    t = article_terms.c
    placed = select(t.ulid).distinct().where(among(t.ulid, ulids), t.announced_at.is_not(None))
    return Past(known, frozenset(connection.scalars(placed)), {id_: row["article"] for id_, row in there.items()})


def write(connection: Connection, news: Sequence[Event], *, always: bool = False) -> None:
    """Let these be told, if anybody ever wanted to be told of anything (``always``: in any case, to be looked up).

    One whose id is there already stays as it is.
    """
    if not news or not (always or _anybody(connection)):
        return
    known = set(connection.scalars(select(_e.id).where(among(_e.id, {one.id for one in news}))))
    rows: dict[str, Values] = {one.id: _row(one) for one in news if one.id not in known}
    upsert(connection, events, list(rows.values()))


def _anybody(connection: Connection) -> bool:
    return connection.scalar(_ANYBODY) is not None


def _row(event: Event) -> Values:
    row = {name: getattr(event, name) for name in ("id", "type", "subject", "at", "data")}
    return {**row, "routed": False}


# ── the store's outbox ──────────────────────────────────────────────────────────────────────────────────────────────


class Outbox:
    """``Store.outbox``; every method one transaction. Each raises StoreError when the database refuses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def hide(self, ulids: Collection[str], now: datetime) -> None:
        """Remember what the owner hides, and let it be told of what is hidden, or shown again, since the last time."""
        with self._reading() as connection:
            if publication.noted(connection, _HIDDEN) == " ".join(sorted(ulids)):
                return
        with self._writing() as connection:
            before = set((publication.noted(connection, _HIDDEN) or "").split())
            publication.note(connection, _HIDDEN, " ".join(sorted(ulids)))
            changed = states_of(connection, before ^ set(ulids)).values()
            gone = [one for one in changed if one.ulid in ulids]
            write(connection, happened.hidden(gone, now) + happened.shown([o for o in changed if o not in gone], now))

    def write(self, news: Sequence[Event]) -> None:
        """Let these be told."""
        with self._writing() as connection:
            write(connection, news)

    # ── receivers ───────────────────────────────────────────────────────────────────────────────────────────────────

    def meet(self, names: Collection[str], now: datetime) -> None:
        """Remember since when these receivers are there: what happened before is not told to them."""
        with self._reading() as connection:
            known = set(connection.scalars(select(receivers.c.name).where(among(receivers.c.name, names))))
        if new := sorted(set(names) - known):
            with self._writing() as connection:
                there = set(connection.scalars(select(receivers.c.name).where(among(receivers.c.name, new))))
                upsert(connection, receivers, [{"name": one, "since": now} for one in new if one not in there])

    def receivers(self) -> dict[str, ReceiverState]:
        """Every receiver that ever was, by name."""
        with self._reading() as connection:
            rows = connection.execute(select(receivers).order_by(receivers.c.name)).mappings()
            return {row["name"]: ReceiverState(**row) for row in rows}

    def disable(self, name: str, now: datetime, message: str) -> None:
        """Send nothing to a receiver any more; what waits for it is dead."""
        with self._writing() as connection:
            connection.execute(update(receivers).where(receivers.c.name == name).values(disabled_at=now))
            waiting = and_(_d.receiver == name, _d.state == "waiting")
            connection.execute(update(deliveries).where(waiting).values(state="dead", due_at=None, message=message))

    def enable(self, name: str) -> bool:
        """Send to a receiver again, from now on. False: it was not disabled."""
        with self._writing() as connection:
            off = and_(receivers.c.name == name, receivers.c.disabled_at.is_not(None))
            return connection.execute(update(receivers).where(off).values(disabled_at=None)).rowcount > 0

    # ── on the way ──────────────────────────────────────────────────────────────────────────────────────────────────

    def unrouted(self, limit: int) -> tuple[Event, ...]:
        """Events of which nobody has decided yet who is told, oldest first."""
        with self._reading() as connection:
            statement = select(events).where(_e.routed.is_(False)).order_by(_e.at, _e.id).limit(limit)
            return tuple(_event(row) for row in connection.execute(statement).mappings())

    def route(self, routes: Routes, replacing: Collection[str]) -> None:
        """Decide who is told of these events; two processes at once decide once.

        To the receivers in ``replacing`` only the newest event of a subject matters: older ones that wait are skipped.
        """
        with self._writing() as connection:
            mine = select(events).where(among(_e.id, set(routes)), _e.routed.is_(False)).order_by(_e.at, _e.id)
            rows = connection.execute(mine.with_for_update(skip_locked=True)).mappings().all()
            for row in rows:
                ways = routes[row["id"]]
                for name in sorted(ways.keys() & set(replacing)):
                    _replace(connection, name, row)
                upsert(connection, deliveries, [_waiting(row["id"], name, at) for name, at in sorted(ways.items())])
            connection.execute(update(events).where(among(_e.id, {row["id"] for row in rows})).values(routed=True))

    def due(self, names: Collection[str], now: datetime) -> tuple[str, ...]:
        """Those of these receivers to whom something is to be sent now."""
        with self._reading() as connection:
            statement = select(_d.receiver).distinct().where(_d.due_at <= now, among(_d.receiver, names))
            return tuple(sorted(connection.scalars(statement)))

    def claim(self, names: Collection[str], now: datetime, until: datetime, limit: int) -> tuple[Delivery, ...]:
        """Begin attempts of what is due to these receivers, longest due first; due again at ``until``.

        The attempt is counted before anything is sent: whoever is killed in it has left word of it.
        """
        if not names or limit <= 0:
            return ()
        with self._writing() as connection:
            due = select(_d.event_id, _d.receiver).where(_d.due_at <= now, among(_d.receiver, names))
            due = due.order_by(_d.due_at, _d.event_id, _d.receiver).limit(limit)
            taken = [(row[0], row[1]) for row in connection.execute(due.with_for_update(skip_locked=True))]
            for event_id, name in taken:
                change = {"due_at": until, "tried_at": now, "attempts": _d.attempts + 1}
                doubt = {"doubtful_since": func.coalesce(_d.doubtful_since, _bound_now(now))}
                connection.execute(update(deliveries).where(_is(event_id, name)).values(**change, **doubt))
            return tuple(_delivery(connection, *one) for one in taken)

    def settle(self, delivery: Delivery) -> None:
        """Note what came of an attempt, unless somebody else has taken it over meanwhile."""
        named = ("state", "due_at", "doubtful_since", "status", "message")
        values = {name: getattr(delivery, name) for name in named}
        with self._writing() as connection:
            mine = and_(_is(delivery.event.id, delivery.receiver), _d.attempts == delivery.attempts)
            connection.execute(update(deliveries).where(mine, _d.state == "waiting").values(**values))

    # ── looked at ───────────────────────────────────────────────────────────────────────────────────────────────────

    def deliveries(self, limit: int, states: Collection[str] = (), receiver: str | None = None) -> tuple[Delivery, ...]:
        """Deliveries in any of these states (none: in any), newest event first."""
        statement = select(deliveries, *_named()).join(events, _e.id == _d.event_id)
        if states:
            statement = statement.where(among(_d.state, set(states)))
        if receiver is not None:
            statement = statement.where(_d.receiver == receiver)
        statement = statement.order_by(_e.at.desc(), _e.id, _d.receiver).limit(limit)
        with self._reading() as connection:
            return tuple(_of_row(row) for row in connection.execute(statement).mappings())

    def counts(self) -> dict[str, dict[str, int]]:
        """How many deliveries are in which state, by receiver."""
        with self._reading() as connection:
            found: dict[str, dict[str, int]] = {}
            statement = select(_d.receiver, _d.state, func.count()).group_by(_d.receiver, _d.state)
            for name, state, count in connection.execute(statement.order_by(_d.receiver, _d.state)):
                found.setdefault(name, {})[state] = count
            return found

    def redeliver(self, now: datetime, event_id: str | None = None, names: Collection[str] = ()) -> int:
        """Try again, from the first attempt on: an event, or (None) all that is dead; gives how many deliveries.

        ``names``: only to these receivers. What is on its way already stays as it is.
        """
        what = _d.state == "dead" if event_id is None else and_(_d.event_id == event_id, _d.state != "waiting")
        if names:
            what = and_(what, among(_d.receiver, names))
        again = {"state": "waiting", "due_at": now, "attempts": 0, "doubtful_since": None}
        with self._writing() as connection:
            return connection.execute(update(deliveries).where(what).values(**again)).rowcount

    def incidents(self, most: int) -> tuple[Event, ...]:
        """What happened to sources lately, the newest first."""
        statement = select(events).where(_e.type.like("source.%")).order_by(_e.at.desc(), _e.id).limit(most)
        with self._reading() as connection:
            rows = connection.execute(statement).mappings()
            return tuple(Event(row["id"], row["type"], row["subject"], row["at"], row["data"]) for row in rows)

    def forget(self, before: datetime) -> int:
        """Forget events from before then, of which nothing waits; gives how many."""
        with self._writing() as connection:
            waits = exists().where(_d.event_id == _e.id, _d.state == "waiting")
            return connection.execute(delete(events).where(_e.at < before, ~waits)).rowcount

    # ── once for ever ───────────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, account: str, ulid: str, event_id: str, now: datetime) -> ArticleState | None:
        """The article to announce on an account, with word left that this event announces it; None: not to be told.

        None if it is gone, or if it, anything that became part of it, or any of its copies was told there before.
        """
        with self._writing() as connection:
            ulid = follow(connection, ulid)
            row = connection.execute(select(articles).where(articles.c.ulid == ulid)).mappings().first()
            if row is None or row["announced_at"] is None:
                return None
            what = _lineage(connection, ulid)
            before = select(told.c.event_id).where(told.c.account == account, among(told.c.what, what))
            if set(connection.scalars(before)) - {event_id}:
                return None
            rows = [{"account": account, "what": one, "event_id": event_id, "at": now} for one in sorted(what)]
            upsert(connection, told, rows)
            return article_of(row)


def _named() -> list[Any]:
    return [column.label(f"event_{column.name}") for column in events.c if column.name != "id"]


def _is(event_id: str, name: str) -> Any:
    return and_(_d.event_id == event_id, _d.receiver == name)


def _bound_now(now: datetime) -> Any:
    return literal(now, _d.doubtful_since.type)


def _waiting(event_id: str, name: str, due_at: datetime) -> Values:
    return {"event_id": event_id, "receiver": name, "state": "waiting", "attempts": 0, "due_at": due_at}


def _replace(connection: Connection, name: str, row: Row) -> None:
    same = select(_e.id).where(_e.type == row["type"], _e.subject == row["subject"], _e.id != row["id"])
    older = and_(_d.receiver == name, _d.state == "waiting", _d.event_id.in_(same))
    gone = {"state": "skipped", "due_at": None, "message": "A newer one took its place."}
    connection.execute(update(deliveries).where(older).values(**gone))


def _delivery(connection: Connection, event_id: str, name: str) -> Delivery:
    statement = select(deliveries, *_named()).join(events, _e.id == _d.event_id).where(_is(event_id, name))
    return _of_row(connection.execute(statement).mappings().one())


def _of_row(row: Row) -> Delivery:
    event = Event(row["event_id"], **{name: row[f"event_{name}"] for name in ("type", "subject", "at", "data")})
    named = ("receiver", "state", "attempts", "due_at", "tried_at", "doubtful_since", "status", "message")
    return Delivery(event, **{name: row[name] for name in named})


def _event(row: Row) -> Event:
    return Event(**{name: row[name] for name in ("id", "type", "subject", "at", "data")})


def _lineage(connection: Connection, ulid: str) -> set[str]:
    """An article, what retired into it, what its copies were born as, and the copies themselves."""
    found = {ulid}
    rows = connection.execute(select(copies.c.id, copies.c.born).where(copies.c.article == ulid))
    for id_, born in rows:
        found |= {f"copy:{id_}", born}
    frontier = {ulid}
    while frontier:
        inside = select(retired.c.ulid).where(among(retired.c.into_ulid, frontier))
        frontier = set(connection.scalars(inside)) - found
        found |= frontier
    return found - {""}
