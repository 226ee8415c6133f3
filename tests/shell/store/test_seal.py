"""What ids are made with is made once, and stays in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.store import Store
from tests.shell.store.made import NOW, WORKER, article, copy, fill

LATER = NOW + timedelta(days=400)


def test_the_seal_is_made_once(store: Store) -> None:
    with store.merging(WORKER) as unit:
        first = unit.seal("feeds.example", NOW)
    with store.merging(WORKER) as unit:
        assert unit.seal("feeds.example", LATER) == first
    with store.planning() as trial:
        assert trial.seal("feeds.example", LATER) == first
    assert len(first.secret) == 32
    assert first.tagging_entity == f"feeds.example,{NOW.year}"


def test_a_new_address_has_the_year_in_which_it_came(store: Store) -> None:
    """RFC 4151: a tag names a year in which its maker held the name."""
    with store.merging(WORKER) as unit:
        first = unit.seal("feeds.example", NOW)
        assert unit.seal("new.example", LATER) == replace(first, tagging_entity=f"new.example,{LATER.year}")
    with store.merging(WORKER) as unit:
        assert unit.seal("feeds.example", LATER) == first


def test_a_trial_makes_nothing(store: Store) -> None:
    with store.planning() as trial:
        one = trial.seal("feeds.example", NOW)
    with store.merging(WORKER) as unit:
        assert unit.seal("feeds.example", NOW) != one


def test_a_secret_is_not_shown(store: Store) -> None:
    with store.merging(WORKER) as unit:
        seal = unit.seal("feeds.example", NOW)
    assert seal.secret.hex() not in repr(seal)
    assert repr(seal.secret) not in repr(seal)


def test_ids_of_articles_and_of_those_that_lead_to_one_are_taken(store: Store) -> None:
    fill(store, [article("A", 1), article("B", 2)])
    fill(store, [article("A", 1)], [copy(2, "A", born="B")], retired={"B": "A"})
    with store.merging(WORKER) as unit:
        assert unit.taken(["A", "B", "C"]) == {"A", "B"}
        assert unit.taken([]) == frozenset()
    with store.planning() as trial:
        assert trial.taken(["A", "B", "C"]) == {"A", "B"}
