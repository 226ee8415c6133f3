"""How a database is reached and spoken to: one set of rules for SQLite, one for PostgreSQL, one kind of error."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from aggregator.errors import StoreError

BUSY_S = 30
"""How long a writer waits for another one before it gives up."""

APPLICATION = "aggregator"
"""What connections to PostgreSQL are called there, unless the address says otherwise."""

_WRITE = "aggregator_write"  # execution option: this transaction is going to write


def address(url: str) -> URL:
    """The parsed ``database_url``; ``postgresql://`` means psycopg.

    Raises StoreError for another engine, and for SQLite without a file: an in-memory database would be another one
    for every connection.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "database_url is no database address; use sqlite:///path/to/file.db or postgresql://user@host/name"
        ) from error
    engine = parsed.get_backend_name()
    if engine in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if engine == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite+pysqlite")
    raise StoreError(
        f"database_url: {parsed.render_as_string(hide_password=True)} cannot be used; "
        "use sqlite:///path/to/file.db or postgresql://user@host/name"
    )


def connect(url: URL, *, busy_s: int = BUSY_S) -> Engine:
    """A lazy engine: nothing is opened before the first transaction."""
    return _sqlite(url, busy_s) if url.get_backend_name() == "sqlite" else _postgresql(url, busy_s)


def _sqlite(url: URL, busy_s: int) -> Engine:
    engine = create_engine(url, connect_args={"timeout": busy_s})

    @event.listens_for(engine, "connect")
    def configure(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # sqlite3 must not begin or commit by itself (it would leave DDL outside of the transaction, traps.md T21);
        # this way is the same on Python 3.11 and on those with `autocommit`, which cannot say BEGIN IMMEDIATE.
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        # FULL: a commit is on the disk when it returns. With NORMAL a power cut may undo the last ones, and an
        # article that subscribers have already seen would be minted again under another id.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-16384")  # KiB
        # pages; a merge touches many of them a little, and at the default each would be written twice every time
        cursor.execute("PRAGMA wal_autocheckpoint=4000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE: a transaction that reads first and writes later would otherwise fail when another wrote between.
        writes = connection.get_execution_options().get(_WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL, busy_s: int) -> Engine:
    wished: dict[str, Any] = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    wished["fallback_application_name"] = APPLICATION
    # pre_ping: a server that was restarted must cost nobody a failed request
    engine = create_engine(url, pool_pre_ping=True, connect_args=wished)

    @event.listens_for(engine, "connect")
    def configure(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = dbapi.cursor()
        cursor.execute(f"SET lock_timeout = '{busy_s}s'")
        cursor.close()
        dbapi.commit()

    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write."""
    return engine.execution_options(**{_WRITE: True})


def reading(engine: Engine) -> Engine:
    """The same engine for transactions in which every statement sees the same state."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def clock(connection: Connection, now: datetime) -> datetime:
    """What time it is on the machine of the database; SQLite has none of its own."""
    if connection.dialect.name == "sqlite":
        return now
    return connection.scalar(select(func.clock_timestamp())) or now


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turns what a driver raises inside into StoreError with what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(_message(url, error)) from error


def _message(url: URL, error: Exception) -> str:
    reason = str(getattr(error, "orig", None) or error).strip()
    name = url.render_as_string(hide_password=True)
    if isinstance(error, IntegrityError):
        return f"{name} refused what contradicts itself, nothing of it was kept: {reason}"
    if url.get_backend_name() == "sqlite":
        return _sqlite_message(str(url.database), reason)
    if isinstance(error, OperationalError):
        return f"{name}: {reason}. Check that the server runs, and that database_url names it and a user of it."
    return f"{name}: {reason}"


_SQLITE_ADVICE = (
    ("not a database", "is no SQLite database, or its first bytes are damaged: name another file in database_url, or "
     "put back a backup with `aggregator db restore BACKUP`"),
    ("malformed", "is damaged: stop the service and put back a backup with `aggregator db restore BACKUP`; without "
     "one, `sqlite3 FILE .recover` may save what is left"),
    ("unable to open", "cannot be opened: check that its directory may be written to by this user"),
    ("readonly", "may not be written to by this user: check the permissions of the file and of its directory"),
    ("disk is full", "needs more room: the disk is full; nothing was lost, free some space and try again"),
    ("disk i/o", "cannot be read or written: the disk reports an error. What was saved before is kept; look at the "
     "log of the system, and take a backup to another disk"),
    ("locked", "is being written to by another process for very long: try again, or look for a second service on it"),
    ("no such", "does not have the tables of this program: run `aggregator db upgrade`"),
)  # fmt: skip


def _sqlite_message(path: str, reason: str) -> str:
    for sign, advice in _SQLITE_ADVICE:
        if sign in reason.lower():
            return f"{path} {advice} ({reason})"
    return f"{path}: {reason}"


def prepare(url: URL) -> None:
    """Make the directory of a SQLite file and put the file into WAL mode, which it then stays in.

    Raises StoreError. WAL: readers never wait for a writer, nor a writer for readers.
    """
    if url.get_backend_name() != "sqlite":
        return
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be made: {error.strerror}; database_url names a file in it") from error
    with explained(url):
        dbapi = sqlite3.connect(path, timeout=BUSY_S)
        try:
            _switch_to_wal(dbapi)
        finally:
            dbapi.close()


def _switch_to_wal(dbapi: sqlite3.Connection) -> None:
    # SQLite does not wait for a lock here, whatever the timeout: two processes that start at once would get "locked"
    until = time.monotonic() + BUSY_S
    while dbapi.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            dbapi.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
