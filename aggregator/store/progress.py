"""The part of the store that remembers how far histories are read; every method one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import Connection

from aggregator.model import Backfill, BackfillPage, BackfillState
from aggregator.store import backfills

Transaction = Callable[[], AbstractContextManager[Connection]]


class Progress:
    """``Store.backfills``. Every method raises StoreError when the database refuses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def begin(
        self, wanted: Mapping[str, str], now: datetime, reopened: Collection[str] = (), anew: bool = False
    ) -> None:
        """Let the histories of these sources (key -> feed_url) be read, those of another address from the start.

        ``reopened``: those go on where they ended, unless they were complete. ``anew``: all from the start.
        """
        with self._writing() as connection:
            backfills.begin(connection, wanted, now, reopened, anew)

    def known(self, keys: Collection[str] | None = None) -> dict[str, Backfill]:
        """How far each history is read, by source key (None: all)."""
        with self._reading() as connection:
            return backfills.known(connection, keys)

    def due(self, now: datetime, keys: Collection[str], limit: int) -> list[str]:
        """Those of these sources whose history may be read on now, longest due first."""
        with self._reading() as connection:
            return backfills.due(connection, now, keys, limit)

    def claim(self, keys: Collection[str], now: datetime, worker: str, lease: timedelta) -> list[str]:
        """Lease those of these histories that are due; what another process reads is left out."""
        with self._writing() as connection:
            return backfills.claim(connection, keys, now, worker, lease)

    def renew(self, key: str, worker: str, until: datetime) -> None:
        """Prolong a lease, if ``worker`` still has it."""
        with self._writing() as connection:
            backfills.renew(connection, key, worker, until)

    def release(self, key: str, worker: str, due_at: datetime | None = None) -> None:
        """Give a lease back, with nothing done."""
        with self._writing() as connection:
            backfills.release(connection, key, worker, due_at)

    def next_page(self, key: str) -> BackfillPage | None:
        """The address to ask now; None: all were asked."""
        with self._reading() as connection:
            return backfills.next_page(connection, key)

    def marks(self, key: str) -> tuple[tuple[int, ...], ...]:
        """The marks of the pages that were read, in the order of asking."""
        with self._reading() as connection:
            return backfills.marks(connection, key)

    def unseen(self, key: str, places: Mapping[str, Collection[str]]) -> tuple[str, ...]:
        """Of these addresses with their identity keys those that no copy of the source stands at."""
        with self._reading() as connection:
            return backfills.unseen(connection, key, places)

    def addresses(self, key: str, most: int) -> tuple[str, ...]:
        """Where articles of the source stand, the newest first."""
        with self._reading() as connection:
            return backfills.addresses(connection, key, most)

    def failed(self, key: str, worker: str, message: str, due_at: datetime) -> None:
        """Note that an address could not be read and is asked again then."""
        with self._writing() as connection:
            backfills.failed(connection, key, worker, message, due_at)

    def end(self, key: str, worker: str, state: BackfillState, message: str | None, now: datetime) -> None:
        """Note that the history is not read any further."""
        with self._writing() as connection:
            backfills.end(connection, key, worker, state, message, now)
