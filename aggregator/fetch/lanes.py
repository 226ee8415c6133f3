"""Keeps requests to one platform or host apart, so that many sources on it never look like an attack to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Lane:
    interval_s: float  # between two starts
    places: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)  # one start after the other
    users: int = 0  # in it or waiting for it
    free_at: float = 0.0  # loop time of the next permitted start
    closed_until: float = 0.0  # loop time until which a host in it asked to be left alone


class Lanes:
    """One lane per name, first come, first served: so many requests at once, starts so many seconds apart.

    ``spacing_s`` gives the seconds that a lane wants by itself; the larger of the two counts. A lane is forgotten as
    soon as nobody uses it and nothing is left to wait for.
    """

    def __init__(
        self,
        concurrency: int,
        host_concurrency: int,
        host_interval_s: float,
        spacing_s: Callable[[str], float] = lambda name: 0.0,
    ) -> None:
        self._all = asyncio.Semaphore(concurrency)
        self._host_concurrency = host_concurrency
        self._interval_s = host_interval_s
        self._spacing_s = spacing_s
        self._lanes: dict[str, _Lane] = {}
        self._sweep_at = 256

    def __len__(self) -> int:
        """How many lanes are remembered."""
        return len(self._lanes)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[float]:
        """Wait for a place in the lane ``name`` and in the house, and hold both inside the block.

        Yields 0, or the seconds for which the lane still wants to be left alone: then nothing in it must be asked.
        A place in the house is taken last, so that a request that waits in its own lane keeps nobody else out.
        """
        lane = self._lanes.get(name)
        if lane is None:
            interval_s = max(self._interval_s, self._spacing_s(name))
            lane = self._lanes[name] = _Lane(interval_s, asyncio.Semaphore(self._host_concurrency))
        lane.users += 1
        try:
            async with lane.places:
                rest = await self._start(lane)
                try:
                    yield rest
                finally:
                    if not rest:
                        self._all.release()
        finally:
            lane.users -= 1
            self._sweep()

    async def step(self, name: str) -> None:
        """Wait inside a turn before one more request that belongs to it, such as a redirect within the platform.

        That is the distance which the owner wants on every host; the platform's own counts from here for the next.
        """
        await asyncio.sleep(self._interval_s)
        lane = self._lanes[name]
        lane.free_at = max(lane.free_at, _now() + lane.interval_s)

    def close(self, name: str, seconds: int) -> None:
        """Remember that a host asked for ``seconds`` of rest (Retry-After): it holds for all addresses of its lane.

        Not where nothing is kept apart at all: that is said of hosts of one's own, where one address that is busy says
        nothing about the next.
        """
        lane = self._lanes.get(name)
        if lane is not None and lane.interval_s > 0:
            lane.closed_until = max(lane.closed_until, _now() + seconds)

    async def _start(self, lane: _Lane) -> float:
        async with lane.gate:
            if lane.closed_until <= lane.free_at:  # else there is no turn to wait for
                await asyncio.sleep(max(0.0, lane.free_at - _now()))
            if (rest := lane.closed_until - _now()) > 0:
                return rest
            await self._all.acquire()
            lane.free_at = _now() + lane.interval_s
            return 0.0

    def _sweep(self) -> None:
        if len(self._lanes) < self._sweep_at:
            return
        now = _now()
        self._lanes = {
            name: lane for name, lane in self._lanes.items() if lane.users or max(lane.free_at, lane.closed_until) > now
        }
        self._sweep_at = max(256, 2 * len(self._lanes))


def _now() -> float:
    return asyncio.get_running_loop().time()
