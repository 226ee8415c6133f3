"""Forem's API says what its feed does not: the original, the edit, the cover; and its silence harms nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.fetch import Fetcher
from aggregator.model import Config, Copy
from aggregator.poll.look import look
from aggregator.poll.workers import Readers
from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import Item, forem, prose
from tests.shell.acceptance.stage import Clock, Living, configured, living

CLOCK = Clock()
AT = CLOCK.at - timedelta(days=2)
FEED, API = "/feed/asha", "/api/articles?username=asha&per_page=30"
PLAIN, CROSSED = "/asha/why-the-lamp-went-out-3k2f", "/asha/tide-tables-for-the-impatient-54p3"
ORIGINAL = "https://asha.example/notes/tides"


def post(web: Web, path: str, title: str, text: str = "") -> Item:
    return Item(
        title, web.url(path), text or f'<p><img src="{web.url("/in-text.png")}"></p>{prose(title)}', published=AT
    )


def article(web: Web, path: str, **fields: Any) -> dict[str, Any]:
    """One of a list, with the fields that Forem gives and we do not read, too."""
    slug = path.rpartition("/")[2]
    return {
        "type_of": "article",
        "id": 1893442,
        "title": "Whatever the list says",
        "description": "The first words of the article, cut off by the platform and...",
        "readable_publish_date": "Nov 18",
        "slug": slug,
        "path": path,
        "url": web.url(path),
        "comments_count": 3,
        "public_reactions_count": 12,
        "collection_id": None,
        "published_timestamp": "2026-11-18T09:00:00Z",
        "language": "en",
        "subforem_id": 1,
        "positive_reactions_count": 12,
        "cover_image": None,
        "social_image": "https://dev-to-uploads.example/social.png",
        "canonical_url": web.url(path),
        "created_at": "2026-11-17T20:00:00Z",
        "edited_at": None,
        "crossposted_at": None,
        "published_at": "2026-11-18T09:00:00Z",
        "last_comment_at": "2026-11-18T09:00:00Z",
        "reading_time_minutes": 4,
        "tag_list": ["tides"],
        "tags": "tides",
        "user": {"name": "Asha Rao", "username": "asha", "user_id": 1},
        **fields,
    }


def told(web: Web) -> list[dict[str, Any]]:
    crossed = {
        "canonical_url": ORIGINAL,
        "cover_image": "https://media.example/cover.png",
        "edited_at": "2026-11-19T08:30:00Z",
        "reading_time_minutes": 9,
    }
    return [article(web, CROSSED, **crossed), article(web, PLAIN)]


def feed(web: Web, *more: Item, etag: str) -> None:
    posts = [*more, post(web, CROSSED, "Tide tables for the impatient"), post(web, PLAIN, "Why the lamp went out")]
    web.page(FEED, forem("Asha", web.url("/asha"), posts), etag=etag)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        feed(web, etag='"1"')
        web.page(API, json.dumps(told(web)), content_type="application/json; charset=utf-8", etag='"a"')
        yield web


@pytest.fixture
def config(web: Web, database_url: str, tmp_path: Path) -> Config:
    source = f"      - {{dev: asha, base_url: '{web.url('')}'}}\n"
    return configured(tmp_path, database_url, f"  - id: asha\n    name: Asha Rao\n    sources:\n{source}")


def copies(home: Living) -> dict[str, Copy]:
    with home.rooms.store.merging("test") as unit:
        return {copy.entry.title: copy for copy in unit.copies_of("asha/dev")}


async def test_what_only_the_api_has(web: Web, config: Config) -> None:
    async with living(config, Clock()) as home:
        await home.poll()
        crossed, plain = (
            copies(home)["Tide tables for the impatient"].entry,
            copies(home)["Why the lamp went out"].entry,
        )
        assert (crossed.canonical_url, plain.canonical_url) == (ORIGINAL, None)
        assert crossed.updated is not None and crossed.updated.isoformat() == "2026-11-19T08:30:00+00:00"
        assert [one.image.url for one in (crossed, plain) if one.image] == [
            "https://media.example/cover.png",
            web.url("/in-text.png"),
        ]
        assert (crossed.reading_time_minutes, plain.reading_time_minutes) == (9, 4)
        assert crossed.summary != "" and "cut off by the platform" not in crossed.summary
    (asked,) = web.asked(API)
    assert asked.headers["Accept"].startswith("application/json")
    assert [seen.path for seen in web.log] == [FEED, API]


async def test_it_is_asked_only_when_the_feed_has_news_and_with_its_validators(web: Web, config: Config) -> None:
    clock = Clock()
    async with living(config, clock) as home:
        for _ in range(3):
            await home.poll()
            clock.forward(hours=3)
        assert len(web.asked(API)) == 1
        before = copies(home)
        feed(web, post(web, "/asha/a-third-one-5a2b", "A third one"), etag='"2"')
        await home.poll()
        assert web.asked(API)[-1].headers["If-None-Match"] == '"a"'
        after = copies(home)
        assert {title: after[title] for title in before} == before, "a 304 takes nothing back"
        assert len(after) == 3


TROUBLE = {
    "429": Answer(b"Retry later", 429, "text/plain", {"Retry-After": "86400"}),
    "404": Answer(b'{"error":"not found","status":404}', 404, "application/json"),
    "500": Answer(b"", 500),
    "a page": Answer(b"<!doctype html><title>Just a moment...</title>", 200, "text/html"),
    "cut off": Answer(b'[{"type_of":"article","url":"https://dev.to/a', 200, "application/json"),
    "another shape": Answer(b'{"articles": []}', 200, "application/json"),
    "nothing": Answer(b"[]", 200, "application/json"),
    "odd fields": Answer(b'[1, null, {"url": 3}, {"url": ""}, {"title": "x"}]', 200, "application/json"),
    "deep": Answer(b"[" * 100_000, 200, "application/json"),
    "no utf-8": Answer(b'[{"url": "\xff"}]', 200, "application/json"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_without_it_the_feed_is_read_all_the_same(trouble: str, web: Web, config: Config) -> None:
    web.script(API, TROUBLE[trouble])
    async with living(config, Clock()) as home:
        result = (await home.poll())["asha/dev"]
        assert (result.what, result.new, result.message) == ("changed", 2, None)
        assert len(await home.service.index()) == 2


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_what_it_said_once_is_not_forgotten_when_it_fails(trouble: str, web: Web, config: Config) -> None:
    clock = Clock()
    async with living(config, clock) as home:
        await home.poll()
        before = copies(home)
        web.script(API, TROUBLE[trouble])
        feed(web, post(web, "/asha/a-third-one-5a2b", "A third one"), etag='"2"')
        clock.forward(hours=3)
        result = (await home.poll())["asha/dev"]
        assert (result.new, result.updated) == (1, 0)
        after = copies(home)
        assert {title: after[title] for title in before} == before


async def test_it_is_left_alone_for_as_long_as_it_asks(web: Web, config: Config) -> None:
    clock = Clock()
    web.script(API, TROUBLE["429"])
    async with living(config, clock) as home:
        await home.poll()
        for hours in (3, 20):
            clock.forward(hours=hours)
            feed(web, post(web, f"/asha/number-{hours}-5a2b", f"Number {hours}"), etag=f'"{hours}"')
            await home.poll()
        assert len(web.asked(API)) == 1
        clock.forward(hours=3)
        web.page(API, json.dumps(told(web)), content_type="application/json")
        feed(web, post(web, "/asha/number-four-5a2b", "Number four"), etag='"4"')
        await home.poll()
        assert len(web.asked(API)) == 2
        assert copies(home)["Tide tables for the impatient"].entry.canonical_url == ORIGINAL


async def test_a_part_of_the_answer_is_taken_for_what_it_is(web: Web, config: Config) -> None:
    some = [article(web, CROSSED, canonical_url=ORIGINAL, cover_image=7, edited_at=["x"], reading_time_minutes=True), 3]
    web.page(API, json.dumps(some), content_type="application/json")
    async with living(config, Clock()) as home:
        await home.poll()
        crossed = copies(home)["Tide tables for the impatient"].entry
        assert (crossed.canonical_url, crossed.updated) == (ORIGINAL, None)
        assert crossed.image is not None and crossed.image.url == web.url("/in-text.png")


async def test_of_another_account_nothing_is_remembered(
    web: Web, config: Config, database_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    async with living(config, clock) as home:
        await home.poll()
    other = API.replace("asha", "bo")
    web.page("/feed/bo", forem("Bo", web.url("/bo"), [post(web, "/bo/on-anchors-3k2f", "On anchors")]))
    web.page(other, "[]", content_type="application/json", etag='"a"')
    source = f"      - {{dev: bo, id: dev, base_url: '{web.url('')}'}}\n"
    text = f"  - id: asha\n    name: Asha Rao\n    sources:\n{source}"
    async with living(configured(tmp_path, database_url, text), clock) as home:
        await home.poll()
        assert home.rooms.store.facts_of("asha/dev").entries == ()
    assert "If-None-Match" not in web.asked(other)[0].headers


async def test_who_looks_before_adding_sees_it_too(web: Web, config: Config) -> None:
    (source,) = config.sources
    async with Fetcher(config.fetch, "0") as fetcher, Readers(count=1) as readers:
        seen = await look(source, fetcher, readers, CLOCK.at)
    assert {entry.canonical_url for entry in seen.entries} == {ORIGINAL, None}
