"""The snippet of docs/embedders.md shows what the index holds, in a page of another origin, and runs none of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from aggregator.model import Article, View
from aggregator.render.formats import embed_html, index_json

GUIDE = Path(__file__).parents[2] / "docs" / "embedders.md"
OPEN = {"Content-Type": "application/feed+json", "Access-Control-Allow-Origin": "*"}

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Varied = Callable[[str], tuple[Article, ...]]


def snippet(index: str) -> bytes:
    """The list in plain JavaScript of the guide, with another index."""
    found = re.search(r"```html\n(<ul id=\"articles\">.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    html, count = re.subn(r'const INDEX = "[^"]+"', f'const INDEX = "{index}"', found[1])
    assert count == 1
    return f'<!doctype html><meta charset="utf-8"><title>Portfolio</title>{html}'.encode()


async def embedded(browser: Browser, loopback: Any, index: str) -> Page:
    path = f"/portfolio-{len(loopback.bodies)}"
    loopback.bodies[path] = (snippet(index), {"Content-Type": "text/html"})
    page = await browser.new_page(locale="en-GB")
    await page.goto(loopback.url.replace("127.0.0.1", "localhost") + path, wait_until="networkidle")
    return page


async def test_the_snippet_lists_articles_and_their_copies(
    browser: Browser, loopback: Any, collection: View, varied: Varied
) -> None:
    articles = varied("")
    loopback.bodies["/asha/index.json"] = (index_json.render(replace(collection, articles=articles)), OPEN)
    page = await embedded(browser, loopback, f"{loopback.url}/asha/index.json")
    rows = page.locator("#articles > li")
    assert await rows.count() == len(articles)
    first = rows.nth(0)
    assert await first.locator("a").first.get_attribute("href") == "https://mira.example/1/"
    assert await first.locator("small").all_inner_texts() == ["17 Nov 2026", "Also on DEV, Medium"]
    assert await rows.locator("small").filter(has_text="December 2018").count() == 1
    assert await rows.nth(3).get_attribute("dir") == "rtl"
    story = rows.filter(has_text="Moved serving traffic")
    assert await story.locator("a").count() == 0
    await page.close()


async def test_the_snippet_runs_nothing_that_an_index_holds(
    browser: Browser, loopback: Any, collection: View, varied: Varied, hostile: str
) -> None:
    evil = replace(varied("")[0], title=hostile, summary=hostile)
    body = index_json.render(replace(collection, articles=(evil,))).replace(
        b'"url":"https://mira.example/1/","title"', b'"url":"javascript:window.hit=3","title"'
    )
    assert b"javascript:" in body
    loopback.bodies["/evil/index.json"] = (body, OPEN)
    page = await embedded(browser, loopback, f"{loopback.url}/evil/index.json")
    assert hostile in await page.locator("#articles > li").first.inner_text()
    assert await page.locator("#articles img, #articles script, #articles a[href^='javascript']").count() == 0
    assert await page.evaluate("window.hit") is None
    await page.close()


async def test_the_snippet_keeps_its_link_while_the_service_is_away(browser: Browser, loopback: Any) -> None:
    page = await embedded(browser, loopback, f"{loopback.url}/nowhere/index.json")
    assert await page.locator("#articles a").all_inner_texts() == ["My articles"]
    await page.close()


async def test_a_frame_is_as_high_as_what_is_in_it_and_as_dark_as_it_is_told(
    browser: Browser, loopback: Any, collection: View, varied: Varied
) -> None:
    found = re.search(r"```html\n(<iframe.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    headers = {"Content-Type": embed_html.FORMAT.media_type, "Content-Security-Policy": embed_html.FORMAT.policy}
    loopback.bodies["/embed.html"] = (embed_html.render(replace(collection, articles=varied(""))), headers)
    frame = re.sub(r'src="[^"#]+', f'src="{loopback.url}/embed.html', found[1])
    loopback.bodies["/framing"] = (f"<!doctype html><title>P</title>{frame}".encode(), {"Content-Type": "text/html"})
    page = await browser.new_page(color_scheme="light")
    await page.goto(loopback.url.replace("127.0.0.1", "localhost") + "/framing")
    await page.wait_for_function("document.querySelector('iframe').offsetHeight > 600")
    inner = page.frames[1]
    assert await inner.evaluate("document.documentElement.scrollHeight <= innerHeight"), "nothing to scroll"
    ground = "getComputedStyle(document.body).backgroundColor"
    assert await inner.evaluate(ground) == "rgb(253, 253, 251)"
    await page.evaluate("document.querySelector('iframe').src += '#dark'")
    await inner.wait_for_function(f"{ground} === 'rgb(22, 23, 25)'")
    assert await inner.locator("h2").count() == 10
    await page.close()
