"""Lets a merge be tried on what is kept, without a way to write what comes of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from aggregator.model import Known, PollState, Probes, Seal, Source
from aggregator.store import candidates, seal
from aggregator.store.schema import owners, sources
from aggregator.store.sources import founding, posted, state_of


class Planning:
    """The open, read-only transaction of `Store.planning`: one state of everything, for as long as it is open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def candidates(self, probes: Probes) -> Known:
        """Everything that entries with these probes could touch, whichever source carries it."""
        return candidates.known(self._connection, probes)

    def seal(self, authority: str, now: datetime) -> Seal:
        """What this database makes ids with; something like it where there is none yet."""
        return seal.seal(self._connection, authority, now, keep=False)

    def taken(self, ulids: Collection[str]) -> frozenset[str]:
        """Those of these ids that an article has, or that lead to one."""
        return seal.taken(self._connection, ulids)

    def knows(self, owner: str) -> bool:
        """Whether this owner was in a config before."""
        return self._connection.scalar(select(owners.c.id).where(owners.c.id == owner)) is not None

    def filled(self, source: Source) -> PollState | None:
        """What is remembered of a source that brought something before: it was in a config once, with this address."""
        row = self._connection.execute(select(sources).where(sources.c.key == source.key)).mappings().first()
        state = state_of(row) if row is not None and row["feed_url"] == source.feed_url else None
        return state if state is not None and state.last_change_at is not None else None

    def posted(self, key: str) -> tuple[datetime, ...]:
        """The dates of what a source carried, newest first."""
        return posted(self._connection, key)

    def founding(self, key: str, since: datetime) -> bool:
        """Whether a source came into the config together with its owner, at or after ``since``."""
        return founding(self._connection, key, since)
