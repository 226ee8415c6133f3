"""Feeds that are looked at, and the portfolios of the gallery, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from aggregator.model import Article, View
from aggregator.render.browser import in_browser
from aggregator.render.formats import atom, rss

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"
SHEET = files("aggregator.embed").joinpath("feed.css")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS: Sequence[tuple[Literal["light", "dark"], int]] = (("light", 1280), ("dark", 390))
Varied = Callable[[str], tuple[Article, ...]]


@pytest.fixture
def shown(collection: View, varied: Varied, hostile: str, loopback: Any) -> str:
    """Where a feed with every shape of article is looked at, one of them hostile."""
    articles = varied(f"{loopback.url}/x.svg")
    view = replace(collection, articles=(*articles, replace(articles[0], title=hostile, summary=hostile)))
    form = in_browser(rss.FORMAT)
    assert form is not None
    address: str = loopback.give(form.render(view), form.policy)
    return address


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390), ("light", 320)])
async def test_a_feed_that_is_looked_at(browser: Browser, shown: str, scheme: Any, width: int) -> None:
    window = await browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
    )
    page = await window.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(shown)
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    found = await Axe().run(page, options=RULES)
    assert [one["id"] + ": " + one["nodes"][0]["html"] for one in found.response["violations"]] == []
    button = page.get_by_role("button", name="Copy")
    await button.click()
    await page.get_by_role("button", name="Copied").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == "https://feeds.example.org/rss.xml"
    assert await page.evaluate("window.hit") is None
    assert complaints == []
    await window.close()


async def test_without_a_script_the_address_is_there_to_be_taken(browser: Browser, shown: str) -> None:
    window = await browser.new_context(java_script_enabled=False)
    page = await window.new_page()
    await page.goto(shown)
    assert await page.get_by_role("textbox").input_value() == "https://feeds.example.org/rss.xml"
    assert not await page.get_by_text("Copy", exact=True).is_visible()
    await window.close()


@pytest.mark.parametrize("form", [rss, atom])
async def test_a_file_on_a_static_host_has_its_style(
    browser: Browser, collection: View, varied: Varied, loopback: Any, form: Any
) -> None:
    view = replace(collection, articles=varied(f"{loopback.url}/x.svg"), base_url=loopback.url)
    loopback.bodies["/embed/v1/feed.css"] = (SHEET.read_bytes(), {"Content-Type": "text/css"})
    loopback.bodies["/feed"] = (form.render(view), {"Content-Type": "application/xml"})
    page = await browser.new_page(viewport={"width": 390, "height": 800})
    await page.goto(f"{loopback.url}/feed")
    style = "(name, property) => getComputedStyle(document.getElementsByTagName(name)[0])[property]"
    for name, property, value in (("title", "display", "block"), ("title", "fontWeight", "600")):
        assert await page.evaluate(f"({style})('{name}', '{property}')") == value
    hidden = "guid" if form is rss else "id"
    assert await page.evaluate(f"({style})('{hidden}', 'display')") == "none"
    said = await page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    assert "web feed" in said
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.close()


@pytest.mark.parametrize("name", ["arun", "nadia", "ravi", "tomas", "elena", "index"])
async def test_a_portfolio_of_the_gallery(browser: Browser, name: str) -> None:
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    for scheme, width in LOOKS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto((GALLERY / f"{name}.html").as_uri())
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        found = await Axe().run(page, options={**RULES, "iframes": False})
        assert [one["id"] + ": " + one["nodes"][0]["html"] for one in found.response["violations"]] == []
    assert complaints == []
    await page.close()
