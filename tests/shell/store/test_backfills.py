"""The tables of histories: one worker at a time, every address once, and a place to go on from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.model import BackfillPage, Came, Changes
from aggregator.store import Store
from tests.shell.store.made import NOW, WORKER, article, copy

FEEDS = {"asha/blog": "https://blog.example/feed", "asha/dev": "https://dev.example/feed"}
LEASE = timedelta(minutes=15)
FIRST = BackfillPage("https://blog.example/feed", 1, "first")


def keep(store: Store, page: BackfillPage, came: Came, worker: str = WORKER) -> bool:
    with store.merging(worker) as unit:
        return unit.backfilled("asha/blog", page, came, NOW, NOW)


def claimed(store: Store, worker: str = WORKER) -> list[str]:
    return store.backfills.claim(FEEDS, NOW, worker, LEASE)


def test_a_history_begins_with_its_feed(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    assert store.backfills.due(NOW, FEEDS, 9) == sorted(FEEDS)
    assert store.backfills.due(NOW - timedelta(seconds=1), FEEDS, 9) == []
    assert store.backfills.due(NOW, ["asha/dev"], 9) == ["asha/dev"]
    assert store.backfills.next_page("asha/blog") == FIRST
    known = store.backfills.known()["asha/blog"]
    assert (known.state, known.articles, known.pages, known.left, known.began_at) == ("running", 0, 0, 1, NOW)


def test_one_worker_at_a_time(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    assert claimed(store) == sorted(FEEDS)
    assert claimed(store, "another") == []
    assert store.backfills.due(NOW, FEEDS, 9) == []
    assert not keep(store, FIRST, Came("read"), "another")
    store.backfills.release("asha/blog", "another")
    assert claimed(store, "another") == []
    store.backfills.release("asha/blog", WORKER)
    assert claimed(store, "another") == ["asha/blog"]
    assert not keep(store, FIRST, Came("read"))
    later = store.backfills.claim(FEEDS, NOW + LEASE, "third", LEASE)
    assert later == sorted(FEEDS), "the leases of the dead have run out"


def test_a_lease_is_prolonged_by_who_has_it(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    claimed(store)
    for worker in ("another", WORKER):
        store.backfills.renew("asha/blog", worker, NOW + 2 * LEASE)
        held = ["asha/blog"] if worker == WORKER else []
        late = NOW + LEASE + timedelta(seconds=1)
        assert sorted({*FEEDS} - {*store.backfills.due(late, FEEDS, 9)}) == held
    store.backfills.release("asha/blog", WORKER)
    store.backfills.renew("asha/blog", WORKER, NOW + 9 * LEASE)
    assert claimed(store, "another") == ["asha/blog"]


def test_addresses_are_asked_once_and_lists_before_articles(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    claimed(store)
    came = Came("read", 2, (5, 3, 8), lists=("u2", FIRST.url, "u3"), places=("a1", "u2"))
    assert keep(store, FIRST, came)
    seen = []
    while (page := store.backfills.next_page("asha/blog")) is not None:
        seen.append((page.url, page.part))
        claimed(store)
        assert keep(store, page, Came("read", 1, (9,), lists=("u4", "u3", "x" * 1001)))
    assert seen == [("u2", "list"), ("u3", "list"), ("u4", "list"), ("a1", "article")]
    assert store.backfills.marks("asha/blog") == ((5, 3, 8), (9,), (9,), (9,))
    known = store.backfills.known(["asha/blog"])["asha/blog"]
    assert (known.articles, known.pages, known.left) == (6, 5, 0)


def test_what_fails_waits_and_counts(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    for failures in (1, 2):
        store.backfills.claim(FEEDS, NOW + timedelta(hours=failures), WORKER, LEASE)
        store.backfills.failed("asha/blog", WORKER, "no answer", NOW + timedelta(hours=failures + 1))
        known = store.backfills.known()["asha/blog"]
        assert (known.failures, known.message, known.state) == (failures, "no answer", "running")
        assert known.due_at == NOW + timedelta(hours=failures + 1)
    store.backfills.claim(FEEDS, NOW + timedelta(hours=3), WORKER, LEASE)
    keep(store, FIRST, Came("read"))
    known = store.backfills.known()["asha/blog"]
    assert (known.failures, known.message) == (0, None)


def test_an_ended_history_goes_on_only_when_asked(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    claimed(store)
    store.backfills.end("asha/blog", WORKER, "stopped", "no answer", NOW)
    store.backfills.end("asha/dev", WORKER, "complete", None, NOW)
    store.backfills.begin(FEEDS, NOW)
    assert claimed(store) == []
    assert store.backfills.known()["asha/blog"].message == "no answer"
    store.backfills.begin(FEEDS, NOW, FEEDS)
    assert claimed(store) == ["asha/blog"]
    store.backfills.begin(FEEDS, NOW, anew=True)
    assert claimed(store) == sorted(FEEDS)


def test_another_address_has_another_history(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    claimed(store)
    keep(store, FIRST, Came("read", 4, (1,), lists=("https://blog.example/2",)))
    moved = {"asha/blog": "https://new.example/feed"}
    store.backfills.begin(moved, NOW)
    known = store.backfills.known(["asha/blog"])["asha/blog"]
    assert (known.articles, known.pages, known.left) == (0, 0, 1)
    assert store.backfills.next_page("asha/blog") == BackfillPage("https://new.example/feed", 1, "first")


def test_what_is_only_partly_wanted_is_asked_again(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    claimed(store)
    assert keep(store, FIRST, Came("read", 2, (1, 2), whole=False))
    assert store.backfills.next_page("asha/blog") == FIRST
    assert store.backfills.marks("asha/blog") == ()


def test_articles_and_progress_are_kept_together_or_not_at_all(store: Store) -> None:
    store.backfills.begin(FEEDS, NOW)
    claimed(store)
    changes = Changes(copies=(copy(1, "1"),), articles=(article("1", 1),))
    with pytest.raises(ZeroDivisionError), store.merging(WORKER) as unit:
        unit.apply(changes, None, None, NOW)
        assert unit.backfilled("asha/blog", FIRST, Came("read", 1), NOW, NOW)
        raise ZeroDivisionError
    assert store.article("1") is None
    assert store.backfills.known()["asha/blog"].pages == 0


def test_known_addresses_are_told_apart(store: Store) -> None:
    with store.merging(WORKER) as unit:
        unit.apply(Changes(copies=(copy(1, "1"),), articles=(article("1", 1),)), None, None, NOW)
    assert store.backfills.addresses("asha/blog", 9) == ("https://blog.example/1",)
    assert store.backfills.addresses("asha/dev", 9) == ()
    assert store.backfills.unseen("asha/blog", {"b": ["u:b"], "a": ["u:a"]}) == ("b", "a")
