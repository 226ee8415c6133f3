"""What a change of the store's articles tells those who want to be told: written in the same transaction."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import Changes, Event
from aggregator.store import Store
from tests.shell.store.made import NOW, WORKER, article, copy, fill


def told(store: Store) -> list[Event]:
    """Events that nobody has looked at yet, and from now on nobody will."""
    events = store.outbox.unrouted(100)
    store.outbox.route({one.id: {} for one in events}, ())
    return sorted(events, key=lambda one: (one.type, one.subject))


def apply(store: Store, changes: Changes) -> None:
    with store.merging(WORKER) as unit:
        assert unit.apply(changes, None, None, NOW)


def test_a_copy_that_joins_is_told_with_its_address(store: Store) -> None:
    store.outbox.meet(["hook"], NOW)
    first = article("A", 1, announced_at=NOW)
    fill(store, [first], [copy(1, "A")])
    told(store)
    joined = copy(2, "A", "asha/dev")
    apply(store, Changes(copies=(joined,), articles=(replace(first, revision=2),)))
    (event,) = told(store)
    assert (event.type, event.subject) == ("article.copy_added", "A")
    assert event.data["copy"] == {"source": "asha/dev", "url": joined.entry.url}


def test_another_best_address_is_told_with_the_one_before(store: Store) -> None:
    store.outbox.meet(["hook"], NOW)
    first = article("A", 1, announced_at=NOW)
    fill(store, [first], [copy(1, "A")])
    told(store)
    apply(store, Changes(articles=(replace(first, url="https://asha.example/moved", revision=2),)))
    (event,) = told(store)
    assert event.type == "article.canonical_changed"
    assert event.data["previous_url"] == first.url
    said = event.data["article"]
    assert isinstance(said, dict)
    assert said["url"] == "https://asha.example/moved"


def test_an_article_that_became_part_of_another_is_told_as_removed_and_where_it_went(store: Store) -> None:
    store.outbox.meet(["hook"], NOW)
    a, b = article("A", 1, announced_at=NOW), article("B", 2, announced_at=NOW)
    fill(store, [a, b], [copy(1, "A"), copy(2, "B")])
    told(store)
    moved = copy(2, "A")
    apply(store, Changes(copies=(moved,), articles=(replace(a, revision=2),), retired={"B": "A"}))
    removed = next(one for one in told(store) if one.type == "article.removed")
    assert (removed.subject, removed.data["reason"], removed.data["into"]) == ("B", "merged", a.id)


def test_an_article_that_its_owner_takes_back_is_told_as_removed(store: Store) -> None:
    store.outbox.meet(["hook"], NOW)
    fill(store, [article("A", 1, announced_at=NOW)], [copy(1, "A")])
    told(store)
    apply(store, Changes(removed=frozenset({1}), gone=frozenset({"A"})))
    (event,) = told(store)
    assert (event.type, event.data["reason"], event.data["into"]) == ("article.removed", "taken back", None)


def test_what_subscribers_never_had_is_told_to_nobody(store: Store) -> None:
    store.outbox.meet(["hook"], NOW)
    kept = article("A", 1, announced_at=None)
    fill(store, [kept], [copy(1, "A")])
    apply(store, Changes(articles=(replace(kept, url="https://asha.example/moved", revision=2),)))
    apply(store, Changes(removed=frozenset({1}), gone=frozenset({"A"})))
    assert told(store) == []
