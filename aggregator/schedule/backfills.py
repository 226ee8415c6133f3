"""Reads histories on in the time that polls leave, a page at a time, where the config asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import structlog

from aggregator import sources
from aggregator.errors import StoreError
from aggregator.model import Backfill, Config, Source
from aggregator.poll.backfill import Backfiller
from aggregator.schedule.claims import LEASE_S, RENEW_S
from aggregator.store import Store

log = structlog.get_logger(__name__)

MOST = 2  # steps at once; the lanes keep those of one platform or host apart
LEASE = timedelta(seconds=LEASE_S)  # prolonged while a page lasts: who was killed keeps others waiting so long
PATIENCE = timedelta(minutes=2)  # that somebody who asks for a history at once waits for its next page
_OTHERS_S = 1.0  # between two looks at what another process reads


def wanted(config: Config) -> dict[str, Source]:
    """The sources, by key, whose config asks for more than their feed has."""
    return {one.key: one for one in config.sources if one.enabled and one.feed_url and one.backfill != 0}


class Backfills:
    """The histories that this process reads."""

    def __init__(
        self, config: Config, store: Store, backfiller: Backfiller, clock: Callable[[], datetime], worker: str
    ) -> None:
        self._store = store
        self._backfiller = backfiller
        self._clock = clock
        self._worker = worker
        self._wanted = wanted(config)
        self._opened = False
        self._ending = False
        self._running: dict[str, asyncio.Task[None]] = {}

    def take(self, config: Config) -> None:
        """Go by another config from the next step on."""
        self._backfiller.take(config)
        self._wanted = wanted(config)
        self._opened = False

    async def begin(self) -> list[asyncio.Task[None]]:
        """Begin a step of every history that is due, as far as there is room.

        Raises:
            StoreError: the database refused.
        """
        limits = self._limits()
        room = MOST - len(self._running)
        if not limits or room <= 0:
            return []
        now = self._clock()
        if not self._opened:
            await asyncio.to_thread(self._open, limits, now)
            self._opened = True
        due = await asyncio.to_thread(self._store.backfills.due, now, limits.keys() - self._running.keys(), room)
        if not due:
            return []
        claimed = await asyncio.to_thread(self._store.backfills.claim, due, now, self._worker, LEASE)
        return [self._start(key, limits[key]) for key in claimed]

    def _start(self, key: str, limit: int | None) -> asyncio.Task[None]:
        task = self._running[key] = asyncio.create_task(self._step(key, limit), name=f"backfill {key}")
        return task

    async def lanes_due(self, most: int = MOST) -> list[str]:
        """Up to ``most`` lanes with histories to read on, longest due first.

        Raises:
            StoreError: the database refused.
        """
        wanted, now = self._wanted, self._clock()
        if not wanted:
            return []
        if not self._opened:
            await asyncio.to_thread(self._open, self._limits(), now)
            self._opened = True
        due = await asyncio.to_thread(self._store.backfills.due, now, wanted.keys(), most)
        return list(dict.fromkeys(_lane(wanted[key]) for key in due))

    async def lane(self, lane: str) -> None:
        """Take one step in one lane, if one is due; nobody else does meanwhile.

        Raises:
            StoreError: the database refused.
        """
        limits = {key: one.backfill for key, one in self._wanted.items() if _lane(one) == lane}
        if not limits or self._ending:
            return
        now = self._clock()
        due = await asyncio.to_thread(self._store.backfills.due, now, limits.keys(), 1)
        claimed = await asyncio.to_thread(self._store.backfills.claim, due, now, self._worker, LEASE)
        await asyncio.gather(*(self._start(key, limits[key]) for key in claimed))

    def _limits(self) -> dict[str, int | None]:
        return {key: source.backfill for key, source in self._wanted.items()}

    def _open(self, limits: Mapping[str, int | None], now: datetime) -> None:
        """Note which histories are to be read; one that had enough goes on where more is wanted now."""
        known = self._store.backfills.known(limits.keys())
        lacking = [key for key, one in known.items() if one.state == "enough" and _lacks(one, limits[key])]
        self._store.backfills.begin({key: one.feed_url for key, one in self._wanted.items()}, now, lacking)

    async def run(
        self,
        sources: Collection[Source],
        limit: Callable[[Source], int | None],
        told: Callable[[Backfill, bool], None] = lambda state, elsewhere: None,
        anew: bool = False,
    ) -> dict[str, Backfill]:
        """Read these histories now, side by side, each to its end or to where its server wants a rest.

        ``told`` gets every state on the way, and whether another process is at it; ``anew``: from the start, whatever
        was read before.

        Raises:
            StoreError: the database refused.
        """
        feeds = {one.key: one.feed_url for one in sources}
        await asyncio.to_thread(self._store.backfills.begin, feeds, self._clock(), feeds.keys(), anew)
        await asyncio.gather(*(self._walk(one, limit(one), told) for one in sources))
        return await asyncio.to_thread(self._store.backfills.known, [one.key for one in sources])

    async def _walk(self, source: Source, limit: int | None, told: Callable[[Backfill, bool], None]) -> None:
        key = source.key
        while True:
            now = self._clock()
            mine = await asyncio.to_thread(self._store.backfills.claim, [key], now, self._worker, LEASE)
            if mine:
                await self._held(key, limit)
            state = (await asyncio.to_thread(self._store.backfills.known, [key]))[key]
            told(state, not mine and state.due_at is not None)
            if state.due_at is None or state.failures or state.due_at - self._clock() > PATIENCE:
                return
            await asyncio.sleep(max((state.due_at - self._clock()).total_seconds(), 0 if mine else _OTHERS_S))

    async def _held(self, key: str, limit: int | None) -> None:
        """One step, its lease prolonged for as long as it takes."""
        keeper = asyncio.create_task(self._keep(key), name=f"lease of backfill {key}")
        try:
            await self._backfiller.step(key, limit)
        finally:
            keeper.cancel()

    async def _keep(self, key: str) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await asyncio.to_thread(self._store.backfills.renew, key, self._worker, self._clock() + LEASE)
            except StoreError as error:
                log.error("the database refused; the lease is prolonged later", source=key, error=str(error))

    async def _step(self, key: str, limit: int | None) -> None:
        try:
            await self._held(key, limit)
        except StoreError as error:
            log.error("the database refused; this history is read on later", source=key, error=str(error))
        finally:
            self._running.pop(key, None)

    def end(self) -> None:
        """Let no lane go on after what is under way."""
        self._ending = True

    async def stop(self, patience_s: float) -> None:
        """Let steps under way finish for ``patience_s`` seconds, then give up the rest; they stay due."""
        self.end()
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _lane(source: Source) -> str:
    """That of the source, for all of its history: what it names elsewhere is asked from there, too."""
    return sources.lane(source.feed_url, source.kind)


def _lacks(state: Backfill, limit: int | None) -> bool:
    return limit is None or state.articles < limit
