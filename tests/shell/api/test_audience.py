"""What subscribers fetch is counted by document and reader, added up in the store, and names nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.api import audience
from aggregator.api.audience import Audience, document, reader, summed
from aggregator.errors import StoreError
from aggregator.model import Fetches
from aggregator.store import Store
from tests.shell.api.running import Service

DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("agent", "family", "subscribers"),
    [
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)", "Feedly", 16),
        ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 1 subscriber; )", "Inoreader", 1),
        ("Feedbin feed-id:1373711 - 142 subscribers", "Feedbin", 142),
        ("NewsBlur Feed Fetcher - 3 subscribers - https://newsblur.example/site/1", "NewsBlur", 3),
        ("Mozilla/5.0 (compatible; theoldreader.com; 2 readers; feed-id=ab)", "The Old Reader", 2),
        ("Mozilla/5.0 (compatible; Miniflux/2.2.1; +https://miniflux.app)", "Miniflux", 0),
        ("FreshRSS/1.28.0 (Linux; https://freshrss.org)", "FreshRSS", 0),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Browsers", 0),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Crawlers", 0),
        ("curl/8.9.1", "Programs", 0),
        ("something of my own", "Others", 0),
        ("  ", "Unnamed", 0),
        ("x 99999999999 subscribers", "Others", 0),
    ],
)
def test_a_reader_and_for_how_many_it_fetches(agent: str, family: str, subscribers: int) -> None:
    assert reader(agent) == (family, subscribers)


def test_further_pages_are_the_same_document() -> None:
    assert document(b"/asha/after/b64~x/rss.xml") == "/asha/rss.xml"
    assert document(b"/tag/%E3%82%AD/") == "/tag/キ/"
    assert document(b"/%FF") == "/�"


def test_one_row_for_each_document_and_reader() -> None:
    counts = {
        (b"/rss.xml", b"Feedbin feed-id:1 - 5 subscribers", 200): 2,
        (b"/rss.xml", b"Feedbin feed-id:2 - 7 subscribers", 304): 3,
        (b"/rss.xml", b"curl/8", 404): 9,
        (b"/atom.xml", b"", 200): 1,
    }
    assert summed(counts, DAY) == (
        Fetches(DAY, "/atom.xml", "Unnamed", 1, 0, 0),
        Fetches(DAY, "/rss.xml", "Feedbin", 5, 3, 7),
    )


def test_somebody_who_asks_for_everything_does_not_fill_the_database() -> None:
    counts = {(f"/{number}/".encode(), b"curl/8", 200): 1 for number in range(audience.MOST_KINDS + 50)}
    found = {one.document: one.requests for one in summed(counts, DAY)}
    assert len(found) == audience.MOST_KINDS + 1
    assert found["others"] == 50


def test_what_several_processes_counted_is_added_up(store: Store) -> None:
    store.overview.fetched([Fetches(DAY, "/rss.xml", "Feedly", 3, 1, 16), Fetches(DAY, "/", "Browsers", 1, 0, 0)])
    store.overview.fetched([Fetches(DAY, "/rss.xml", "Feedly", 2, 2, 14)])
    store.overview.fetched([])
    assert store.overview.audience(DAY) == (
        Fetches(DAY, "/", "Browsers", 1, 0, 0),
        Fetches(DAY, "/rss.xml", "Feedly", 5, 3, 16),
    )
    later = DAY + timedelta(days=91)
    store.overview.fetched([Fetches(later, "/", "Browsers", 1, 0, 0)])
    assert store.overview.audience(DAY) == (Fetches(later, "/", "Browsers", 1, 0, 0),)


def test_a_database_that_refuses_costs_a_minute_of_figures_and_nothing_else() -> None:
    def refuse(_: object) -> None:
        raise StoreError("locked")

    counting = Audience(refuse, lambda: DAY)
    counting.came(b"/rss.xml", b"curl/8", 200)
    counting.close()
    assert counting.answered == {("rss.xml", 200): 1}


async def test_every_document_that_is_served_counts(service: Service) -> None:
    first = await service.get("/rss.xml", User_Agent="Feedbin feed-id:1 - 5 subscribers")
    await service.get("/rss.xml", User_Agent="Feedbin feed-id:1 - 6 subscribers", If_None_Match=first.headers["ETag"])
    await service.get("/nobody/rss.xml", User_Agent="Feedbin")
    await service.get("/healthz", User_Agent="Feedbin")
    page = (await service.get("/status")).body.decode()
    (found,) = service.store.overview.audience(datetime.now(UTC) - timedelta(days=2))
    assert (found.document, found.reader, found.requests, found.unchanged) == ("/rss.xml", "Feedbin", 2, 1)
    assert found.subscribers == 6
    assert "Feedbin" in page
