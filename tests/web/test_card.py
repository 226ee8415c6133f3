"""The card in a real browser, as an image on somebody's page: two colour schemes, no line beyond its edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Request

from aggregator.model import Article, View
from aggregator.render.formats import card_svg

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TITLES = (
    "Why the thirteenth migration of the transaction coordinator's write-ahead log failed, and why it did so once",
    "MMMM WWWW GOOD WORDS IN CAPITALS ARE WIDER THAN OTHERS, AND THERE ARE MANY OF THEM IN THIS TITLE OF OURS HERE",
    "Supercalifragilisticexpialidociousandthensomemorewithoutanyspacebetweenthewordsofthistitle_which_goes_on_and_on",
    "期限を一つの数字で決めてしまう前に、誰がその値を信じるのかを考えたい。いつ古くなるかを言い当てることは難しい。再試行はやさしさではない。",
    "👩🏽‍💻 Shipping 🚀🚀🚀 on Fridays 🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
    "Почему тайм-ауты не спасают от перегрузки, и что мы поменяли в очередях, чтобы сервисы снова отвечали вовремя",
)
RTL = "المهلة الزمنية ليست رقمًا في ملف الإعدادات، بل وعدٌ بين خدمتين. حين يزداد الضغط يظهر من منهما لم يفهم: HTTP 504"

Varied = Callable[[str], tuple[Article, ...]]


def card(collection: View, varied: Varied) -> bytes:
    first = varied("https://x.example/a.png")[0]
    long = tuple(replace(first, title=title) for title in TITLES)
    return card_svg.render(replace(collection, articles=(*long, replace(first, title=RTL, dir="rtl", language="ar"))))


def _noted(asked: list[str], base: str) -> Callable[[Request], None]:
    return lambda request: asked.append(request.url.removeprefix(base))


async def test_as_an_image_it_follows_the_scheme_and_loads_nothing(
    browser: Browser, loopback: Any, collection: View, varied: Varied
) -> None:
    form = card_svg.FORMAT
    headers = {"Content-Type": form.media_type, "Content-Security-Policy": form.policy}
    loopback.bodies["/card"] = (card(collection, varied), headers)
    loopback.bodies["/profile"] = (b"<!doctype html><title>P</title><img src=/card>", {"Content-Type": "text/html"})
    seen = {}
    for scheme in ("light", "dark"):
        page = await browser.new_page(color_scheme="light" if scheme == "light" else "dark")
        asked: list[str] = []
        page.on("request", _noted(asked, loopback.url))
        await page.goto(f"{loopback.url}/profile")
        seen[scheme] = await page.evaluate(
            """() => {
              const image = document.querySelector("img"), canvas = document.createElement("canvas");
              Object.assign(canvas, {width: image.naturalWidth, height: image.naturalHeight});
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0);
              return [image.naturalWidth, ...context.getImageData(10, 10, 1, 1).data];
            }"""
        )
        assert [path for path in asked if path != "/favicon.ico"] == ["/profile", "/card"]
        await page.close()
    assert seen == {"light": [480, 253, 253, 251, 255], "dark": [480, 22, 23, 25, 255]}


@pytest.mark.parametrize("font", ["inherit", "DejaVu Sans"])
async def test_no_line_leaves_the_card(browser: Browser, collection: View, varied: Varied, font: str) -> None:
    page = await browser.new_page()
    await page.set_content(
        f"<!doctype html><body style='margin:0'>{card(collection, varied).decode().partition('?>')[2]}"
    )
    if font != "inherit":
        await page.add_style_tag(content=f"text {{ font-family: '{font}' !important }}")
    lines = await page.evaluate(
        """() => [...document.querySelectorAll("svg text")].map((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          return [text.textContent, left, right, top, bottom];
        })"""
    )
    height = await page.evaluate("document.querySelector('svg').getBoundingClientRect().height")
    await page.close()
    assert len(lines) == 1 + len(TITLES) * 3 + 3
    out = [line for line in lines if line[1] < 16 or line[2] > 464 or line[3] < 0 or line[4] > height]
    assert out == []
    full = [right - left for _, left, right, *_ in lines if right - left > 300]
    assert len(full) > len(TITLES), "and no line is half empty for fear of the edge"
