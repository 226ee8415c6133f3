"""Who may poll what now: leases of sources, and the lanes in which sources of one host wait for each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, not_, or_, select, text, update
from sqlalchemy.sql import ColumnElement

from aggregator.store.schema import pollable, sources
from aggregator.store.types import among

CLAIM_LOCK = 0x61676763  # key of the PostgreSQL advisory lock under which sources are claimed by lanes
_LOOKS = 8  # at what is due, each without the lanes that the looks before it filled


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many sources of one lane may be polled at once, whoever polls them."""

    per_lane: int | None = None  # None: as many as there are
    running: Collection[str] = ()  # what the worker polls now; another lease of its own is only not given back yet
    rested_by: datetime | None = None  # lanes that are left alone until after then are passed over; None: none is


EVERYBODY = Crowd()


def due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Keys of the sources to poll now, longest due first."""
    statement = (
        select(sources.c.key)
        .where(_free(now), sources.c.next_poll_at <= now)
        .order_by(sources.c.next_poll_at, sources.c.key)
        .limit(limit)
    )
    return list(connection.scalars(statement))


def claim(
    connection: Connection,
    now: datetime,
    worker: str,
    lease_s: float,
    limit: int,
    keys: Collection[str] | None,
    force: bool,
    crowd: Crowd,
) -> list[str]:
    """Lease up to ``limit`` sources to ``worker``; what another one holds is passed over."""
    used: Counter[str] = Counter()
    closed: set[str] = set()
    if crowd.per_lane is not None:
        if connection.dialect.name == "postgresql":  # two claims at once would each find the same lane free
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CLAIM_LOCK})
        used = _used(connection, now, worker, crowd.running)
        closed = _resting(connection, crowd.rested_by) if crowd.rested_by is not None else closed
    most = limit if crowd.per_lane is None else crowd.per_lane
    taken: list[str] = []
    for _ in range(_LOOKS):
        full = closed | {lane for lane, count in used.items() if count >= most}
        seen = _wanted(connection, now, limit, keys, force, full)
        chosen: list[str] = []
        for key, lane in seen:
            if len(taken) + len(chosen) < limit and used[lane] < most:
                used[lane] += 1
                chosen.append(key)
        _lease(connection, chosen, worker, now + timedelta(seconds=lease_s))
        taken += chosen
        if len(taken) == limit or len(seen) < limit:
            break
    return taken


def release(connection: Connection, keys: Collection[str], worker: str) -> None:
    """Give back what was claimed and not polled."""
    connection.execute(
        update(sources)
        .where(among(sources.c.key, keys), sources.c.lease_by == worker)
        .values(lease_by=None, lease_until=None)
    )


def _free(now: datetime) -> ColumnElement[bool]:
    return pollable & or_(sources.c.lease_until.is_(None), sources.c.lease_until <= now)


def _wanted(
    connection: Connection,
    now: datetime,
    limit: int,
    keys: Collection[str] | None,
    force: bool,
    full: Collection[str],
) -> Sequence[tuple[str, str]]:
    """Keys and lanes of what may be leased, longest due first, without the ``full`` lanes."""
    chosen = select(sources.c.key, sources.c.lane).where(_free(now))
    if not force:
        chosen = chosen.where(sources.c.next_poll_at <= now)
    if keys is not None:
        chosen = chosen.where(among(sources.c.key, keys))
    if full:
        chosen = chosen.where(not_(among(sources.c.lane, full)))
    # not in the UPDATE: PostgreSQL may run a locking subquery of one more than once and take more than `limit`
    chosen = chosen.order_by(sources.c.next_poll_at, sources.c.key).limit(limit).with_for_update(skip_locked=True)
    return [(key, lane) for key, lane in connection.execute(chosen)]


def _used(connection: Connection, now: datetime, worker: str, running: Collection[str]) -> Counter[str]:
    """How many are polled in each lane."""
    others = or_(sources.c.lease_by != worker, among(sources.c.key, running))
    statement = select(sources.c.lane, func.count().label("polled")).where(sources.c.lease_until > now, others)
    rows = connection.execute(statement.group_by(sources.c.lane))
    return Counter({row.lane: row.polled for row in rows})


def _resting(connection: Connection, by: datetime) -> set[str]:
    return set(connection.scalars(select(sources.c.lane).distinct().where(sources.c.lane_free_at > by)))


def _lease(connection: Connection, keys: Collection[str], worker: str, until: datetime) -> None:
    if keys:
        connection.execute(update(sources).where(among(sources.c.key, keys)).values(lease_by=worker, lease_until=until))
