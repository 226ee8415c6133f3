"""What there is to do in one lane (a host, a platform), by whoever has it to himself for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from aggregator import sources
from aggregator.errors import StoreError
from aggregator.model import Config
from aggregator.schedule.backfills import Backfills
from aggregator.schedule.claims import Claims
from aggregator.schedule.visits import Visits
from aggregator.store import Store

log = structlog.get_logger(__name__)

ENOUGH_S = 60.0  # in one lane at a stretch; then others may be longer due


class Lanes:
    """The lanes in which something is due, and the work in one of them: polls first, then pages, then histories."""

    def __init__(
        self,
        config: Config,
        store: Store,
        claims: Claims,
        visits: Visits,
        backfills: Backfills,
        clock: Callable[[], datetime],
    ) -> None:
        self._interval_s = config.fetch.host_interval_s
        self._store = store
        self._claims = claims
        self._visits = visits
        self._backfills = backfills
        self._clock = clock
        self._ending = False

    async def polls_due(self, limit: int) -> list[str]:
        """Lanes with sources to poll, longest due first.

        Raises:
            StoreError: the database refused.
        """
        return await asyncio.to_thread(self._store.lanes.due, self._clock(), limit)

    async def others_due(self) -> list[str]:
        """A few lanes with pages to visit or histories to read on.

        Raises:
            StoreError: the database refused.
        """
        return list(dict.fromkeys([*await self._visits.lanes_due(), *await self._backfills.lanes_due()]))

    def end(self) -> None:
        """Begin nothing any more in any lane."""
        self._ending = True
        for one in (self._claims, self._visits, self._backfills):
            one.end()

    async def work(self, lane: str, urgent: bool) -> None:
        """Do what is due in a lane, for about a minute; what is left stays due. ``urgent``: polls and nothing else."""
        try:
            polled = await self._claims.lane(lane, ENOUGH_S)
            if not urgent:
                await self._visits.lane(lane, ENOUGH_S)
                await self._backfills.lane(lane)
        except StoreError as error:
            log.error("the database refused; this lane is looked at later", lane=lane, error=str(error))
            return
        if polled and not self._ending:  # whoever comes next does not know when this one asked last
            await asyncio.sleep(max(self._interval_s, sources.spacing_s(lane)))
