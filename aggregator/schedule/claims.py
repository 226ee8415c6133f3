"""Claims due sources and polls them side by side: the one way in which a poll begins, for every driver.

Of one lane (a host, a platform) no more are claimed than may be asked at once, whichever process asks: a slow host with
a thousand sources takes up one place, not all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from aggregator.errors import StoreError
from aggregator.model import Config, FetchPolicy
from aggregator.poll.poller import Poller, Result
from aggregator.store import Crowd, Store

log = structlog.get_logger(__name__)

LEASE_S = 40.0  # so soon the sources of a process that died are polled by others
RENEW_S = 10.0  # for as long as a poll lasts its lease is prolonged so often
BATCH = 200  # polls under way at once; the fetcher limits how many of them talk to the network
SHORT_REST = timedelta(minutes=1)  # of a lane; a round for which somebody waits leaves it to the fetcher to wait for it


class Claims:
    """Sources leased to this process, and the polls they are in."""

    def __init__(
        self, store: Store, poller: Poller, clock: Callable[[], datetime], worker: str, policy: FetchPolicy
    ) -> None:
        self._store = store
        self._poller = poller
        self._clock = clock
        self._worker = worker
        self._policy = policy
        self._running: dict[str, asyncio.Task[Result | None]] = {}
        self._written_by: dict[str, float] = {}  # loop time until which a poll that is over may wait to be written
        self._keeper: asyncio.Task[None] | None = None
        # Of its own: where everything else waits for a thread, leases are the last that may.
        self._renewer = ThreadPoolExecutor(1, "leases")
        self._lost: set[asyncio.Task[Result | None]] = set()
        self._ending = False

    def take(self, config: Config) -> None:
        """Go by another config from the next poll on."""
        self._poller.take(config)

    @property
    def running(self) -> int:
        """Polls under way."""
        return len(self._running)

    async def begin(
        self,
        keys: Collection[str] | None = None,
        force: bool = False,
        patience: timedelta = timedelta(0),
        lane: str | None = None,
    ) -> list[asyncio.Task[Result | None]]:
        """Claim what is due (``force``: whatever of ``keys`` nobody polls right now) and start polling it.

        ``lane``: in this one only. Lanes that rest for longer than ``patience`` are left alone, unless it is by
        ``force``.

        Raises:
            StoreError: the database refused the claim.
        """
        room = BATCH - len(self._running)
        if room <= 0:
            return []
        now = self._clock()
        rested_by = None if force else now + patience
        crowd = Crowd(self._policy.host_concurrency, tuple(self._running), rested_by, lane)
        claimed = await asyncio.to_thread(self._store.claim, now, self._worker, LEASE_S, room, keys, force, crowd)
        started = [asyncio.create_task(self._poll(key), name=f"poll {key}") for key in claimed]
        self._running.update(zip(claimed, started, strict=True))
        if started and (self._keeper is None or self._keeper.done()):
            self._keeper = asyncio.create_task(self._keep(), name="leases")
        return started

    async def lane(self, lane: str, enough_s: float) -> int:
        """Poll what is due in one lane until nothing is, or for about ``enough_s`` seconds; gives the number of polls.

        Raises:
            StoreError: the database refused a claim.
        """
        loop = asyncio.get_running_loop()
        until, polled = loop.time() + enough_s, 0
        running: set[asyncio.Task[Result | None]] = set()
        while True:
            if not self._ending and loop.time() < until and await self._rested(lane, until - loop.time()):
                running |= set(await self.begin(patience=SHORT_REST, lane=lane))
            if not running:
                return polled
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            polled += len(done)

    async def _rested(self, lane: str, within_s: float) -> bool:
        """Wait until a lane may be asked, whoever asked there last; False: that is too far away."""
        now = self._clock()
        free_at = await asyncio.to_thread(self._store.lanes.free_at, lane, now)
        rest_s = (free_at - now).total_seconds() if free_at else 0.0
        if rest_s > within_s:
            return False
        await asyncio.sleep(rest_s)
        return not self._ending

    async def round(self, keys: Collection[str], force: bool) -> AsyncIterator[Result]:
        """Poll all of ``keys`` that are due, each once, and give the results as they come."""
        left = set(keys)
        running: set[asyncio.Task[Result | None]] = set()
        while True:
            started = await self.begin(sorted(left), force, SHORT_REST) if left else []
            left -= {task.get_name().removeprefix("poll ") for task in started}
            running |= set(started)
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                result = await task
                if result is not None:
                    yield result

    async def _poll(self, key: str) -> Result | None:
        try:
            return await self._poller.poll(key)
        except StoreError as error:
            log.error("the database refused; this source is tried again", source=key, error=str(error))
            return None
        except asyncio.CancelledError:
            if asyncio.current_task() in self._lost:
                return None
            await asyncio.shield(asyncio.to_thread(self._store.release, [key], self._worker))
            raise
        finally:
            self._running.pop(key, None)
            self._written_by[key] = asyncio.get_running_loop().time() + LEASE_S

    async def _keep(self) -> None:
        """Prolong the leases of what is polled, for as long as anything is.

        A process that was frozen finds that others have its sources. Nothing of its polls is written (the lease is
        looked at in the transaction that writes), and those that are still to ask somebody do not.
        """
        suspects: set[asyncio.Task[Result | None]] = set()
        loop = asyncio.get_running_loop()
        while self._running or self._written_by:
            await asyncio.sleep(RENEW_S)
            polls = dict(self._running)
            self._written_by = {key: until for key, until in self._written_by.items() if until > loop.time()}
            keys, until = {*polls, *self._written_by}, self._clock() + timedelta(seconds=LEASE_S)
            try:
                kept = await loop.run_in_executor(self._renewer, self._store.lanes.renew, keys, self._worker, until)
            except StoreError as error:
                log.error("the database refused; leases are prolonged later", error=str(error))
                continue
            # Once is no proof: a poll may have been written, and its lease given back, a moment ago.
            lost = {task for key, task in polls.items() if key not in kept and not task.done()}
            for task in lost & suspects:
                log.warning("lease.lost", source=task.get_name().removeprefix("poll "))
                self._lost.add(task)
                task.add_done_callback(self._lost.discard)
                task.cancel()
            suspects = lost

    def end(self) -> None:
        """Let no lane go on after the polls that are under way."""
        self._ending = True

    async def stop(self, patience_s: float) -> None:
        """Let polls under way finish for ``patience_s`` seconds, then give up the rest; they stay due."""
        self.end()
        await self._finish(patience_s)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._renewer.shutdown()

    async def _finish(self, patience_s: float) -> None:
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
