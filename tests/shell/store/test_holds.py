"""What is held back is kept, counted, and ended once, whole, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread

from aggregator.model import ArticleState, Flood, Hold, IndexRows, Selection, Verdict
from aggregator.poll.holds import Settled, settle
from aggregator.sources import keys_of
from aggregator.store import Store
from tests.shell.store.made import NOW, ago, article, config, copy, fill, rows, source

CONFIG = config(source("asha/blog"), source("asha/dev"), source("bo/blog"))
FEED = Selection(order="announced")


def hold(ulid: str, key: str = "asha/blog", at: datetime = NOW, recent: bool = False) -> Hold:
    return Hold(ulid, key, at, recent)


def waiting(ulid: str, canonical: int) -> ArticleState:
    return replace(article(ulid, canonical, at=ago(days=canonical)), announced_at=None)


def flooded(store: Store, *ulids: str, index: tuple[IndexRows, ...] = ()) -> None:
    """A feed with one article in it, and these that are held back."""
    store.sync(CONFIG, NOW)
    fill(store, [article("A", 1, at=ago(days=1))])
    states = [waiting(ulid, place) for place, ulid in enumerate(ulids, 2)]
    fill(store, states, held=tuple(hold(ulid, recent=ulid in "BC") for ulid in ulids), index=index)


def feed(store: Store) -> list[str]:
    return [one.ulid for one in store.select(FEED).articles]


def ended(
    store: Store, now: datetime = NOW, *, recent_only: bool = False, keys: frozenset[str] | None = None
) -> Settled:
    return settle(CONFIG, store, now, now, lambda one: one.hold.recent or not recent_only, keys)


def told(settled: Settled) -> tuple[list[str], list[str]]:
    announced = [one.hold.ulid for one in settled.announced]
    return announced, [one.hold.ulid for one in settled.index_only]


def test_what_is_held_back_is_in_the_index_and_counted(store: Store) -> None:
    flooded(store, "B", "C", "D")
    assert feed(store) == ["A"]
    assert [one.ulid for one in store.select(Selection()).articles] == ["A", "B", "C", "D"]
    floods = {row.key: row.flood for row in store.sources_rows()}
    assert floods == {"asha/blog": Flood(3, 2, NOW), "asha/dev": None, "bo/blog": None}
    assert [one.state.title for one in store.waiting(NOW)] == ["Post B", "Post C", "Post D"]
    assert store.waiting(NOW, ["asha/dev"]) == store.waiting(NOW - timedelta(seconds=1)) == ()


def test_a_word_of_the_owner_puts_it_on_top_in_the_order_of_dates(store: Store) -> None:
    flooded(store, "D", "B", "C")  # D is the newest of them
    revision, at = store.revision(), NOW + timedelta(hours=3)
    assert told(ended(store, at)) == (["B", "C", "D"], [])
    assert feed(store) == ["D", "B", "C", "A"]
    places = [at - number * timedelta(microseconds=1) for number in range(3)]
    assert [one.announced_at for one in store.select(FEED).articles] == [*places, ago(days=1)]
    assert store.revision() == revision + 1
    assert {row.flood for row in store.sources_rows()} == {None}
    assert told(ended(store, at)) == ([], [])
    assert store.revision() == revision + 1, "nothing happened the second time"


def test_what_stays_in_the_index_is_as_it_was(store: Store) -> None:
    flooded(store, "B", "C", "D")
    revision = store.revision()
    assert told(settle(CONFIG, store, NOW, NOW, lambda _: False)) == ([], ["B", "C", "D"])
    assert (feed(store), store.revision()) == (["A"], revision)
    assert store.waiting(NOW) == ()


def test_only_what_was_recent_goes_out_by_itself(store: Store) -> None:
    flooded(store, "B", "C", "D", "E")
    assert told(ended(store, recent_only=True)) == (["B", "C"], ["D", "E"])
    assert feed(store) == ["B", "C", "A"]


def test_each_source_waits_for_itself(store: Store) -> None:
    flooded(store, "B")
    fill(store, [waiting("F", 9)], [copy(9, "F", "asha/dev")], held=(hold("F", "asha/dev"),))
    assert told(ended(store, keys=frozenset({"asha/dev", "bo/blog"}))) == (["F"], [])
    assert [one.hold.ulid for one in store.waiting(NOW)] == ["B"]


def test_what_is_known_under_another_id_is_not_announced_again(store: Store) -> None:
    """An article that was announced retired into an older one that is held back: the one id lives on in silence."""
    flooded(store, "0")
    merged = replace(waiting("0", 2), revision=2)
    both = (copy(1, "0", born="A"), copy(2, "0"))
    fill(store, [merged], both, retired={"A": "0"}, verdicts=(Verdict(1, 2, "body", True, True),), judged={1, 2})
    assert [one.known for one in store.waiting(NOW)] == [True]
    assert told(ended(store)) == ([], ["0"])
    assert feed(store) == []


def test_what_retired_waits_for_nothing_but_comes_back_waiting(store: Store) -> None:
    flooded(store, "B", "C")
    fill(store, [], [copy(2, "A", born="B")], retired={"B": "A"})
    assert [one.hold.ulid for one in store.waiting(NOW)] == ["C"]
    assert {row.flood for row in store.sources_rows()} == {None, Flood(1, 1, NOW)}
    fill(store, [waiting("B", 2)], [copy(2, "B")])  # split again
    assert [one.hold.ulid for one in store.waiting(NOW)] == ["B", "C"]
    fill(store, [], [copy(2, "A", born="B")], retired={"B": "A"})
    assert told(ended(store)) == (["C"], [])
    assert not store.holds(NOW), "nothing is left to be looked at every time"


def test_what_is_hidden_takes_no_place(store: Store) -> None:
    url = "https://blog.example/2"
    flooded(store, "B", "C", index=(rows(2, keys_of(url)),))
    hidden = replace(CONFIG, owners=tuple(replace(one, hide=(url,)) for one in CONFIG.owners))
    assert told(settle(hidden, store, NOW, NOW, lambda _: True)) == (["C"], ["B"])
    assert feed(store) == ["C", "A"]


def test_two_processes_end_it_once(store: Store, database_url: str, open_store: Callable[[str], Store]) -> None:
    flooded(store, "B", "C", "D")
    other, both = open_store(database_url), Barrier(2)
    results: list[Settled] = []

    def end(mine: Store, later: int) -> None:
        both.wait()
        results.append(ended(mine, NOW + timedelta(seconds=later)))

    threads = [Thread(target=end, args=(mine, later)) for later, mine in enumerate((store, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.announced) for one in results) == [0, 3]
    places = [one.announced_at for one in store.select(FEED).articles if one.ulid != "A" and one.announced_at]
    assert places[0] - places[-1] == timedelta(microseconds=2), "all by one of the two"
