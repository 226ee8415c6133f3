"""Search: what a query finds, in which order, on both engines alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from aggregator.model import ArticleState, Order, Person, Selection
from aggregator.store import Store, search
from aggregator.store.schema import article_search, near_words
from aggregator.text.search import may_be_mistyped, words
from tests.conftest import Server
from tests.shell.store.made import NOW, ago, article, config, copy, fill, raw, source

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
    article("J", 10, at=ago(days=10), title="Node.js in Straßburg", content_html="<p>event loop; the loop of events</p>"),
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
    ('ring buffer', "ECA"),
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


