"""The real house on a loopback web: its config, its polls, its HTTP service, and every row that it keeps."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from aggregator.api.app import create_app
from aggregator.bootstrap import House, house, utc_now
from aggregator.config import load
from aggregator.model import Config
from aggregator.poll.adopt import with_written
from aggregator.poll.poller import Result
from aggregator.store.schema import metadata
from tests.shell.nursery import readers

BASE_URL = "https://feeds.example.org"
FORMATS = ("rss.xml", "atom.xml", "feed.json", "index.json")
DOCUMENTS = ("/", *(f"/{name}" for name in FORMATS))
FETCH = """\
fetch:
  allow_private: [127.0.0.0/8]
  per_host: {concurrency: 64, interval: 0s}
"""


class Clock:
    """A clock that stands until it is put forward."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **period: float) -> None:
        """Let time pass; ``period`` as timedelta takes it."""
        self.at += timedelta(**period)


def config_text(database_url: str, owners: str, fetch: str = FETCH) -> str:
    """The YAML of a config with these owners, as somebody would write it."""
    site = f"site:\n  title: Acceptance\n  base_url: {BASE_URL}\n"
    return f"{site}database_url: {database_url}\n{fetch}owners:\n{owners}"


def configured(folder: Path, database_url: str, owners: str, fetch: str = FETCH) -> Config:
    """That config, read from a file as every command reads it."""
    path = folder / "aggregator.yaml"
    path.write_text(config_text(database_url, owners, fetch), encoding="utf-8")
    return with_written(load(path, {}))


def on_engines(everywhere: Iterable[str], sqlite_only: Iterable[str]) -> list[Any]:
    """Parameters ``("engine", name)``: the hard cases on both engines, the others on one."""
    hard = list(everywhere)
    on_sqlite = [pytest.param("sqlite", name) for name in (*hard, *sqlite_only)]
    return [*on_sqlite, *(pytest.param("postgresql", name, marks=pytest.mark.postgresql) for name in hard)]


# ── the service over HTTP ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Service:
    """The running service as a visitor sees it."""

    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> Reply:
        """GET, with header names spelled with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(f"{self.url}{path}", headers=named, allow_redirects=False) as response:
            return Reply(response.status, await response.read(), response.headers)

    async def etags(self, paths: Iterable[str] = DOCUMENTS) -> dict[str, str]:
        """The entity tag of every document."""
        replies = {path: await self.get(path) for path in paths}
        refused = [(path, reply.status, reply.body) for path, reply in replies.items() if reply.status != 200]
        assert not refused, refused
        return {path: reply.headers["ETag"] for path, reply in replies.items()}

    async def documents(self, paths: Iterable[str] = DOCUMENTS) -> dict[str, bytes]:
        """The bytes of every document."""
        replies = {path: await self.get(path) for path in paths}
        refused = [(path, reply.status, reply.body) for path, reply in replies.items() if reply.status != 200]
        assert not refused, refused
        return {path: reply.body for path, reply in replies.items()}

    async def index(self, query: str = "kind=all&limit=200") -> list[dict[str, Any]]:
        """The items of the index."""
        items = (await self.get(f"/index.json?{query}")).json()["items"]
        assert isinstance(items, list)
        return items


@asynccontextmanager
async def visited(url: str) -> AsyncIterator[Service]:
    """The service at ``url``."""
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        yield Service(url.rstrip("/"), session)


@asynccontextmanager
async def serving(config: Config, rooms: House) -> AsyncIterator[Service]:
    """The application of these rooms on a free port, in this process."""
    # asyncio switches Nagle's algorithm off only where it sees TCP named: 40 ms for each request otherwise
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        app = create_app(config, rooms.store, rooms.publisher)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        running = asyncio.create_task(server.serve([listening]))
        try:
            async with visited(f"http://127.0.0.1:{listening.getsockname()[1]}") as service:
                yield service
        finally:
            server.should_exit = True
            await running


@dataclass(frozen=True, slots=True)
class Living:
    """A house that is open, and its service."""

    rooms: House
    service: Service

    async def poll(self, *keys: str, force: bool = True) -> dict[str, Result]:
        """Poll these sources one after the other (all of them at once without a name)."""
        rounds = [[key] for key in keys] or [[source.key for source in self.rooms.config.sources if source.enabled]]
        return {
            result.source_key: result for wanted in rounds async for result in self.rooms.claims.round(wanted, force)
        }


@asynccontextmanager
async def living(config: Config, clock: Clock | None = None) -> AsyncIterator[Living]:
    """Open the house of ``config`` and serve it."""
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(house(config, clock or utc_now, readers()))
        yield Living(rooms, await stack.enter_async_context(serving(config, rooms)))


# ── the database ────────────────────────────────────────────────────────────────────────────────────────────────────

TABLES = tuple(sorted(metadata.tables))
Rows = dict[str, list[tuple[Any, ...]]]


def engine_of(database_url: str) -> Engine:
    """A connection of one's own, beside the store's."""
    url = make_url(database_url)
    return create_engine(url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url)


def rows(database_url: str) -> Rows:
    """Every row of every table, in order; on PostgreSQL with the transaction that wrote it."""
    bind = engine_of(database_url)
    extra = "xmin::text, " if bind.dialect.name == "postgresql" else ""
    with bind.connect() as connection:
        found = {
            table: sorted((tuple(row) for row in connection.execute(text(f"SELECT {extra}* FROM {table}"))), key=repr)
            for table in TABLES
        }
    bind.dispose()
    return found


@dataclass(slots=True)
class Watch:
    """What was written while one looked: table -> how many rows."""

    written: dict[str, int] = field(default_factory=dict)


@contextmanager
def watched(database_url: str) -> Iterator[Watch]:
    """See every row that is written, also one that is replaced by its equal."""
    bind = engine_of(database_url)
    watch = Watch()
    if bind.dialect.name == "sqlite":
        with bind.begin() as connection:
            _set_triggers(connection)
    before = rows(database_url)
    try:
        yield watch
    finally:
        after = rows(database_url)
        watch.written = {table: len(set(after[table]) ^ set(before[table])) for table in TABLES}
        if bind.dialect.name == "sqlite":
            with bind.begin() as connection:
                for table, count in connection.execute(text("SELECT name, count(*) FROM seen_by_test GROUP BY name")):
                    watch.written[table] = max(count, watch.written[table])
                _drop_triggers(connection)
        watch.written = {table: count for table, count in watch.written.items() if count}
        bind.dispose()


def _set_triggers(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE seen_by_test (name TEXT)"))
    for table in TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            said = f"BEGIN INSERT INTO seen_by_test VALUES ('{table}'); END"
            connection.execute(text(f"CREATE TRIGGER seen_{table}_{event} AFTER {event} ON {table} {said}"))


def _drop_triggers(connection: Connection) -> None:
    for table in TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            connection.execute(text(f"DROP TRIGGER seen_{table}_{event}"))
    connection.execute(text("DROP TABLE seen_by_test"))
