"""The embedded driver: one APScheduler job that looks every few seconds who is due.

One job, not one per source: a stored job costs 2.35 ms per run and 3 ms to add, the look into our own indexed column
3-10 us per due source. Who is due survives a restart, because it is a column.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from aggregator.errors import StoreError
from aggregator.poll.holds import Holds
from aggregator.poll.poller import Result
from aggregator.poll.websub import Hubs
from aggregator.schedule.backfills import Backfills
from aggregator.schedule.claims import Claims
from aggregator.schedule.tellings import Tellings
from aggregator.schedule.visits import Visits

log = structlog.get_logger(__name__)

EVERY_S = 2
SOON = timedelta(seconds=0.25)  # after a poll ended: the next one in its lane need not wait for the next beat
PATIENCE_S = 5.0


class Heartbeat:
    """For as long as it beats: ends holds, starts polls of due sources, asks hubs, tells what happened, and visits
    pages and histories while nothing is polled.
    """

    def __init__(
        self,
        claims: Claims,
        visits: Visits,
        backfills: Backfills,
        holds: Holds,
        hubs: Hubs | None = None,
        tellings: Tellings | None = None,
    ) -> None:
        self._claims = claims
        self._visits = visits
        self._backfills = backfills
        self._holds = holds
        self._hubs = hubs
        self._tellings = tellings
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._beating = asyncio.Lock()
        self._job: Job | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin to beat, at once; needs a running event loop."""
        beat = IntervalTrigger(seconds=EVERY_S, timezone=UTC)
        self._job = self._scheduler.add_job(
            self._beat, beat, next_run_time=datetime.now(UTC), max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop beating, if it does; polls and visits under way get a few seconds to finish."""
        self._stopped = True
        async with self._beating:  # a beat that is cut short would leave sources claimed that nobody polls
            pass
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        stops = [one.stop(PATIENCE_S) for one in (self._claims, self._visits, self._backfills)]
        if self._tellings is not None:
            stops.append(self._tellings.stop(PATIENCE_S))
        await asyncio.gather(*stops)

    async def _beat(self) -> None:
        async with self._beating:
            if self._stopped:
                return
            try:
                for poll in await self._claims.begin():
                    poll.add_done_callback(self._soon)
                if self._hubs is not None:
                    await self._hubs.begin()
                if not self._claims.running:
                    await self._visits.begin()
                    await self._backfills.begin()
                await self._holds.expire()
                if self._tellings is not None:
                    await self._tellings.begin()
            except StoreError as error:
                log.error("the database cannot be used; polling waits", error=str(error))

    def _soon(self, _: asyncio.Task[Result | None]) -> None:
        """Let the next beat come soon."""
        at = datetime.now(UTC) + SOON
        if not self._stopped and self._job is not None and self._job.next_run_time > at:
            self._job.modify(next_run_time=at)
