"""Databases to test on: every test that asks for one runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from aggregator.store import Store
from aggregator.store.schema import metadata
from tests import compiled

# Many tests start the program as a process of its own: twice as long if each has to compile all of it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

compiled.share()

# Both are imported by tests of several folders, whichever comes first: a failed history tells what it found.
pytest.register_assert_rewrite("tests.core.dedupe.histories", "tests.shell.histories.machine")

# The same examples every time: what a run proved stays proved. How long one takes on a busy machine says nothing.
settings.register_profile("laws", deadline=None, derandomize=True)
settings.load_profile("laws")

SERVER = os.environ.get("AGGREGATOR_TEST_POSTGRESQL") or "postgresql://postgres@127.0.0.1:5432/postgres"
REQUIRED = os.environ.get("AGGREGATOR_REQUIRE_SERVICES") == "1"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors for ``-n auto``: half of the time a test waits, for a server or a clock."""
    return 1 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Server:
    """A PostgreSQL server on which databases of our own are made, and dropped in the end."""

    def __init__(self, admin: Engine) -> None:
        self._admin = admin
        self._made: dict[str, str] = {}

    def database(self, purpose: str) -> str:
        """The URL of a database for this purpose in this session: made at the first call, empty then."""
        if purpose not in self._made:
            name = f"aggregator_test_{purpose}_{os.getpid()}_{secrets.token_hex(4)}"
            with self._admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
            self._made[purpose] = name
        url = self._admin.url.set(drivername="postgresql", database=self._made[purpose])
        return url.render_as_string(hide_password=False)

    def blank(self) -> str:
        """The URL of a database without any table; the same one for every test, so that tests stay quick."""
        url = self.database("blank")
        with _connected(url) as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        return url

    def drop(self) -> None:
        """Drop every database that was made here."""
        with self._admin.connect() as connection:
            for name in self._made.values():
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    bind = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with bind.begin() as connection:
        yield connection
    bind.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server named by AGGREGATOR_TEST_POSTGRESQL, else the local one."""
    url = make_url(SERVER).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        admin.connect().close()
    except OperationalError as error:
        reason = f"no PostgreSQL server at {url.host}:{url.port} (set AGGREGATOR_TEST_POSTGRESQL): {error.orig}"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    server = Server(admin)
    yield server
    server.drop()
    admin.dispose()


@pytest.fixture(scope="session")
def _sqlite_at_head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("at-head") / "aggregator.db"
    Store.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgresql_at_head(postgresql: Server) -> Iterator[Engine]:
    url = postgresql.database("head")
    Store.upgrade(url)
    bind = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    yield bind
    bind.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the engine that this run of the test is on."""
    return str(request.param)


@pytest.fixture
def blank_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The ``database_url`` of a database without any table; on SQLite of a file that is not there yet."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'blank' / 'aggregator.db'}"
    server = request.getfixturevalue("postgresql")
    assert isinstance(server, Server)
    return server.blank()


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The ``database_url`` of an empty database with all tables."""
    if engine == "sqlite":
        path = tmp_path / "aggregator.db"
        shutil.copyfile(request.getfixturevalue("_sqlite_at_head"), path)
        return f"sqlite:///{path}"
    bind = request.getfixturevalue("_postgresql_at_head")
    assert isinstance(bind, Engine)
    with bind.begin() as connection:  # one round trip; quicker than TRUNCATE for a handful of rows
        connection.execute(text(";".join(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables))))
    return bind.url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def open_store(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Store]]:
    """Opens stores by URL and closes them after the test."""
    opened: list[Store] = []

    def opening(url: str) -> Store:
        opened.append(Store.open(url))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


@pytest.fixture
def store(database_url: str, open_store: Callable[[str], Store]) -> Store:
    """An empty store."""
    return open_store(database_url)
