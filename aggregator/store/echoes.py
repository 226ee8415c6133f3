"""How published output read when somebody was last told that it changed, and whether it is time to look again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from aggregator.model import Calm, Event
from aggregator.store import outbox, publication
from aggregator.store.progress import Transaction
from aggregator.store.schema import article_terms, articles, echoes, owners
from aggregator.store.types import among
from aggregator.store.upserts import upsert

LEASE = timedelta(minutes=5)  # a look that takes longer was killed
_TOPIC = "topic:"
_c = echoes.c


@dataclass(frozen=True, slots=True)
class Echo:
    """What is remembered of one look at the output."""

    name: str
    digest: str | None  # None: nobody has looked yet
    revision: int
    looked_at: datetime | None
    changed_at: datetime | None
    first_changed_at: datetime | None
    told_at: datetime | None
    lease_until: datetime | None

    def due_at(self, calm: Calm) -> datetime | None:
        """When it is time to look: after some quiet, though not put off for ever by those who write all the time."""
        if self.changed_at is None or self.first_changed_at is None:
            return None
        apart = timedelta(seconds=calm.apart_s)
        at = min(self.changed_at + timedelta(seconds=calm.quiet_s), self.first_changed_at + apart)
        return at if self.told_at is None else max(at, self.told_at + apart)


class Echoes:
    """``Store.echoes``; every method one transaction. Each raises StoreError when the database refuses."""

    def __init__(self, reading: Transaction, writing: Transaction, publishing: Transaction) -> None:
        self._reading = reading
        self._writing = writing
        self._publishing = publishing

    def due(self, name: str, revision: int, calm: Calm, now: datetime) -> Echo | None:
        """Lease the look at the output of ``revision``, if it is time for one; of two processes one gets it.

        An echo that nobody has heard before is due at once: there must be something to compare with.
        """
        with self._reading() as connection:
            known = _get(connection, name)
        if known is not None and known.revision == revision and not _ripe(known, calm, now):
            return None
        with self._writing() as connection:
            _noticed(connection, name, revision, now)
            echo = _get(connection, name, lock=True)
            if echo is None or not (echo.digest is None or _ripe(echo, calm, now)):
                return None
            if echo.lease_until is not None and echo.lease_until > now:
                return None
            connection.execute(update(echoes).where(_c.name == name).values(lease_until=now + LEASE))
            return echo

    def heard(
        self, echo: Echo, digest: str, happened: Sequence[Event], now: datetime, topics: Mapping[str, str] | None = None
    ) -> None:
        """Note how it reads now, every feed by its path, too, and let that be told: in one transaction."""
        rows = [
            {"name": f"{_TOPIC}{path}", "digest": one, "revision": 0, "looked_at": now}
            for path, one in sorted((topics or {}).items())
        ]
        with self._writing() as connection:
            upsert(connection, echoes, rows)
            values: dict[str, object] = {"digest": digest, "looked_at": now, "lease_until": None}
            if happened:
                values["told_at"] = now
            connection.execute(update(echoes).where(_c.name == echo.name).values(**values))
            nothing_since = {"changed_at": None, "first_changed_at": None}
            same = (_c.name == echo.name) & (_c.revision == echo.revision)
            connection.execute(update(echoes).where(same).values(**nothing_since))
            outbox.write(connection, happened)

    def release(self, echo: Echo) -> None:
        """Let somebody else look."""
        with self._writing() as connection:
            connection.execute(update(echoes).where(_c.name == echo.name).values(lease_until=None))

    # ── weeks ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_week(self, week: str, now: datetime) -> bool:
        """Note that a week (``2026-W49``) has begun; True: it is a later one than before."""
        with self._reading() as connection:
            known = publication.open_week(connection)
        if known is not None and known[0] >= week:
            return False
        with self._publishing() as connection:
            return publication.begin_week(connection, week, now)

    def open_week(self) -> tuple[str, datetime] | None:
        """The week that has begun last, and when that was noted; None: nobody has looked so far."""
        with self._reading() as connection:
            return publication.open_week(connection)

    # ── topics ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def topics(self, paths: Collection[str]) -> dict[str, str]:
        """How these feeds read when they were looked at last: digests by path; those never looked at are left out."""
        names = {f"{_TOPIC}{path}" for path in paths}
        with self._reading() as connection:
            rows = connection.execute(select(_c.name, _c.digest).where(among(_c.name, names)))
            return {row.name.removeprefix(_TOPIC): row.digest for row in rows}

    def changed_owners(self, since: datetime) -> tuple[str, ...]:
        """Owners of whose published articles something changed at or after ``since``, by id."""
        with self._reading() as connection:
            statement = select(owners.c.id).where(owners.c.changed_at >= since).order_by(owners.c.id)
            return tuple(connection.scalars(statement))

    def changed_terms(self, since: datetime, limit: int) -> tuple[str, ...]:
        """Terms of articles that changed at or after ``since``, those of the newest first."""
        with self._reading() as connection:
            mine = select(articles.c.ulid).where(articles.c.changed_at >= since)
            mine = mine.order_by(articles.c.changed_at.desc(), articles.c.ulid).limit(limit)
            statement = select(article_terms.c.term).distinct().where(article_terms.c.ulid.in_(mine))
            return tuple(sorted(connection.scalars(statement)))


def _ripe(echo: Echo, calm: Calm, now: datetime) -> bool:
    at = echo.due_at(calm)
    return at is not None and at <= now


def _noticed(connection: Connection, name: str, revision: int, now: datetime) -> None:
    if _get(connection, name) is None:
        upsert(connection, echoes, [{"name": name, "revision": revision}])
        return
    other = (_c.name == name) & (_c.revision != revision)
    connection.execute(update(echoes).where(other, _c.first_changed_at.is_(None)).values(first_changed_at=now))
    connection.execute(update(echoes).where(other).values(revision=revision, changed_at=now))


def _get(connection: Connection, name: str, lock: bool = False) -> Echo | None:
    statement = select(echoes).where(_c.name == name)
    if lock:
        statement = statement.with_for_update(skip_locked=True)
    row = connection.execute(statement).mappings().first()
    return Echo(**row) if row is not None else None
