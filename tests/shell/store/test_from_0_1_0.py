"""A database that version 0.1.0 made and filled: what it holds is there afterwards, and goes on as if made today.

``released_0_1_0.json`` holds its rows: two feeds of one owner, four posts, of which two were one from the first, and
two became one by the owner's ``same``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, insert, inspect, select, text

from aggregator import ingest
from aggregator.dedupe.index import probes
from aggregator.dedupe.signature import sign
from aggregator.model import Copy, Known, Owner, Seal
from aggregator.store import Store, versions
from aggregator.store import engine as engines
from aggregator.store.schema import HEAD, metadata, sources
from tests.shell.store.made import WORKER, raw
from tests.shell.store.test_versions import expect_the_tables_of_the_statements

ROWS = json.loads(Path(__file__).with_name("released_0_1_0.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LAMP, BRIDGE, SEEN = "01M8N1ZNNTS6PMPBM8JBZ4MWDS", "01M8N1ZNNTS6PMPBM8JCSEMC55", "01M8N1ZP3V6KCBH2N6BX1NFDWF"


@pytest.fixture
def old_url(blank_url: str, tmp_path: Path) -> str:
    """The ``database_url`` of that database, not yet upgraded."""
    scripts = tmp_path / "alembic"
    later = [path.name for path in versions.script_location().glob("versions/*.py") if path.name > "0002"]
    shutil.copytree(versions.script_location(), scripts, ignore=shutil.ignore_patterns("__pycache__", *later))
    versions.upgrade(engines.address(blank_url), scripts, "0001")
    with raw(blank_url) as connection:
        there = MetaData()
        there.reflect(connection)
        for name in sorted(ROWS, key=lambda name: (name != "owners", name)):
            table = there.tables[name]
            if ROWS[name]:
                connection.execute(insert(table), [_row(table, row) for row in ROWS[name]])
        connection.commit()
    return blank_url


def _row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.c[name], value) for name, value in row.items()}


def _value(column: Column[Any], value: Any) -> Any:
    kind = column.type.python_type
    if kind is datetime and value is not None:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
    if kind is bytes:
        return bytes.fromhex(value)
    return bool(value) if kind is bool else value


def known(store: Store) -> Known:
    with store.merging(WORKER) as unit:
        ids = (*unit.copy_ids("asha/blog"), *unit.copy_ids("asha/notes"))
        return unit.component(frozenset(ids))


def test_it_becomes_what_a_new_one_is_and_loses_nothing(old_url: str, open_store: Callable[[str], Store]) -> None:
    Store.upgrade(old_url)
    assert Store.current(old_url) == HEAD
    expect_the_tables_of_the_statements(old_url)
    with raw(old_url) as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())
        for name in ("owners", "sources", "poll_log", "articles", "article_terms", "verdicts", "copies", "retired"):
            assert connection.scalar(text(f"SELECT count(*) FROM {name}")) == len(ROWS[name]), name
        assert {row.lane for row in connection.execute(select(sources.c.lane))} == {"127.0.0.1:8971"}
    store = open_store(old_url)
    lamp = store.article(LAMP)
    assert lamp is not None
    state, copies, _ = lamp
    assert (state.title, len(copies)) == ("Mending a lamp", 2)
    assert store.follow(SEEN) == BRIDGE
    assert [status.imported for status in store.sources_rows()] == [False, False]


def test_its_texts_are_found_by_the_words_they_have(old_url: str, open_store: Callable[[str], Store]) -> None:
    """Hashes of 0.1.0 mean nothing now: a text read again would have nothing in common with itself."""
    Store.upgrade(old_url)
    store = open_store(old_url)
    kept = known(store).copies
    for copy in kept:
        (again,) = sign([copy.entry], ())
        assert copy.entry.signature == again.signature
        stranger = Copy(1, "bo/blog", "bo", again, NOW, "second", NOW, "", "")
        wanted = probes([stranger])
        with store.merging(WORKER) as unit:
            by_text = unit.candidates("bo/blog", type(wanted)(samples=wanted.samples))
        assert copy.id in {one.id for one in by_text.copies}


def test_its_ids_keep_their_age(old_url: str, open_store: Callable[[str], Store]) -> None:
    Store.upgrade(old_url)
    births = sorted({(copy.born_at or NOW, copy.born) for copy in known(open_store(old_url)).copies})
    assert [ulid for _, ulid in births] == [LAMP, BRIDGE, SEEN]
    assert [at.isoformat(" ", "milliseconds")[:23] for at, _ in births] == [
        "2026-11-30 01:44:19.386",
        "2026-11-30 01:44:19.386",
        "2026-11-30 01:44:19.835",
    ]


def test_what_retired_lives_again_as_it_was(old_url: str, open_store: Callable[[str], Store]) -> None:
    """The owner takes ``same`` back after the upgrade."""
    Store.upgrade(old_url)
    found = known(open_store(old_url))
    bridge, seen = (next(copy for copy in found.copies if copy.born == ulid) for ulid in (BRIDGE, SEEN))
    assert bridge.article == seen.article == BRIDGE
    round_ = ingest.Round(owners={"asha": Owner(id="asha", name="Asha Rao")}, now=NOW, authority="feeds.example.org")
    changes = ingest.merge(found, (), round_, Seal(b"x" * 32, "feeds.example.org,2026"))
    (lives,) = (state for state in changes.articles if state.ulid == SEEN)
    assert (lives.id, lives.title) == (f"tag:feeds.example.org,2026:article/{SEEN}", "What I saw from the bridge")
    assert lives.slug == "what-i-saw-from-the-bridge"
    assert (lives.published_at, lives.announced_at) == (seen.published_at, seen.published_at)
    assert lives.content_html == seen.entry.content_html
    assert lives.first_seen_at == seen.first_seen_at
    assert changes.retired == {}
    assert {state.ulid for state in changes.articles} == {BRIDGE, SEEN}


def test_it_is_upgraded_once(old_url: str) -> None:
    Store.upgrade(old_url)
    with raw(old_url) as connection:
        names = {row.name for row in connection.execute(text("SELECT name FROM state"))}
    assert "unsigned" not in names
    Store.upgrade(old_url)
    assert Store.current(old_url) == HEAD
