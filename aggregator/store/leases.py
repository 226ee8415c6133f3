"""Who may poll what now: leases of sources, and the lanes in which sources of one host wait for each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, not_, or_, select, text, update
from sqlalchemy.sql import ColumnElement

from aggregator.store.engine import clock
from aggregator.store.progress import Transaction
from aggregator.store.schema import pollable, sources
from aggregator.store.types import among

CLAIM_LOCK = 0x61676763  # key of the PostgreSQL advisory lock under which sources are claimed by lanes
_SEEN = 10_000  # due sources among which lanes are looked for
_LOOKS = 8  # at what is due, each without the lanes that the looks before it filled


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many sources of one lane may be polled at once, whoever polls them."""

    per_lane: int | None = None  # None: as many as there are
    running: Collection[str] = ()  # what the worker polls now; another lease of its own is only not given back yet
    rested_by: datetime | None = None  # lanes that are left alone until after then are passed over; None: none is
    lane: str | None = None  # the only one to look at; None: all of them


EVERYBODY = Crowd()


class Lanes:
    """``Store.lanes``: what workers that share them out ask; every method one transaction, and raises StoreError."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def due(self, now: datetime, limit: int) -> list[str]:
        """Lanes in which a source is due and nobody polls, longest due first; those that want a rest are left out."""
        with self._reading() as connection:
            return lanes_due(connection, now, limit)

    def free_at(self, lane: str, now: datetime) -> datetime | None:
        """Until when a lane wants to be left alone; None: it does not."""
        with self._reading() as connection:
            return free_at(connection, lane, now)

    def renew(self, keys: Collection[str], worker: str, until: datetime) -> frozenset[str]:
        """Prolong the leases that ``worker`` has on these sources; gives those of them that it still had."""
        with self._writing() as connection:
            return renew(connection, keys, worker, until)

    def ahead(self, now: datetime) -> timedelta:
        """How far the clock of the database is ahead of ``now``; nothing on SQLite, which goes by this machine's."""
        with self._reading() as connection:
            return clock(connection, now) - now


def due(connection: Connection, now: datetime, limit: int, by: datetime | None = None) -> list[str]:
    """Keys of the sources that nobody polls now and that are due now, or ``by`` then; longest due first."""
    statement = (
        select(sources.c.key)
        .where(_free(now), sources.c.next_poll_at <= (by or now))
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
            _take_turns(connection, crowd.lane)
        used = _used(connection, now, worker, crowd)
        closed = _resting(connection, crowd.rested_by) if crowd.rested_by is not None else closed
    most = limit if crowd.per_lane is None else crowd.per_lane
    taken: list[str] = []
    for _ in range(_LOOKS):
        full = closed | {lane for lane, count in used.items() if count >= most}
        seen = _wanted(connection, now, limit, keys, force, full, crowd)
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


def renew(connection: Connection, keys: Collection[str], worker: str, until: datetime) -> frozenset[str]:
    """Prolong those leases that ``worker`` still has, run out or not; gives their keys."""
    held = select(sources.c.key).where(among(sources.c.key, keys), sources.c.lease_by == worker)
    mine = frozenset(connection.scalars(held.order_by(sources.c.key).with_for_update()))
    _lease(connection, mine, worker, until)
    return mine


def lanes_due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Lanes in which a source is due and nobody polls, longest due first; those that want a rest are left out."""
    busy = _resting(connection, now) | set(_used(connection, now, None, EVERYBODY))
    seen = select(sources.c.lane, sources.c.next_poll_at).where(_free(now), sources.c.next_poll_at <= now)
    if busy:
        seen = seen.where(not_(among(sources.c.lane, busy)))
    first = seen.order_by(sources.c.next_poll_at, sources.c.key).limit(_SEEN).subquery()
    since = func.min(first.c.next_poll_at)
    return list(
        connection.scalars(select(first.c.lane).group_by(first.c.lane).order_by(since, first.c.lane).limit(limit))
    )


def free_at(connection: Connection, lane: str, now: datetime) -> datetime | None:
    """Until when a lane wants to be left alone; None: it does not."""
    resting = select(sources.c.lane_free_at).where(sources.c.lane == lane, sources.c.lane_free_at > now)
    return connection.scalar(resting.order_by(sources.c.lane_free_at.desc()).limit(1))


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
    crowd: Crowd,
) -> Sequence[tuple[str, str]]:
    """Keys and lanes of what may be leased, longest due first, without the ``full`` lanes."""
    chosen = select(sources.c.key, sources.c.lane).where(_free(now))
    if not force:
        chosen = chosen.where(sources.c.next_poll_at <= now)
    if keys is not None:
        chosen = chosen.where(among(sources.c.key, keys))
    if crowd.running:  # whoever lost the lease of a poll that is still under way must not begin another one
        chosen = chosen.where(not_(among(sources.c.key, crowd.running)))
    if crowd.lane is not None:
        chosen = chosen.where(sources.c.lane == crowd.lane)
    if full:
        chosen = chosen.where(not_(among(sources.c.lane, full)))
    # not in the UPDATE: PostgreSQL may run a locking subquery of one more than once and take more than `limit`
    chosen = chosen.order_by(sources.c.next_poll_at, sources.c.key).limit(limit).with_for_update(skip_locked=True)
    return [(key, lane) for key, lane in connection.execute(chosen)]


def _take_turns(connection: Connection, lane: str | None) -> None:
    """One claim in a lane at a time: claims of one lane wait for each other, and for those of all lanes."""
    if lane is None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CLAIM_LOCK})
        return
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": CLAIM_LOCK})
    connection.execute(text("SELECT pg_advisory_xact_lock(:key, hashtext(:lane))"), {"key": CLAIM_LOCK, "lane": lane})


def _used(connection: Connection, now: datetime, worker: str | None, crowd: Crowd) -> Counter[str]:
    """How many are polled in each lane."""
    others = or_(sources.c.lease_by != (worker or ""), among(sources.c.key, crowd.running))
    statement = select(sources.c.lane, func.count().label("polled")).where(sources.c.lease_until > now, others)
    if crowd.lane is not None:
        statement = statement.where(sources.c.lane == crowd.lane)
    rows = connection.execute(statement.group_by(sources.c.lane))
    return Counter({row.lane: row.polled for row in rows})


def _resting(connection: Connection, by: datetime) -> set[str]:
    return set(connection.scalars(select(sources.c.lane).distinct().where(sources.c.lane_free_at > by)))


def _lease(connection: Connection, keys: Collection[str], worker: str, until: datetime) -> None:
    if keys:
        connection.execute(update(sources).where(among(sources.c.key, keys)).values(lease_by=worker, lease_until=until))
