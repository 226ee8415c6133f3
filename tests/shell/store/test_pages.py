"""The table of pages: asked for once, taken by one, found without reading the table through."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import insert, select

from aggregator.model import Changes, Page, PageFacts, Visit
from aggregator.store import Store
from aggregator.store.schema import pages
from tests.shell.store.made import NOW, WORKER, article, copy, raw
from tests.shell.store.test_plans import plan, sorted_, statements, through

LATER = NOW + timedelta(minutes=15)


def want(store: Store, *ids: int, removed: Iterable[int] = ()) -> None:
    copies = tuple(copy(id_, str(id_)) for id_ in ids)
    states = tuple(article(str(id_), id_) for id_ in ids)
    with store.merging(WORKER) as unit:
        unit.apply(Changes(copies=copies, articles=states, removed=frozenset(removed)), None, None, NOW, wanted=ids)


def test_what_is_wanted_is_due_at_once_and_in_order(store: Store) -> None:
    want(store, 3, 1)
    want(store, 2)
    assert store.pages_due(NOW - timedelta(seconds=1), 10) == ()
    assert store.pages_due(NOW, 10) == tuple(Page(id_, f"https://blog.example/{id_}", "feed") for id_ in (1, 2, 3))
    assert [page.copy_id for page in store.pages_due(NOW, 2)] == [1, 2]
    store.put_off_pages({1, 2}, LATER)
    assert [page.copy_id for page in store.pages_due(LATER, 10)] == [3, 1, 2]


def test_a_page_is_taken_once_until_its_time_is_over(store: Store) -> None:
    want(store, 1, 2)
    (visit,) = store.claim_pages({1, 9}, NOW, LATER)
    assert (visit.copy.id, visit.attempts) == (1, 1)
    assert [one.copy.id for one in store.claim_pages({1, 2}, NOW, LATER)] == [2]
    assert store.claim_pages({1, 2}, NOW, LATER) == ()
    assert [(one.copy.id, one.attempts) for one in store.claim_pages({1}, LATER, LATER + timedelta(1))] == [(1, 2)]


def test_what_was_read_is_never_due_again(store: Store) -> None:
    want(store, 1, 2, 3)
    first, second, third = store.claim_pages({1, 2, 3}, NOW, LATER)
    assert store.page_done(first, "nothing", NOW)
    with store.merging(WORKER) as unit:
        assert unit.page_done(second, "elsewhere", NOW)
    assert store.page_done(third, "Gone", None, LATER)
    want(store, 1, 2, 3)
    store.put_off_pages({1, 2}, NOW)
    assert store.claim_pages({1, 2, 3}, NOW, LATER) == ()
    assert [page.copy_id for page in store.pages_due(NOW + timedelta(days=9), 10)] == [3]


def test_who_was_overtaken_writes_nothing(store: Store, database_url: str) -> None:
    want(store, 1)
    (frozen,) = store.claim_pages({1}, NOW, LATER)
    (other,) = store.claim_pages({1}, LATER, LATER + timedelta(1))
    assert not store.page_done(frozen, "Gone", None, LATER)
    with store.merging(WORKER) as unit:
        assert not unit.page_done(frozen, "read", LATER, PageFacts())
    with raw(database_url) as connection:
        assert connection.execute(select(pages.c.outcome, pages.c.read_at, pages.c.facts)).all() == [(None, None, None)]
    assert store.page_done(other, "nothing", LATER)


def test_a_page_goes_with_its_copy(store: Store) -> None:
    want(store, 1, 2)
    want(store, removed=[1])
    assert [page.copy_id for page in store.pages_due(NOW, 10)] == [2]
    store.forget_page(2)
    assert store.pages_due(NOW, 10) == ()
    want(store, 2)  # forgotten: may be asked for anew
    assert [page.copy_id for page in store.pages_due(NOW, 10)] == [2]


def test_a_visit_and_what_came_of_it_are_kept_together(store: Store, database_url: str) -> None:
    want(store, 1)
    (visit,) = store.claim_pages({1}, NOW, LATER)
    try:
        with store.merging(WORKER) as unit:
            unit.page_done(visit, "elsewhere", NOW)
            raise RuntimeError
    except RuntimeError:
        pass
    with raw(database_url) as connection:
        assert connection.execute(select(pages.c.outcome, pages.c.read_at)).all() == [(None, None)]


def test_nothing_here_grows_with_what_was_read(store: Store, database_url: str) -> None:
    want(store, 1)
    with raw(database_url) as connection:
        done = [{"copy_id": id_, "attempts": 1, "outcome": "nothing", "read_at": NOW} for id_ in range(2, 500)]
        connection.execute(insert(pages), done)
        connection.commit()
    (due,) = statements(lambda: store.pages_due(NOW, 10))
    found = plan(database_url, due)
    assert "pages_due" in found, found
    assert not sorted_(found), found
    visits: list[Visit] = []
    asked = statements(lambda: visits.extend(store.claim_pages({1}, NOW, LATER)))
    asked += statements(lambda: store.page_done(visits[0], "nothing", NOW))
    for statement in asked:
        found = plan(database_url, statement)
        assert not through(found), f"{statement[0]}\n\n{found}"
