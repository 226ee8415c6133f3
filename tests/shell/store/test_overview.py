"""What an owner looks at: polls, posts and merges of late, and a source that is to be polled at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.model import Verdict
from aggregator.store import Store
from tests.shell.store.made import NOW, WORKER, ago, article, claimed, config, copy, fill, source


def joined(a: int, b: int, days: float) -> Verdict:
    return Verdict(a, b, "body", True, True, {"containment": 0.9}, ago(days=days))


def test_merges_newest_first_and_each_article_once(store: Store) -> None:
    store.sync(config(source("asha/blog"), source("asha/dev")), NOW)
    fill(
        store,
        [article("A", 1), article("B", 4), article("C", 6)],
        [*(copy(n, "A") for n in (1, 2, 3)), copy(4, "B"), copy(5, "B"), copy(6, "C")],
        verdicts=(joined(1, 2, 3), joined(1, 3, 1), joined(4, 5, 2), replace(joined(4, 6, 0), joined=False)),
        judged=frozenset(range(1, 7)),
    )
    found = store.overview.joined(5)
    assert [(one.verdict.a, one.verdict.b, one.a.article) for one in found] == [(1, 3, "A"), (4, 5, "B")]
    assert [one.a.article for one in store.overview.joined(1)] == ["A"]


def test_a_verdict_that_a_split_made_stale_is_left_out(store: Store) -> None:
    store.sync(config(source("asha/blog")), NOW)
    fill(store, [article("A", 1), article("B", 2)], verdicts=(joined(1, 2, 1),), judged=frozenset((1, 2)))
    assert store.overview.joined(5) == ()


def test_posts_and_polls_by_source(store: Store) -> None:
    store.sync(config(source("asha/blog"), source("asha/dev")), NOW)
    fill(
        store,
        [article("A", 1), article("B", 2), article("C", 3), article("D", 4)],
        [
            copy(1, "A", at=ago(days=1)),
            copy(2, "B", at=ago(days=400)),
            copy(3, "C", at=ago(days=9)),
            copy(4, "D", date_precision="unknown"),
        ],
    )
    assert store.overview.posts(["asha/blog", "asha/dev"], ago(days=364)) == {"asha/blog": (ago(days=9), ago(days=1))}
    state = replace(claimed(store, "asha/dev"), error="gone", error_code="gone", state="gone", last_poll_at=NOW)
    assert store.record([state], WORKER) == frozenset()
    polls = store.overview.polls(["asha/blog", "asha/dev"], ago(days=1))
    assert [(key, [one.outcome for one in found]) for key, found in polls.items()] == [("asha/dev", ["gone"])]
    assert store.overview.polls(["asha/dev"], NOW + timedelta(seconds=1)) == {}
    assert store.overview.posts([], ago(days=1)) == {}


def test_a_source_is_due_at_once(store: Store) -> None:
    store.sync(config(source("asha/blog"), source("asha/off", enabled=False)), NOW)
    later = replace(claimed(store, "asha/blog"), last_poll_at=NOW, next_poll_at=NOW + timedelta(days=1))
    store.record([later], WORKER)
    assert store.due(NOW, 9) == []
    assert store.overview.hurry("asha/blog", NOW)
    assert store.due(NOW, 9) == ["asha/blog"]
    assert not store.overview.hurry("asha/off", NOW)
    assert not store.overview.hurry("asha/nobody", NOW)
