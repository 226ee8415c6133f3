"""Views: the right articles, in the right order, page by page."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import ArticleState, Copy, Cursor, Order, Person, Selected, Selection
from aggregator.store import Store, terms
from tests.conftest import Server
from tests.shell.store.made import NOW, ago, article, config, copy, fill, source


def ulids(selected: Selected) -> list[str]:
    return [one.ulid for one in selected.articles]


def pages(store: Store, wanted: Selection) -> Iterator[list[str]]:
    while True:
        page = store.select(wanted)
        yield ulids(page)
        if page.last is None:
            return
        wanted = replace(wanted, after=page.last)


# ── which ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def library(store: Store) -> Store:
    """Six articles of two owners."""
    store.sync(config(source("asha/blog"), source("asha/dev"), source("bo/blog")), NOW)
    ada = (Person("Ada Lovelace"),)
    states = [
        article("A", 1, at=ago(days=1), tags=("kafka", "sql"), language="en-GB", authors=ada, title="Kafka, briefly"),
        article("B", 2, at=ago(days=2), tags=("kafka",), language="de", section="Field Notes", summary="100% about_it"),
        article("C", 3, at=ago(days=3), owners=("bo",), tags=("sql",), announced_at=None),
        article("D", 4, at=ago(days=400), owners=("asha", "bo"), kind="talk", language="en"),
        article("E", 5, at=ago(days=500), kind="story", tags=("go",), date_precision="unknown"),
        article("F", 6, at=ago(days=600), updated_at=ago(hours=1), tag_labels={"c": "C++"}, title="STRASSE Straße"),
    ]
    copies = [
        *(copy(number, ulid) for number, ulid in ((1, "A"), (2, "B"), (5, "E"), (6, "F"))),
        *(copy(number, ulid, "bo/blog") for number, ulid in ((3, "C"), (4, "D"))),
        copy(7, "A", "asha/dev"),
    ]
    fill(store, states, copies)
    return store


QUESTIONS = [
    (Selection(), "ABCDEF"),
    (Selection(owner="asha"), "ABDEF"),
    (Selection(owner="bo"), "CD"),
    (Selection(owner="nobody"), ""),
    (Selection(any_of=(("tag:kafka",),)), "AB"),
    (Selection(any_of=(("tag:kafka",), ("tag:sql",))), "A"),
    (Selection(any_of=(("tag:kafka", "tag:sql"),)), "ABC"),
    (Selection(any_of=(("tag:kafka", "tag:sql", "tag:kafka"), ("source:asha/dev", "source:bo/blog"))), "AC"),
    (Selection(owner="asha", any_of=(("tag:sql", "tag:go"),)), "AE"),
    (Selection(any_of=((),)), ""),
    (Selection(any_of=(("tag:absent",),)), ""),
    (Selection(any_of=(("kind:article",),)), "ABCF"),
    (Selection(any_of=(("kind:talk", "kind:story"),)), "DE"),
    (Selection(owner="bo", any_of=(("kind:talk",),)), "D"),
    (Selection(any_of=(("tag:kafka",), ("kind:talk",))), ""),
    (Selection(any_of=(("kind:talk", "tag:go"),)), "DE"),
    (Selection(none_of=("tag:kafka",)), "CDEF"),
    (Selection(none_of=("source:bo/blog", "tag:go")), "ABF"),
    (Selection(any_of=(("lang:en",),)), "AD"),
    (Selection(any_of=((terms.language("en-US"),),)), "AD"),
    (Selection(any_of=((terms.author("ada  lovelace"),),)), "A"),
    (Selection(any_of=((terms.section("field notes"),),)), "B"),
    (Selection(any_of=((terms.year(2026),),)), "ABC"),
    (Selection(any_of=((terms.year(2025), terms.year(2024)),)), "DF"),
    (Selection(hidden=frozenset("AF")), "BCDE"),
    (Selection(only=frozenset("FA?")), "AF"),
    (Selection(only=frozenset()), ""),
    (Selection(since=ago(days=400)), "ABCD"),
    (Selection(updated_since=ago(days=2)), "ABF"),
    (Selection(q="kafka"), "AB"),
    (Selection(q="KAFKA brief"), "A"),
    (Selection(q="100%"), "B"),
    (Selection(q="about_it"), "B"),
    (Selection(q="c++"), "F"),
    (Selection(q="strasse straße"), "F"),
    (Selection(q="lovelace"), "A"),
    (Selection(q="%", owner="bo"), ""),
]


def test_which_articles(library: Store) -> None:
    for wanted, expected in QUESTIONS:
        found = library.select(wanted)
        assert ("".join(ulids(found)), found.total, found.last) == (expected, len(expected), None), wanted
        by_page = [one for page in pages(library, replace(wanted, limit=2)) for one in page]
        assert "".join(by_page) == expected, wanted


def test_facets_count_the_whole_selection(library: Store) -> None:
    counted = library.facet_counts(Selection(limit=1), ("tag", "kind", "year", "source", "lang", "none"))
    assert counted == {
        "tag": (("kafka", 2), ("sql", 2), ("go", 1)),
        "kind": (("article", 4), ("story", 1), ("talk", 1)),
        "year": (("2026", 3), ("2024", 1), ("2025", 1)),
        "source": (("asha/blog", 4), ("bo/blog", 2), ("asha/dev", 1)),
        "lang": (("en", 2), ("de", 1)),
        "none": (),
    }
    hidden = library.facet_counts(Selection(hidden=frozenset("BE?"), with_content=True), ("tag", "kind"))
    assert hidden == {"tag": (("sql", 2), ("kafka", 1)), "kind": (("article", 3), ("talk", 1))}
    assert library.facet_counts(Selection(any_of=(("kind:talk",),)), ("source",)) == {"source": (("bo/blog", 1),)}
    narrowed = Selection(owner="asha", any_of=(("kind:article",),), hidden=frozenset("B"))
    assert library.facet_counts(narrowed, ("tag",)) == {"tag": (("kafka", 1), ("sql", 1))}
    assert library.facet_counts(Selection(order="announced"), ("tag",))["tag"] == (("kafka", 2), ("go", 1), ("sql", 1))
    assert library.facet_counts(Selection(any_of=((),)), ("tag",)) == {"tag": ()}
    several = Selection(any_of=(("tag:kafka", "tag:sql"),))
    assert library.facet_counts(several, ("owner",)) == {"owner": (("asha", 2), ("bo", 1))}


# ── in which order ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_equal_moments_go_by_the_owners_own_order_then_by_id(store: Store) -> None:
    states = [
        article(ulid, number, position=place)
        for ulid, number, place in (("A", 1, 2), ("B", 2, 0), ("C", 3, 1), ("D", 4, 0))
    ]
    fill(store, states)
    orders: tuple[Order, ...] = ("published", "announced", "updated")
    for order in orders:
        assert ulids(store.select(Selection(order=order))) == ["D", "B", "C", "A"]
        assert list(pages(store, Selection(order=order, limit=1))) == [["D"], ["B"], ["C"], ["A"]]


def test_the_three_orders(store: Store) -> None:
    states = [
        article("A", 1, at=ago(days=1), announced_at=ago(days=1), updated_at=None),
        article("B", 2, at=ago(days=9), announced_at=ago(hours=1), updated_at=ago(days=8)),
        article("C", 3, at=ago(days=5), announced_at=ago(days=5), updated_at=ago(minutes=1)),
        article("D", 4, at=ago(hours=2), announced_at=None, updated_at=None),
    ]
    fill(store, states)
    assert ulids(store.select(Selection(order="published"))) == ["D", "A", "C", "B"]
    assert ulids(store.select(Selection(order="announced"))) == ["B", "A", "C"]
    assert ulids(store.select(Selection(order="updated"))) == ["C", "D", "A", "B"]
    assert store.select(Selection(order="announced")).total == 3


@pytest.mark.parametrize("order", ["published", "announced", "updated"])
@pytest.mark.parametrize("limit", [1, 7, 200])
def test_pages_hold_everything_once(store: Store, order: Order, limit: int) -> None:
    dice = random.Random(7)
    moments = [ago(hours=dice.randrange(40)) for _ in range(60)]
    states = [
        article(
            f"U{number:03}",
            number,
            at=at,
            announced_at=dice.choice(moments),
            updated_at=dice.choice([None, *moments]),
            tags=tuple(sorted(dice.sample(["a", "b", "c"], dice.randrange(4)))),
        )
        for number, at in enumerate(moments, 1)
    ]
    fill(store, states)
    wanted = Selection(order=order, limit=limit, any_of=(("tag:a", "tag:b"),))
    whole = ulids(store.select(replace(wanted, limit=1000)))
    assert sorted(whole) == sorted(one.ulid for one in states if {"a", "b"} & set(one.tags))
    found = list(pages(store, wanted))
    assert [one for page in found for one in page] == whole
    assert all(len(page) == limit for page in found[:-1])


def test_a_page_begins_where_the_last_one_ended_though_something_came_in(store: Store) -> None:
    fill(store, [article(f"A{number}", number, at=ago(days=number)) for number in range(1, 7)])
    first = store.select(Selection(limit=3))
    assert first.last == Cursor(at=ago(days=3), published_at=ago(days=3), rank=0, ulid="A3")
    fill(store, [article("NEW", 9)])
    assert ulids(store.select(Selection(limit=3, after=first.last))) == ["A4", "A5", "A6"]


# ── the window of a feed ────────────────────────────────────────────────────────────────────────────────────────────


def days(count: int, **changed: Any) -> list[ArticleState]:
    return [
        article(f"A{number}", number, at=ago(days=number), tags=("kafka",), **changed) for number in range(1, count + 1)
    ]


FEED = Selection(order="announced", limit=3, any_of=(("tag:kafka",), ("kind:article",)))


def test_a_retired_article_keeps_its_slot(store: Store) -> None:
    fill(store, days(6))
    assert ulids(store.select(FEED)) == ["A1", "A2", "A3"]
    fill(store, days(1), [copy(1, "A1"), copy(2, "A1")], retired={"A2": "A1"})
    shown = store.select(FEED)
    assert ulids(shown) == ["A1", "A3"], "A4 had left this window and must not come back"
    assert shown.total == 5
    assert list(pages(store, FEED)) == [["A1", "A3"], ["A4", "A5", "A6"]]
    assert ulids(store.select(replace(FEED, order="published"))) == ["A1", "A3", "A4"]


def test_a_hidden_article_keeps_its_slot(store: Store) -> None:
    fill(store, days(6))
    shown = store.select(replace(FEED, hidden=frozenset({"A1"})))
    assert ulids(shown) == ["A2", "A3"]
    assert shown.total == 5


def test_an_article_that_lost_the_tag_keeps_its_slot_under_it(store: Store) -> None:
    fill(store, days(6))
    fill(store, [replace(days(2)[1], tags=("sql",))])
    assert ulids(store.select(FEED)) == ["A1", "A3"]
    assert ulids(store.select(replace(FEED, any_of=()))) == ["A1", "A2", "A3"]
    assert ulids(store.select(replace(FEED, any_of=(("tag:kafka", "tag:absent"),)))) == ["A1", "A3"]
    assert store.facet_counts(FEED, ("tag",)) == {"tag": (("kafka", 5),)}
    fill(store, [days(2)[1]])
    assert ulids(store.select(FEED)) == ["A1", "A2", "A3"]


def test_an_article_that_is_of_another_kind_now_keeps_its_slot_among_the_old(store: Store) -> None:
    """The owner writes a talk down that a feed had brought as an article."""
    fill(store, days(6))
    fill(store, [replace(days(2)[1], kind="talk")])
    assert ulids(store.select(FEED)) == ["A1", "A3"], "A4 had left this window and must not come back"
    talks = replace(FEED, any_of=(("kind:talk",),))
    assert ulids(store.select(talks)) == ["A2"]
    assert ulids(store.select(replace(FEED, any_of=(("kind:talk", "kind:article"),)))) == ["A1", "A2", "A3"]
    fill(store, [days(2)[1]])
    assert ulids(store.select(FEED)) == ["A1", "A2", "A3"]
    assert ulids(store.select(talks)) == []


def test_what_subscribers_of_a_tag_had_under_another_id_is_not_told_them_again(store: Store) -> None:
    """A2 was tagged, A1 was not; they are one article, and tagged: in the index of the tag, not in its feed."""
    first, second, *others = days(6)
    untagged = replace(first, tags=())
    fill(store, [untagged, second, *others])
    feeds = [FEED, replace(FEED, owner="asha"), replace(FEED, any_of=(("tag:kafka", "tag:absent"),))]
    assert [ulids(store.select(one)) for one in feeds] == [["A2", "A3", "A4"]] * 3
    fill(store, [first], [copy(1, "A1"), copy(2, "A1", born="A2")], retired={"A2": "A1"})
    assert [ulids(store.select(one)) for one in feeds] == [["A3", "A4"]] * 3
    assert [store.select(one).total for one in feeds] == [4] * 3
    assert ulids(store.select(replace(FEED, order="published"))) == ["A1", "A3", "A4"]
    assert ulids(store.select(replace(FEED, any_of=()))) == ["A1", "A3"]
    fill(store, [replace(first, title="Edited")])
    assert [ulids(store.select(one)) for one in feeds] == [["A3", "A4"]] * 3
    fill(store, [untagged, second], [copy(1, "A1"), copy(2, "A2", born="A2")])
    assert [ulids(store.select(one)) for one in feeds] == [["A2", "A3", "A4"]] * 3
    fill(store, [first])
    assert [ulids(store.select(one)) for one in feeds] == [["A1", "A2", "A3"]] * 3, "tagged by itself it is news there"


def test_what_was_never_announced_holds_no_slot(store: Store) -> None:
    states = days(6)
    fill(store, [states[0], replace(states[1], announced_at=None), *states[2:]])
    assert ulids(store.select(FEED)) == ["A1", "A3", "A4"]
    fill(store, [replace(states[1], announced_at=None, tags=())])
    fill(store, [states[0]], [copy(1, "A1"), copy(2, "A1")], retired={"A2": "A1"})
    assert ulids(store.select(FEED)) == ["A1", "A3", "A4"]


def test_a_window_that_is_empty_but_for_slots_leads_on(store: Store) -> None:
    fill(store, days(5))
    hidden = replace(FEED, hidden=frozenset({"A1", "A2", "A3"}))
    assert list(pages(store, hidden)) == [[], ["A4", "A5"]]


# ── what an article shows ───────────────────────────────────────────────────────────────────────────────────────────


def test_copies_are_shown_once_for_each_place(store: Store) -> None:
    blog = source("asha/blog", title="Asha's blog", home_page_url="https://asha.example", own_site=True)
    store.sync(config(blog, source("asha/dev", title="DEV"), source("bo/blog", title="Bo")), NOW)
    copies = [
        copy(1, "A", at=ago(days=3)),
        copy(2, "A", "asha/dev", at=ago(days=9)),
        copy(3, "A", "asha/dev", at=ago(days=1)),
        replace(copy(4, "A", "bo/blog", at=ago(days=20)), date_precision="unknown"),
        replace(copy(5, "A", "asha/written", at=ago(days=5)), kind="written"),
    ]
    fill(store, [article("A", 1, content_html="<p>whole</p>")], copies)
    (shown,) = store.select(Selection()).articles
    refs = [(ref.source, ref.title, ref.url, ref.date_published, ref.canonical) for ref in shown.copies]
    assert refs == [
        ("blog", "Asha's blog", "https://blog.example/1", ago(days=3), True),
        ("dev", "DEV", "https://dev.example/3", ago(days=9), False),
        ("written", "Asha", "https://written.example/5", ago(days=5), False),
        ("blog", "Bo", "https://blog.example/4", None, False),
    ]
    found = shown.source
    assert (found.id, found.title, found.kind, found.url) == ("blog", "Asha's blog", "feed", "https://asha.example")
    assert shown.content_html == ""
    assert store.select(Selection(with_content=True)).articles[0].content_html == "<p>whole</p>"


def test_a_source_that_left_the_config_is_still_named(store: Store) -> None:
    store.sync(config(source("asha/blog", title="Asha's blog"), source("asha/dev")), NOW)
    fill(store, [article("A", 1)])
    store.sync(config(source("asha/dev")), NOW)
    (shown,) = store.select(Selection()).articles
    assert shown.source.title == "Asha's blog"


# ── the same on both engines ────────────────────────────────────────────────────────────────────────────────────────


def _big(dice: random.Random, count: int) -> tuple[list[ArticleState], list[Copy]]:
    tags = ["kafka", "sql", "c++", "ünïcode", "日本", "a-b", "A"]
    states, copies = [], []
    for number in range(1, count + 1):
        at = ago(hours=dice.randrange(300))
        states.append(
            article(
                f"U{dice.getrandbits(60):015X}",
                number,
                at=at,
                announced_at=dice.choice([None, at, NOW]),
                updated_at=dice.choice([None, NOW]),
                tags=tuple(sorted(dice.sample(tags, dice.randrange(4)))),
                owners=tuple(sorted(dice.sample(["asha", "bo"], dice.randrange(1, 3)))),
                kind=dice.choice(["article", "article", "talk"]),
            )
        )
        copies.append(copy(number, states[-1].ulid, dice.choice(["asha/blog", "bo/blog"]), at=at))
        copies.append(copy(number + 1000, states[-1].ulid, "asha/dev", at=at))
    return states, copies


@pytest.mark.postgresql
def test_both_engines_answer_alike(tmp_path: Path, postgresql: Server, open_store: Callable[[str], Store]) -> None:
    answers: list[list[Any]] = []
    for url in (f"sqlite:///{tmp_path / 'aggregator.db'}", postgresql.blank()):
        Store.upgrade(url)
        store = open_store(url)
        states, copies = _big(random.Random(11), 80)
        store.sync(config(source("asha/blog"), source("asha/dev"), source("bo/blog")), NOW)
        fill(store, states, copies)
        fill(
            store,
            [],
            [replace(one, article=states[0].ulid) for one in copies[2:4]],
            retired={states[1].ulid: states[0].ulid},
        )
        found: list[Any] = [store.sources_rows(), store.revision(), store.changed_at(None)]
        for wanted in _questions(states):
            found += [store.select(wanted), store.facet_counts(wanted, ("tag", "source", "owner"))]
        answers.append(found)
    sqlite_, postgresql_ = answers
    assert sqlite_ == postgresql_
    assert sum(len(one.articles) for one in sqlite_ if isinstance(one, Selected)) > 500


def _questions(states: list[ArticleState]) -> Iterator[Selection]:
    groups = [(), (("tag:kafka",),), (("tag:日本", "tag:c++"), ("kind:article",)), (("source:asha/dev",), ("tag:A",))]
    orders: tuple[Order, ...] = ("published", "announced", "updated")
    for order in orders:
        for any_of in groups:
            for owner in (None, "bo"):
                yield Selection(owner=owner, any_of=any_of, order=order, limit=25, with_content=True)
        yield Selection(order=order, none_of=("tag:sql",), hidden=frozenset({states[3].ulid}), limit=25)
        yield Selection(order=order, since=ago(hours=150), q="post", limit=25)


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_which_terms_stand(library: Store) -> None:
    long = terms.tag("x" * 2000)
    fill(library, [article("G", 7, tags=("x" * 2000,))])
    assert library.standing({"tag:kafka", "tag:absent", "kind:talk", long}) == {"tag:kafka", "kind:talk", long}
    fill(library, [article("G", 7)])
    assert library.standing({"tag:absent", long}) == frozenset()
    assert library.standing(frozenset()) == frozenset()


def test_a_tag_is_written_as_its_newest_article_writes_it(store: Store) -> None:
    states = [
        article("A", 1, at=ago(days=2), tags=("c", "go"), tag_labels={"c": "C", "go": "Golang"}),
        article("B", 2, at=ago(days=1), tags=("c",), tag_labels={"c": "C++"}),
        article("C", 3, at=ago(days=3), tags=("c",), tag_labels={"c": "see"}, owners=("bo",)),
    ]
    fill(store, states)
    assert store.tag_labels(None, {"c", "go", "absent"}) == {"c": "C++", "go": "Golang"}
    assert store.tag_labels("bo", {"c", "go"}) == {"c": "see"}
    assert store.tag_labels(None, set()) == {}


def test_what_sources_are_called(library: Store) -> None:
    assert library.source_titles() == {"asha/blog": "blog", "asha/dev": "dev", "bo/blog": "blog"}
