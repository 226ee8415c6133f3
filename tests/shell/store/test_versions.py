"""Revisions: from nothing, twice at once, half done, too old, too new, damaged, out of reach."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, make_url, text

from aggregator.errors import StoreError
from aggregator.store import Store, versions
from aggregator.store import engine as engines
from aggregator.store.schema import HEAD, metadata
from tests.shell.store.made import NOW, article, config, fill, raw, source

NEXT = f"{int(HEAD) + 1:04}"
ONE_MORE = """
import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO half VALUES (1)")
    {more}
"""
BREAK = 'op.execute("INSERT INTO no_such_table VALUES (1)")'
REBUILD = """
    with op.batch_alter_table("articles") as batch:
        batch.alter_column("id", new_column_name="uri")
"""


def scripts(tmp_path: Path, more: str) -> Path:
    """The migrations and one more."""
    path = tmp_path / "alembic"
    shutil.copytree(versions.script_location(), path, ignore=shutil.ignore_patterns("__pycache__"))
    (path / "versions" / f"{NEXT}_more.py").write_text(ONE_MORE.format(next=NEXT, head=HEAD, more=more))
    return path


def tables(database_url: str) -> set[str]:
    with raw(database_url) as connection:
        return set(inspect(connection).get_table_names())


# ── upgrading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_from_nothing_to_head(blank_url: str, open_store: Callable[[str], Store]) -> None:
    assert Store.current(blank_url) is None
    Store.upgrade(blank_url)
    assert Store.current(blank_url) == HEAD
    store = open_store(blank_url)
    assert store.sync(config(source("asha/blog")), NOW).added == ("asha/blog",)
    Store.upgrade(blank_url)
    assert list(store.states()) == ["asha/blog"]


def test_head_is_the_last_revision() -> None:
    assert ScriptDirectory(str(versions.script_location())).get_current_head() == HEAD


def test_the_migrations_make_what_the_statements_expect(database_url: str) -> None:
    expect_the_tables_of_the_statements(database_url)


def _is_of_the_metadata(name: str | None, kind: str, _parents: object) -> bool:
    """All but the full text, which each engine keeps in its own way, in several tables on SQLite."""
    return kind != "table" or not str(name).startswith("article_words")


def expect_the_tables_of_the_statements(database_url: str) -> None:
    with raw(database_url) as connection:
        opts = {"compare_type": True, "include_name": _is_of_the_metadata}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
        found = inspect(connection)
        for table in metadata.sorted_tables:
            indexes = {one["name"]: one["column_names"] for one in found.get_indexes(table.name)}
            expected = {one.name: [column.name for column in one.columns] for one in table.indexes}
            assert {name: indexes.get(name) for name in expected} == expected


def test_both_engines_keep_their_shape(database_url: str) -> None:
    """What inspection does not compare: rows ordered by key on SQLite, byte order on PostgreSQL, partial indexes."""
    with raw(database_url) as connection:
        if connection.dialect.name == "sqlite":
            statement = "SELECT name, sql FROM sqlite_master WHERE sql > ''"
            made = {str(name): str(sql) for name, sql in connection.execute(text(statement))}
            without = {name for name, sql in made.items() if "WITHOUT ROWID" in sql and "article_words" not in name}
            assert without == {
                table.name for table in metadata.sorted_tables if not table.dialect_options["sqlite"]["with_rowid"]
            }
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        else:
            statement = "SELECT indexname, indexdef FROM pg_indexes"
            made = {str(name): str(sql) for name, sql in connection.execute(text(statement))}
            order = connection.scalar(
                text(
                    "SELECT collation_name FROM information_schema.columns "
                    "WHERE table_name = 'article_terms' AND column_name = 'term'"
                )
            )
            assert order == "C"
        for name in ("sources_due", "article_terms_published", "article_terms_announced"):
            assert " WHERE " in made[name]


def test_twice_at_once(blank_url: str) -> None:
    """Two processes upgrade one empty database in the same moment."""
    at = time.time() + 1.5
    program = (
        f"import time; from aggregator.store import Store; import alembic.command; "
        f"time.sleep(max(0, {at} - time.time())); Store.upgrade({blank_url!r})"
    )
    running = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[1] for process in running]
    assert said == ["", ""]
    assert Store.current(blank_url) == HEAD
    assert set(metadata.tables) < tables(blank_url)


def test_a_failed_migration_leaves_the_old_schema(
    database_url: str, tmp_path: Path, open_store: Callable[[str], Store]
) -> None:
    store = open_store(database_url)
    fill(store, [article("A")])
    before = tables(database_url)
    with pytest.raises(StoreError):
        versions.upgrade(engines.address(database_url), scripts(tmp_path, BREAK), NEXT)
    assert tables(database_url) == before
    assert Store.current(database_url) == HEAD
    assert store.article("A") is not None


def test_a_migration_keeps_rows_and_a_copy_of_the_old_file(
    engine: str, blank_url: str, tmp_path: Path, open_store: Callable[[str], Store]
) -> None:
    Store.upgrade(blank_url)
    store = open_store(blank_url)
    fill(store, [article("A")])
    versions.upgrade(engines.address(blank_url), scripts(tmp_path, REBUILD), NEXT)
    assert Store.current(blank_url) == NEXT
    with raw(blank_url) as connection:
        assert connection.scalar(text("SELECT uri FROM articles")) == article("A").id
        assert connection.scalar(text("SELECT count(*) FROM copies")) == 1
    if engine == "sqlite":
        old = Path(str(make_url(blank_url).database) + f".before-{NEXT}")
        with sqlite3.connect(old) as kept:
            assert kept.execute("SELECT id FROM articles").fetchall() == [(article("A").id,)]
        kept.close()
        assert sorted(path.name for path in old.parent.iterdir() if "before" in path.name) == [old.name]


def test_a_migration_that_breaks_references_is_undone(tmp_path: Path, open_store: Callable[[str], Store]) -> None:
    url = f"sqlite:///{tmp_path / 'aggregator.db'}"
    Store.upgrade(url)
    store = open_store(url)
    fill(store, [article("A")])
    with pytest.raises(StoreError, match="would break 1 references"):
        versions.upgrade(engines.address(url), scripts(tmp_path, 'op.execute("DELETE FROM articles")'), NEXT)
    assert Store.current(url) == HEAD
    assert store.article("A") is not None


# ── opening ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_database_is_not_opened(blank_url: str) -> None:
    with pytest.raises(StoreError, match="aggregator db upgrade"):
        Store.open(blank_url)


@pytest.mark.parametrize(
    ("revision", "advice"), [("0000", "aggregator db upgrade"), ("9999", "upgrade the program"), ("f00", "upgrade the")]
)
def test_another_revision_is_not_opened(database_url: str, revision: str, advice: str) -> None:
    with raw(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        connection.commit()
    try:
        with pytest.raises(StoreError, match=advice) as caught:
            Store.open(database_url)
        assert revision in str(caught.value)
        if revision != "0000":
            with pytest.raises(StoreError, match=advice):
                Store.upgrade(database_url)
    finally:
        with raw(database_url) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": HEAD})
            connection.commit()


@pytest.mark.parametrize("what", ["text", "page", "directory"])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, what: str) -> None:
    path = tmp_path / "aggregator.db"
    url = f"sqlite:///{path}"
    if what == "directory":
        path.mkdir()
    elif what == "text":
        path.write_text("This is no database. " * 200)
    else:
        Store.upgrade(url)
        body = bytearray(path.read_bytes())
        body[100:4096] = b"\xff" * 3996
        path.write_bytes(body)
    for call in (Store.open, Store.upgrade, Store.current):
        with pytest.raises(StoreError) as caught:
            call(url)
        assert str(path) in str(caught.value)
        if what != "directory":
            assert "backup" in str(caught.value)


def test_damage_that_shows_later_is_told_too(tmp_path: Path, open_store: Callable[[str], Store]) -> None:
    path = tmp_path / "aggregator.db"
    Store.upgrade(f"sqlite:///{path}")
    store = Store.open(f"sqlite:///{path}")
    fill(store, [article("A")])
    store.close()
    body = bytearray(path.read_bytes())
    body[4096:] = b"\xff" * (len(body) - 4096)
    path.write_bytes(body)
    with pytest.raises(StoreError, match="put back a backup"):
        open_store(f"sqlite:///{path}").article("A")


def test_a_server_out_of_reach_is_told_without_the_password() -> None:
    url = "postgresql://feeds:s3cret@127.0.0.1:1/feeds"
    for call in (Store.open, Store.upgrade, Store.current):
        with pytest.raises(StoreError, match="Check that the server runs") as caught:
            call(url)
        assert "s3cret" not in str(caught.value)
        assert "127.0.0.1:1/feeds" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "aggregator.db", "sqlite://", "sqlite:///:memory:", "mysql://u:pw@h/d", "oracle:x"]
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"use sqlite:///path/to/file\.db or postgresql://") as caught:
        Store.open(url)
    assert "pw" not in str(caught.value)


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Store.upgrade(f"sqlite:///{tmp_path / 'file' / 'data' / 'aggregator.db'}")


# ── backups ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_whole_and_opens(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'aggregator.db'}"
    Store.upgrade(url)
    store = Store.open(url)
    fill(store, [article("A")])
    with store.merging("w"):  # in use
        store.backup(tmp_path / "copies" / "monday.db")
    fill(store, [article("B", 2)])
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == ["monday.db"]
    other = Store.open(f"sqlite:///{tmp_path / 'copies' / 'monday.db'}")
    assert (other.article("A") is None, other.article("B") is None) == (False, True)
    fill(other, [article("C", 3)])
    with pytest.raises(StoreError, match="exists: name a new file"):
        store.backup(tmp_path / "copies" / "monday.db")
    store.close()
    other.close()


def test_a_commit_is_on_the_disk(tmp_path: Path) -> None:
    """The settings on which "no data loss" stands."""
    url = f"sqlite:///{tmp_path / 'aggregator.db'}"
    Store.upgrade(url)
    bind = engines.connect(engines.address(url))
    with bind.connect() as connection:
        found = [connection.scalar(text(f"PRAGMA {name}")) for name in ("synchronous", "foreign_keys", "busy_timeout")]
    bind.dispose()
    assert found == [2, 1, engines.BUSY_S * 1000]
