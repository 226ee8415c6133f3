"""The page of an article's reasons in a real browser: every width, both colour schemes, no script, hostile words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from aggregator.api.article_page import POLICY, page
from aggregator.api.articles import ArticleAnswer, CopyAnswer, EvidenceAnswer, FigureAnswer, SideAnswer
from aggregator.model import Config, FetchPolicy, Owner, Site
from tests.web.test_reading_page import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Open = Callable[..., AbstractAsyncContextManager[Page]]

AT = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
CONFIG = Config(Site("Feeds", "https://feeds.example.org"), "", FetchPolicy(), (Owner("mira", "Mira Solheim"),))
TITLE = "Idempotency keys are a contract, not a column"
ARABIC = "لماذا تفشل المهل الزمنية عند أول ضغط حقيقي؟"
JAPANESE = "キャッシュは記憶ではなく約束である"
ADDRESSES = {
    "mira.example": "https://mira.example/2026/idempotency-keys/",
    "DEV": "https://dev.to/mirasolheim/idempotency-keys-are-a-contract-not-a-column-3k2f",
    "Medium": "https://medium.com/@mirasolheim/idempotency-keys-are-a-contract-not-a-column-8c1d2e3f4a5b",
}
FIGURES = [
    FigureAnswer(name="likeness of the titles", value="92 %", enough="86 %, with 30 % of the text"),
    FigureAnswer(name="of the shorter text in the other", value="12 %", enough="80 %"),
    FigureAnswer(name="runs of five words in the shorter text", value="312", enough=""),
]


def copy(place: str, title: str, **said: Any) -> CopyAnswer:
    made: dict[str, Any] = {
        "source": f"mira/{place.lower()}",
        "source_title": place,
        "url": ADDRESSES.get(place),
        "title": title,
        "language": "en",
        "dir": "ltr",
        "date_published": AT,
        "date_precision": "second",
        "first_seen": AT,
        "canonical": place == "mira.example",
        "words": 700,
        "declares": ADDRESSES["mira.example"] if place == "Medium" else None,
        "date_said": None,
    }
    return CopyAnswer(**made | said)


def side(place: str, title: str, **said: Any) -> SideAnswer:
    made = copy(place, title, **said).model_dump()
    return SideAnswer(article="01M7WF5S92EDQVPXQ7176Y0GRM", **{name: made[name] for name in made if name in SIDE})


SIDE = {"source", "source_title", "url", "title", "language", "dir"}


def pair(why: str, one: SideAnswer, other: SideAnswer, **said: Any) -> EvidenceAnswer:
    made: dict[str, Any] = {
        "a": one.url,
        "b": other.url,
        "sides": [one, other],
        "joined": True,
        "rule": "body",
        "why": why,
        "figures": FIGURES,
        "evidence": {},
        "told": False,
        "doubtful": False,
        "line": f"- [{one.url}, {other.url}]",
        "decided_at": AT,
    }
    return EvidenceAnswer(**made | said)


def answer(title: str = TITLE, **said: Any) -> ArticleAnswer:
    """An article on three places, with one pair of every outcome."""
    mine, dev, medium = (side(place, title) for place in ADDRESSES)
    made: dict[str, Any] = {
        "id": "tag:feeds.example.org,2026:article/01M7WF5S80Y3C4B3W9W8AE14E7",
        "url": ADDRESSES["mira.example"],
        "title": title,
        "language": "en",
        "dir": "ltr",
        "owners": ["mira"],
        "date_published": AT,
        "date_precision": "second",
        "first_seen": AT,
        "announced_at": None,
        "held_until": None,
        "revision": 1,
        "copies": [
            *(copy(place, title) for place in ADDRESSES),
            copy("Layla", ARABIC, language="ar", dir="rtl", url=None, date_published=None, date_precision="unknown"),
            copy("Aoi", JAPANESE, language="ja"),
        ],
        "canonical_because": "another copy names it as the original; site is preferred to dev",
        "evidence": [
            pair("same Medium post id (8c1d2e3f4a5b)", mine, medium),
            pair("the config says that they are the same", mine, dev, told=True, figures=[]),
            pair(
                "not alike enough (same title; the texts have nothing in common)",
                mine,
                side("Layla", ARABIC, language="ar", dir="rtl"),
                joined=False,
                doubtful=True,
            ),
            pair("the numbers in the titles differ", mine, side("Aoi", JAPANESE, language="ja"), joined=False),
        ],
    }
    return ArticleAnswer(**made | said)


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Browser, loopback: Any) -> AsyncIterator[Open]:
    @asynccontextmanager
    async def open_page(body: bytes, **context: Any) -> AsyncIterator[Page]:
        """A page in a fresh window; leaving it fails on anything the browser complained about."""
        window = await browser.new_context(**context)
        shown = await window.new_page()
        complaints: list[str] = []
        shown.on("console", lambda message: complaints.append(message.text))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        await shown.goto(loopback.give(body, POLICY))
        yield shown
        await window.close()
        assert complaints == []

    yield open_page


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
async def test_nothing_sticks_out(opened: Open, width: int) -> None:
    long = answer("Überschriftenungetüm" * 12, url=f"https://x.example/{'y' * 300}")
    long.copies.append(copy("n" * 120, "x" * 300, dir="rtl"))
    long.evidence.append(pair("w" * 300, side("n" * 120, "x" * 300), side("n" * 120, "t" * 300, dir="rtl")))
    async with opened(page(long, CONFIG), viewport={"width": width, "height": 800}) as shown:
        for fold in await shown.locator("summary").all():
            if await fold.is_visible():
                await fold.click()
        assert await shown.evaluate("document.documentElement.scrollWidth") <= width
        cut = """() => [...document.querySelectorAll("h1, h3, .meta, .note, li, td, th, textarea")]
            .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)"""
        assert await shown.evaluate(cut) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_can_be_read(opened: Open, scheme: str) -> None:
    async with opened(page(answer(), CONFIG), color_scheme=scheme) as shown:
        found = await shown.evaluate(CONTRAST)
        assert len(found) > 60
        assert [(round(ratio, 2), where) for ratio, where in found if ratio < 4.5] == []


async def test_the_lines_for_the_config_are_there_without_a_script(opened: Open) -> None:
    async with opened(page(answer(), CONFIG), java_script_enabled=False) as shown:
        lines = shown.get_by_label("They are one article: write into the config")
        assert not await lines.first.is_visible()
        await shown.get_by_text("Figures and what to do if that is wrong, or right").click()
        wanted = ADDRESSES["mira.example"]
        assert (await lines.first.input_value()).startswith(f"same:\n  - [{wanted}, ")


async def test_the_keyboard_reaches_the_copies_at_once(opened: Open) -> None:
    async with opened(page(answer(), CONFIG)) as shown:
        await shown.keyboard.press("Tab")
        assert await shown.get_by_text("Skip to the copies").is_visible()
        await shown.keyboard.press("Enter")
        await shown.keyboard.press("Tab")
        assert await shown.evaluate("document.activeElement.href") == ADDRESSES["mira.example"]


async def test_a_screen_reader_hears_an_outline(opened: Open) -> None:
    async with opened(page(answer(), CONFIG)) as shown:
        levels = await shown.evaluate("""[...document.querySelectorAll("h1,h2,h3")].map(h => +h.tagName[1])""")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for role in ("main", "banner", "contentinfo"):
            assert await shown.get_by_role(role).count() == 1, role
        for control in await shown.locator("textarea").all():
            assert await control.evaluate("e => e.labels.length") == 1
        names = [await one.text_content() for one in await shown.locator(".pair summary").all()]
        assert len(set(names)) == len(names), "each says what it is about"
        assert await shown.locator("table").count() == await shown.locator("table thead th[scope=col]").count() / 3


async def test_every_script_stands_right(opened: Open) -> None:
    edges = """() => { const [title, box] = ['[dir="rtl"] h3', '[dir="rtl"]'].map(s => document.querySelector(s));
        const text = document.createRange(); text.selectNodeContents(title);
        return [text.getBoundingClientRect().right, box.getBoundingClientRect().right]; }"""
    for width in (375, 1280):
        async with opened(page(answer(), CONFIG), viewport={"width": width, "height": 800}) as shown:
            text_right, box_right = await shown.evaluate(edges)
            assert abs(text_right - box_right) < 2
            assert await shown.locator('h3:has-text("キャッシュ")').count() == 1


async def test_hostile_words_do_nothing(opened: Open, hostile: str) -> None:
    said = answer(
        hostile,
        url="javascript:window.hit=1",
        canonical_because=hostile,
        copies=[copy("mira.example", hostile, url="javascript:window.hit=2", source_title=hostile, declares=hostile)],
        evidence=[
            pair(
                hostile,
                side("DEV", hostile, url=hostile),
                side("DEV", hostile, language=hostile),
                line=f"- [{hostile}]",
            )
        ],
    )
    async with opened(page(said, CONFIG)) as shown:
        assert await shown.locator("h1").inner_text() == hostile
        await shown.locator("h1").click()
        assert await shown.evaluate("window.hit") is None
        assert await shown.locator("img, script").count() == 0
