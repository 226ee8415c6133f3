"""The queue of lanes in PostgreSQL, by PgQueuer; loaded by workers only.

Chosen by measurement among nine: 8,000 jobs a second with one worker, and jobs of a killed worker come back by
themselves. Its tables are not logged: what a crash of the server loses of them is planned again a second later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.domain.settings import DBSettings, Durability

from aggregator.errors import StoreError
from aggregator.schedule.queue import QueueAway, Stats, Work
from aggregator.store import engine

log = structlog.get_logger(__name__)

LANES = 200  # that one worker works in at once
HEARTBEAT = timedelta(seconds=20)  # a worker that was not heard of for so long loses its lanes to others
AGAIN_S = 1.0
_BATCH = 50
_LOOK = timedelta(seconds=5)  # for new lanes, should a notification be lost
_TIDY_S = 60.0
_KEPT = timedelta(minutes=10)  # what PgQueuer writes about jobs that are done; it never removes it
_ENTRYPOINT = "lane"
_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
# Parameters of the address that asyncpg understands; it would send others to the server, which refuses them.
_PARAMETERS = frozenset(
    {"host", "port", "dbname", "database", "user", "password", "passfile", "service", "target_session_attrs"}
    | {"sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation"}
    | {"ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib", "application_name", "options"}
)


def settings() -> DBSettings:
    """The names of the tables, beside those of another program that uses PgQueuer in the same database."""
    return DBSettings(prefix="aggregator_", durability=Durability.volatile)


def dsn(url: str) -> str:
    """``database_url`` as asyncpg takes it."""
    address = engine.address(url)
    kept = {name: value for name, value in address.query.items() if name in _PARAMETERS}
    return address.set(drivername="postgresql", query=kept).render_as_string(hide_password=False)


class PgQueue:
    """One per worker; it connects anew for as long as it runs, and work under way goes on meanwhile."""

    def __init__(self, url: str) -> None:
        self._dsn = dsn(url)
        self._settings = settings()
        self._installed = False
        self._queries: Queries | None = None
        self._manager: QueueManager | None = None
        self._working: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stopped.set()

    async def enqueue(self, lanes: Sequence[str], urgent: bool) -> int:
        """See ``Queue``."""
        if not lanes:
            return 0
        payloads: list[bytes | None] = [lane.encode() for lane in lanes]
        count = len(lanes)
        with self._explained():
            ids = await self._connected().enqueue(
                [_ENTRYPOINT] * count,
                payloads,
                [int(urgent)] * count,
                dedupe_key=list(lanes),
                on_conflict="skip",
            )
        return sum(one is not None for one in ids)

    async def stats(self) -> Stats:
        """See ``Queue``."""
        with self._explained():
            found = await self._connected().queue_size()
        counted = {"queued": 0, "picked": 0}
        for one in found:
            counted[one.status] = counted.get(one.status, 0) + one.count
        return Stats(counted["queued"], counted["picked"])

    async def run(self, work: Work) -> None:
        """See ``Queue``."""
        self._stopped.clear()
        try:
            while not self._stopping.is_set():
                try:
                    await self._session(work)
                except Exception as error:  # whatever it is: polling has to go on when it is over
                    self._installed = False
                    log.error("the queue cannot be reached; tried again", error=str(error) or type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), AGAIN_S)
        finally:
            self._stopped.set()

    async def stop(self, patience_s: float) -> None:
        """See ``Queue``."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()
        if self._working:
            _, late = await asyncio.wait(self._working.values(), timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._stopped.wait()

    # ── one connection ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _session(self, work: Work) -> None:
        """Take lanes for as long as the connection lasts. Raises what is in ``_TROUBLE``."""
        async with self._connection() as (connection, queries):
            manager = QueueManager(queries, channel=self._settings.channel)

            @manager.entrypoint(_ENTRYPOINT)
            async def lane(job: Job) -> None:
                await asyncio.shield(self._work((job.payload or b"").decode(), job.priority > 0, work))

            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            self._manager, self._queries = manager, queries
            running = asyncio.create_task(
                manager.run(
                    dequeue_timeout=_LOOK,
                    batch_size=_BATCH,
                    max_concurrent_tasks=LANES,
                    heartbeat_timeout=HEARTBEAT,
                    log_aggregation_interval=timedelta(0),
                )
            )
            beside = [asyncio.create_task(self._tidy(queries)), asyncio.create_task(lost.wait())]
            try:
                await asyncio.wait({running, beside[1]}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._manager = self._queries = None
                for task in (running, *beside):
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
            with contextlib.suppress(asyncio.CancelledError):
                await running
            if lost.is_set() and not self._stopping.is_set():
                raise ConnectionError("the connection to the database is gone")

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncpg.Connection, Queries]]:
        connection = await asyncpg.connect(self._dsn, timeout=10, command_timeout=30)
        try:
            queries = Queries(
                AsyncpgDriver(connection),
                QueryBuilderEnvironment(self._settings),
                QueryQueueBuilder(self._settings),
                QuerySchedulerBuilder(self._settings),
            )
            if not self._installed:
                await _install(queries)
                self._installed = True
            yield connection, queries
        finally:
            with contextlib.suppress(*_TROUBLE):
                await connection.close(timeout=2)

    async def _tidy(self, queries: Queries) -> None:
        """Remove what was written about jobs that are done."""
        table = self._settings.qualified.queue_table_log
        while True:
            with contextlib.suppress(*_TROUBLE):  # the session ends by itself where the connection does
                await queries.driver.execute(f"DELETE FROM {table} WHERE created < now() - $1::interval", _KEPT)  # noqa: S608
            await asyncio.sleep(_TIDY_S)

    # ── one lane ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _work(self, lane: str, urgent: bool, work: Work) -> asyncio.Task[None]:
        """The work in a lane; where it is under way, by a job of a connection that broke, that one."""
        if lane not in self._working:
            self._working[lane] = asyncio.create_task(self._until_done(lane, urgent, work), name=f"lane {lane}")
        return self._working[lane]

    async def _until_done(self, lane: str, urgent: bool, work: Work) -> None:
        try:
            await work(lane, urgent)
        except Exception:
            log.exception("the work in this lane broke this program; please report it", lane=lane)
        finally:
            self._working.pop(lane, None)

    def _connected(self) -> Queries:
        if self._queries is None:
            raise QueueAway("the queue is not connected")
        return self._queries

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _TROUBLE as error:
            raise StoreError(f"the queue: {error or type(error).__name__}") from error


async def _install(queries: Queries) -> None:
    """Make the tables, or bring them to what this version of PgQueuer needs; any number of workers at once."""
    async with queries.schema_lock():
        if not await queries.schema_is_installed():
            await queries.install()
            return
    await queries.upgrade()
