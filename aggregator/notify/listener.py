"""Listens whether published output reads differently, for those who build from it and for hubs.

The revision of the store tells cheaply that something was written. Whether a byte changed is looked at when it has
been quiet for a while: nobody is woken for nothing, or once for each of ten posts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from aggregator.errors import StoreError
from aggregator.model import Calm, Config, Event
from aggregator.notify.receivers import wants
from aggregator.store import Store
from aggregator.store.echoes import Echo
from aggregator.store.happened import event
from aggregator.store.types import EPOCH

log = structlog.get_logger(__name__)

FOR_HUBS = Calm(quiet_s=10, apart_s=60)
_OVERLAP = timedelta(minutes=10)  # what was written is dated when its poll began
_TERMS_OF = 200  # articles

Topics = Callable[[Sequence[str], Sequence[str]], Mapping[str, tuple[str, str]]]


class Listener:
    """One per process; of several one looks at a time.

    ``output`` gives the digest of everything that is published, ``topics`` the feeds that may read differently after
    the articles of some owners under some terms changed: by path, address and digest.
    """

    def __init__(
        self, config: Config, store: Store, output: Callable[[], str], topics: Topics, clock: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._store = store
        self._output = output
        self._topics = topics
        self._clock = clock
        self._looking: asyncio.Task[None] | None = None

    def take(self, config: Config) -> None:
        """Go by another config from now on."""
        self._config = config

    def begin(self) -> asyncio.Task[None]:
        """Look, if it is time; one look at once."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="listen")
        return self._looking

    async def stop(self) -> None:
        """Wait for a look that is under way."""
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        try:
            await asyncio.to_thread(self.look)
        except StoreError as error:
            log.error("the database refused; published output is looked at later", error=str(error))

    def look(self) -> None:
        """Look now, if it is time; blocks.

        Raises:
            StoreError: the database refused.
        """
        config, now = self._config, self._clock()
        if wants(config, ("export.changed",)):
            self._hear("output", config.deploy, now, self._output_changed)
        if config.site.hubs:
            self._hear("hubs", FOR_HUBS, now, self._topics_changed)

    def _hear(self, name: str, calm: Calm, now: datetime, changed: Callable[[Echo, datetime], None]) -> None:
        echo = self._store.echoes.due(name, self._store.revision(), calm, now)
        if echo is None:
            return
        try:
            changed(echo, now)
        except BaseException:
            self._store.echoes.release(echo)
            raise

    def _output_changed(self, echo: Echo, now: datetime) -> None:
        digest = self._output()
        happened: list[Event] = []
        if echo.digest not in (None, digest):
            happened = [event("export.changed", "output", now, {"digest": digest, "previous_digest": echo.digest})]
        self._store.echoes.heard(echo, digest, happened, now)

    def _topics_changed(self, echo: Echo, now: datetime) -> None:
        """A feed that was never looked at counts as changed, but for the first time of all: an article in it did."""
        echoes = self._store.echoes
        since = EPOCH if echo.looked_at is None else echo.looked_at - _OVERLAP
        found = self._topics(echoes.changed_owners(since), echoes.changed_terms(since, _TERMS_OF))
        known = echoes.topics(found.keys())
        happened = [
            event("topic.changed", path, now, {"url": address}, digest)
            for path, (address, digest) in found.items()
            if echo.digest is not None and known.get(path) != digest
        ]
        digests = {path: digest for path, (_, digest) in found.items()}
        echoes.heard(echo, str(echo.revision), happened, now, digests)
