"""Every vector polled, stored, published, and drawn by Chromium in every way in which anybody shows it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.loopback import Web
from tests.shell.acceptance.stage import Living, configured, living, visited
from tests.torture.carried import FEEDS
from tests.torture.drawn import Seen, draw, embed, set_as_html, strings
from tests.torture.report import Figure
from tests.torture.vectors import vectors
from tests.web.conftest import CHROMIUM, FLAGS

PAGES = ("/", "/list.html", "/card.svg", "/embed.html")
LOOKED_AT = ("/rss.xml", "/atom.xml", "/feed.json")  # a browser gets a page about them
READ = ("/index.json", "/feed.json", "/rss.xml", "/atom.xml", "/list.md", "/list.html")
_ALL = "image date source author reading-time summary tags copies"
_SETTLED = """() => [...document.querySelectorAll("article-feed")].every(
  (feed) => feed.shadowRoot?.querySelector("ul").ariaBusy === "false" &&
    feed.shadowRoot.querySelector("article"))"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it."""

    articles: int
    surfaces: int
    strings: int
    ran: tuple[str, ...]
    could: tuple[str, ...]


async def judged(browser: Browser, carried: Sequence[Sequence[str]], folder: Path, database_url: str) -> Judged:
    """Publish feeds with these vectors, one of each format in turn, and draw all of it."""
    async with Web() as web:
        sources = ""
        for number, part in enumerate(carried):
            kind = list(FEEDS)[number % len(FEEDS)]
            media_type, make = FEEDS[kind]
            url = web.page(f"/{number}", make(part), content_type=media_type)
            sources += f"      - {{feed: '{url}', id: {kind}-{number}}}\n"
        # a server whose words stand in the list of sources
        page = f"<!doctype html><title>{carried[0][0]}</title><script>hit()</script>"
        url = web.page("/page", page, content_type="text/html")
        sources += f"      - {{feed: '{url}', id: page}}\n"
        owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n{sources}"
        async with living(configured(folder, database_url, owners)) as home:
            await home.poll()
            return await _drawn(browser, home, web)


async def _drawn(browser: Browser, home: Living, web: Web) -> Judged:
    service = home.service
    total = (await service.get("/index.json?limit=1&kind=all")).json()["_aggregator"]["total"]
    queries = await _pages(home)
    found = [await draw(browser, service, [f"{name}?{query}" for name in (*PAGES, *LOOKED_AT) for query in queries])]
    items = (await service.get("/index.json?limit=3")).json()["items"]
    one = "/api/articles/" + items[0]["id"].rpartition("/")[2]
    found.append(await draw(browser, service, ["/?q=%3Cimg%20src=x%20onerror=hit()%3E", one, "/docs"]))
    inside = "".join(
        f'<article-feed src="{service.url}/index.json?{query}" show="{_ALL}" limit="200" layout="{layout}">'
        "</article-feed>"
        for query, layout in zip(queries, ("list", "grid", "compact") * len(queries), strict=False)
    )
    script = f'<script type="module" src="{service.url}/embed/v1/article-feed.js"></script>'
    portfolio = web.page("/portfolio", f"<!doctype html><main>{script}{inside}</main>", content_type="text/html")
    found.append(await embed(browser, service, portfolio, _SETTLED))
    for path in [f"{name}?{query}" for name in READ for query in queries] + [
        *(one, "/api/sources", "/openapi.json"),
        *("/compat/rss2json?rss_url=https://feeds.example.org/rss.xml", "/compat/devto/articles?username=asha"),
        "/index.json?%3Cimg%20src=x%20onerror=hit()%3E=1",
    ]:
        reply = await service.get(path, Accept="application/json")
        if reply.status in (200, 400):
            found.append(await set_as_html(browser, service, strings(reply.body, path), path))
    return _together(total, found)


async def _pages(home: Living) -> list[str]:
    """The queries whose pages hold everything."""
    queries, query = [], "kind=all&limit=200"
    while True:
        queries.append(query)
        following = (await home.service.get(f"/index.json?{query}")).json().get("next_url")
        if following is None:
            return queries
        query = following.partition("?")[2]


def _together(total: int, found: list[Seen]) -> Judged:
    return Judged(
        total,
        sum(seen.surfaces for seen in found),
        sum(seen.strings for seen in found),
        tuple(one for seen in found for one in seen.ran),
        tuple(one for seen in found for one in seen.could),
    )


async def controlled(browser: Browser, home_url: str, raw: Sequence[str]) -> int:
    """How many of the vectors run where nothing protects anybody: what the judge is able to see.

    Pictures alone: others lead away from the page.
    """
    async with visited(home_url) as service:
        pictures = [vector for vector in raw if vector.startswith("<img")]
        return len((await set_as_html(browser, service, pictures, "raw")).ran)


async def _run() -> list[Figure]:
    if CHROMIUM is None:
        raise SystemExit("no Chromium found: set AGGREGATOR_TEST_CHROMIUM to its executable")
    every = vectors()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/a.db"
            came = await judged(browser, [every] * len(FEEDS), Path(folder), url)
        raw = await controlled(browser, "http://127.0.0.1:9", every)
        await browser.close()
    for one in (*came.ran, *came.could)[:20]:
        print(f"   {one[:200]}")  # noqa: T201
    return [
        Figure("vectors, in RSS, Atom and JSON Feed", "some hundred", f"{len(every):,}", len(every) > 500),
        Figure("articles that carry them", "all of them", f"{came.articles:,}", came.articles > 2 * len(every)),
        Figure("raw vectors with a picture, seen running as `innerHTML`", "5 or more", f"{raw:,}", raw >= 5),
        Figure("pages drawn", "", f"{came.surfaces:,}", True),
        Figure("strings set as `innerHTML`", "", f"{came.strings:,}", True),
        Figure("executed", "0", f"{len(came.ran)}", not came.ran),
        Figure("handlers, live elements, forbidden schemes", "0", f"{len(came.could)}", not came.could),
    ]


def main() -> list[Figure]:
    """Draw everything once."""
    return asyncio.run(_run())
