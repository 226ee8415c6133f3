"""Documents are made once per change however many ask, and the last good one is served while the database fails."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.model import Changes, Owner, Site
from aggregator.publish.publisher import Publisher
from aggregator.render import formats
from aggregator.store import Store
from tests.shell.api.library import CONFIG, NOW, WORKS, Work, put, stock
from tests.shell.api.running import Service, serving
from tests.shell.store import made
from tests.shell.store.made import raw

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
NEWS = Work(50, "News", NOW + timedelta(hours=1))


class Watched(Store):
    """A store that counts how often it is asked what."""

    asked: Counter[str]

    def revision(self) -> int:
        """The revision, as ever."""
        self.asked["revision"] += 1
        return super().revision()


@pytest.fixture
def watched(store: Store, database_url: str) -> Watched:
    """The library in a store that counts."""
    stock(store)
    found = Watched.open(database_url)
    assert isinstance(found, Watched)
    found.asked = Counter()
    return found


async def crowd(service: Service, path: str, number: int = 1000) -> Counter[tuple[int, bytes]]:
    """What so many get who ask at the same moment."""
    replies = await asyncio.gather(*(service.get(path) for _ in range(number)))
    return Counter((reply.status, reply.headers["ETag"].encode()) for reply in replies)


@on_sqlite
async def test_a_document_is_made_once_however_many_ask(watched: Watched) -> None:
    async with serving(watched) as service:
        assert len(await crowd(service, "/rss.xml")) == 1
        assert service.publisher.rendered == 1
        put(service.store, [NEWS])
        service.publisher.noticed()
        (answer,) = await crowd(service, "/rss.xml")
        assert answer[0] == 200
        assert service.publisher.rendered == 2
        assert (await service.numbers("/rss.xml"))[0] == 50
    watched.close()


@on_sqlite
async def test_a_thousand_visitors_do_not_each_ask_the_database(watched: Watched, store: Store) -> None:
    async with serving(watched) as service:
        await service.get("/rss.xml")
        await asyncio.sleep(1.1)  # the look at the revision is old
        watched.asked.clear()
        assert len(await crowd(service, "/rss.xml")) == 1
        assert watched.asked["revision"] <= 2
        await asyncio.sleep(1.7)  # too old to be relied on: nobody is told of yesterday
        put(store, [NEWS])
        watched.asked.clear()
        assert len(await crowd(service, "/rss.xml", 200)) == 1
        assert watched.asked["revision"] <= 4
        assert service.publisher.rendered == 2
        assert (await service.numbers("/rss.xml"))[0] == 50
    watched.close()


@on_sqlite
async def test_what_is_at_hand_is_sent_without_asking_anybody(watched: Watched) -> None:
    async with serving(watched) as service:
        for document in formats():
            await service.get(f"/{document}")
        watched.asked.clear()
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            for document in formats():
                assert (await service.get(f"/{document}")).status == 200
        assert watched.asked["revision"] <= 1
        assert service.publisher.rendered == len(formats())
    watched.close()


async def test_what_this_process_writes_is_seen_at_once(service: Service) -> None:
    for number in range(60, 65):
        put(service.store, [Work(number, "News", NOW + timedelta(hours=number))])
        service.publisher.noticed()
        assert (await service.numbers("/index.json"))[0] == number


async def test_what_another_process_writes_is_seen_within_a_second_or_so(
    service: Service, database_url: str, open_store: Callable[[str], Store]
) -> None:
    before = await service.get("/index.json")
    other = open_store(database_url)
    put(other, [NEWS])
    started = time.monotonic()
    while (reply := await service.get("/index.json")).headers["ETag"] == before.headers["ETag"]:
        assert time.monotonic() - started < 3
        await asyncio.sleep(0.02)
    assert time.monotonic() - started < 2
    assert reply.numbers[0] == 50


async def test_documents_name_a_feed_by_the_address_to_which_it_moved(service: Service) -> None:
    store = service.store
    assert b"https://site.example/asha.xml" in (await service.get("/rss.xml")).body
    state = made.claimed(store, "asha/site")
    assert not store.record([replace(state, feed_url="https://site.example/new.xml", last_poll_at=NOW)], made.WORKER)
    service.publisher.noticed()
    body = (await service.get("/rss.xml")).body
    assert b"https://site.example/new.xml" in body
    assert b"https://site.example/asha.xml" not in body
    before = store.revision()
    assert not store.record([replace(made.claimed(store, "asha/site"), last_poll_at=NOW)], made.WORKER)
    assert store.revision() == before, "nothing new, nothing to show"
    back = replace(made.claimed(store, "asha/site"), feed_url=None)
    with store.merging(made.WORKER) as unit:
        assert unit.apply(Changes(), back, None, NOW)
    assert store.revision() == before + 1


async def test_a_change_elsewhere_costs_nobody_a_new_document(service: Service) -> None:
    """Another revision, the same bytes: the tag stays, the client keeps what it has."""
    before = await service.get("/bo/rss.xml")
    put(service.store, [NEWS])  # Asha's
    service.publisher.noticed()
    after = await service.get("/bo/rss.xml")
    assert (after.headers["ETag"], after.headers["Last-Modified"]) == (
        before.headers["ETag"],
        before.headers["Last-Modified"],
    )
    assert (await service.get("/rss.xml")).headers["Last-Modified"] != before.headers["Last-Modified"]


@on_sqlite
async def test_spellings_share_a_document(watched: Watched) -> None:
    async with serving(watched) as service:
        for number in range(100):
            junk = f"limit=7&limit={'0' * (number % 4)}7&tag=kafka,{'%20' * number}Kafka,&kind=article&featured=false"
            assert (await service.get(f"/asha/rss.xml?{junk}")).status == 200
        assert service.publisher.rendered == 1
    watched.close()


@on_sqlite
async def test_a_thousand_queries_fill_no_more_memory_than_they_may(store: Store) -> None:
    stock(store)
    most = 2 * 1024 * 1024
    async with serving(store, kept_bytes=most) as service:
        for number in range(400):
            reply = await service.get(
                f"/feed.json?limit={number % 200 + 1}&sort={'published' if number < 200 else 'updated'}"
            )
            assert reply.status == 200
            assert service.publisher.kept_bytes <= most
            assert (await service.get("/rss.xml")).status == 200
        assert service.publisher.kept_bytes > most // 2
        assert service.publisher.rendered == 401, "what everybody asks for stayed where it was"


# ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def breaking(database_url: str, table: str = "state") -> None:
    with raw(database_url) as connection, connection.begin():
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_gone"))


def mending(database_url: str, table: str = "state") -> None:
    with raw(database_url) as connection, connection.begin():
        connection.execute(text(f"ALTER TABLE {table}_gone RENAME TO {table}"))


async def test_the_last_good_document_is_served_while_the_database_fails(service: Service, database_url: str) -> None:
    good = await service.get("/rss.xml")
    breaking(database_url)
    service.publisher.noticed()
    for _ in range(3):
        reply = await service.get("/rss.xml")
        assert (reply.status, reply.body) == (200, good.body)
        assert (await service.get("/rss.xml", If_None_Match=good.headers["ETag"])).status == 304
    for path in ("/atom.xml", "/readyz", "/rss.xml?limit=3"):
        none = await service.get(path)
        assert none.status == 503
        assert none.headers["Retry-After"] == "60"
        assert none.headers["Access-Control-Allow-Origin"] == "*"
        assert "database" in none.problem
        assert "state" not in none.problem, "no details of ours"
    assert (await service.get("/healthz")).status == 200
    mending(database_url)
    put(service.store, [NEWS])
    await asyncio.sleep(1.1)
    assert (await service.get("/atom.xml")).status == 200
    assert (await service.numbers("/rss.xml"))[0] == 50
    assert (await service.get("/readyz")).status == 200


@on_sqlite
async def test_a_document_that_cannot_be_made_anew_stays_as_it_was(service: Service, database_url: str) -> None:
    good = await service.get("/rss.xml")
    put(service.store, [NEWS])
    breaking(database_url, "articles")  # the revision can be read, the articles cannot
    service.publisher.noticed()
    assert (await service.get("/rss.xml")).body == good.body
    assert (await service.get("/atom.xml")).status == 503
    mending(database_url, "articles")
    service.publisher.noticed()
    assert (await service.numbers("/rss.xml"))[0] == 50


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
async def test_nobody_waits_long_for_a_database_that_hangs(service: Service, database_url: str) -> None:
    good = await service.get("/rss.xml")
    with raw(database_url) as connection, connection.begin():
        connection.execute(text("LOCK TABLE state IN ACCESS EXCLUSIVE MODE"))
        service.publisher.noticed()
        started = time.monotonic()
        waits = []
        while time.monotonic() - started < 3:
            asked = time.monotonic()
            reply = await service.get("/rss.xml")
            waits.append(time.monotonic() - asked)
            assert reply.body == good.body
            await asyncio.sleep(0.05)
    assert max(waits) < 5
    assert sorted(waits)[len(waits) // 2] < 0.1, "only the first had to find out"


@on_sqlite
async def test_who_waits_for_a_document_keeps_nobody_else_waiting(store: Store) -> None:
    stock(store, [Work(1000 + number, f"Part {number}", NOW - timedelta(hours=number)) for number in range(200)])
    async with serving(store) as service:
        making = [asyncio.create_task(service.get(f"/index.json?limit={limit}")) for limit in range(180, 200)]
        await asyncio.sleep(0)
        answered = 0
        while not all(one.done() for one in making):
            assert (await service.get("/healthz")).status == 200
            answered += 1
        assert {one.result().status for one in making} == {200}
    assert answered > 5


@on_sqlite
async def test_another_config_is_served_at_once(service: Service) -> None:
    assert (await service.get("/index.json")).json()["title"] == "Feeds"
    assert (await service.get("/dora/rss.xml")).status == 404
    assert (await service.get("/bo/rss.xml")).status == 200
    owners = (replace(CONFIG.owners[0], hide=()), Owner("dora", "Dora"))
    service.publisher.take(replace(CONFIG, site=Site("Other feeds", "https://other.example"), owners=owners))
    index = await service.get("/index.json")
    assert index.json()["title"] == "Other feeds"
    assert index.links["self"] == "https://other.example/index.json"
    assert index.numbers[1] == 5, "hidden no more"
    assert (await service.get("/dora/rss.xml")).status == 200
    assert (await service.get("/bo/rss.xml")).status == 404


@on_sqlite
async def test_what_was_under_way_by_the_old_config_is_not_current(watched: Watched) -> None:
    async with serving(watched) as service:
        other = replace(CONFIG, site=Site("Other feeds", "https://feeds.example"))
        under_way = [asyncio.create_task(service.get(f"/index.json?limit={limit}")) for limit in range(1, 20)]
        await asyncio.sleep(0.05)
        service.publisher.take(other)
        await asyncio.gather(*under_way)
        for limit in range(1, 20):
            assert (await service.get(f"/index.json?limit={limit}")).json()["title"] == "Other feeds"
    watched.close()


def test_a_publisher_serves_without_any_loop(store: Store) -> None:
    stock(store, WORKS.values())
    publisher = Publisher(CONFIG, store)
    place = publisher.place(b"/asha/index.json")
    assert place is not None
    first = publisher.document(place, (("limit", "3"),))
    assert publisher.document(place, (("limit", "3"), ("kind", "article"))) is first
    publisher.close()
