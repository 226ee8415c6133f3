"""One merge: what it gets to see, what it writes, and that it is all or nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.errors import StoreError
from aggregator.model import Changes, Copy, ParsedFeed, Probes, Selection, Verdict
from aggregator.store import Store, candidates
from tests.shell.store.made import NOW, WORKER, article, claimed, config, copy, fill, raw, rows, source
from tests.shell.store.test_sources import tables

LATER = NOW + timedelta(hours=1)


def found(store: Store, *keys: str, samples: tuple[int, ...] = (), weak: tuple[str, ...] = ()) -> list[int]:
    with store.merging(WORKER) as unit:
        known = unit.candidates("asha/blog", Probes(frozenset(keys), frozenset(samples), frozenset(weak)))
    return [one.id for one in known.copies]


# ── all or nothing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_exception_inside_leaves_nothing(store: Store, database_url: str) -> None:
    store.sync(config(source("asha/blog")), NOW)
    state = claimed(store, "asha/blog")
    before = tables(database_url)
    with pytest.raises(ZeroDivisionError), store.merging(WORKER) as unit:
        assert unit.apply(Changes((copy(1, "A"),), (rows(1, ["k"], [7]),), (article("A"),)), state, None, NOW)
        raise ZeroDivisionError
    assert tables(database_url) == before
    assert found(store, "k") == []


def test_a_contradiction_is_refused_whole(store: Store, database_url: str) -> None:
    store.sync(config(source("asha/blog")), NOW)
    state = claimed(store, "asha/blog")
    before = tables(database_url)
    twins = (copy(1, "A"), replace(copy(2, "A"), entry=copy(1, "A").entry))
    with pytest.raises(StoreError, match="nothing of it was kept"), store.merging(WORKER) as unit:
        unit.apply(Changes(copies=twins, articles=(article("A"),)), state, None, NOW)
    assert tables(database_url) == before
    homeless = Changes(copies=(copy(1, "NOWHERE"),))
    with pytest.raises(StoreError, match="nothing of it was kept"), store.merging(WORKER) as unit:
        unit.apply(homeless, state, None, NOW)
    assert tables(database_url) == before


def test_a_lost_lease_writes_nothing(store: Store, database_url: str) -> None:
    store.sync(config(source("asha/blog")), NOW)
    state = claimed(store, "asha/blog")
    assert store.claim(LATER, "other", 60, 1, keys=["asha/blog"]) == ["asha/blog"]
    before = tables(database_url)
    with store.merging(WORKER) as unit:
        assert not unit.apply(Changes((copy(1, "A"),), (), (article("A"),)), state, None, NOW)
    assert tables(database_url) == before


def test_a_poll_that_brought_nothing_writes_only_its_source(store: Store, database_url: str) -> None:
    store.sync(config(source("asha/blog")), NOW)
    fill(store, [article("A")])
    state = claimed(store, "asha/blog")
    before = tables(database_url)
    with store.merging(WORKER) as unit:
        assert unit.apply(Changes(), replace(state, body_hash="new"), ParsedFeed("rss20", "https://x"), NOW)
    after = tables(database_url)
    assert {name for name in before if before[name] != after[name]} == {"sources"}


def test_merges_wait_for_each_other(store: Store, database_url: str, open_store: Callable[[str], Store]) -> None:
    fill(store, [article("A")])
    other = open_store(database_url)
    order: list[str] = []
    entered, go_on = threading.Event(), threading.Event()

    def second() -> None:
        entered.wait()
        go_on.set()
        with other.merging("worker-2") as unit:
            order.append(f"second sees {len(unit.copies_of('asha/blog'))}")

    thread = threading.Thread(target=second)
    thread.start()
    with store.merging(WORKER) as unit:
        assert len(unit.copies_of("asha/blog")) == 1
        entered.set()
        go_on.wait()
        thread.join(0.2)  # time enough to come in, if it could
        order.append("first writes")
        unit.apply(Changes((copy(2, "B"),), (), (article("B", 2),)), None, None, NOW)
    thread.join()
    assert order == ["first writes", "second sees 2"]


# ── candidates ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_shared_key_finds_copies_of_every_source(store: Store) -> None:
    index = (rows(1, ["k", "x"]), rows(2, ["k"]), rows(3, ["other"]))
    copies = [copy(1, "A"), copy(2, "B", "bo/dev"), copy(3, "C")]
    fill(store, [article("A", 1), article("B", 2), article("C", 3)], copies, index=index)
    assert found(store, "k") == [1, 2]
    assert found(store, "k", "other") == [1, 2, 3]
    assert found(store, "unknown") == []
    assert found(store) == []


def test_two_shared_samples_find_a_copy_and_one_does_if_there_are_few(store: Store) -> None:
    index = (rows(1, samples=[1, 2, 3]), rows(2, samples=[3, 4]), rows(3, samples=[2**32 - 1]))
    fill(store, [article("A", 1), article("B", 2), article("C", 3)], index=index)
    many = tuple(range(1000, 1010))
    assert found(store, samples=(*many, 2, 3)) == [1]
    assert found(store, samples=(*many, 3, 4, 1)) == [1, 2]
    assert found(store, samples=(3,)) == [1, 2]
    assert found(store, samples=(2**32 - 1, 0)) == [3]


def test_two_weak_keys_find_a_copy_and_one_does_not(store: Store) -> None:
    index = (rows(1, ["may", "kafka", "k"]), rows(2, ["may", "tides"]), rows(3, ["kafka"]))
    fill(store, [article("A", 1), article("B", 2), article("C", 3)], index=index)
    assert found(store, weak=("may", "kafka")) == [1]
    assert found(store, weak=("may", "kafka", "tides")) == [1, 2]
    assert found(store, weak=("may",)) == []
    assert found(store, "tides", weak=("k", "may")) == [1, 2]


def test_a_component_is_never_cut(store: Store) -> None:
    """1 and 2 are one article, 2 and 3 are linked though apart, 3 and 4 are one article; 5 was only compared."""
    articles = [article("A", 1), article("B", 3), article("C", 5)]
    copies = [copy(1, "A"), copy(2, "A", "asha/dev"), copy(3, "B"), copy(4, "B", "bo/blog"), copy(5, "C")]
    linked = Verdict(2, 3, "link", linked=True, joined=False)
    compared = Verdict(4, 5, "nearly", linked=False, joined=False)
    fill(
        store,
        articles,
        copies,
        index=(rows(1, ["k"]), rows(4, ["last"])),
        verdicts=(linked, compared),
        judged=frozenset(range(1, 6)),
    )
    for start in ("k", "last"):
        with store.merging(WORKER) as unit:
            known = unit.candidates("asha/blog", Probes(frozenset({start})))
        assert [one.id for one in known.copies] == [1, 2, 3, 4]
        assert list(known.articles) == ["A", "B"]
        assert known.verdicts == (linked,)
    kept = store.article("B")
    assert kept is not None
    assert kept[2] == (linked, compared)


def test_likeness_gives_way_when_it_would_bring_too_much(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    count = candidates.MOST + 100
    numbers = range(1, count + 1)
    index = tuple(rows(number, ["k"] if number == 1 else [], [1, 2]) for number in numbers)
    copies = [copy(number, "A" if number < 3 else "B") for number in numbers]
    fill(store, [article("A", 1), article("B", 3)], copies, index=index)
    with caplog.at_level(logging.WARNING, candidates.__name__):  # a command run by another test may have set another
        assert found(store, "k", samples=(1, 2)) == [1, 2]
    assert "compared by keys only" in caplog.text


def test_an_index_row_follows_its_copy(store: Store) -> None:
    fill(store, [article("A")], [copy(1, "A")], index=(rows(1, ["old", "both"], [1, 2]),))
    fill(store, [article("A")], [copy(1, "A")], index=(rows(1, ["both", "new"], [2, 3]),))
    hits = [found(store, "old"), found(store, "both"), found(store, "new")]
    assert hits == [[], [1], [1]]
    assert [found(store, samples=(1,)), found(store, samples=(2,)), found(store, samples=(3,))] == [[], [1], [1]]


def test_a_copy_that_changes_without_its_index_keeps_it(store: Store) -> None:
    fill(store, [article("A")], [copy(1, "A")], index=(rows(1, ["k"], [1]),))
    edited = replace(copy(1, "A"), entry=replace(copy(1, "A").entry, title="Edited"))
    fill(store, [article("A")], [edited])
    assert found(store, "k") == [1]
    kept = store.article("A")
    assert kept is not None
    assert kept[1] == (edited,)


def test_guids_may_change_hands(store: Store) -> None:
    one, two = copy(1, "A"), copy(2, "A")
    fill(store, [article("A")], [one, two])

    def renamed(kept: Copy, guid: str) -> Copy:
        return replace(kept, entry=replace(kept.entry, guid=guid))

    fill(store, [], [renamed(one, two.entry.guid), renamed(two, one.entry.guid)])
    with store.merging(WORKER) as unit:
        assert [kept.entry.guid for kept in unit.copies_of("asha/blog")] == [two.entry.guid, one.entry.guid]


def test_an_owners_articles(store: Store) -> None:
    fill(store, [article("A", 1), article("B", 2, owners=("asha", "bo")), article("C", 3, owners=("bo",))])
    with store.merging(WORKER) as unit:
        assert [state.ulid for state in unit.owner_articles("asha")] == ["A", "B"]
        assert [state.ulid for state in unit.owner_articles("bo")] == ["B", "C"]


# ── verdicts, retired articles ──────────────────────────────────────────────────────────────────────────────────────


def test_verdicts_between_the_judged_are_replaced_and_no_others(store: Store) -> None:
    old = [Verdict(a, b, "old", linked=False, joined=False) for a, b in ((1, 2), (1, 3), (3, 4))]
    fill(store, [article("A")], [copy(id_, "A") for id_ in range(1, 5)], verdicts=tuple(old))
    new = Verdict(2, 3, "new", linked=True, joined=True, evidence={"containment": 0.87, "rule": "α"}, decided_at=NOW)
    fill(store, [article("A")], [], verdicts=(new,), judged=frozenset({1, 2, 3}))
    kept = store.article("A")
    assert kept is not None
    assert kept[2] == (new, old[2])


def test_a_retired_article_is_followed_and_may_live_again(store: Store) -> None:
    a, b, c = article("A", 1), article("B", 2), article("C", 3)
    fill(store, [a, b, c])
    fill(store, [a], [copy(2, "A", born="B")], retired={"B": "A"})
    fill(store, [c], [copy(1, "C", born="A"), copy(2, "C", born="B")], retired={"A": "C"})
    assert [store.follow(ulid) for ulid in ("A", "B", "C", "?")] == ["C", "C", "C", "?"]
    assert store.article("B") is None
    assert [one.ulid for one in store.select(Selection()).articles] == ["C"]

    with store.merging(WORKER) as unit:
        known = unit.component(frozenset({3}))
    assert {one.id: one.born for one in known.copies} == {1: "A", 2: "B", 3: "C"}
    assert known.retired == {one.ulid: replace(one, content_html="") for one in (a, b)}

    fill(store, [b, c], [copy(2, "B")])
    assert [store.follow(ulid) for ulid in ("A", "B", "C")] == ["C", "B", "C"]
    assert [one.ulid for one in store.select(Selection()).articles] == ["C", "B"]


def test_what_the_owner_took_back_is_gone_but_for_its_slot(store: Store, database_url: str) -> None:
    verdict = Verdict(1, 2, "body", linked=True, joined=True)
    store.sync(config(source("asha/blog"), source("asha/dev")), NOW)
    fill(
        store,
        [article("A", 1), article("B", 3, announced_at=NOW - timedelta(days=1))],
        [copy(1, "A"), copy(2, "A", "asha/dev"), copy(3, "B")],
        index=(rows(1, ["k"], [1, 2]), rows(2, ["k", "l"], [2, 3]), rows(3, ["m"])),
        verdicts=(verdict,),
        judged=frozenset({1, 2}),
    )
    assert not store.taken_back("A")
    fill(store, [], removed=frozenset({2}))
    assert store.article("A") == (article("A", 1), (copy(1, "A"),), ())
    assert store.select(Selection(any_of=(("source:asha/dev",),))).total == 0
    assert (found(store, "k"), found(store, "l"), store.revision()) == ([1], [], 2)

    fill(store, [], removed=frozenset({1}), gone=frozenset({"A"}))
    assert (store.article("A"), store.taken_back("A"), store.revision()) == (None, True, 3)
    assert [one.ulid for one in store.select(Selection(order="announced", limit=1)).articles] == []
    assert [one.ulid for one in store.select(Selection(limit=1)).articles] == ["B"]
    left = tables(database_url)
    assert (len(left["copy_keys"]), len(left["copy_samples"]), len(left["copies"])) == (1, 0, 1)


def test_a_ring_of_retired_articles_ends(store: Store, database_url: str) -> None:
    with raw(database_url) as connection:
        at = "now()" if connection.dialect.name == "postgresql" else "0"
        for ulid, into in (("A", "B"), ("B", "A")):
            connection.execute(text(f"INSERT INTO retired VALUES ('{ulid}', '{into}', {at}, '{{}}')"))
        connection.commit()
    assert store.follow("A") == "B"


# ── what is published ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_is_noted_for_its_owners_only(store: Store) -> None:
    store.sync(config(source("asha/blog"), source("bo/blog")), NOW)
    start = {owner: store.changed_at(owner) for owner in ("asha", "bo")}
    assert store.revision() == 0
    fill(store, [article("A")])
    assert store.revision() == 1
    assert store.changed_at("asha") > start["asha"]
    assert store.changed_at("bo") == start["bo"]
    assert store.changed_at(None) == store.changed_at("asha") == NOW.replace(microsecond=0)


def test_the_moment_of_change_grows_by_whole_seconds(store: Store) -> None:
    """Several changes in one second: If-Modified-Since cannot tell moments within it apart."""
    store.sync(config(source("asha/blog")), NOW)
    moments = []
    for number in range(4):
        fill(store, [article("A", title=f"Edit {number}")])
        moments.append((store.changed_at("asha"), store.changed_at(None)))
    first = NOW.replace(microsecond=0)
    assert moments == [(first + timedelta(seconds=number),) * 2 for number in range(4)]


def test_a_new_copy_changes_what_is_published_though_the_article_stays(store: Store) -> None:
    store.sync(config(source("asha/blog")), NOW)
    fill(store, [article("A")], [copy(1, "A")])
    fill(store, [], [copy(2, "A", "asha/dev")])
    assert store.revision() == 2
    fill(store, [], [replace(copy(2, "A", "asha/dev"), aliases=("u:somewhere",))])
    assert store.revision() == 2, "nothing of an alias is published"


def test_the_name_that_a_document_gives_itself_is_shown(store: Store) -> None:
    store.sync(config(source("asha/blog"), source("asha/dev", title="On DEV")), NOW)
    fill(store, [article("A")], [copy(1, "A"), copy(2, "A", "asha/dev")])
    named = ParsedFeed(
        "rss20", "https://x", title="Asha writes", home_page_url="https://asha.example", icon="https://i"
    )
    for key, expected in (("asha/blog", 2), ("asha/dev", 3)):
        for _ in range(2):
            with store.merging(WORKER) as unit:
                assert not unit.apply(Changes(), store.states()[key], named, NOW)
            state = claimed(store, key)
            with store.merging(WORKER) as unit:
                assert unit.apply(Changes(), state, named, NOW)
            assert store.revision() == expected
    (shown,) = store.select(Selection()).articles
    assert (shown.source.title, shown.source.url, shown.source.icon) == (
        "Asha writes",
        "https://asha.example",
        "https://i",
    )
    assert [ref.title for ref in shown.copies] == ["Asha writes", "On DEV"]

    state = claimed(store, "asha/blog")
    with store.merging(WORKER) as unit:
        assert unit.apply(Changes(), state, ParsedFeed("rss20", "https://x"), NOW)
    assert store.revision() == 3, "a document without a name takes none away"
    assert store.sources_rows()[0].title == "Asha writes"


def test_the_config_that_documents_are_made_with(store: Store) -> None:
    store.sync(config(source("asha/blog")), NOW)
    assert store.published_config("one", NOW)
    before = store.revision(), store.changed_at("asha")
    assert not store.published_config("one", LATER)
    assert (store.revision(), store.changed_at("asha")) == before
    assert store.published_config("two", LATER)
    assert (store.revision(), store.changed_at("asha")) == (2, LATER.replace(microsecond=0))
    store.touch(LATER)
    assert (store.revision(), store.changed_at("asha")) == (3, LATER.replace(microsecond=0) + timedelta(seconds=1))


def test_a_changed_poll_is_logged_with_what_it_brought(store: Store) -> None:
    store.sync(config(source("asha/blog")), NOW)
    state = replace(claimed(store, "asha/blog"), last_poll_at=NOW)
    with store.merging(WORKER) as unit:
        changes = Changes((copy(1, "A"),), (), (article("A"),), new=1, updated=2, merged=3)
        assert unit.apply(changes, state, None, NOW, ms=42)
    (logged,) = store.history(None, NOW)
    assert (logged.source_key, logged.outcome, logged.ms) == ("asha/blog", "changed", 42)
    assert (logged.new, logged.updated, logged.merged) == (1, 2, 3)


def test_articles_are_found_by_key(store: Store) -> None:
    fill(store, [article("A", 1), article("B", 2)], index=(rows(1, ["k"]), rows(2, ["k", "l"])))
    assert store.find(["k"]) == ["A", "B"]
    assert store.find(["l", "unknown"]) == ["B"]
    assert store.find([]) == []
