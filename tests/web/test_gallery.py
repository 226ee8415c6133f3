"""The gallery shows every example live, on the data of the service, under its own strict policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from aggregator.embed.component import current
from aggregator.embed.gallery import EXAMPLES, POLICY, gallery
from aggregator.model import Article, View
from aggregator.render.formats import embed_html, index_json
from tests.web.portfolio import SETTLED

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BASE = "https://feeds.example.org"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_every_example_works(
    browser: Browser,
    loopback: Any,
    collection: View,
    varied: Callable[[str], tuple[Article, ...]],
    scheme: Any,
    width: int,
) -> None:
    view = replace(collection, articles=varied(f"{loopback.url}/p.svg"), next_query=None)
    frame = {"Content-Type": embed_html.FORMAT.media_type, "Content-Security-Policy": embed_html.FORMAT.policy}
    loopback.bodies["/index.json"] = (index_json.render(view), {"Content-Type": "application/feed+json"})
    loopback.bodies["/embed.html"] = (embed_html.render(view), frame)
    loopback.bodies[current().path] = (current().body, {"Content-Type": "text/javascript"})
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
    loopback.bodies["/embed/"] = (gallery(BASE, "Northern Backend", ""), headers)
    page = await browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "404" not in said.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{loopback.url}/embed/")
    await page.wait_for_function(SETTLED)
    feeds = page.locator(".live article-feed")
    assert await feeds.count() == sum(one.html.count("<article-feed") for one in EXAMPLES)
    assert await page.locator(".live article").count() > 20
    assert await page.locator(".live ol.mine > li").count() == 3
    assert await page.get_by_role("button", name="Copy").count() == len(EXAMPLES) + 2
    assert await page.locator("pre").nth(2).inner_text() == EXAMPLES[0].html.replace("INDEX", f"{BASE}/index.json")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    found = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    assert complaints == []
    await page.close()
