"""What an owner looks at who wants to know how things are: what was polled, posted, joined and fetched of late."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, false, select, update

from aggregator.model import WRITTEN, Fetches, Joined, Polled, Verdict
from aggregator.store.candidates import copies_where_id
from aggregator.store.progress import Transaction
from aggregator.store.schema import audience, copies, joined, poll_log, pollable, sources, verdicts
from aggregator.store.types import among
from aggregator.store.upserts import add_up

KEPT = timedelta(days=90)  # days of the audience
_PAIRS = 8  # looked at for each article that is wanted: one of four copies has six


@dataclass(frozen=True, slots=True)
class Pulse:
    """One source in a few words."""

    key: str
    enabled: bool
    removed: bool
    next_poll_at: datetime
    state: str
    last_success_at: datetime | None


class Overview:
    """``Store.overview``; every method one transaction. Each raises StoreError when the database refuses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def hurry(self, key: str, now: datetime) -> bool:
        """Let a source be polled as soon as its lane allows. False: nobody polls it (paused, removed, unknown)."""
        with self._writing() as connection:
            mine = update(sources).where(sources.c.key == key, pollable).values(next_poll_at=now)
            return connection.execute(mine).rowcount > 0

    def health(self) -> tuple[Pulse, ...]:
        """How every source is, by key; without what would have to be counted."""
        c = sources.c
        statement = select(c.key, c.enabled, c.removed_at, c.next_poll_at, c.poll).where(c.imported.is_(false()))
        with self._reading() as connection:
            rows = connection.execute(statement.where(c.kind != WRITTEN).order_by(c.key)).all()
        return tuple(
            Pulse(
                row.key, row.enabled, row.removed_at is not None, row.next_poll_at, row.poll["state"], _last(row.poll)
            )
            for row in rows
        )

    def polls(self, keys: Collection[str], since: datetime) -> dict[str, tuple[Polled, ...]]:
        """The logged polls of these sources since then, oldest first, by source."""
        statement = select(poll_log).where(among(poll_log.c.source_key, set(keys)), poll_log.c.at >= since)
        found: dict[str, list[Polled]] = {}
        with self._reading() as connection:
            for row in connection.execute(statement.order_by(poll_log.c.source_key, poll_log.c.at)).mappings():
                found.setdefault(row["source_key"], []).append(Polled(**row))
        return {key: tuple(polls) for key, polls in found.items()}

    def posts(self, keys: Collection[str], since: datetime) -> dict[str, tuple[datetime, ...]]:
        """The dates of what these sources carry since then, oldest first, by source; undated copies say nothing."""
        columns = copies.c.source_key, copies.c.published_at
        statement = select(*columns).where(
            among(copies.c.source_key, set(keys)), copies.c.published_at >= since, copies.c.date_precision != "unknown"
        )
        found: dict[str, list[datetime]] = {}
        with self._reading() as connection:
            for key, at in connection.execute(statement.order_by(*columns)):
                found.setdefault(key, []).append(at)
        return {key: tuple(dates) for key, dates in found.items()}

    def joined(self, limit: int) -> tuple[Joined, ...]:
        """What became one article last, newest first, each article once."""
        statement = (
            select(verdicts)
            .where(joined, verdicts.c.decided_at.is_not(None))
            .order_by(verdicts.c.decided_at.desc(), verdicts.c.a, verdicts.c.b)
            .limit(limit * _PAIRS)
        )
        with self._reading() as connection:
            said = [Verdict(**row) for row in connection.execute(statement).mappings()]
            there = {copy.id: copy for copy in copies_where_id(connection, {end for v in said for end in (v.a, v.b)})}
        chosen: dict[str, Joined] = {}
        for one in said:
            a, b = there.get(one.a), there.get(one.b)
            if a is not None and b is not None and a.article == b.article and len(chosen) < limit:
                chosen.setdefault(a.article, Joined(one, a, b))
        return tuple(chosen.values())

    # ── audience ────────────────────────────────────────────────────────────────────────────────────────────────────

    def fetched(self, news: Sequence[Fetches]) -> None:
        """Add to what was counted before; days that are long over are forgotten."""
        if not news:
            return
        columns = audience.c.keys()
        rows = [{name: getattr(one, name) for name in columns} for one in news]
        with self._writing() as connection:
            add_up(connection, audience, rows, sums=("requests", "unchanged"), greatest=("subscribers",))
            connection.execute(delete(audience).where(audience.c.day < max(one.day for one in news) - KEPT))

    def audience(self, since: datetime) -> tuple[Fetches, ...]:
        """Who fetched what, day by day since then."""
        statement = select(audience).where(audience.c.day >= since)
        statement = statement.order_by(audience.c.day, audience.c.document, audience.c.reader)
        with self._reading() as connection:
            return tuple(Fetches(**row) for row in connection.execute(statement).mappings())


def _last(poll: Mapping[str, str | None]) -> datetime | None:
    said = poll.get("last_success_at")
    return datetime.fromisoformat(said) if said else None
