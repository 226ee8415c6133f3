"""Claims due sources and polls them side by side: the one way in which a poll begins, for every driver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from datetime import datetime

import structlog

from aggregator.errors import StoreError
from aggregator.model import Config
from aggregator.poll.poller import Poller, Result
from aggregator.store import Store

log = structlog.get_logger(__name__)

LEASE_S = 900.0  # far longer than a poll with its wait in the lane of a busy host
BATCH = 200  # polls under way at once; the fetcher limits how many of them talk to the network


class Claims:
    """Sources leased to this process, and the polls they are in."""

    def __init__(self, store: Store, poller: Poller, clock: Callable[[], datetime], worker: str) -> None:
        self._store = store
        self._poller = poller
        self._clock = clock
        self._worker = worker
        self._running: dict[str, asyncio.Task[Result | None]] = {}

    def take(self, config: Config) -> None:
        """Go by another config from the next poll on."""
        self._poller.take(config)

    @property
    def running(self) -> int:
        """Polls under way."""
        return len(self._running)

    async def begin(
        self, keys: Collection[str] | None = None, force: bool = False
    ) -> list[asyncio.Task[Result | None]]:
        """Claim what is due (``force``: whatever of ``keys`` nobody polls right now) and start polling it.

        Raises:
            StoreError: the database refused the claim.
        """
        room = BATCH - len(self._running)
        if room <= 0:
            return []
        claimed = await asyncio.to_thread(self._store.claim, self._clock(), self._worker, LEASE_S, room, keys, force)
        # A poll that waits in the lane of a slow platform for longer than its lease is claimed again: that prolongs it.
        fresh = [key for key in claimed if key not in self._running]
        started = [asyncio.create_task(self._poll(key), name=f"poll {key}") for key in fresh]
        for key, task in zip(fresh, started, strict=True):
            self._running[key] = task
        return started

    async def round(self, keys: Collection[str], force: bool) -> AsyncIterator[Result]:
        """Poll all of ``keys`` that are due, each once, and give the results as they come."""
        left = set(keys)
        while left:
            chunk = sorted(left)
            started = await self.begin(chunk, force)
            left -= {task.get_name().removeprefix("poll ") for task in started}
            if not started:
                return
            for done in asyncio.as_completed(started):
                result = await done
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
