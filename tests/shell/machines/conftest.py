"""Databases for several processes: one on the server of the other tests, and a server of one's own to restart."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from aggregator.store import Store
from aggregator.store.schema import metadata
from tests.conftest import REQUIRED, Server


def value(url: str, statement: str) -> object:
    """What one statement gives, or nothing."""
    bind = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with bind.begin() as connection:
        found = connection.execute(text(statement))
        row = found.first() if found.returns_rows else None
    bind.dispose()
    return None if row is None else row[0]


@pytest.fixture
def url(postgresql: Server) -> str:
    """An empty database with all tables; the queue's own tables stay from test to test."""
    found = postgresql.database("machines")
    Store.upgrade(found)
    value(found, ";".join(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables)))
    if value(found, "SELECT to_regclass('aggregator_pgqueuer')"):
        value(found, "DELETE FROM aggregator_pgqueuer")
    return found


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server that may be restarted: nobody else uses it."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        """Its database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def control(self, *arguments: str) -> None:
        """``pg_ctl`` with these arguments."""
        _as_postgres("pg_ctl", "--pgdata", str(self.data), "--silent", "--wait", *arguments)

    def start(self) -> None:
        """Begin to listen."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.data} -c fsync=off"
        self.control("--log", str(self.data / "log"), "--options", options, "start")

    def restart(self) -> None:
        """Break every connection, and come back."""
        self.control("--mode", "fast", "stop")
        self.start()


def _as_postgres(program: str, *arguments: str) -> None:
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*user, str(_binaries() / program), *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")


def _binaries() -> Path:
    """Where the newest server on this machine is."""
    if found := shutil.which("pg_ctl"):
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of one's own."""
    if not (_binaries() / "initdb").exists():
        reason = "no PostgreSQL server programs on this machine (initdb, pg_ctl)"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="aggregator-cluster-"))  # pytest's are for this user only
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    made = Cluster(folder / "data", port)
    _as_postgres(
        "initdb", "--pgdata", str(made.data), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"
    )
    made.start()
    yield made
    made.control("--mode", "immediate", "stop")
    shutil.rmtree(folder)
