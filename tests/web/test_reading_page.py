"""The page to read in a real browser: every width, both colour schemes, no script, hostile words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route

from aggregator.api import problem_page
from aggregator.embed import documents
from aggregator.model import Article, Config, Facet, FetchPolicy, Image, Person, Site, SourceRef, View

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Open = Callable[..., AbstractAsyncContextManager[Page]]
KINDS = (Facet("article", "Articles", 9, "/kind/article/"), Facet("talk", "Talks", 1, "/kind/talk/"))
SITE = Config(Site("Feeds", "https://feeds.example.org"), "", FetchPolicy(), ())

# Contrast of every piece of text on the page against what is really painted behind it (WCAG 2.2, 1.4.3).
CONTRAST = """
() => {
  document.querySelectorAll("details").forEach(d => { d.removeAttribute("name"); d.open = true; });
  const channels = c => { const [r, g, b, a = 1] = c.match(/[\\d.]+/g).map(Number); return { r, g, b, a }; };
  const luminance = ({ r, g, b }) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = channels(getComputedStyle(e).backgroundColor); if (c.a === 1) return c; } };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
  const found = [];
  for (let e = walker.nextNode(); e; e = walker.nextNode()) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || /INPUT|TEXTAREA/.test(e.tagName);
    if (!own || !e.checkVisibility() || ["SCRIPT", "STYLE"].includes(e.tagName)) continue;
    const [a, b] = [luminance(channels(getComputedStyle(e).color)), luminance(behind(e))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.tagName + "." + e.className]);
  }
  return found;
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Browser, loopback: Any) -> AsyncIterator[Open]:
    @asynccontextmanager
    async def open_page(view: View, **context: Any) -> AsyncIterator[Page]:
        """The page of a view in a fresh window; leaving it fails on anything the browser complained about."""
        window = await browser.new_context(**context)
        page = await window.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        await page.goto(loopback.show(view))
        yield page
        await window.close()
        assert complaints == []

    yield open_page


@pytest.fixture
def everything(loopback: Any, varied: Callable[[str], tuple[Article, ...]], collection: View) -> View:
    return replace(collection, articles=varied(f"{loopback.url}/picture.svg"))


def first(view: View, **said: Any) -> View:
    """The view with its second article changed, and no other that matters."""
    return replace(view, articles=(replace(view.articles[1], **said), view.articles[0]))


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
async def test_nothing_sticks_out(opened: Open, everything: View, width: int) -> None:
    long = replace(
        everything.articles[0],
        title="x" * 300,
        summary="ü" * 220,
        tags=("t" * 90,),
        source=SourceRef("s", "s" * 120, "feed"),
        authors=(Person("n" * 120),),
    )
    view = replace(
        everything,
        title="Überschriftenungetüm" * 9,
        articles=(long, replace(long, dir="rtl", language="ar", featured=False), *everything.articles),
    )
    async with opened(view, viewport={"width": width, "height": 800}) as page:
        for tool in await page.locator(".tools summary").all():
            await tool.click()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        cut = """() => [...document.querySelectorAll("h1, h3, .summary, .meta, .tags")]
            .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className || e.tagName)"""
        assert await page.evaluate(cut) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_can_be_read(opened: Open, everything: View, scheme: str) -> None:
    async with opened(everything, color_scheme=scheme) as page:
        found = await page.evaluate(CONTRAST)
        assert len(found) > 60
        assert [(round(ratio, 2), where) for ratio, where in found if ratio < 4.5] == []
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(int(c) for c in ground[4:-1].split(",")) > 384) == (scheme == "light")


RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_axe_finds_nothing(opened: Open, everything: View, loopback: Any, scheme: str, width: int) -> None:
    asked = replace(everything, query="q=two+words&year=2026", facets={**everything.facets, "kinds": KINDS})
    async with opened(asked, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        await page.evaluate("document.querySelectorAll('details').forEach(d => { d.name = ''; d.open = true })")
        found = await Axe().run(page, options=RULES)
        assert len(found.response["passes"]) > 15
        assert [one["id"] + ": " + one["nodes"][0]["html"] for one in found.response["violations"]] == []
        said = {"status": 400, "detail": "there is no tag here; did you mean ‘kafka’"}
        body = problem_page.page(said, "/mira/rss.xml", True, SITE)
        await page.goto(loopback.give(body, problem_page.POLICY))
        found = await Axe().run(page, options=RULES)
        assert len(found.response["passes"]) > 15
        assert [one["id"] + ": " + one["nodes"][0]["html"] for one in found.response["violations"]] == []


async def test_everything_is_there_without_a_script(opened: Open, everything: View) -> None:
    async with opened(everything, java_script_enabled=False) as page:
        assert await page.locator("article").count() == len(everything.articles)
        addresses = page.get_by_role("textbox", name="RSS")
        assert not await addresses.is_visible()
        await page.get_by_text("Subscribe", exact=True).click()
        assert await addresses.input_value() == "https://feeds.example.org/rss.xml"
        await page.get_by_text("Embed", exact=True).click()
        snippet = await page.get_by_label("As a component").input_value()
        assert '<article-feed src="https://feeds.example.org/index.json" limit="5">' in snippet
        assert not await addresses.is_visible(), "one panel at a time"


async def test_the_keyboard_reaches_the_articles_at_once(opened: Open, everything: View) -> None:
    async with opened(everything) as page:
        focused = "document.activeElement.textContent.trim()"
        await page.keyboard.press("Tab")
        assert await page.evaluate(focused) == "Skip to the articles"
        assert await page.get_by_text("Skip to the articles").is_visible()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        assert await page.evaluate(focused) == everything.articles[0].title


async def test_an_article_takes_one_stop_and_one_for_each_way_on(opened: Open, everything: View) -> None:
    async with opened(replace(everything, articles=everything.articles[:2])) as page:
        await page.locator("main").focus()
        stops = []
        for _ in range(7):
            await page.keyboard.press("Tab")
            stops.append(await page.evaluate("document.activeElement.innerText"))
            ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring == "solid", stops[-1]
        title = everything.articles[0].title
        assert stops[:3] == [title, "DEV", "Medium"]
        assert stops[3].startswith("why?")
        assert stops[4:] == ["Distributed Systems", "APIs", "PostgreSQL"]


async def test_a_search_is_a_form_that_any_browser_sends(opened: Open, everything: View, loopback: Any) -> None:
    async with opened(replace(everything, query="kind=all"), java_script_enabled=False) as page:
        loopback.bodies["/"] = loopback.bodies[urlsplit(page.url).path]
        async with page.expect_navigation():
            await page.get_by_role("searchbox").fill("two wörter")
            await page.keyboard.press("Enter")
        assert page.url == f"{loopback.url}/?kind=all&q=two+w%C3%B6rter"


@pytest.mark.parametrize("said", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}])
async def test_what_the_reader_wishes_is_done(opened: Open, everything: View, said: dict[str, Any]) -> None:
    async with opened(everything, **said) as page:
        assert await page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == (
            "auto" if "reduced_motion" in said else "smooth"
        )
        rule = "getComputedStyle(document.querySelector('.list'), '::before').borderInlineStartColor"
        ink = "getComputedStyle(document.body).color"
        assert (await page.evaluate(rule) == await page.evaluate(ink)) == ("forced_colors" in said)


async def test_paper_gets_the_articles_and_their_addresses(opened: Open, everything: View) -> None:
    async with opened(everything) as page:
        await page.emulate_media(media="print")
        assert await page.get_by_role("article").first.is_visible()
        for screen_only in (".tools", ".browse", ".pages"):
            assert not await page.locator(screen_only).is_visible()
        shown = await page.evaluate("getComputedStyle(document.querySelector('h3 a'), '::after').content")
        assert everything.articles[0].url in shown


async def test_a_screen_reader_hears_an_outline(opened: Open, everything: View) -> None:
    async with opened(everything) as page:
        levels = await page.evaluate("""[...document.querySelectorAll("h1,h2,h3")].map(h => +h.tagName[1])""")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for role in ("main", "banner", "contentinfo", "navigation"):
            assert await page.get_by_role(role).count() >= 1, role
        for control in await page.locator("input, textarea").all():
            assert await control.evaluate("e => e.labels.length") == 1
        assert await page.get_by_role("article").count() == len(everything.articles)


async def test_right_to_left_stands_right(opened: Open, everything: View) -> None:
    edges = """() => { const [title, box] = ['[dir="rtl"] h3', '[dir="rtl"]'].map(s => document.querySelector(s));
        const text = document.createRange(); text.selectNodeContents(title);
        return [text.getBoundingClientRect().right, box.getBoundingClientRect().right,
                document.querySelector('[dir="rtl"] img').getBoundingClientRect().left,
                text.getBoundingClientRect().left]; }"""
    for width in (375, 1280):
        async with opened(everything, viewport={"width": width, "height": 800}) as page:
            text_right, box_right, picture_left, text_left = await page.evaluate(edges)
            assert abs(text_right - box_right) < 2
            assert picture_left < text_left


async def test_hostile_words_do_nothing(opened: Open, everything: View, hostile: str) -> None:
    view = first(
        everything,
        title=hostile,
        summary=hostile,
        tags=(hostile,),
        authors=(Person(hostile, "javascript:window.hit=3"),),
        url="javascript:window.hit=4",
        image=Image('https://x.example/"><img src=x onerror=window.hit=5>'),
        source=SourceRef("x", hostile, "feed"),
    )
    async with opened(replace(view, title=hostile, description=hostile)) as page:
        title = page.locator("h3").last
        assert await title.inner_text() == hostile
        await title.click()
        assert await page.evaluate("window.hit") is None
        assert await page.locator("img").count() == 1, "the other article's"


async def test_the_layout_stands_still_while_pictures_come(opened: Open, everything: View) -> None:
    shift = """() => new Promise(done => {
        let sum = 0;
        new PerformanceObserver(list => list.getEntries().forEach(e => sum += e.value))
            .observe({ type: "layout-shift", buffered: true });
        scrollTo(0, document.body.scrollHeight);
        setTimeout(() => done(sum), 300);
    })"""
    async with opened(everything, viewport={"width": 375, "height": 800}) as page:
        assert await page.evaluate(shift) <= 0.02
        loaded = "[...document.images].every(i => i.complete && i.naturalWidth > 0)"
        await page.wait_for_function(loaded)


async def test_the_snippet_for_other_pages_works_as_it_is(opened: Open, everything: View, browser: Browser) -> None:
    async with opened(everything) as page:
        snippet = await page.locator("#embed").input_value()

    items = [{"id": "1", "title": "<b>One</b>", "url": "https://mira.example/1/"}, {"id": "2", "title": "Two"}]

    async def index(route: Route) -> None:
        if route.request.url.endswith(".js"):
            script = documents(SITE)["/embed/v1/article-feed.js"].body
            await route.fulfill(
                body=script, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"}
            )
        else:
            feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Feed", "items": items}
            await route.fulfill(json=feed, headers={"Access-Control-Allow-Origin": "*"})

    async def portfolio(route: Route) -> None:
        await route.fulfill(body=f"<!doctype html><title>Mine</title>{snippet}", content_type="text/html")

    other = await browser.new_page()
    await other.route("https://feeds.example.org/**", index)
    await other.route("https://portfolio.example/", portfolio)
    await other.goto("https://portfolio.example/")
    shown = other.get_by_role("link", name="<b>One</b>")
    await shown.wait_for()
    assert await shown.get_attribute("href") == "https://mira.example/1/"
    assert await other.get_by_role("heading", name="Two").is_visible()
    await other.close()


async def test_an_empty_page_is_a_page(opened: Open, collection: View) -> None:
    empty = replace(collection, articles=(), total=0, next_query=None, facets={})
    async with opened(empty, viewport={"width": 375, "height": 800}) as page:
        assert await page.get_by_role("heading", name="No articles yet").is_visible()
