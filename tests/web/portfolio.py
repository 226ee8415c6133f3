"""A portfolio page of another origin with ``<article-feed>`` on it, and servers that answer it in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, Page

from aggregator.embed.component import MOVING, current

CSP = (
    "default-src 'none'; script-src http://127.0.0.1:*; connect-src http://127.0.0.1:*; img-src http://127.0.0.1:*; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""As strict as a page can be that has a script, a feed and pictures from somewhere; no style of its own."""

STYLE = "body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 1rem/1.5 sans-serif }"
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320"><path fill="#48a" d="M0 0h480v320H0z"/></svg>'
)

# Every shift of the layout, with what the browser says about it (web-vitals: those after input do not count).
SHIFTS = """() => { window.shifts = 0; new PerformanceObserver((seen) => {
  for (const one of seen.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true }) }"""


SETTLED = """() => [...document.querySelectorAll("article-feed")].every(
  (feed) => feed.shadowRoot?.querySelector("ul").ariaBusy === "false")"""


@dataclass
class Feeds:
    """What is served by path: JSON or bytes, and how: ``status``, ``delay`` in seconds, ``gate`` to be opened, no CORS.

    ``closed`` is the word for the last.
    """

    url: str = ""
    answers: dict[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    pages: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)

    def give(self, path: str, content: Any, **how: Any) -> str:
        """Serves something at a path and tells where."""
        self.answers[path] = (content, how)
        return self.url + path

    async def answer(self, request: web.Request) -> web.Response:
        if request.path in self.pages:
            html, headers = self.pages[request.path]
            return web.Response(text=html, content_type="text/html", headers=headers)
        if request.path in (MOVING, current().path):
            return web.Response(
                body=current().body, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"}
            )
        if request.path.endswith(".svg"):
            return web.Response(text=PICTURE, content_type="image/svg+xml")
        if not request.path.endswith(".json"):
            return web.Response(status=404)
        self.asked.append(request.path_qs)
        content, how = self.answers.get(request.path, ("", {"status": 404}))
        await asyncio.sleep(how.get("delay", 0))
        if gate := how.get("gate"):
            await gate.wait()
        headers = {} if how.get("closed") else {"Access-Control-Allow-Origin": "*"}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return web.Response(body=body, status=how.get("status", 200), headers=headers, content_type="application/json")

    @asynccontextmanager
    async def page(
        self, browser: Browser, inside: str, *, policy: str = "", head: str = "", settle: bool = True, **context: Any
    ) -> AsyncIterator[Page]:
        """The page with this in its body, once it is quiet; leaving it fails on any error of a script."""
        path = f"/portfolio-{len(self.pages)}"
        style = "" if policy else f"<style>{STYLE}</style>"
        self.pages[path] = (
            '<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>Portfolio</title>'
            f'<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">{style}'
            f'{head or script(self.url)}<body><main><h1>Asha</h1>{inside}<p id="after">After</p></main>',
            {"Content-Security-Policy": policy} if policy else {},
        )
        window = await browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", **context})
        page = await window.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None)
        await page.add_init_script(f"({SHIFTS})()")
        await page.goto(self.url.replace("127.0.0.1", "localhost") + path)
        if settle:
            await page.wait_for_function(SETTLED)
        yield page
        await window.close()
        assert errors == []


def script(url: str) -> str:
    """What pages put into their head."""
    return f'<script type="module" src="{url}{MOVING}"></script>'


@asynccontextmanager
async def serving() -> AsyncIterator[Feeds]:
    """Feeds on a free port."""
    feeds = Feeds()
    app = web.Application()
    app.router.add_get("/{path:.*}", feeds.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    feeds.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield feeds
    await runner.cleanup()
