"""A site's address is enough: its feed is found and kept, and without one its page is read, again and again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aggregator.config import load
from aggregator.errors import ConfigError
from aggregator.poll.poller import Result
from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import Item, days, prose, rss
from tests.shell.acceptance.program import run
from tests.shell.acceptance.stage import FETCH, Clock, Living, config_text, configured, living

TITLES = ("Replaying a ledger by night", "Why the queue was empty", "Four timers and a clock")
MENU = '<nav><a href="/">Home</a><a href="/me">About me</a></nav>'


def owner(source: str) -> str:
    return f"  - id: asha\n    name: Asha Rao\n    sources:\n      - {source}\n"


def cards(titles: tuple[str, ...] = TITLES) -> str:
    rows = "".join(
        f'<article><h2><a href="/notes/{t.lower().replace(" ", "-")}">{t}</a></h2>'
        f"<time datetime='2026-05-{n:02}'>then</time><p>Some seven words on what it is about.</p></article>"
        for n, t in enumerate(titles, 1)
    )
    return f"<html><title>Notes</title><body>{MENU}<main>{rows}</main></body></html>"


def rebuilt(titles: tuple[str, ...] = TITLES) -> str:
    rows = "".join(f'<li class="row"><a href="/notes/{t.lower().replace(" ", "-")}">{t}</a></li>' for t in titles)
    return f"<html><title>Notes</title><body>{MENU}<div id='list'><ul>{rows}</ul></div></body></html>"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


def page(web: Web, *bodies: str) -> str:
    return web.script("/notes", *(Answer(body.encode(), content_type="text/html") for body in bodies))


async def poll(home: Living) -> Result:
    """Poll the one source, and let what a poll without news leaves behind be saved."""
    (result,) = (await home.poll()).values()
    await asyncio.sleep(0.4)
    return result


async def titles(home: Living) -> set[str]:
    return {item["title"] for item in await home.service.index()}


async def test_a_sites_feed_is_found_once_and_kept(web: Web, database_url: str, tmp_path: Path) -> None:
    url = web.page("/", '<link rel="alternate" type="application/rss+xml" href="/own.xml">', content_type="text/html")
    items = [Item(t, web.url(f"/n/{n}"), prose(t), published=at) for n, (t, at) in enumerate(
        zip(TITLES, days(Clock().at, 3), strict=True))]  # fmt: skip
    feed = web.page("/own.xml", rss("Own", url, items), etag='"1"')
    clock = Clock()
    async with living(configured(tmp_path, database_url, owner(f"site: {url}")), clock) as home:
        first = await poll(home)
        assert (first.what, first.new) == ("changed", 3)
        (state,) = home.rooms.store.states(None).values()
        assert state.feed_url == feed
        assert state.rule is not None
        assert state.rule.rung == "feed"
        asked = len(web.log)
        again = await poll(home)
        assert again.what == "unchanged"
        assert [seen.path for seen in web.log[asked:]] == ["/own.xml"]
        assert web.log[-1].headers["If-None-Match"] == '"1"'
        web.page("/own.xml", "gone", status=410)
        moved = web.page("/new.xml", rss("Own", url, items))
        web.page("/", '<link rel="alternate" type="application/rss+xml" href="/new.xml">', content_type="text/html")
        assert [(await poll(home)).what for _ in range(2)] == ["failed", "unchanged"]
        assert home.rooms.store.states(None)["asha/site"].feed_url == moved
        assert await titles(home) == set(TITLES)


async def test_a_page_is_read_without_a_feed(web: Web, database_url: str, tmp_path: Path) -> None:
    url = page(web, cards())
    async with living(configured(tmp_path, database_url, owner(f"site: {url}"))) as home:
        first = await poll(home)
        assert (first.what, first.new) == ("changed", 3)
        assert len(web.log) <= 12
        asked = len(web.log)
        again = await poll(home)
        assert (again.what, again.entries) == ("unchanged", 0)
        assert len(web.log) == asked + 1
        assert await titles(home) == set(TITLES)
        page(web, cards(("Something new", *TITLES)))
        more = await poll(home)
        assert (more.new, more.updated) == (1, 0)


async def test_a_rebuilt_page_a_challenge_and_a_shell_remove_nothing(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    challenge = "<title>Just a moment...</title><p>Checking your browser before you go on"
    strangers = rebuilt(("Buy this domain today", "Cheap flights to anywhere", "Casino without any limit"))
    url = page(web, cards(), challenge, '<div id="root"></div>', strangers, rebuilt(("A new beginning here", *TITLES)))
    async with living(configured(tmp_path, database_url, owner(f"page: {url}"))) as home:
        results = [await poll(home) for _ in range(5)]
        assert [one.what for one in results] == ["changed", "blocked", "failed", "failed", "changed"]
        assert "check for bots" in (results[1].message or "")
        assert "empty shell" in (results[2].message or "")
        assert "rebuilt" in (results[3].message or "")
        assert (results[4].new, results[4].message) == (1, None)
        assert await titles(home) == {"A new beginning here", *TITLES}
        said = {item["title"]: item.get("summary") for item in await home.service.index()}
        assert said[TITLES[0]] == "Some seven words on what it is about."
        rule = home.rooms.store.states(None)["asha/site"].rule
        assert rule is not None
        assert (rule.found, rule.misses) == (4, 0)


async def test_selectors_are_the_owners_and_count_at_once(web: Web, database_url: str, tmp_path: Path) -> None:
    url = page(web, cards())
    config = configured(tmp_path, database_url, owner(f"page: {{url: {url}, item: article, title: p}}"))
    async with living(config) as home:
        await poll(home)
        assert await titles(home) == {"Some seven words on what it is about."}
    other = configured(tmp_path, database_url, owner(f"page: {{url: {url}, item: article, title: h2}}"))
    async with living(other) as home:
        again = await poll(home)
        assert again.updated == 3  # the page is the same, byte for byte
        assert await titles(home) == set(TITLES)


async def test_robots_txt_is_heard(web: Web, database_url: str, tmp_path: Path) -> None:
    url = page(web, cards())
    web.page("/robots.txt", "User-agent: *\nDisallow: /notes", content_type="text/plain")
    async with living(configured(tmp_path, database_url, owner(f"site: {url}"))) as home:
        result = await poll(home)
    assert "robots.txt" in (result.message or "")
    assert web.asked("/notes") == []


async def test_a_list_of_sitemaps_leads_to_the_articles(web: Web, database_url: str, tmp_path: Path) -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    parts = "".join(
        f"<sitemap><loc>{web.url(path)}</loc></sitemap>" for path in ("/post-sitemap.xml", "/tag-sitemap.xml")
    )
    url = web.page("/sitemap.xml", f"<sitemapindex {space}>{parts}</sitemapindex>", content_type="text/xml")
    places = "".join(f"<url><loc>{web.url(f'/blog/the-{n}-note')}</loc></url>" for n in ("first", "second"))
    web.page("/post-sitemap.xml", f"<urlset {space}>{places}</urlset>", content_type="text/xml")
    async with living(configured(tmp_path, database_url, owner(f"sitemap: {url}"))) as home:
        first = await poll(home)
        assert first.new == 2
        assert await titles(home) == {"the first note", "the second note"}
        assert (await poll(home)).what == "unchanged"
    assert web.asked("/tag-sitemap.xml") == []


async def test_a_preview_tells_what_was_found(web: Web, tmp_path: Path) -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/own.xml"><a rel=me href="https://dev.to/asha">DEV</a>'
    )
    url = web.page("/", head, content_type="text/html")
    web.page("/own.xml", rss("Own", url, [Item("One", web.url("/n/1"), prose("one"), published=Clock().at)]))
    listed = page(web, cards())
    path = tmp_path / "aggregator.yaml"
    path.write_text(config_text("sqlite:///x.db", owner(f"site: {url}"), FETCH), encoding="utf-8")
    seen = json.loads((await run("preview", url, "--json", "--config", str(path), cwd=tmp_path)).out)
    assert [(one["url"], one["reason"]) for one in seen["feeds"]] == [
        (web.url("/own.xml"), "its page names it as its feed")
    ]
    assert [one["feed_url"] for one in seen["elsewhere"]] == ["https://dev.to/feed/asha"]
    assert [one["title"] for one in seen["entries"]] == ["One"]
    shown = await run("preview", f"site:{listed}", "--config", str(path), cwd=tmp_path)
    assert shown.code == 0, shown.err
    assert "No feed was found" in shown.out
    assert all(title in shown.out for title in TITLES)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("page: {item: article}", '"url" is missing'),
        ("page: {url: https://asha.example, item: 'a['}", "is no CSS selector"),
        ("page: {url: https://asha.example, titel: h2}", 'did you mean "title"?'),
        ("page: {url: https://asha.example, title: h2}", 'no "item"'),
        ("site: asha.example", 'did you mean "https://asha.example"?'),
        ("dev: {url: x}", "must be text"),
    ],
)
def test_mistakes_in_the_config_are_told(source: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "aggregator.yaml"
    path.write_text(config_text("sqlite:///x.db", owner(source), FETCH), encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load(path, {})
    assert words in str(told.value)
