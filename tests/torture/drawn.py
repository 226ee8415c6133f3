"""Draws everything that a running service says in a real browser, and tells what ran."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from markdown_it import MarkdownIt
from playwright.async_api import Browser, BrowserContext, Request, Route

from tests.shell.acceptance.stage import Service

PORTFOLIO = "http://localhost:9/"  # a page of somebody else, without any policy; no such port is ever asked
_PORTFOLIO = "<!doctype html><meta charset=utf-8><title>Portfolio</title><main></main>"
_SAYS = """
window.hit = (...what) => { console.log("HIT " + what); };
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = window.hit;
"""
# Everything that is there, shadow trees too: a handler, or an address that runs something.
_FOUND = """() => {
  const found = [], roots = [document];
  for (const root of roots) for (const node of root.querySelectorAll("*")) {
    if (node.shadowRoot) roots.push(node.shadowRoot);
    for (const { name, value } of node.attributes) {
      if (/^on/i.test(name)) found.push(`${node.localName} ${name}`);
      if (/^(href|src|action|formaction|xlink:href|data|poster|cite|srcdoc|background)$/i.test(name)) {
        let scheme = "";
        try { scheme = new URL(value, "https://x.example/").protocol } catch {}
        if (!/^(https?|mailto|data|)[:]?$/.test(scheme) || (scheme === "data:" && node.localName !== "link"
            && node.localName !== "img")) found.push(`${node.localName} ${name}=${value.slice(0, 60)}`);
      }
    }
  }
  return found;
}"""
_LIVE_NODES = """() => [...document.querySelectorAll("main :is(script, style, iframe, frame, object, embed, form," +
  "svg, math, link, meta, base, input, button, select, textarea, video, audio, noscript, title, marquee)")]
  .map((node) => `<${node.localName}>`)"""
_AS_HTML = """(strings) => {
  const main = document.querySelector("main");
  for (const string of strings) {
    const box = document.createElement("div");
    main.append(box);
    box.innerHTML = string;
  }
}"""


@dataclass(slots=True)
class Seen:
    """What ran, and what was there that could."""

    surface: str = ""
    ran: list[str] = field(default_factory=list)
    could: list[str] = field(default_factory=list)
    surfaces: int = 0
    strings: int = 0


def _noted(seen: Seen, own: tuple[str, ...]) -> Callable[[Request], None]:
    """Pictures may be asked for; whatever else a page asks of others is code, style or a way out."""

    def note(request: Request) -> None:
        if request.resource_type != "image" and not request.url.startswith((*own, PORTFOLIO, "data:", "about:")):
            seen.ran.append(f"{seen.surface}: {request.resource_type} {request.url[:100]}")

    return note


async def _window(browser: Browser, seen: Seen, *own: str) -> BrowserContext:
    window = await browser.new_context(viewport={"width": 900, "height": 900})
    window.set_default_timeout(60_000)
    await window.add_init_script(_SAYS)

    async def answer(route: Route) -> None:
        url = route.request.url
        if url == PORTFOLIO:
            await route.fulfill(body=_PORTFOLIO, content_type="text/html")
        elif url.startswith(own):
            await route.continue_()
        else:
            await route.abort()

    await window.route("**/*", answer)
    window.on("request", _noted(seen, own))
    window.on("dialog", lambda dialog: seen.ran.append(f"{seen.surface}: a dialog {dialog.message[:60]}"))
    window.on(
        "console",
        lambda said: seen.ran.append(f"{seen.surface}: {said.text}") if said.text.startswith("HIT") else None,
    )
    return window


async def _quiet() -> None:
    """What fires late has fired: pictures failed, animations began. Not asked of the page: a card may run nothing."""
    await asyncio.sleep(0.4)


async def draw(browser: Browser, service: Service, pages: Iterable[str]) -> Seen:
    """Open these paths of the service as they are."""
    seen = Seen()
    window = await _window(browser, seen, service.url)
    page = await window.new_page()
    for path in pages:
        seen.surface = path
        answer = await page.goto(service.url + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        await _quiet()
        seen.could += [f"{path}: {one}" for one in await page.evaluate(_FOUND)]
        seen.surfaces += 1
    await window.close()
    return seen


async def embed(browser: Browser, service: Service, at: str, settled: str) -> Seen:
    """Open the page of somebody else ``at`` an address, with scripts of the service; ``settled``: it is drawn."""
    seen = Seen("a page of others", surfaces=1)
    window = await _window(browser, seen, service.url, at)
    page = await window.new_page()
    await page.goto(at)
    await page.wait_for_function(settled)
    await _quiet()
    seen.could += await page.evaluate(_FOUND)
    await window.close()
    return seen


async def set_as_html(browser: Browser, service: Service, strings: Iterable[str], surface: str) -> Seen:
    """Set each of these as the ``innerHTML`` of an element of its own."""
    seen = Seen(surface, surfaces=1)
    window = await _window(browser, seen, service.url)
    page = await window.new_page()
    found = sorted(set(strings))
    seen.strings = len(found)
    for start in range(0, len(found), 400):
        await page.goto(PORTFOLIO)
        await page.evaluate(_AS_HTML, found[start : start + 400])
        await page.wait_for_function("() => [...document.images].every((image) => image.complete)")
        await _quiet()
        for look in (_FOUND, _LIVE_NODES):
            seen.could += [f"{surface}: {one}" for one in await page.evaluate(look)]
    await window.close()
    return seen


def strings(body: bytes, path: str) -> Iterator[str]:
    """Every text of a document, as programs read it: JSON, XML, or Markdown turned into HTML."""
    if path.partition("?")[0].endswith(".xml"):
        for node in etree.fromstring(body).iter(etree.Element):
            yield from (text for text in (node.text, *map(str, node.attrib.values())) if text)
    elif path.partition("?")[0].endswith(".md"):
        yield MarkdownIt("commonmark", {"html": True}).render(body.decode())
    elif path.partition("?")[0].endswith(".html"):
        yield re.sub(r"<script\b[^>]*>.*?</script>", "", body.decode(), flags=re.DOTALL)  # our own: JSON-LD
    else:
        yield from _texts(json.loads(body))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)
