"""Search: what a query finds, in which order, on both engines alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from aggregator.model import ArticleState, Changes, Order, Person, Selection
from aggregator.store import Store
from aggregator.store.schema import article_search, near_words
from aggregator.text.search import may_be_mistyped, words
from tests.conftest import Server
from tests.shell.store.made import NOW, WORKER, ago, article, config, copy, fill, raw, source

BEST = Selection(order="relevance", limit=50)


def ulids(store: Store, q: str, **changed: Any) -> str:
    return "".join(one.ulid for one in store.select(replace(BEST, q=q, **changed)).articles)


def pages(store: Store, wanted: Selection) -> Iterator[str]:
    while True:
        page = store.select(wanted)
        yield "".join(one.ulid for one in page.articles)
        if page.last is None:
            return
        wanted = replace(wanted, after=page.last)


# A is the newest, Z the oldest
LIBRARY = [
    article("A", 1, at=ago(days=1), title="Notes", content_html="<p>Once a ring buffer, once kafka.</p>"),
    article("B", 2, at=ago(days=2), title="On queues", content_html="<p>kafka, Kafka and KAFKA</p>"),
    article("C", 3, at=ago(days=3), title="Streams", summary="What Kafka is for, and the buffer ring."),
    article("D", 4, at=ago(days=4), title="Logs", tags=("kafka",), tag_labels={"kafka": "Apache Kafka"}),
    article("E", 5, at=ago(days=5), title="Kafka: a ring buffer", authors=(Person("Ada Lovelace"),)),
    article("F", 6, at=ago(days=6), title="Kafka Streams", kind="talk", content_html="<p>lag and more lag</p>"),
    article("G", 7, at=ago(days=7), title="C++ for Café owners", tags=("c",), tag_labels={"c": "C++"}, owners=("bo",)),
    article("H", 8, at=ago(days=8), title="分散システムの設計", content_html="<p>障害に強い設計</p>"),
    article("I", 9, at=ago(days=9), title="الكِتاب المفتوح", content_html="<p>شبكات</p>"),
    article(
        "J", 10, at=ago(days=10), title="Node.js in Straßburg", content_html="<p>event loop; the loop of events</p>"
    ),
    article("K", 11, at=ago(days=11), title="मैं और समय", content_html="<p>ภาษาไทยง่าย</p>"),
    article("L", 12, at=ago(days=12), title="Kubernetes, briefly", content_html="<p>kafka has a lag</p>"),
]

FOUND = [
    ("kafka", "EFDBCAL"),
    ("KAFKA", "EFDBCAL"),
    ("kafka streams", "FC"),
    ("kafka lag", "FL"),
    ("kafka -lag", "EDBCA"),
    ('"ring buffer"', "EA"),
    ("ring buffer", "ECA"),
    ('-"ring buffer" kafka', "FDBCL"),
    ("“ring buffer", "EA"),
    ("lovelace", "E"),
    ("c++", "G"),
    ("cafe", "G"),
    ("CAFÉ", "G"),
    ("strassburg", "J"),
    ("node.js", "J"),
    ("event-loop", "J"),
    ('"event events"', ""),
    ("分散", "H"),
    ("システム", "H"),
    ("散シ設", ""),
    ("設", "H"),
    ("障害", "H"),
    ("الكتاب", "I"),
    ("समय", "K"),
    ("ไทย", "K"),
    ("kubern", "L"),
    ("kub", "L"),
    ("ku", ""),
    ('"kubern"', ""),
    ("kubernets", "L"),
    ("kubernetse", "L"),
    ("kubernettes", "L"),
    ("subernetes", "L"),
    ("kubernets brifly", "L"),
    ("kubernetsss", ""),
    ("apache", "D"),
    ("-kafka", "GHIJK"),
    ("%", ""),
    ("-", ""),
    ('""', ""),
    ("* OR kafka:", ""),
]


@pytest.fixture
def library(store: Store) -> Store:
    store.sync(config(source("asha/blog"), source("bo/blog")), NOW)
    fill(store, LIBRARY)
    return store


def test_what_is_found_and_what_first(library: Store) -> None:
    for q, expected in FOUND:
        assert ulids(library, q) == expected, q
        found = library.select(replace(BEST, q=q))
        assert (found.total, found.last) == (len(expected), None), q
        assert "".join(pages(library, replace(BEST, q=q, limit=2))) == expected, q
        by_date = library.select(replace(BEST, q=q, order="published"))
        assert "".join(one.ulid for one in by_date.articles) == "".join(sorted(expected)), q


def test_a_search_stays_in_its_selection(library: Store) -> None:
    assert ulids(library, "kafka", any_of=(("kind:article",),)) == "EDBCAL"
    assert ulids(library, "kafka", any_of=(("tag:kafka", "kind:talk"),), none_of=("source:bo/blog",)) == "FD"
    assert ulids(library, "cafe", owner="bo") == "G"
    assert ulids(library, "cafe", owner="asha") == ""
    assert ulids(library, "kafka", hidden=frozenset("E")) == "FDBCAL"
    assert ulids(library, "kafka", only=frozenset("AF")) == "FA"
    assert ulids(library, "kafka", since=ago(days=3)) == "BCA"
    assert ulids(library, "kafka", updated_since=ago(days=3)) == "BCA"
    counted = library.facet_counts(replace(BEST, q="kafka", order="published", limit=0), ("kind", "tag"))
    assert counted == {"kind": (("article", 6), ("talk", 1)), "tag": (("kafka", 1),)}
    announced = library.select(replace(BEST, q="kafka", order="announced"))
    assert "".join(one.ulid for one in announced.articles) == "ABCDEFL"


def test_what_is_no_longer_there_is_not_found(library: Store) -> None:
    fill(library, [replace(LIBRARY[0], title="Other", content_html="")])
    assert ulids(library, "ring buffer") == "EC"
    assert ulids(library, "other") == "A"
    fill(library, [], [copy(5, "A", born="E")], retired={"E": "A"})
    assert ulids(library, "lovelace") == ""
    with library.merging(WORKER) as unit:
        assert unit.apply(Changes(removed=frozenset({4}), gone=frozenset({"D"})), None, None, NOW)
    assert ulids(library, "apache") == ""
    fill(library, [LIBRARY[4]], [copy(5, "E")])
    assert ulids(library, "lovelace") == "E"


def test_a_page_of_a_search_begins_where_the_last_one_ended(library: Store) -> None:
    first = library.select(replace(BEST, q="kafka", limit=3))
    assert [one.ulid for one in first.articles] == ["E", "F", "D"]
    following = replace(BEST, q="kafka", limit=3, after=first.last)
    fill(library, [article("N", 14, title="Kafka news")])
    assert [one.ulid for one in library.select(following).articles] == ["B", "C", "A"]
    fill(library, [replace(LIBRARY[3], tags=(), tag_labels={}, published_at=ago(days=40))])
    assert [one.ulid for one in library.select(following).articles] == ["B", "C", "A"]


def test_a_word_that_was_found_often_enough_needs_no_likeness(store: Store) -> None:
    fill(store, [article(f"A{n}", n, title="Reach") for n in range(1, 6)] + [article("B", 9, title="React")])
    assert sorted(found(store, "reach")) == ["A1", "A2", "A3", "A4", "A5"]
    assert found(store, "react")[0] == "B"
    assert len(found(store, "react")) == 6


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────────────────────

LETTERS = [
    "kafka",
    "Straße",
    "Überblick",
    "distribution",
    "λόγος",
    "Привет",
    "système",
    "日本語処理",
    "서비스",
    "الكتاب",
]
MORE = ["go", "c++", "node.js", "hindsight", "rebalancing", "ภาษาไทย", "event-driven", "latency", "écriture", "42"]


def titled(dice: random.Random, count: int) -> list[ArticleState]:
    return [
        article(
            f"U{number:03}",
            number,
            at=ago(hours=dice.randrange(50)),
            title=" ".join(dice.sample(LETTERS + MORE, 3)) + f" {dice.choice('abc')}{number}",
            summary=" ".join(dice.choices(LETTERS + MORE, k=4)),
            tags=tuple(sorted(dice.sample(["go", "kafka", "日本"], dice.randrange(3)))),
            content_html=f"<p>{' '.join(dice.choices(MORE, k=20))}</p>",
            announced_at=dice.choice([None, NOW]),
            kind=dice.choice(["article", "talk"]),
        )
        for number in range(1, count + 1)
    ]


def test_every_article_is_found_by_each_word_of_its_title_and_with_one_typo(store: Store) -> None:
    dice = random.Random(5)
    states = titled(dice, 12)
    fill(store, states)
    for state in states:
        own = state.title.split()[-1]
        for word in state.title.split():
            assert state.ulid in found(store, word), (word, state.title)
            for one in words(word) if may_be_mistyped(words(word)[0]) else ():
                for typo in typos(one):
                    assert state.ulid in found(store, f"{typo} {own}"), (typo, state.title)


def typos(word: str) -> Iterator[str]:
    at = len(word) // 2
    yield word[:at] + word[at + 1 :]
    yield word[:at] + "q" + word[at:]
    yield word[:at] + "q" + word[at + 1 :]
    yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    yield "q" + word[1:]


def found(store: Store, q: str, **changed: Any) -> list[str]:
    return [one.ulid for one in store.select(replace(BEST, q=q, limit=200, **changed)).articles]


HOSTILE = [
    "' OR 1=1 --", '"""', "NEAR(a b)", "words:kafka", "^kafka", "kafka*", "a AND NOT b", "(((((", "\\' & | !", ":* <->",
    "-" * 300, "%_%", "\x00kafka", "\ue001kafka", "{title} : x", "x" * 500, "分" * 60, " ".join("abcdefghij"), "\ud800",
]  # fmt: skip


@pytest.mark.postgresql
def test_both_engines_find_the_same(tmp_path: Path, postgresql: Server, open_store: Callable[[str], Store]) -> None:
    states = titled(random.Random(9), 60)
    queries = [*HOSTILE, *(q for q, _ in FOUND), *LETTERS, *MORE, "kafka go", "go -kafka", "latancy", "日本 処理", "ec"]
    answers: list[Sequence[Any]] = []
    for url in (f"sqlite:///{tmp_path / 'aggregator.db'}", postgresql.blank()):
        Store.upgrade(url)
        store = open_store(url)
        fill(store, states)
        fill(store, [replace(states[0], title="kafka go kafka"), replace(states[1], published_at=ago(days=9))])
        answers.append([answer for q in queries for answer in asked(store, q)])
    assert answers[0] == answers[1]
    assert sum(bool(answer.articles) for answer in answers[0] if hasattr(answer, "articles")) > 60


def asked(store: Store, q: str) -> Iterator[Any]:
    orders: tuple[Order, ...] = ("relevance", "announced")
    for order in orders:
        wanted = Selection(q=q, order=order, limit=7, any_of=(("kind:article",),))
        page = store.select(wanted)
        yield page
        if page.last is not None:
            yield store.select(replace(wanted, after=page.last))
    yield store.facet_counts(Selection(q=q), ("tag", "year"))


# ── the index of an older database ──────────────────────────────────────────────────────────────────────────────────


def test_an_upgrade_fills_what_another_version_made(database_url: str, library: Store) -> None:
    before = everything(database_url)
    assert library.note("search", "of another version")
    with raw(database_url) as connection:
        connection.execute(text("DELETE FROM article_search"))
        connection.execute(text("DELETE FROM near_words"))
        connection.commit()
    assert ulids(library, "kafka") == ""
    Store.upgrade(database_url)
    assert everything(database_url) == before
    assert ulids(library, "kafka") == "EFDBCAL"
    assert ulids(library, "kubernets") == "L"


def everything(database_url: str) -> list[Any]:
    with raw(database_url) as connection:
        tables = (article_search, near_words)
        return [connection.execute(select(table).order_by(*table.primary_key)).all() for table in tables]
