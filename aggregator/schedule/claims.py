"""Claims due sources and polls them side by side: the one way in which a poll begins, for every driver.

Of one lane (a host, a platform) no more are claimed than may be asked at once, whichever process asks: a slow host with
a thousand sources takes up one place, not all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from datetime import datetime, timedelta

import structlog

from aggregator.errors import StoreError
from aggregator.model import Config, FetchPolicy
from aggregator.poll.poller import Poller, Result
from aggregator.store import Crowd, Store

log = structlog.get_logger(__name__)

LEASE_S = 900.0  # far longer than a poll with its wait in the lane of a busy host
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

    def take(self, config: Config) -> None:
        """Go by another config from the next poll on."""
        self._poller.take(config)

    @property
    def running(self) -> int:
        """Polls under way."""
        return len(self._running)

    async def begin(
        self, keys: Collection[str] | None = None, force: bool = False, patience: timedelta = timedelta(0)
    ) -> list[asyncio.Task[Result | None]]:
        """Claim what is due (``force``: whatever of ``keys`` nobody polls right now) and start polling it.

        Lanes that rest for longer than ``patience`` are left alone, unless it is by ``force``.

        Raises:
            StoreError: the database refused the claim.
        """
        room = BATCH - len(self._running)
        if room <= 0:
            return []
        now = self._clock()
        crowd = Crowd(self._policy.host_concurrency, tuple(self._running), None if force else now + patience)
        claimed = await asyncio.to_thread(self._store.claim, now, self._worker, LEASE_S, room, keys, force, crowd)
        # A poll that waits in the lane of a slow platform for longer than its lease is claimed again: that prolongs it.
        fresh = [key for key in claimed if key not in self._running]
        started = [asyncio.create_task(self._poll(key), name=f"poll {key}") for key in fresh]
        for key, task in zip(fresh, started, strict=True):
            self._running[key] = task
        return started

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
            await asyncio.shield(asyncio.to_thread(self._store.release, [key], self._worker))
            raise
        finally:
            self._running.pop(key, None)

    async def stop(self, patience_s: float) -> None:
        """Let polls under way finish for ``patience_s`` seconds, then give up the rest; they stay due."""
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
