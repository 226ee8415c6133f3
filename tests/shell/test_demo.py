"""The sample web behaves like real servers, and what it carries comes out as it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import aiohttp
import pytest

from aggregator import ingest
from aggregator.config import load
from aggregator.demo import EXPECTED, DemoWeb, config_text
from aggregator.demo.portfolios import example_text
from aggregator.demo.sites import POSTS
from aggregator.demo.web import PATHS
from aggregator.model import ArticleState, Config, Copy, Fetched, Freshness, Known, Seal, Validators

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SEAL = Seal(b"demo", "feeds.example.org,2026")


class Counted:
    """Ids of copies in order."""

    def __init__(self) -> None:
        self.numbers = count(1)

    def copy_id(self) -> int:
        return next(self.numbers)


@pytest.fixture
async def web() -> AsyncIterator[DemoWeb]:
    async with DemoWeb() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def config(web: DemoWeb, tmp_path: Path) -> Config:
    path = tmp_path / "aggregator.yaml"
    path.write_text(config_text(web, "http://127.0.0.1:8000", "sqlite:///demo.db"), encoding="utf-8")
    return load(path, {})


async def test_every_feed_is_whole_xml_and_carries_its_posts(web: DemoWeb, client: aiohttp.ClientSession) -> None:
    for place in PATHS:
        async with client.get(web.feed_url(place)) as response:
            assert response.status == 200
            tree = ElementTree.fromstring(await response.read())
        items = [e for e in tree.iter() if e.tag.rpartition("}")[2] in ("item", "entry")]
        assert len(items) == sum(post.place == place for post in POSTS) > 0


async def test_a_second_request_is_not_answered_in_full(web: DemoWeb, client: aiohttp.ClientSession) -> None:
    for place in PATHS:
        async with client.get(web.feed_url(place)) as first:
            assert "max-age" in first.headers["Cache-Control"]
            validators = first.headers["ETag"], first.headers["Last-Modified"]
        for header, value in zip(("If-None-Match", "If-Modified-Since"), validators, strict=True):
            async with client.get(web.feed_url(place), headers={header: value}) as again:
                assert (again.status, await again.read()) == (304, b"")
        async with client.get(web.feed_url(place), headers={"If-None-Match": '"another"'}) as other:
            assert other.status == 200


async def test_pictures_are_there_and_nothing_else_is(web: DemoWeb, client: aiohttp.ClientSession) -> None:
    site = web.base_urls["site"]
    async with client.get(web.feed_url("site")) as response:
        feed = await response.text()
    pictures = {part.partition("&")[0].partition('"')[0] for part in feed.split("src=&#34;")[1:]}
    assert len(pictures) == 3
    for picture in pictures:
        async with client.get(picture) as response:
            assert (response.status, response.content_type) == (200, "image/svg+xml")
    async with client.get(f"{site}/notes/index.xml") as response:
        assert response.status == 404


async def test_two_webs_stand_side_by_side_and_close() -> None:
    async with DemoWeb() as one, DemoWeb() as other:
        assert not set(one.base_urls.values()) & set(other.base_urls.values())
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(one.feed_url("site"))


def test_the_config_of_the_demo_is_a_good_one(config: Config) -> None:
    assert [owner.id for owner in config.owners] == list(EXPECTED.articles)
    assert {source.key for source in config.sources} == {*EXPECTED.entries, *EXPECTED.failing}
    assert {owner.id: len(owner.entries) for owner in config.owners if owner.entries} == EXPECTED.written


def test_the_example_of_five_portfolios_is_what_the_demo_shows() -> None:
    example = Path(__file__).parents[2] / "config" / "examples" / "portfolios.yaml"
    assert example.read_text(encoding="utf-8") == example_text()
    owners = load(example, {}).owners
    assert [owner.id for owner in owners] == ["arun", "nadia", "ravi", "tomas", "elena"]
    assert {source.key for owner in owners for source in owner.sources} < EXPECTED.entries.keys()


async def test_sixteen_entries_are_nine_articles(config: Config, client: aiohttp.ClientSession) -> None:
    mint = Counted()
    round_ = ingest.Round({o.id: o for o in config.owners}, NOW, "feeds.example.org", founding=True, first_fill=True)
    drafts: dict[str, list[Copy]] = {}
    for source in config.sources:
        async with client.get(source.feed_url) as response:
            assert (response.status == 404) == (source.key in EXPECTED.failing)
            if response.status != 200:
                continue
            body, kind = await response.read(), response.headers["Content-Type"]
        reading = ingest.read(Fetched(source.feed_url, 200, body, kind, Validators(), Freshness()), source, NOW)
        assert reading.skipped == ()
        assert len(reading.entries) == EXPECTED.entries[source.key]
        drafts.setdefault(source.owner, []).extend(ingest.draft(reading.entries, source, round_, mint))
    for owner, copies in drafts.items():
        changes = ingest.merge(Known(), copies, round_, SEAL)
        assert len(changes.articles) + EXPECTED.written.get(owner, 0) == EXPECTED.articles[owner]
        check_copies(changes.articles, changes.copies)
        if owner == "mira":
            assert (len(copies), len(changes.articles)) == (16, 9)
            check(changes.articles)


def check_copies(articles: tuple[ArticleState, ...], copies: tuple[Copy, ...]) -> None:
    urls_of = {
        article.url: {copy.entry.url for copy in copies if copy.article == article.ulid} - {article.url}
        for article in articles
    }
    assert {url: others for url, others in urls_of.items() if others} == {
        url: set(others) for url, others in EXPECTED.merged.items() if url in urls_of
    }


def check(articles: tuple[ArticleState, ...]) -> None:
    by_url = {article.url: article for article in articles}
    one, other = EXPECTED.apart
    assert by_url[one].ulid != by_url[other].ulid
    assert by_url[one].title == by_url[other].title
    assert {a.url for a in articles if a.date_precision == "unknown"} == set(EXPECTED.first_seen)
    for url, date in EXPECTED.dates.items():
        assert by_url[url].published_at == datetime.fromisoformat(date)
