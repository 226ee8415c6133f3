"""Databases for thousands of histories: each begins empty, and can be put aside and put back in no time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import create_engine, delete, insert, make_url, select

from aggregator.store import Store
from aggregator.store.schema import metadata, state

# The same history has the same ids every time it is told: Hypothesis plays one again to see what in it matters.
EMPTY: Mapping[str, list[dict[str, Any]]] = {"state": [{"name": "seal", "value": {"secret": "5e" * 32, "years": {}}}]}


class Database(Protocol):
    """One history's database."""

    url: str

    def back_up(self, store: Store) -> object:
        """Everything in it."""

    def put_back(self, backup: Any) -> None:
        """Let it be what it was; nobody has it open."""

    def close(self) -> None:
        """It is not needed any more."""


@cache
def _folder() -> Path:
    """In memory where the system offers that; what is asked here is not whether disks keep what they are given."""
    memory = Path("/dev/shm")
    in_memory = os.access(memory, os.W_OK)
    folder = tempfile.TemporaryDirectory(prefix="aggregator-histories-", dir=memory if in_memory else None)
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


@cache
def _empty() -> bytes:
    path = _folder() / "empty.db"
    Store.upgrade(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(insert(state), EMPTY["state"])
    engine.dispose()
    return path.read_bytes()


class SqliteFile:
    """A file, written anew for each history, and backed up by SQLite's online backup."""

    def __init__(self, backup: bytes | None = None) -> None:
        self._path = _folder() / "history.db"
        self.url = f"sqlite:///{self._path}"
        self.put_back(_empty() if backup is None else backup)

    def back_up(self, store: Store) -> bytes:
        """The file that `aggregator db backup` writes."""
        path = self._path.with_name(f"{self._path.stem}.backup")
        store.backup(path)
        backup = path.read_bytes()
        path.unlink()
        return backup

    def put_back(self, backup: bytes) -> None:
        """As docs/operators.md tells."""
        self.close()
        self._path.write_bytes(backup)

    def close(self) -> None:
        """Remove it."""
        for end in ("", "-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{end}").unlink(missing_ok=True)


class PostgresqlRows:
    """The tables of one database, emptied for each history; a backup is all of their rows.

    pg_dump takes a second for what is asked here a thousand times; that it works is another test's business.
    """

    def __init__(self, url: str, backup: Mapping[str, list[dict[str, Any]]] | None = None) -> None:
        self.url = url
        self._engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
        self.put_back(backup or EMPTY)

    def back_up(self, store: Store) -> Mapping[str, list[dict[str, Any]]]:
        """Every row of every table."""
        with self._engine.connect() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in metadata.sorted_tables
            }

    def put_back(self, backup: Mapping[str, list[dict[str, Any]]]) -> None:
        """Those rows and no others."""
        with self._engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
            for table in metadata.sorted_tables:
                if backup.get(table.name):
                    connection.execute(insert(table), backup[table.name])

    def close(self) -> None:
        """Let go of it; the next history empties it."""
        self._engine.dispose()
