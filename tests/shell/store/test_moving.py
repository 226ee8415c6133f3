"""A database that is moved to another engine, backed up or put back says the same, byte for byte."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Boolean, Column, Integer, LargeBinary, insert, select

from aggregator.errors import StoreError
from aggregator.publish.publisher import Place, Publisher
from aggregator.render import formats
from aggregator.store import Store, backups, engine, moving, versions
from aggregator.store.schema import metadata
from aggregator.store.types import Id, Json, Moment
from tests.conftest import Server
from tests.shell.api.library import CONFIG, WORKS, stock
from tests.shell.store.made import NOW

SCOPES = ((), ("asha",), ("asha", "tag", "kafka"), ("bo", "kind", "all"))
SEARCHES = ("kafka", '"ring buffers"', "joins -kafka", "kfaka", "templates")
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


def sqlite(folder: Path, name: str = "aggregator.db") -> URL:
    return engine.address(f"sqlite:///{folder / name}")


def url_of(address: URL) -> str:
    return address.render_as_string(hide_password=False)


def any_value(column: Column[Any]) -> Any:
    if isinstance(column.type, Moment):
        return NOW
    if isinstance(column.type, Json):
        return {"z": [1, "ü\x00"], "a": None}
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, LargeBinary):
        return b"\x00\xff"
    return 2**31 - 1 if isinstance(column.type, Integer | type(Id)) else "ñ"


@pytest.fixture
def full(tmp_path: Path) -> URL:
    """A SQLite database with rows in every table."""
    url = sqlite(tmp_path)
    Store.upgrade(url_of(url))
    store = Store.open(url_of(url))
    stock(store)
    store.close()
    bind = engine.connect(url)
    with engine.writing(bind).begin() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                connection.execute(insert(table), {one.name: any_value(one) for one in table.c})
    bind.dispose()
    return url


def rows(url: URL) -> dict[str, list[Any]]:
    bind = engine.connect(url)
    with bind.connect() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    bind.dispose()
    return found


def documents(url: URL) -> dict[object, bytes]:
    store = Store.open(url_of(url))
    publisher = Publisher(CONFIG, store)
    try:
        found: dict[object, bytes] = {
            (scope, name): publisher.document(Place(scope, name)).body for scope in SCOPES for name in formats()
        }
        for query in SEARCHES:
            found[query] = publisher.document(Place((), "index.json"), [("q", query)]).body
        return found
    finally:
        publisher.close()
        store.close()


@pytest.mark.postgresql
def test_there_and_back_it_is_the_same(full: URL, postgresql: Server, tmp_path: Path) -> None:
    before, said = rows(full), documents(full)
    assert all(before.values())
    assert len(set(said.values())) > len(SEARCHES)
    there = engine.address(postgresql.blank())
    told: list[tuple[int, int]] = []
    counts = moving.copy(full, there, lambda done, total: told.append((done, total)))
    assert counts == {name: len(found) for name, found in before.items()}
    assert told[-1] == (sum(counts.values()), sum(counts.values()))
    assert rows(there) == before
    assert documents(there) == said

    backups.backup(there, tmp_path / "monday.db")
    assert backups.restore(sqlite(tmp_path, "back.db"), tmp_path / "monday.db", NOW) is None
    assert rows(sqlite(tmp_path, "back.db")) == before
    assert documents(sqlite(tmp_path, "back.db")) == said

    with pytest.raises(StoreError, match="not empty, there are rows in"):
        backups.restore(there, tmp_path / "monday.db", NOW)
    assert rows(there) == before
    again = engine.address(postgresql.blank())
    assert backups.restore(again, tmp_path / "monday.db", NOW) is None
    assert rows(again) == before
    assert documents(again) == said
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix == ".db") == [
        "aggregator.db",
        "back.db",
        "monday.db",
    ]


def test_nothing_is_written_over(full: URL, tmp_path: Path) -> None:
    other = sqlite(tmp_path, "other.db")
    Store.upgrade(url_of(other))
    store = Store.open(url_of(other))
    stock(store, [WORKS[1]])
    store.close()
    before = rows(other)
    with pytest.raises(StoreError, match=r"other\.db is not empty"):
        moving.copy(full, other)
    assert rows(other) == before
    with pytest.raises(StoreError, match="no tables yet"):
        moving.copy(sqlite(tmp_path, "nothing.db"), sqlite(tmp_path, "new.db"))
    assert not (tmp_path / "new.db").exists()


@pytest.mark.postgresql
def test_what_the_other_engine_refuses_leaves_nothing(full: URL, postgresql: Server) -> None:
    with closing(sqlite3.connect(str(full.database))) as opened, opened:
        opened.execute("UPDATE told SET what = 'a' || char(0) || 'b'")  # the last but one table; PostgreSQL has no NUL
    there = engine.address(postgresql.blank())
    with pytest.raises(StoreError, match="postgresql"):
        moving.copy(full, there)
    assert versions.current(there) is None


@pytest.mark.parametrize("engine", ["sqlite", POSTGRESQL], indirect=True)
def test_a_running_service_is_seen(database_url: str, open_store: Callable[[str], Store]) -> None:
    url = engine.address(database_url)
    moving.refuse_running(url)
    store = open_store(database_url)
    store.revision()
    with pytest.raises(StoreError, match=r"in use.*stop the service"):
        moving.refuse_running(url)
    store.close()
    moving.refuse_running(url)


# ── putting back ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_put_back_and_the_file_before_it_is_kept(full: URL, tmp_path: Path) -> None:
    backups.backup(full, tmp_path / "monday.db")
    before = rows(full)
    store = Store.open(url_of(full))
    stock(store, [WORKS[1]])
    store.revision()
    with pytest.raises(StoreError, match="in use: stop the service"):
        backups.restore(full, tmp_path / "monday.db", NOW)
    store.close()
    after = rows(full)
    assert after != before
    kept = backups.restore(full, tmp_path / "monday.db", NOW)
    assert kept == tmp_path / "aggregator.db.before-restore-20260519T093458.123456Z"
    assert rows(full) == before
    assert rows(engine.address(f"sqlite:///{kept}")) == after


def test_a_damaged_database_is_replaced_and_kept(full: URL, tmp_path: Path) -> None:
    backups.backup(full, tmp_path / "monday.db")
    before = rows(full)
    Path(str(full.database)).write_bytes(b"SQLite format 3\x00" + b"\xa5" * 20_000)
    Path(f"{full.database}-wal").write_bytes(b"what was not yet in the file")
    kept = backups.restore(full, tmp_path / "monday.db", NOW)
    assert kept is not None
    assert kept.stat().st_size == 20_016
    assert Path(f"{kept}-wal").read_bytes() == b"what was not yet in the file"
    assert rows(full) == before


def _damaged(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[8192:] = os.urandom(len(body) - 8192)
    path.write_bytes(body)


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")


def _leading_nowhere(path: Path) -> None:
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute("DELETE FROM owners")


def _another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute("CREATE TABLE notes (text)")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_damaged, "damaged"),
        (_newer, "upgrade the program"),
        (_leading_nowhere, "rows of sources lead nowhere"),
        (_another_programs, "no tables of this program"),
        (lambda path: path.write_text("Dear diary"), "no SQLite database"),
        (lambda path: path.unlink(), "no such file"),
    ],
)
def test_what_cannot_be_put_back_changes_nothing(
    full: URL, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    backup = tmp_path / "backups" / "monday.db"
    backups.backup(full, backup)
    spoil(backup)
    before = rows(full)
    with pytest.raises(StoreError, match=said) as caught:
        backups.restore(full, backup, NOW)
    assert "monday.db" in str(caught.value)
    assert rows(full) == before
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["aggregator.db"]


def test_the_database_itself_is_no_backup_of_it(full: URL) -> None:
    with pytest.raises(StoreError, match="the database itself"):
        backups.restore(full, Path(str(full.database)), NOW)
