"""SQLite files as files: copied while in use, looked through for damage, and known to be nobody's for the moment."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from aggregator.errors import StoreError
from aggregator.store import engine

SIDES = ("-wal", "-shm", "-journal")
"""What may stand beside a database file and belongs to it."""

READ_THROUGH = 256 * 1024**2
"""Bytes of a file that is read for damage at every start: this takes half a second at most."""

_PATIENCE_S = 1  # for somebody who is just closing the file


def path_of(url: URL) -> Path:
    """The file of a SQLite address."""
    return Path(str(url.database))


def address(path: Path) -> URL:
    """The SQLite address of a file."""
    return URL.create("sqlite+pysqlite", database=str(path))


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write a database into; when that is done it takes the place of ``path``, else it goes.

    Raises StoreError: the directory cannot be written to.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        for end in ("", *SIDES):
            Path(f"{partial}{end}").unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """Copy a database into a new file while it is in use (SQLite's online backup), complete or not at all.

    Raises StoreError: damage, a full disk.
    """
    with (
        engine.explained(address(source)),
        closing(sqlite3.connect(source, timeout=engine.BUSY_S)) as opened,
        closing(sqlite3.connect(target)) as written,
    ):
        opened.backup(written)
        written.execute("PRAGMA journal_mode=DELETE")


def check(path: Path, name: str) -> None:
    """Read a whole database file for damage. Raises StoreError, which calls the file ``name``."""
    try:
        with closing(sqlite3.connect(path)) as opened:
            found = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
            broken = opened.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{name} is no SQLite database, or it is damaged ({error}): name another backup") from error
    if found != "ok" or broken is not None:
        reason = found if found != "ok" else f"rows of {broken[0]} lead nowhere"
        raise StoreError(f"{name} is damaged ({reason}): name another backup")


def sound(path: Path) -> None:
    """Read a database file for damage before it is worked with, if it is of an ordinary size. Raises StoreError."""
    if path.stat().st_size > READ_THROUGH:
        return
    with engine.explained(address(path)), closing(sqlite3.connect(path, timeout=engine.BUSY_S)) as opened:
        found = str(opened.execute("PRAGMA integrity_check(1)").fetchone()[0])
        if found != "ok":
            raise sqlite3.DatabaseError(f"malformed: {' '.join(found.split())}")


def settle(path: Path) -> bool:
    """Bring what stands in the log into the file itself; False: it is so damaged that this cannot be done.

    Raises StoreError: another process has the file open. The log can be given up only by the last who has it open.
    """
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S)) as opened:
            opened.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return False
        raise StoreError(f"{path} is in use: stop the service, or what else has it open, and try again") from error
    except sqlite3.DatabaseError:
        return False
    return True
