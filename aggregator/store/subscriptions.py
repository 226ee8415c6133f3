"""The rows of WebSub subscriptions: one per source with a hub; who asks which hub when, and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from aggregator.model import Subscription
from aggregator.store.progress import Transaction
from aggregator.store.schema import pollable, sources, subscriptions
from aggregator.store.sources import state_of
from aggregator.store.upserts import upsert

_s = subscriptions.c


class Subscriptions:
    """The store's hubs; every method one transaction."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def claim(self, now: datetime, until: datetime, limit: int) -> tuple[Subscription, ...]:
        """Subscriptions whose hubs are to be asked now; due again at ``until``."""
        with self._writing() as connection:
            return claim(connection, now, until, limit)

    def of(self, source_key: str) -> Subscription | None:
        """That of a source."""
        with self._reading() as connection:
            return of(connection, source_key)

    def by_token(self, token: str) -> Subscription | None:
        """That whose callback ends in ``token``."""
        with self._reading() as connection:
            row = connection.execute(select(subscriptions).where(_s.token == token)).mappings().first()
            return _of_row(row) if row else None

    def known(self) -> dict[str, Subscription]:
        """Every one, by source."""
        with self._reading() as connection:
            rows = connection.execute(select(subscriptions).order_by(_s.source_key)).mappings()
            return {row["source_key"]: _of_row(row) for row in rows}

    def keep(self, subscription: Subscription) -> None:
        """Note what became of one."""
        with self._writing() as connection:
            keep(connection, subscription)

    def failed(self, subscription: Subscription, until: datetime) -> None:
        """Note that a hub could not be asked, unless more is known by now than when it was claimed ``until`` then."""
        with self._writing() as connection:
            keep(connection, subscription, _s.due_at == until)

    def forget(self, token: str) -> None:
        """Answer at its callback no more."""
        with self._writing() as connection:
            connection.execute(delete(subscriptions).where(_s.token == token))

    def pushed(self, subscription: Subscription, min_interval_s: float) -> None:
        """Note a delivery, and let the source be polled soon, but never more often than its owner allows."""
        with self._writing() as connection:
            keep(connection, subscription)
            if subscription.pushed_at is not None:
                hurry(connection, subscription.source_key, subscription.pushed_at, min_interval_s)


def want(connection: Connection, source_key: str, hub: str | None, topic: str, now: datetime) -> None:
    """Let a source be subscribed to at this hub; None: at none any more. What is so already is left as it is."""
    known = of(connection, source_key)
    if hub is None:
        if known is not None and known.state != "leaving":
            _set(connection, source_key, {"state": "leaving", "due_at": now, "failures": 0})
    elif known is None or (known.hub, known.topic) != (hub, topic) or known.state == "leaving":
        token, secret = secrets.token_urlsafe(24), secrets.token_hex(32)  # nobody who does not know them speaks for it
        row = {"source_key": source_key, "hub": hub, "topic": topic, "token": token, "secret": secret}
        nothing: dict[str, Any] = dict.fromkeys(("asked_at", "lease_until", "pushed_at", "error"))
        upsert(connection, subscriptions, [{**row, "state": "wanted", "due_at": now, "failures": 0, **nothing}])


def claim(connection: Connection, now: datetime, until: datetime, limit: int) -> tuple[Subscription, ...]:
    """What its hub is to be asked for now; due again at ``until``. Sources that nobody polls any more leave."""
    rows = connection.execute(
        select(subscriptions, and_(pollable).label("polled"))
        .join(sources, sources.c.key == _s.source_key)
        .where(or_(_s.due_at <= now, and_(~pollable, _s.state != "leaving")))
        .order_by(_s.due_at, _s.source_key)
        .limit(limit)
        .with_for_update(skip_locked=True, of=subscriptions)
    )
    found = []
    for row in rows.mappings().all():
        state = row["state"] if row["polled"] else "leaving"
        _set(connection, row["source_key"], {"due_at": until, "asked_at": now, "state": state})
        found.append(_of_row({**row, "due_at": until, "asked_at": now, "state": state}))
    return tuple(found)


def of(connection: Connection, source_key: str) -> Subscription | None:
    """The subscription of a source."""
    row = connection.execute(select(subscriptions).where(_s.source_key == source_key)).mappings().first()
    return _of_row(row) if row else None


def keep(connection: Connection, subscription: Subscription, *where: ColumnElement[bool]) -> None:
    """Write what became of a subscription, unless it is another one by now, or does not meet these conditions."""
    named = ("state", "due_at", "lease_until", "pushed_at", "failures", "error")
    values = {name: getattr(subscription, name) for name in named}
    mine = _s.token == subscription.token
    connection.execute(update(subscriptions).where(mine, *where).values(**values))


def hurry(connection: Connection, source_key: str, at: datetime, min_interval_s: float) -> None:
    """Let a healthy source be polled at ``at``, or as soon after its last poll as the owner allows."""
    row = connection.execute(select(sources).where(sources.c.key == source_key).with_for_update()).mappings().first()
    if row is None:
        return
    state = state_of(row)
    last = state.last_poll_at
    if last is not None:
        at = max(at, last + timedelta(seconds=min_interval_s))
    if state.state in ("new", "ok") and at < state.next_poll_at:
        connection.execute(update(sources).where(sources.c.key == source_key).values(next_poll_at=at))


def _set(connection: Connection, source_key: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(subscriptions).where(_s.source_key == source_key).values(**values))


def _of_row(row: Mapping[Any, Any]) -> Subscription:
    names = ("source_key", "hub", "topic", "token", "secret", "state", "due_at", "asked_at", "lease_until")
    return Subscription(**{name: row[name] for name in (*names, "pushed_at", "failures", "error")})
