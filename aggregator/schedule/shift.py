"""The driver for several machines: every worker plans, and does what the queue gives it; none of them leads."""

from __future__ import annotations

import asyncio
import contextlib
import random

import structlog

from aggregator.errors import StoreError
from aggregator.poll.holds import Holds
from aggregator.poll.websub import Hubs
from aggregator.schedule.lanes import Lanes
from aggregator.schedule.queue import Queue, QueueAway
from aggregator.schedule.tellings import Tellings

log = structlog.get_logger(__name__)

EVERY_S = 1.0
SHARE = 10  # planning takes at most one in so many seconds of a worker, however large the database ...
LONGEST_S = 5.0  # ... but where it is slow because the machine is busy, nobody waits longer than this
LANES = 1000  # put into the queue at once
PATIENCE_S = 5.0


class Shift:
    """What one worker does from its start to its end."""

    def __init__(self, queue: Queue, lanes: Lanes, holds: Holds, hubs: Hubs, tellings: Tellings) -> None:
        self._queue = queue
        self._lanes = lanes
        self._holds = holds
        self._hubs = hubs
        self._tellings = tellings
        self._over = asyncio.Event()

    def end(self) -> None:
        """Let it be over soon; safe to call again."""
        self._over.set()

    async def work(self) -> None:
        """Plan and poll until ``end``; what is under way then gets a few seconds to finish."""
        running = asyncio.create_task(self._queue.run(self._lanes.work), name="queue")
        try:
            while not self._over.is_set():
                took_s = await self._plan()
                # Not all at once: workers that were started together would ask the same at the same moment, for ever.
                wait_s = min(max(EVERY_S, SHARE * took_s), LONGEST_S) * random.uniform(0.8, 1.2)  # noqa: S311
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), wait_s)
        finally:
            self._lanes.end()
            await asyncio.gather(self._queue.stop(PATIENCE_S), self._tellings.stop(PATIENCE_S))
            await running

    async def _plan(self) -> float:
        """Put what is due into the queue, and do what needs no lane; gives the seconds that planning took."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            with contextlib.suppress(QueueAway):
                await self._fill()
            took_s = loop.time() - started
            await self._hubs.begin()
            await self._holds.expire()
            await self._tellings.begin()
        except StoreError as error:
            log.error("the database cannot be used; polling waits", error=str(error))
            return 0.0
        return took_s

    async def _fill(self) -> None:
        """Put what is due into the queue, unless there is enough in it. Raises QueueAway, StoreError."""
        if (await self._queue.stats()).queued < LANES:
            await self._queue.enqueue(await self._lanes.polls_due(LANES), urgent=True)
            await self._queue.enqueue(await self._lanes.others_due(), urgent=False)
