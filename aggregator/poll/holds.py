"""Brings what is held back of a flood to an end: by the owner's word, or when a day has passed without one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import structlog

from aggregator.dedupe.news import WAIT, released
from aggregator.model import Config, Waiting
from aggregator.sources import keys_of
from aggregator.store import Store

log = structlog.get_logger(__name__)

WORKER = "holds"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of articles that were held back, oldest hold first."""

    announced: tuple[Waiting, ...] = ()
    index_only: tuple[Waiting, ...] = ()


def settle(
    config: Config,
    store: Store,
    now: datetime,
    until: datetime,
    goes: Callable[[Waiting], bool],
    keys: Collection[str] | None = None,
) -> Settled:
    """End what was held back at or before ``until`` (of these sources; None: of all), in one transaction.

    Those for which ``goes`` holds are announced, on top of the feeds. Two processes at once end each hold once.

    Raises:
        StoreError: the database refused; everything waits as before.
    """
    hides = hidden(config, store)
    with store.merging(WORKER) as unit:
        holds = unit.held(until, keys)
        waiting = unit.waiting(holds)
        going = released([one for one in waiting if goes(one)], hides)
        unit.settle(holds, [one.state for one in waiting if one.hold.ulid in going], now)
    return Settled(
        tuple(one for one in waiting if one.hold.ulid in going),
        tuple(one for one in waiting if one.hold.ulid not in going),
    )


def hidden(config: Config, store: Store) -> frozenset[str]:
    """Ulids of the articles that the config hides. Raises StoreError."""
    return frozenset(ulid for owner in config.owners for url in owner.hide for ulid in store.find(keys_of(url)))


class Holds:
    """Ends holds whose day has passed. Any number of processes may do so."""

    def __init__(
        self, config: Config, store: Store, clock: Callable[[], datetime], noticed: Callable[[], None]
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._noticed = noticed

    def take(self, config: Config) -> None:
        """Go by another config from the next time on."""
        self._config = config

    async def expire(self) -> None:
        """Announce what was recent when it came a day ago, and leave the rest of it in the index only.

        Raises:
            StoreError: the database refused.
        """
        now = self._clock()
        if not await asyncio.to_thread(self._store.holds, now - WAIT):
            return
        done = await asyncio.to_thread(settle, self._config, self._store, now, now - WAIT, lambda one: one.hold.recent)
        if done.announced:
            self._noticed()
        announced, left = _by_source(done.announced), _by_source(done.index_only)
        for key in sorted(announced | left):
            log.info(
                "a day has passed: what was held back is settled",
                source=key,
                announced=announced[key],
                index_only=left[key],
            )


def _by_source(waiting: Collection[Waiting]) -> Counter[str]:
    return Counter(one.hold.source_key for one in waiting)
