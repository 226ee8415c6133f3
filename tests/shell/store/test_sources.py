"""Sources: what a config does to them, who may poll them, what a poll leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.errors import StoreError
from aggregator.model import Config, PollState, Synced, Validators
from aggregator.store import Crowd, Store
from aggregator.store.schema import metadata
from tests.shell.store.made import NOW, WORKER, ago, article, claimed, config, copy, fill, raw, source

BLOG, DEV, OTHER = source("asha/blog"), source("asha/dev"), source("bo/blog")


def tables(database_url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table with the mark of the transaction that wrote it last, where the engine has such."""
    with raw(database_url) as connection:
        mark = "xmin::text, " if connection.dialect.name == "postgresql" else ""
        names = list(metadata.tables)
        found = {name: connection.execute(text(f"SELECT {mark}* FROM {name}")).all() for name in names}
    return {name: sorted(map(tuple, rows), key=repr) for name, rows in found.items()}


# ── sync ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_source_is_due_at_once(store: Store) -> None:
    assert store.sync(config(BLOG, OTHER), NOW) == Synced(added=("asha/blog", "bo/blog"))
    assert store.states() == {
        "asha/blog": PollState("asha/blog", next_poll_at=NOW),
        "bo/blog": PollState("bo/blog", next_poll_at=NOW),
    }
    assert store.due(NOW, 10) == ["asha/blog", "bo/blog"]
    assert store.due(NOW - timedelta(seconds=1), 10) == []


def test_the_same_config_again_writes_nothing(store: Store, database_url: str) -> None:
    store.sync(config(BLOG, DEV), NOW)
    before = tables(database_url)
    assert store.sync(config(BLOG, DEV), NOW + timedelta(days=1)) == Synced()
    assert tables(database_url) == before


def test_founding_is_what_comes_together_with_its_owner(store: Store) -> None:
    store.sync(config(BLOG), NOW)
    store.sync(config(BLOG, DEV, OTHER), NOW + timedelta(days=30))
    assert {row.key: row.founding for row in store.sources_rows()} == {
        "asha/blog": True,
        "asha/dev": False,
        "bo/blog": True,
    }
    assert store.founding("asha/blog", NOW)
    assert not store.founding("asha/blog", NOW + timedelta(seconds=1))
    assert not store.founding("asha/dev", NOW)
    assert not store.founding("nobody/blog", NOW)


def test_a_removed_source_is_not_polled_and_forgets_nothing(store: Store) -> None:
    store.sync(config(BLOG, DEV), NOW)
    state = replace(
        claimed(store, "asha/dev"), validators=Validators(etag='"1"'), next_poll_at=NOW + timedelta(hours=9)
    )
    store.record([state], WORKER)
    later = NOW + timedelta(days=1)
    assert store.sync(config(BLOG), later) == Synced(removed=("asha/dev",))
    assert store.due(later, 9) == ["asha/blog"]
    assert store.claim(later, WORKER, 60, 9, keys=["asha/dev"], force=True) == []
    gone = store.sources_rows()[1]
    assert (gone.key, gone.removed_at, gone.created_at) == ("asha/dev", later, NOW)
    assert store.sync(config(BLOG), later) == Synced()

    assert store.sync(config(BLOG, DEV), later + timedelta(days=1)) == Synced(returned=("asha/dev",))
    back = store.sources_rows()[1]
    assert (back.removed_at, back.created_at, back.founding, back.state) == (None, NOW, True, state)


def test_another_address_is_asked_at_once_and_without_the_old_validators(store: Store) -> None:
    store.sync(config(BLOG), NOW)
    state = replace(
        claimed(store, "asha/blog"), validators=Validators(etag='"1"'), next_poll_at=NOW + timedelta(hours=9)
    )
    store.record([state], WORKER)
    elsewhere = replace(BLOG, feed_url="https://new.example/feed")
    assert store.sync(config(elsewhere), NOW + timedelta(minutes=1)) == Synced(moved=("asha/blog",))
    (row,) = store.sources_rows()
    assert row.feed_url == "https://new.example/feed"
    assert row.state == PollState("asha/blog", next_poll_at=NOW + timedelta(minutes=1))


def test_a_poll_of_the_old_address_is_not_saved(store: Store) -> None:
    store.sync(config(BLOG), NOW)
    state = claimed(store, "asha/blog")
    store.sync(config(replace(BLOG, feed_url="https://new.example/feed")), NOW)
    assert store.record([replace(state, body_hash="of the old one")], WORKER) == {"asha/blog"}
    assert store.states()["asha/blog"].body_hash is None


def test_a_disabled_source_is_not_due(store: Store) -> None:
    store.sync(config(replace(BLOG, enabled=False), DEV), NOW)
    assert store.due(NOW, 9) == ["asha/dev"]
    assert store.claim(NOW, WORKER, 60, 9, force=True) == ["asha/dev"]


def test_titles_and_counts_of_sources(store: Store) -> None:
    store.sync(config(replace(BLOG, title="My blog", home_page_url="https://asha.example"), DEV), NOW)
    fill(store, [article("A", 1)], [copy(1, "A"), copy(2, "A"), copy(3, "A", "asha/dev")])
    blog, dev = store.sources_rows()
    assert (blog.title, blog.home_page_url, blog.copies, blog.articles) == ("My blog", "https://asha.example", 2, 1)
    assert (dev.title, dev.home_page_url, dev.copies, dev.articles) == ("dev", None, 1, 1)


# ── leases ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_claimed_source_is_nobody_elses_until_the_lease_runs_out(store: Store) -> None:
    store.sync(config(BLOG), NOW)
    assert store.claim(NOW, "one", 60, 9) == ["asha/blog"]
    assert store.due(NOW, 9) == []
    assert store.claim(NOW + timedelta(seconds=59), "two", 60, 9, force=True) == []
    assert store.claim(NOW + timedelta(seconds=60), "two", 60, 9) == ["asha/blog"]


def test_only_force_takes_what_is_not_due(store: Store) -> None:
    store.sync(config(BLOG, DEV), NOW)
    store.record([replace(claimed(store, "asha/blog"), next_poll_at=NOW + timedelta(hours=1))], WORKER)
    assert store.claim(NOW, "one", 60, 9) == ["asha/dev"]
    assert store.claim(NOW, "one", 60, 9, keys=["asha/blog", "nobody/blog"]) == []
    assert store.claim(NOW, "one", 60, 9, keys=["asha/blog", "nobody/blog"], force=True) == ["asha/blog"]


def test_the_longest_due_come_first(store: Store) -> None:
    keys = [f"asha/s{number}" for number in range(5)]
    store.sync(config(*map(source, keys)), NOW)
    for number, key in enumerate(keys):
        store.record([replace(claimed(store, key), next_poll_at=ago(minutes=number))], WORKER)
    assert store.due(NOW, 2) == ["asha/s4", "asha/s3"]
    assert store.claim(NOW, "one", 60, 2) == ["asha/s4", "asha/s3"]
    assert store.claim(NOW, "one", 60, 9) == ["asha/s2", "asha/s1", "asha/s0"]


def test_released_sources_may_be_claimed_again(store: Store) -> None:
    store.sync(config(BLOG, DEV), NOW)
    assert store.claim(NOW, "one", 60, 9) == ["asha/blog", "asha/dev"]
    store.release(["asha/blog", "asha/dev"], "two")
    assert store.claim(NOW, "two", 60, 9) == []
    store.release(["asha/dev"], "one")
    assert store.claim(NOW, "two", 60, 9) == ["asha/dev"]


def test_no_two_workers_get_the_same_source(
    store: Store, database_url: str, open_store: Callable[[str], Store]
) -> None:
    store.sync(config(*(source(f"asha/s{number:02}") for number in range(60))), NOW)
    taken: dict[str, list[str]] = {}
    gate = threading.Barrier(4)

    def work(name: str) -> None:
        mine = open_store(database_url)
        gate.wait()
        while batch := mine.claim(NOW, name, 60, 3):
            taken.setdefault(name, []).extend(batch)

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key for keys in taken.values() for key in keys) == [f"asha/s{number:02}" for number in range(60)]


# ── lanes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE_EACH = Crowd(1, (), NOW)


def crowded(*hosts: str, each: int = 3) -> list[str]:
    """Keys of sources on these hosts, all due, those of one host after those of another."""
    return [f"asha/{host}-{number}" for host in hosts for number in range(each)]


def on_hosts(keys: list[str]) -> Config:
    return config(*(replace(source(key), feed_url=f"https://{key[5:-2]}.example/{key[-1]}") for key in keys))


def test_of_one_host_no_more_are_polled_than_it_may_have(store: Store) -> None:
    store.sync(on_hosts(crowded("a", "b", "c")), NOW)
    assert store.claim(NOW, "one", 60, 9, crowd=ONE_EACH) == ["asha/a-0", "asha/b-0", "asha/c-0"]
    assert store.claim(NOW, "two", 60, 9, crowd=ONE_EACH) == []
    assert store.claim(NOW, "two", 60, 9, force=True, crowd=replace(ONE_EACH, rested_by=None)) == []
    store.release(["asha/b-0"], "one")
    assert store.claim(NOW, "two", 60, 9, crowd=ONE_EACH) == ["asha/b-0"]
    assert store.claim(NOW, "three", 60, 9, crowd=replace(ONE_EACH, per_lane=2)) == ["asha/a-1", "asha/b-1", "asha/c-1"]


def test_a_host_with_more_sources_than_places_keeps_nobody_out(store: Store) -> None:
    keys = [*crowded("a", each=9), *crowded("b", "c", each=1)]
    store.sync(on_hosts(keys), NOW)
    assert store.claim(NOW, "one", 60, 3, crowd=ONE_EACH) == ["asha/a-0", "asha/b-0", "asha/c-0"]


def test_a_lease_that_is_only_not_given_back_yet_takes_no_place(store: Store) -> None:
    store.sync(on_hosts(crowded("a")), NOW)
    assert store.claim(NOW, "one", 60, 9, crowd=ONE_EACH) == ["asha/a-0"]
    assert store.claim(NOW, "one", 60, 9, crowd=replace(ONE_EACH, running=("asha/a-0",))) == []
    assert store.claim(NOW, "two", 60, 9, crowd=ONE_EACH) == []
    assert store.claim(NOW, "one", 60, 9, crowd=ONE_EACH) == ["asha/a-1"]


def test_a_host_that_wants_rest_gets_it_for_all_its_sources(store: Store) -> None:
    store.sync(on_hosts(crowded("a", "b")), NOW)
    until = NOW + timedelta(days=5)
    store.record([replace(claimed(store, "asha/a-2"), next_poll_at=until, lane_free_at=until)], WORKER)
    assert store.claim(NOW, "one", 60, 9, crowd=ONE_EACH) == ["asha/b-0"]
    soon = until - timedelta(seconds=9)
    assert store.claim(soon, "one", 60, 9, crowd=replace(ONE_EACH, rested_by=soon)) == ["asha/b-0"]
    patient = replace(ONE_EACH, rested_by=soon + timedelta(minutes=1), running=("asha/b-0",))
    assert store.claim(soon, "one", 60, 9, crowd=patient) == ["asha/a-0"]
    assert store.states()["asha/a-2"].lane_free_at == until


def test_a_person_may_ask_a_host_that_wants_rest(store: Store) -> None:
    store.sync(on_hosts(crowded("a")), NOW)
    until = NOW + timedelta(days=5)
    store.record([replace(claimed(store, "asha/a-2"), next_poll_at=until, lane_free_at=until)], WORKER)
    assert store.claim(NOW, "one", 60, 9, ["asha/a-1"], True, replace(ONE_EACH, rested_by=None)) == ["asha/a-1"]


def test_mediums_domains_are_one_lane_and_a_move_changes_it(store: Store) -> None:
    custom = replace(source("asha/a"), kind="medium", feed_url="https://stories.asha.example/feed")
    profile = replace(source("asha/b"), kind="medium", feed_url="https://medium.com/feed/@asha")
    store.sync(config(custom, profile), NOW)
    assert store.claim(NOW, WORKER, 60, 9, crowd=ONE_EACH) == ["asha/a"]
    state = replace(store.states()["asha/a"], feed_url="https://asha.substack.com/feed")
    store.record([state], WORKER)
    assert store.claim(NOW, WORKER, 60, 9, crowd=ONE_EACH) == ["asha/a", "asha/b"]


def test_no_two_workers_are_in_one_lane(store: Store, database_url: str, open_store: Callable[[str], Store]) -> None:
    store.sync(on_hosts(crowded(*(f"h{number:02}" for number in range(20)), each=4)), NOW)
    taken: list[str] = []
    gate = threading.Barrier(4)

    def work(name: str, keys: list[str]) -> None:
        mine = open_store(database_url)
        gate.wait()
        for _ in range(3):
            taken.extend(mine.claim(NOW, name, 60, 7, keys=keys, crowd=ONE_EACH))

    every = [source_.key for source_ in on_hosts(crowded(*(f"h{n:02}" for n in range(20)), each=4)).sources]
    threads = [threading.Thread(target=work, args=(f"worker-{n}", every[n::4])) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len({key[:-2] for key in taken}) == 20


# ── recording ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_poll_writes_its_own_row_and_nothing_else(store: Store, database_url: str) -> None:
    store.sync(config(BLOG, DEV), NOW)
    fill(store, [article("A", 1)])
    state = claimed(store, "asha/blog")
    before = tables(database_url)
    assert (
        store.record([replace(state, last_poll_at=NOW, next_poll_at=NOW + timedelta(hours=1))], WORKER) == frozenset()
    )
    after = tables(database_url)
    assert {name for name in before if before[name] != after[name]} == {"sources"}
    assert len(set(before["sources"]) & set(after["sources"])) == 1


def test_a_lost_lease_saves_nothing_and_says_so(store: Store) -> None:
    store.sync(config(BLOG, DEV), NOW)
    slow, quick = claimed(store, "asha/blog"), claimed(store, "asha/dev")
    assert store.claim(NOW + timedelta(hours=1), "other", 60, 1, keys=["asha/blog"]) == ["asha/blog"]
    lost = store.record([replace(slow, failures=7), replace(quick, failures=3)], WORKER)
    assert lost == {"asha/blog"}
    assert {key: state.failures for key, state in store.states().items()} == {"asha/blog": 0, "asha/dev": 3}
    assert store.record([replace(slow, failures=1)], "other") == frozenset()


def test_a_saved_poll_gives_its_lease_back(store: Store) -> None:
    store.sync(config(BLOG), NOW)
    state = claimed(store, "asha/blog")
    assert store.record([state], WORKER) == frozenset()
    assert store.record([state], WORKER) == {"asha/blog"}


def test_a_failure_is_logged_when_it_is_new_or_over(store: Store) -> None:
    store.sync(config(BLOG), NOW)
    steps = [None, "answers 500", "answers 500", "answers 502", None, None]
    for hour, error in enumerate(steps):
        at = NOW + timedelta(hours=hour)
        state = replace(claimed(store, "asha/blog", at), last_poll_at=at, failures=hour)
        store.record([replace(state, error=error, error_code="Refused" if error else None)], WORKER)
    found = [(one.at, one.outcome, one.message) for one in store.history("asha/blog", NOW)]
    assert found == [
        (NOW + timedelta(hours=1), "Refused", "answers 500"),
        (NOW + timedelta(hours=3), "Refused", "answers 502"),
        (NOW + timedelta(hours=4), "recovered", None),
    ]
    assert store.history("asha/blog", NOW + timedelta(hours=4)) == store.history(None, NOW + timedelta(hours=4))
    assert store.history("asha/dev", NOW) == ()


def test_posted_dates_are_the_known_ones_newest_first(store: Store) -> None:
    days = [copy(number, "A", at=ago(days=number)) for number in range(1, 6)]
    fill(store, [article("A", 1)], [*days[:4], replace(days[4], date_precision="unknown"), copy(9, "A", "asha/dev")])
    assert store.posted("asha/blog", 3) == (ago(days=1), ago(days=2), ago(days=3))
    assert len(store.posted("asha/blog")) == 4


def test_an_owner_without_a_name_of_its_own_row_is_refused(store: Store) -> None:
    broken: Config = replace(config(BLOG), owners=(replace(config(BLOG).owners[0], id="someone-else"),))
    with pytest.raises(StoreError, match="contradicts itself"):
        store.sync(broken, NOW)
    assert store.states() == {}
