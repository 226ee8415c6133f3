"""Notices that a week is over, and lets it become part of what is known: a digest is made of that, never of a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from aggregator.render.weeks import Week, spelled, week_of
from aggregator.store import Store


class Weeks:
    """One per process; of several one turns the page."""

    def __init__(self, store: Store, clock: Callable[[], datetime], noticed: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._noticed = noticed
        self._open: Week | None = None

    async def turn(self) -> None:
        """Begin another week, if another one has begun.

        Raises:
            StoreError: the database refused.
        """
        now = self._clock()
        week = week_of(now)
        if week == self._open:
            return
        if await asyncio.to_thread(self._store.echoes.begin_week, spelled(week), now):
            self._noticed()
        self._open = week
