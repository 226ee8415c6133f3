"""``<article-feed>`` in a real browser: what it shows of every kind of feed, in every layout, scheme and zone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from aggregator.model import Article, View
from aggregator.render.formats import index_json, list_html
from tests.web.portfolio import CSP, Feeds, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
ALL = "image date source author reading-time summary tags copies"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def feeds() -> AsyncIterator[Feeds]:
    async with serving() as served:
        yield served


@pytest.fixture
def everything(feeds: Feeds, varied: Callable[[str], tuple[Article, ...]], collection: View) -> View:
    return replace(collection, articles=varied(f"{feeds.url}/picture.svg"), next_query=None)


@pytest.fixture
def index(feeds: Feeds, everything: View) -> str:
    return feeds.give("/index.json", index_json.render(everything))


def item(number: int, **said: Any) -> dict[str, Any]:
    return {"id": f"{number}", "url": f"https://x.example/{number}", "title": f"Title {number}", **said}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_layout_is_accessible_and_nothing_sticks_out(
    browser: Browser, feeds: Feeds, index: str, scheme: str
) -> None:
    long = item(1, title="x" * 300, summary="ü" * 220, tags=["t" * 90], authors=[{"name": "n" * 120}])
    feeds.give("/long.json", {"items": [long, long | {"_aggregator": {"dir": "rtl"}}]})
    sources = (index, f"{feeds.url}/long.json", f"{feeds.url}/nowhere.json")
    inside = "".join(
        f'<article-feed src="{src}" layout="{layout}" show="{ALL}" more limit="9" heading-level="2"></article-feed>'
        for src in sources
        for layout in ("list", "grid", "compact")
    )
    inside += f'<div dir="rtl"><article-feed src="{index}" show="{ALL}"></article-feed></div>'
    async with feeds.page(browser, inside, color_scheme=scheme, viewport={"width": 390, "height": 800}) as page:
        assert await page.locator("article").count() == 3 * (9 + 2) + 10
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        cut = """() => [...document.querySelectorAll("article-feed")].flatMap(
            (feed) => [...feed.shadowRoot.querySelectorAll("article *")].filter(
                (e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1).map((e) => e.part.value))"""
        assert await page.evaluate(cut) == []


async def test_everything_that_can_be_shown(browser: Browser, feeds: Feeds, index: str) -> None:
    async with feeds.page(browser, f'<article-feed src="{index}" show="{ALL}"></article-feed>') as page:
        first = page.locator("article").first
        assert await first.inner_text() == (
            "Idempotency keys are a contract, not a column\n\n"
            "17 Nov 2026 · mira.example · Mira Solheim · 7 mins\n\n"
            "A unique constraint stops the second insert. It does not tell the caller what happened to the first one, "
            "and that answer is the whole point of the key.\n\n"
            "Distributed Systems APIs PostgreSQL\n\nAlso on DEV, Medium"
        )
        assert await first.get_by_role("img").get_attribute("alt") == "Two requests meeting at one row"
        assert await first.get_by_role("link").count() == 3
        assert await page.get_by_role("heading", level=3).count() == 10
        dates = await page.locator("time").all_inner_texts()
        assert dates[:6] == ["17 Nov 2026", "10 Nov 2026", "28 Oct 2026", "3 Oct 2026", "12 Sept 2026", "December 2018"]
        assert await page.locator("time").nth(5).get_attribute("datetime") == "2018-12"
        undated = page.locator("article", has_text="How I review")
        assert await undated.locator("time").count() == 0
        talk = page.locator("article", has_text="Queues, clocks")
        assert await talk.locator("time").inner_text() == "2026"


async def test_an_article_keeps_its_direction_and_language(browser: Browser, feeds: Feeds, index: str) -> None:
    show = "date source tags summary"
    async with feeds.page(browser, f'<article-feed src="{index}" show="{show}"></article-feed>') as page:
        arabic = page.locator("article", has_text="لماذا")
        assert await arabic.get_attribute("dir") == "rtl"
        assert await arabic.get_by_role("heading").get_attribute("lang") == "ar"
        assert await arabic.locator("bdi").all_inner_texts() == ["موثوقية", "APIs"]
        assert await arabic.evaluate("e => getComputedStyle(e).direction") == "rtl"


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
async def test_a_day_is_the_same_day_everywhere(browser: Browser, feeds: Feeds, zone: str) -> None:
    dates = {
        "2026-04-02T00:00:00Z": "2 Apr 2026",  # as site generators write a day
        "2026-04-02T00:00:00+05:30": "2 Apr 2026",
        "2026-04-02": "2 Apr 2026",
        "2026-04-02T12:00:00Z": "3 Apr 2026" if zone.startswith("Pacific") else "2 Apr 2026",
        "soon": "",
    }
    items = [item(place, date_published=date) for place, date in enumerate(dates)]
    exact = {"date_published": "2026-04-02T00:00:00Z", "_aggregator": {"date_precision": "second"}}
    src = feeds.give("/days.json", {"items": [*items, item(9, **exact)]})
    inside = f'<article-feed src="{src}"></article-feed><article-feed src="{src}" timezone="UTC"></article-feed>'
    async with feeds.page(browser, inside, timezone_id=zone) as page:
        shown = [
            await one.locator("time").inner_text() if await one.locator("time").count() else ""
            for one in await page.locator("article-feed").first.locator("article").all()
        ]
        last = "1 Apr 2026" if zone.startswith("America") else "2 Apr 2026"
        assert shown == [*dates.values(), last]
        assert await page.locator("article-feed").last.locator("time").last.inner_text() == "2 Apr 2026"


async def test_dates_are_in_the_language_around_and_in_the_style_asked_for(browser: Browser, feeds: Feeds) -> None:
    src = feeds.give("/one.json", {"items": [item(1, date_published="2026-04-02")]})
    feed = f'<article-feed src="{src}" date-style="long"'
    inside = f'<div lang="de">{feed}></article-feed></div>{feed} timezone="Mars/Base"></article-feed>'
    async with feeds.page(browser, f'{inside}<div lang="no_such">{feed}></article-feed></div>') as page:
        assert await page.locator("time").all_inner_texts() == ["2. April 2026", "2 April 2026", "2026-04-02"]


async def test_any_json_feed_will_do(browser: Browser, feeds: Feeds) -> None:
    long = "word " * 200
    src = feeds.give(
        "/blog/feed.json",
        {
            "version": "https://jsonfeed.org/version/1",
            "items": [
                {"id": 1, "url": "/a", "title": "Relative", "author": {"name": "Bo"}, "content_html": "<p>Hi</p>"},
                {"id": "2", "external_url": "https://y.example/", "title": "Linked", "image": "cover.svg"},
                {"id": "3", "content_text": long},
                None,
                {"id": "4", "title": {"not": "text"}, "url": 7, "tags": "one", "authors": [None], "summary": "Odd"},
            ],
        },
    )
    inside = f'<article-feed src="{src}" show="image author summary tags" layout="list"></article-feed>'
    async with feeds.page(browser, inside) as page:
        cards = page.locator("article")
        assert await cards.count() == 4
        assert await cards.nth(0).get_by_role("link").get_attribute("href") == f"{feeds.url}/a"
        assert "Bo" in await cards.nth(0).inner_text()
        assert await cards.nth(1).get_by_role("link").get_attribute("href") == "https://y.example/"
        assert await cards.nth(1).locator("img").get_attribute("src") == f"{feeds.url}/blog/cover.svg"
        assert len(await cards.nth(2).inner_text()) < 310
        assert await cards.nth(3).inner_text() == "Odd\n\none"


async def test_hostile_feeds_become_text(browser: Browser, feeds: Feeds, hostile: str) -> None:
    evil = "javascript:window.hit=3"
    one = item(1, title=hostile, summary=hostile, tags=[hostile], url=evil, image=evil, external_url=evil)
    one |= {"date_published": hostile, "language": '"><script>', "authors": [{"name": hostile}]}
    ours = {"source": {"title": hostile}, "copies": [{"title": hostile, "url": "data:text/html,x"}], "dir": hostile}
    src = feeds.give("/evil.json", {"next_url": evil, "items": [one | {"_aggregator": ours}]})
    template = (
        "<template><p><a data-text=title data-href=url></a><a data-href=image href=/static>more</a>"
        "<img data-src=image alt=''><b data-text=_aggregator.source.title></b></p></template>"
    )
    inside = f'<article-feed src="{src}" show="{ALL}" more></article-feed>'
    inside += f'<article-feed src="{src}">{template}</article-feed>'
    async with feeds.page(browser, inside) as page:
        assert await page.locator("article h3").inner_text() == hostile
        assert await page.locator("p b").inner_text() == hostile
        assert await page.locator("a[href], article img, p img").count() == 0
        assert await page.evaluate("window.hit") is None
        assert not await page.get_by_role("button").is_visible()


async def test_the_strictest_policy_lets_it_work(browser: Browser, feeds: Feeds, index: str) -> None:
    inside = f'<article-feed src="{index}" layout="grid" show="{ALL}" more limit="2"></article-feed>'
    template = '<template><p><a data-text="title" data-href="url"></a><time data-date></time></p></template>'
    async with feeds.page(
        browser, f'{inside}<article-feed src="{index}">{template}</article-feed>', policy=CSP
    ) as page:
        assert await page.locator("article").count() == 2
        assert await page.locator("article-feed").last.evaluate("e => e.querySelectorAll(':scope > p').length") == 10
        assert await page.locator("article").first.evaluate("e => getComputedStyle(e).display") == "grid"


async def test_the_pages_own_template(browser: Browser, feeds: Feeds, index: str) -> None:
    template = (
        '<ul id="own"><li class="built">Built</li><template><li class="card"><a data-text="title" data-href="url"></a>'
        '<time data-date></time><span data-text="_aggregator.source.title"></span><i data-text="tags"></i>'
        '<img data-src="image" alt=""></li></template></ul>'
    )
    style = "<style>.card { color: rgb(1, 2, 3) }</style>"
    async with feeds.page(browser, f'{style}<article-feed src="{index}" limit="6">{template}</article-feed>') as page:
        cards = page.locator("#own > li")
        assert await cards.count() == 6
        assert await page.locator(".built").count() == 0
        first = cards.first
        assert await first.evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)", "it is the page's own"
        assert await first.locator("a").get_attribute("href") == "https://mira.example/1/"
        assert await first.locator("time").get_attribute("datetime") == "2026-11-17T08:30:00Z"
        assert await first.locator("i").inner_text() == "distributed-systems, apis, postgresql"
        assert await cards.nth(1).locator("img").count() == 0, "what is not there is not shown"
        assert await cards.nth(3).get_attribute("dir") == "rtl"
        assert await cards.nth(5).locator("a[href]").count() == 0


async def test_parts_and_properties_are_for_the_page_to_style(browser: Browser, feeds: Feeds, index: str) -> None:
    style = (
        "<style>article-feed { --article-feed-color: rgb(9, 9, 9); --article-feed-muted: rgb(8, 8, 8); "
        "--article-feed-gap: 7px } article-feed::part(title) { color: rgb(7, 7, 7) }</style>"
    )
    async with feeds.page(browser, f'{style}<article-feed src="{index}"></article-feed>') as page:
        color = "e => getComputedStyle(e).color"
        assert await page.locator("h3").first.evaluate(color) == "rgb(7, 7, 7)"
        assert await page.locator("[part=summary]").first.evaluate(color) == "rgb(9, 9, 9)"
        assert await page.locator("[part=meta]").first.evaluate(color) == "rgb(8, 8, 8)"
        assert await page.get_by_role("list").evaluate("e => getComputedStyle(e).rowGap") == "7px"


async def test_what_the_page_was_built_with_stays_where_it_is(
    browser: Browser, feeds: Feeds, index: str, everything: View
) -> None:
    built = list_html.render(everything).decode()
    feeds.give("/late.json", feeds.answers["/index.json"][0], delay=0.2)
    src = index.replace("index", "late")
    async with feeds.page(browser, f'<article-feed id="feed" src="{src}">{built}</article-feed>') as page:
        assert await page.locator(".article-list-item").first.is_visible()
        assert await page.evaluate("window.shifts") <= 0.02
        assert await page.evaluate("feed.shadowRoot.querySelectorAll('article').length") == 0
    newer = replace(everything, articles=(replace(everything.articles[0], revision=9), *everything.articles[1:]))
    feeds.give("/late.json", index_json.render(newer))
    async with feeds.page(browser, f'<article-feed src="{src}">{built}</article-feed>') as page:
        assert not await page.locator(".article-list-item").first.is_visible()
        assert await page.locator("article").count() == 10


async def test_places_are_kept_while_it_loads(browser: Browser, feeds: Feeds) -> None:
    items = [item(n, summary="One line of words", date_published="2026-04-02") for n in range(3)]
    gate = asyncio.Event()
    src = feeds.give("/slow.json", {"items": items}, gate=gate)
    inside = f'<article-feed src="{src}" limit="3"></article-feed>'
    async with feeds.page(browser, inside, settle=False) as page:
        assert await page.locator("[part=skeleton]").count() == 3
        assert await page.get_by_role("list").get_attribute("aria-busy") == "true"
        gate.set()
        await page.locator("article").first.wait_for()
        assert await page.locator("[part=skeleton]").count() == 0
        assert await page.get_by_role("list").get_attribute("aria-busy") == "false"
        assert await page.evaluate("window.shifts") <= 0.05
