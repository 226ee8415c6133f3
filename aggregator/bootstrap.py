"""The one place where the parts meet: a config becomes a running house."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b

import structlog

import aggregator
from aggregator.errors import ConfigError, StoreError
from aggregator.fetch import Fetcher
from aggregator.metrics import Meters
from aggregator.model import Config
from aggregator.notify.courier import Courier
from aggregator.notify.listener import Listener
from aggregator.notify.parcel import Send
from aggregator.notify.receivers import receivers
from aggregator.poll.adopt import adopt
from aggregator.poll.backfill import Backfiller
from aggregator.poll.holds import Holds, hidden
from aggregator.poll.pages import Pages
from aggregator.poll.poller import Poller, Tools
from aggregator.poll.websub import Hubs
from aggregator.poll.workers import Readers
from aggregator.publish import digests
from aggregator.publish.publisher import Publisher
from aggregator.schedule.backfills import Backfills
from aggregator.schedule.claims import Claims
from aggregator.schedule.lanes import Lanes
from aggregator.schedule.tellings import Tellings
from aggregator.schedule.visits import Visits
from aggregator.schedule.weeks import Weeks
from aggregator.store import Store
from aggregator.traces import collector

log = structlog.get_logger(__name__)

WAIT_S = 60.0  # for a database that is being started


def utc_now() -> datetime:
    """The clock of the house."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a command works with."""

    config: Config
    store: Store
    publisher: Publisher
    claims: Claims
    visits: Visits
    backfills: Backfills
    lanes: Lanes
    holds: Holds
    hubs: Hubs
    tellings: Tellings
    send: Send
    clock: Callable[[], datetime]
    meters: Meters

    async def take(self, config: Config) -> None:
        """Go by another config without a restart: the store first, so that nobody polls or shows what it does not know.

        Where the database is and how servers are asked stay as they were until the next start.

        Raises:
            StoreError: the database refused; the old config stays.
        """
        await asyncio.to_thread(agree, config, self.store, self.clock())
        self.claims.take(config)
        self.visits.take(config)
        self.backfills.take(config)
        self.holds.take(config)
        self.hubs.take(config)
        self.tellings.take(config)
        self.publisher.take(config)


@asynccontextmanager
async def house(
    config: Config, clock: Callable[[], datetime] = utc_now, readers: Readers | None = None
) -> AsyncIterator[House]:
    """The house of ``config``: its database is at the head of the migrations and says what the config says.

    It opens and closes ``readers``, a pool of its own unless one is given.

    Raises:
        StoreError: the database cannot be used.
    """
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, collector.start(os.environ))
        store = await asyncio.to_thread(open_store, config, clock())
        stack.callback(store.close)
        meters = Meters()
        publisher = Publisher(config, store, timed=meters.rendered)
        stack.callback(publisher.close)
        worker = f"{socket.gethostname()}:{os.getpid()}:{random.randrange(10**12)}"  # noqa: S311 - a name, not a secret
        fetcher = await stack.enter_async_context(Fetcher(config.fetch, aggregator.__version__))
        readers = await stack.enter_async_context(readers or Readers())
        tools = Tools(store, fetcher, readers, clock, random.random, worker, publisher.noticed, meters.polled)
        poller = Poller(config, tools)
        stack.push_async_callback(poller.close)
        claims = Claims(store, poller, clock, worker, config.fetch)
        visits = Visits(store, Pages(config, tools), clock, config.sources)
        backfills = Backfills(config, store, Backfiller(config, tools), clock, worker)
        lanes = Lanes(config, store, claims, visits, backfills, clock)
        holds = Holds(config, store, clock, publisher.noticed)
        hubs = Hubs(config, store, fetcher, clock)
        courier = Courier(config, store, fetcher.send, clock, random.random, publisher.hidden)
        listener = Listener(
            config, store, partial(digests.output, publisher), partial(digests.topics, publisher), clock
        )
        tellings = Tellings(courier, listener, Weeks(store, clock, publisher.noticed))
        # Before what they work with goes: whoever leaves in the middle of a round gives back what is not polled yet.
        stack.push_async_callback(claims.stop, 0)
        stack.push_async_callback(visits.stop, 0)
        stack.push_async_callback(backfills.stop, 0)
        stack.push_async_callback(hubs.stop)
        stack.push_async_callback(tellings.stop, 0)
        yield House(
            config,
            store,
            publisher,
            claims,
            visits,
            backfills,
            lanes,
            holds,
            hubs,
            tellings,
            fetcher.send,
            clock,
            meters,
        )


@dataclass(frozen=True, slots=True)
class Front:
    """What serves documents and polls nobody: it goes by what others write into the database."""

    config: Config
    store: Store
    publisher: Publisher
    clock: Callable[[], datetime]
    meters: Meters

    async def take(self, config: Config) -> None:
        """Make documents by another config from now on; that the database agrees is the matter of those who poll."""
        self.publisher.take(config)


@asynccontextmanager
async def front(config: Config) -> AsyncIterator[Front]:
    """The front of ``config``, on a database that is at the head of the migrations.

    Raises:
        StoreError: the database cannot be used.
    """
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, collector.start(os.environ))
        store = await asyncio.to_thread(Store.open, config.database_url)
        stack.callback(store.close)
        meters = Meters()
        publisher = Publisher(config, store, timed=meters.rendered)
        stack.callback(publisher.close)
        yield Front(config, store, publisher, utc_now, meters)


async def shared(config: Config, command: str) -> None:
    """Wait for the PostgreSQL that several processes of ``command`` work on, and migrate it; any number at once.

    Raises:
        ConfigError: it is SQLite.
        StoreError: it cannot be reached for a minute, or is newer than this program.
    """
    url = config.database_url
    if url.startswith("sqlite"):
        raise ConfigError(
            [
                f"`aggregator {command}` is one of several processes on one PostgreSQL: set database_url to "
                "postgresql://user@host/name. On SQLite one process does everything: `aggregator serve`."
            ]
        )
    before = await _reached(url)
    await asyncio.to_thread(Store.upgrade, url)
    after = await asyncio.to_thread(Store.current, url)
    log.info(
        "the database is at revision " + (after or "?") + ("" if before == after else f", was at {before or 'none'}")
    )


async def _reached(url: str) -> str | None:
    """The revision of the database, once it answers. Raises StoreError."""
    until = asyncio.get_running_loop().time() + WAIT_S
    while True:
        try:
            return await asyncio.to_thread(Store.current, url)
        except StoreError as error:
            if asyncio.get_running_loop().time() > until:
                raise
            log.warning("waiting for the database", error=str(error))
            await asyncio.sleep(2)


def open_store(config: Config, now: datetime) -> Store:
    """The config's database, migrated, with the rows of its sources and what is written by hand."""
    Store.upgrade(config.database_url)
    store = Store.open(config.database_url)
    try:
        agree(config, store, now)
    except BaseException:
        store.close()
        raise
    return store


def agree(config: Config, store: Store, now: datetime) -> None:
    """Let an open store say what the config says now: its sources, what is written by hand, what belongs together,
    and who is told of news from now on."""
    synced = store.sync(config, now)
    for key in synced.removed:
        log.info("no longer in the config: polling stops, its articles stay published", source=key)
    adopt(config, store, now)
    store.outbox.hide(hidden(config, store), now)
    store.outbox.meet(receivers(config).keys(), now)
    store.published_config(shown(config), now)


def shown(config: Config) -> str:
    """A digest of what documents show of the config and of this program; another digest means other bytes."""
    said = [getattr(config, one.name) for one in fields(config) if one.name in ("site", "owners")]
    return blake2b(f"{aggregator.__version__} {said!r}".encode(), digest_size=16).hexdigest()
