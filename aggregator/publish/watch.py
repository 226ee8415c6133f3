"""Knows the revision of the store without asking for every request: one look a second, however many want to know."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

from aggregator.errors import StoreError

EVERY_S = 1.0  # how old a look may be before the next one begins
TRUSTED_S = 1.5  # how old a look may be while the next one is under way
PATIENCE_S = 2.0  # how long a look may take before the database counts as failing


class Watch:
    """The last look at the store's revision. Safe to use from several threads; only ``refresh`` and ``look`` wait."""

    def __init__(self, ask: Callable[[], int]) -> None:
        self.revision = -1  # as of the last look
        self.writes = 0  # that were told of
        self._ask = ask
        self._looker = ThreadPoolExecutor(1, "revision")
        self._lock = threading.Lock()
        self._look: Future[None] | None = None
        self._began_at = -math.inf  # of the look that is under way, or was last
        self._looked_at = -math.inf  # when the last look that came to something began
        self._written_at = -math.inf
        self._failed_at = -math.inf
        self._failure: StoreError | None = None

    def close(self) -> None:
        """Wait for a look that is under way."""
        self._looker.shutdown()

    def written(self) -> None:
        """Somebody wrote just now: looks from before do not count any more."""
        self.writes += 1
        self._written_at = monotonic()

    def sure(self) -> bool:
        """Whether ``revision`` can be relied on. Sets off the next look when this one is getting old; no waiting."""
        looked_at = self._looked_at
        age = monotonic() - looked_at
        if age > TRUSTED_S or looked_at <= self._written_at:
            return False
        if age > EVERY_S:
            self._begin()
        return True

    def in_trouble(self) -> bool:
        """Whether the database fails, or lets a look wait for long. Sets off another try now and then."""
        now = monotonic()
        if self._failure is not None:
            if now - self._failed_at > EVERY_S:
                self._begin()
            return True
        look = self._look
        return look is not None and not look.done() and now - self._began_at > PATIENCE_S

    def refresh(self) -> None:
        """Make ``revision`` one that was read less than a second ago, and after every write that was told of.

        Raises:
            StoreError: the database refused, now or less than a second ago.
        """
        asked_at = monotonic()
        while not self._current(asked_at):
            if self._failure is not None and monotonic() - self._failed_at <= EVERY_S:
                raise StoreError(str(self._failure)) from self._failure
            self._begin().result()

    def look(self) -> int:
        """Ask the store now. Raises StoreError."""
        began_at = monotonic()
        revision = self._ask()
        with self._lock:
            if began_at > self._looked_at:
                self.revision, self._looked_at, self._failure = revision, began_at, None
        return revision

    def _current(self, asked_at: float) -> bool:
        looked_at = self._looked_at
        return looked_at >= asked_at or (looked_at > self._written_at and monotonic() - looked_at <= EVERY_S)

    def _begin(self) -> Future[None]:
        with self._lock:
            if self._look is None or self._look.done():
                self._began_at = monotonic()
                self._look = self._looker.submit(self._try)
            return self._look

    def _try(self) -> None:
        try:
            self.look()
        except StoreError as error:
            self._failed_at = monotonic()
            self._failure = error
