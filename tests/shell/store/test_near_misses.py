"""Pairs that were nearly joined come closest first, each two articles once; a plan can be tried and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aggregator.errors import StoreError
from aggregator.model import Probes, Verdict
from aggregator.store import NearMiss, Store
from tests.shell.store.made import NOW, ago, article, claimed, config, copy, fill, rows, source
from tests.shell.store.test_plans import plan, sorted_, statements, through
from tests.shell.store.test_sources import tables

LIKE: dict[str, str | float] = {
    "title_a": "Kafka at night",
    "title_b": "Kafka by night",
    "likeness_of_titles": 0.93,
    "against": "not alike",
}


def apart(a: int, b: int, score: float, **changed: Any) -> Verdict:
    return replace(Verdict(a, b, "none", False, False, {**LIKE, "score": score}), **changed)


def pairs(found: tuple[NearMiss, ...]) -> list[tuple[int, int]]:
    return [(one.a.id, one.b.id) for one in found]


@pytest.fixture
def filled(store: Store) -> Store:
    """Four articles of Asha, the first with two copies, and one of Bo's."""
    store.sync(config(source("asha/blog"), source("asha/dev"), source("bo/blog")), NOW)
    copies = [copy(n, ulid, at=ago(days=n)) for n, ulid in enumerate("AABCD", 1)]
    bo = copy(9, "Z", "bo/blog")
    fill(
        store,
        [*(article(ulid, "AABCD".index(ulid) + 1) for ulid in "ABCD"), article("Z", 9, owners=("bo",))],
        [*copies, bo],
        index=tuple(rows(one.id, [f"u:{one.id}"]) for one in copies),
        verdicts=(
            apart(1, 2, 0.99, joined=True),
            apart(1, 3, 0.81),
            apart(2, 3, 0.9),
            apart(1, 4, 0.85, evidence={**LIKE, "score": 0.85, "shared_text": 0.4}),
            apart(3, 4, 0.5, linked=True),
            apart(4, 5, 0.9, evidence={**LIKE, "score": 0.9, "title_a": "Kafka, part 1", "title_b": "Kafka, part 2"}),
            apart(1, 9, 0.95),
        ),
    )
    return store


def test_closest_first_and_each_two_articles_once(filled: Store) -> None:
    found = filled.near_misses(10)
    # 3 and 4 had evidence enough; a series and another owner's work are nobody's question
    assert pairs(found) == [(4, 3), (3, 2), (4, 1)]  # the older one first
    assert [one.closeness for one in found] == [1.0, 0.9, 0.85]
    assert found[1].verdict == apart(2, 3, 0.9)
    assert {one.a.owner for one in found} == {"asha"}
    assert pairs(filled.near_misses(2)) == [(4, 3), (3, 2)]


@pytest.mark.parametrize("key", ["u:1", "u:2"])
def test_what_the_owner_answered_by_any_address_is_left_out(filled: Store, key: str) -> None:
    assert pairs(filled.near_misses(10, [frozenset({key, "u:3", "u:nobody"})])) == [(4, 3), (4, 1)]
    assert pairs(filled.near_misses(10, [frozenset({key, "u:3", "u:4"})])) == []
    assert len(filled.near_misses(10, [frozenset({"u:1", "u:2"}), frozenset({"u:nobody"})])) == 3


def test_a_copy_without_an_address_cannot_be_asked_about(filled: Store) -> None:
    nowhere = copy(4, "C", at=ago(days=4))
    fill(filled, [], [replace(nowhere, entry=replace(nowhere.entry, url=None))])
    assert pairs(filled.near_misses(10)) == [(3, 2)]


def test_a_verdict_that_a_split_or_merge_made_stale_is_none(filled: Store) -> None:
    fill(filled, [article("B", 3)], [copy(4, "B", at=ago(days=4))])
    assert pairs(filled.near_misses(10)) == [(3, 2)]


def test_only_what_was_kept_apart_is_read(filled: Store, database_url: str) -> None:
    for statement in statements(lambda: filled.near_misses(10, [frozenset({"u:1", "u:3"})])):
        found = plan(database_url, statement)
        assert "verdicts_apart" in found or not through(found), found
        assert "verdicts" not in statement[0] or "verdicts_apart" in found, found
        assert not sorted_(found), found


# ── planning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_sees_what_a_merge_would_see_and_writes_nothing(filled: Store, database_url: str) -> None:
    before = tables(database_url)
    with filled.planning() as unit:
        known = unit.candidates(Probes(frozenset({"u:3"})))
        # an article whole, and what evidence ties to it
        assert [one.id for one in known.copies] == [3, 4]
        assert (unit.knows("asha"), unit.knows("zoe")) == (True, False)
        assert [name for name in dir(unit) if not name.startswith("_")] == [
            "candidates",
            "filled",
            "founding",
            "knows",
            "posted",
            "seal",
            "taken",
        ]
    with filled.merging("w") as writing:
        assert writing.candidates("asha/blog", Probes(frozenset({"u:3"}))) == known
    assert tables(database_url) == before


def test_a_source_that_comes_back_is_no_new_one(filled: Store) -> None:
    blog = source("asha/blog")
    with filled.planning() as unit:
        assert not unit.filled(blog)
    state = claimed(filled, "asha/blog")
    filled.record([replace(state, last_change_at=NOW)], "worker-1")
    with filled.planning() as unit:
        assert unit.filled(blog)
        assert not unit.filled(replace(blog, feed_url="https://elsewhere.example/feed"))
        assert not unit.filled(source("asha/other"))


def test_a_plan_does_not_wait_for_a_merge(filled: Store) -> None:
    with filled.merging("w"), filled.planning() as unit:
        assert unit.knows("asha")


def test_a_database_out_of_reach_is_told(tmp_path: object) -> None:
    with pytest.raises(StoreError):
        Store.open(f"sqlite:///{tmp_path}/none.db").near_misses(1)
