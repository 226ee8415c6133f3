"""Begins visits to articles' own pages in the time that polls leave: few at once, one per platform or host.

The caller begins none while polls are under way, and here a lane in which a poll is about to be due is left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

import structlog

from aggregator import sources
from aggregator.errors import StoreError
from aggregator.model import Config, Page, Source, Visit
from aggregator.poll.pages import Pages
from aggregator.store import Store

log = structlog.get_logger(__name__)

MOST = 4  # visits at once
WINDOW = 500  # pages looked at to find so many in different lanes
LEASE = timedelta(minutes=15)  # a visit that did not end by then is begun again, by whoever comes
_LONG = timedelta(minutes=1)  # a rest from which on the pages of a lane need not be looked at again and again
_VISIT = timedelta(seconds=5)  # a visit takes so long, and ...
_SPACES = 3  # ... so often what its platform wants between requests: before robots.txt, before the page, and after it
_AHEAD = timedelta(minutes=2)


class Visits:
    """The pages that this process visits."""

    def __init__(self, store: Store, pages: Pages, clock: Callable[[], datetime], polled: Iterable[Source]) -> None:
        self._store = store
        self._sources = {source.key: source for source in polled}
        self._pages = pages
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}  # by lane
        self._free_at: dict[str, datetime] = {}  # by lane
        self._ending = False

    def take(self, config: Config) -> None:
        """Go by another config from the next beat on."""
        self._sources = {source.key: source for source in config.sources}
        self._pages.take(config)

    async def begin(self, kind: str | None = None) -> list[asyncio.Task[None]]:
        """Begin visits of due pages (``kind``: only those of such sources), as many as there is room for.

        Raises:
            StoreError: the database refused.
        """
        now = self._clock()
        self._free_at = {lane: at for lane, at in self._free_at.items() if at > now}
        if len(self._running) >= MOST:
            return []
        due = await asyncio.to_thread(self._store.pages_due, now, WINDOW, kind)
        if not due:
            return []
        chosen = self._choose(due, await asyncio.to_thread(self._awaited, now))
        await self._put_off(due, now)
        if not chosen:
            return []
        visits = await asyncio.to_thread(self._store.claim_pages, chosen.keys(), now, now + LEASE)
        return [self._start(visit, chosen[visit.copy.id]) for visit in visits]

    def _start(self, visit: Visit, lane: str) -> asyncio.Task[None]:
        task = self._running[lane] = asyncio.create_task(self._visit(visit, lane), name=f"visit {visit.copy.id}")
        return task

    async def lanes_due(self, most: int = MOST) -> list[str]:
        """Up to ``most`` lanes with pages to visit, longest due first; where a poll is soon due there are none.

        Raises:
            StoreError: the database refused.
        """
        now = self._clock()
        due = await asyncio.to_thread(self._store.pages_due, now, WINDOW)
        awaited = await asyncio.to_thread(self._awaited, now) if due else frozenset()
        return list(dict.fromkeys(lane for page in due if (lane := _lane(page)) not in awaited))[:most]

    async def lane(self, lane: str, enough_s: float) -> None:
        """Visit due pages of one lane, one after the other, for about ``enough_s`` seconds; nobody else does meanwhile.

        Raises:
            StoreError: the database refused.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + enough_s
        while loop.time() < until and not self._ending:
            now = self._clock()
            due = [page for page in await asyncio.to_thread(self._store.pages_due, now, WINDOW) if _lane(page) == lane]
            if not due or lane in await asyncio.to_thread(self._awaited, now):
                return
            visits = await asyncio.to_thread(self._store.claim_pages, [due[0].copy_id], now, now + LEASE)
            await asyncio.gather(*(self._start(visit, lane) for visit in visits))
            rest = self._free_at.get(lane, now) - self._clock()
            await self._put_off(due, self._clock())
            await asyncio.sleep(max(0.0, min(rest, _LONG).total_seconds()))

    async def round(self, kind: str) -> None:
        """Visit every due page of such sources; what politeness puts off is left for the next round.

        Raises:
            StoreError: the database refused.
        """
        while started := await self.begin(kind):
            await asyncio.gather(*started)

    def _awaited(self, now: datetime) -> frozenset[str]:
        """The lanes in which a poll will be due before a visit would be over."""
        states = self._store.states(self._store.due(now, WINDOW, now + _AHEAD))
        soon: set[str] = set()
        for key, state in states.items():
            if source := self._sources.get(key):
                lane = sources.lane(state.feed_url or source.feed_url, source.kind)
                if state.next_poll_at - now <= _VISIT + _SPACES * timedelta(seconds=sources.spacing_s(lane)):
                    soon.add(lane)
        return frozenset(soon)

    def _choose(self, due: Iterable[Page], awaited: Collection[str]) -> dict[int, str]:
        """Copy ids and their lanes: the longest due of each lane that is free."""
        chosen: dict[str, int] = {}
        for page in due:
            lane = _lane(page)
            if len(self._running) + len(chosen) >= MOST:
                break
            if lane not in self._running and lane not in self._free_at and lane not in awaited:
                chosen.setdefault(lane, page.copy_id)
        return {copy_id: lane for lane, copy_id in chosen.items()}

    async def _put_off(self, due: Iterable[Page], now: datetime) -> None:
        """Let the pages of a host that wants a long rest make way for others."""
        waiting: dict[str, set[int]] = {}
        for page in due:
            if self._free_at.get(lane := _lane(page), now) - now > _LONG:
                waiting.setdefault(lane, set()).add(page.copy_id)
        for lane, ids in waiting.items():
            await asyncio.to_thread(self._store.put_off_pages, ids, self._free_at[lane])

    async def _visit(self, visit: Visit, lane: str) -> None:
        rest_s = 0
        try:
            rest_s = await self._pages.visit(visit)
        except StoreError as error:
            log.error("the database refused; this page is visited later", url=visit.copy.entry.url, error=str(error))
        finally:
            self._running.pop(lane, None)
            self._free_at[lane] = self._clock() + timedelta(seconds=max(rest_s, sources.spacing_s(lane)))

    def end(self) -> None:
        """Let no lane go on after what is under way."""
        self._ending = True

    async def stop(self, patience_s: float) -> None:
        """Let visits under way finish for ``patience_s`` seconds, then give up the rest; they are due again later."""
        self.end()
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _lane(page: Page) -> str:
    return sources.lane(page.url, page.kind if page.kind in sources.kinds() else "feed")
