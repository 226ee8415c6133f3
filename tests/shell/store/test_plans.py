"""What is asked often is answered out of an index, on both engines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from aggregator.model import Changes, Cursor, IndexRows, Probes, Selection
from aggregator.store import Store, counts
from tests.shell.store.made import NOW, WORKER, article, claimed, config, copy, fill, raw, rows, source

Statement = tuple[str, Any]


@pytest.fixture
def filled(store: Store) -> Store:
    store.sync(config(source("asha/blog"), source("asha/dev")), NOW)
    fill(store, [article("A", 1, tags=("kafka",))], [copy(1, "A")], index=(rows(1, ["k"], [1, 2, 3]),))
    return store


def statements(action: Callable[[], object]) -> list[Statement]:
    """Every statement that reads or writes rows while ``action`` runs."""
    seen: list[Statement] = []

    def remember(_connection: Connection, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if re.match(r"SELECT(?! pg_)|UPDATE|DELETE", sql):
            seen.append((sql, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        action()
    finally:
        event.remove(Engine, "before_cursor_execute", remember)
    return seen


def plan(database_url: str, statement: Statement) -> str:
    """How the engine carries the statement out when it has many rows to expect."""
    sql, parameters = statement
    with raw(database_url) as connection:
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        else:
            # a handful of rows is read and sorted fastest without an index; this makes it a last resort
            last = ["enable_seqscan", "enable_sort"]
            if "article_words.words" not in sql:  # an index of words gives its rows in no other way
                last.append("enable_bitmapscan")
            for setting in last:
                connection.execute(text(f"SET LOCAL {setting} = off"))
            found = connection.exec_driver_sql(f"EXPLAIN {sql}", parameters)
        return "\n".join(str(row[-1]) for row in found)


def through(plan: str) -> bool:
    """Whether a table is read from one end to the other."""
    given = r"json_each|CONSTANT ROW|\(subquery|anon_|newest|article_words VIRTUAL TABLE INDEX \d+:\S"
    return bool(re.search(rf"Seq Scan|SCAN (?!{given})", plan))


def sorted_(plan: str) -> bool:
    return bool(re.search(r"\bSort\b|USE TEMP B-TREE FOR (?:LAST |RIGHT )?(?:\w+ )*ORDER BY", plan))


def merge(store: Store) -> None:
    state = claimed(store, "asha/blog")
    with store.merging(WORKER) as unit:
        unit.candidates("asha/blog", Probes(frozenset({"k", "l"}), frozenset(range(20)), frozenset({"m", "n"})))
        index = (IndexRows(1, frozenset({"l"}), frozenset({4})),)
        changes = Changes((copy(1, "A"),), index, (article("A", tags=("sql",)),), judged=frozenset({1, 2}))
        assert unit.apply(changes, state, None, NOW)


def removal(store: Store) -> None:
    with store.merging(WORKER) as unit:
        assert unit.apply(Changes(removed=frozenset({1}), gone=frozenset({"A"})), None, None, NOW)


ACTIONS: dict[str, Callable[[Store], object]] = {
    "due": lambda store: store.due(NOW, 10),
    "claim": lambda store: store.claim(NOW, WORKER, 60, 10),
    "states": lambda store: store.states(["asha/blog"]),
    "posted": lambda store: store.posted("asha/blog"),
    "record": lambda store: store.record([claimed(store, "asha/blog")], WORKER),
    "merge": merge,
    "find": lambda store: store.find(["k"]),
    "follow": lambda store: store.follow("A"),
    "article": lambda store: store.article("A"),
    "revision": lambda store: store.revision(),
    "changed_at": lambda store: store.changed_at("asha"),
    "history": lambda store: store.history("asha/blog", NOW),
    "facets": lambda store: store.facet_counts(Selection(owner="asha"), ("tag",)),
    "by word": lambda store: store.select(Selection(owner="asha", q="kafka")),
    "standing": lambda store: store.standing({"tag:kafka", "tag:sql"}),
    "labels": lambda store: store.tag_labels("asha", {"kafka"}),
    "taken back": lambda store: store.taken_back("A"),
    "removal": removal,
    "any tag": lambda store: store.select(Selection(any_of=(("tag:kafka", "tag:sql"),))),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_no_table_is_read_through(filled: Store, database_url: str, action: str) -> None:
    asked = statements(lambda: ACTIONS[action](filled))
    assert asked
    for statement in asked:
        found = plan(database_url, statement)
        assert not through(found), f"{statement[0]}\n\n{found}"


HOT = [
    Selection(),
    Selection(owner="asha", any_of=(("kind:article",),)),
    Selection(owner="asha", any_of=(("tag:kafka",), ("kind:article",))),
    Selection(owner="asha", after=Cursor(NOW, NOW, 0, "Z"), none_of=("source:asha/dev",)),
    Selection(order="announced", any_of=(("kind:article",),)),
    Selection(owner="asha", order="announced", any_of=(("tag:kafka",), ("kind:article",))),
    Selection(order="announced", after=Cursor(NOW, NOW, 0, "Z")),
]


@pytest.mark.parametrize("wanted", HOT, ids=repr)
def test_a_page_is_the_end_of_one_range(filled: Store, database_url: str, wanted: Selection) -> None:
    (page,) = (one for one in statements(lambda: filled.select(wanted)) if "AS shown" in one[0])
    found = plan(database_url, page)
    assert f"article_terms_{wanted.order}" in found, found
    assert not through(found), found
    assert not sorted_(found), found
    assert "COVERING INDEX" in found or "Index Only Scan" in found, found


def test_everything_is_counted_already(filled: Store, database_url: str) -> None:
    wanted = Selection(any_of=(("kind:article",),))
    with raw(database_url) as connection:
        counts.count(connection, 1)  # as in a large store
        connection.commit()
    asked = statements(lambda: filled.select(wanted)) + statements(lambda: filled.facet_counts(wanted, ("tag", "year")))
    looked = [one for one in asked if "article_counts" in one[0]]
    assert len(looked) == 3
    assert not any("count(" in sql for sql, _ in asked)
    for one in looked:
        found = plan(database_url, one)
        assert re.search(r"PRIMARY KEY \(scope=\? AND term|PRIMARY KEY \(scope=\?\)|article_counts_pkey", found), found


def test_what_is_due_is_the_beginning_of_one_range(filled: Store, database_url: str) -> None:
    (due,) = statements(lambda: filled.due(NOW, 10))
    found = plan(database_url, due)
    assert "sources_due" in found, found
    assert not sorted_(found), found


def test_a_table_that_is_read_through_is_seen(filled: Store, database_url: str) -> None:
    found = plan(database_url, ("SELECT title FROM sources WHERE icon = 'x' ORDER BY title", ()))
    assert through(found), found
    assert sorted_(found), found
