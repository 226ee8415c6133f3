"""The owner's page in a real browser: every width, both colour schemes, without a script, with hostile words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from aggregator.api.sources import HeldBack, SourceHealth
from aggregator.api.status import words
from aggregator.api.status.charts import chart
from aggregator.api.status.facts import Facts, Fetched, Merge, Near, Row, Told
from aggregator.api.status.page import HEADERS, page, way_in
from aggregator.model import Article, Config, Copy, Delivery, Entry, Event, FetchPolicy, Owner, Polled, Site
from aggregator.poll.edits import Refused
from tests.web.test_reading_page import CONTRAST, RULES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Open = Callable[..., AbstractAsyncContextManager[Page]]

AT = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
OWNERS = (Owner("mira", "Mira Solheim"), Owner("layla", "ليلى حداد"))
CONFIG = Config(Site("Northern Backend", "https://feeds.example.org"), "", FetchPolicy(), OWNERS)
ERROR = "old.example/notes/index.xml answered 404 Not Found. If it has moved, correct the source's address."


def health(key: str, title: str, **said: Any) -> SourceHealth:
    owner, _, id_ = key.partition("/")
    made: dict[str, Any] = dict.fromkeys(SourceHealth.model_fields)
    made |= {"key": key, "owner": owner, "id": id_, "kind": "feed", "title": title, "url": f"https://{id_}.example/"}
    made |= {"feed_url": f"https://{id_}.example/feed.xml", "state": "ok", "enabled": True, "imported": False}
    made |= {"removed": False, "failures": 0, "lying": False, "gap": False, "empty": False}
    made |= {"created_at": AT - timedelta(days=200)}
    made |= {"last_success_at": AT - timedelta(minutes=5), "next_poll_at": AT + timedelta(hours=2)}
    return SourceHealth(**made | {"entries": 90, "articles": 88} | said)


def row(one: SourceHealth, *outcomes: str, waiting: tuple[str, ...] = ()) -> Row:
    posts = tuple(AT - timedelta(days=days) for days in (300, 200, 120, 118, 117, 40, 3))
    polls = tuple(Polled(one.key, AT - timedelta(days=90 - 20 * n), said, new=1) for n, said in enumerate(outcomes))
    drawn = chart(posts, polls, one.created_at, bool(one.error), AT)
    return Row(one, *words.state(one), words.matter(one), drawn, True, waiting)


def copy(number: int, title: str) -> Copy:
    entry = Entry(f"guid-{number}", f"https://mira.example/{number}", title)
    return Copy(number, "mira/site", "mira", entry, AT, "second", AT, article="A", born="A")


def everything(articles: tuple[Article, ...], word: str = "") -> Facts:
    """One of each kind of thing that the page can show; ``word`` is somebody's text in all of them."""
    broken = health("mira/old", f"Old notes{word}", state="failing", error=ERROR + word, failures=4)
    held = HeldBack(count=9, since=AT - timedelta(hours=5), until=AT + timedelta(hours=19), recent=2)
    rows = (
        row(broken, "changed", "Refused"),
        row(health("mira/blog", f"Blog{word}", gap=True, held=held), "changed", waiting=("One", f"Two{word}")),
        row(health("layla/blog", "دفتر ليلى", error=None), "Refused", "recovered", "changed"),
        row(health("mira/off", "Paused", enabled=False, next_poll_at=None)),
        row(health("mira/new", "New", state="new", last_success_at=None, next_poll_at=AT)),
    )
    failed = Delivery(Event("msg", "test", "x", AT), "hook", "dead", 8, None, message=f"hook answered 500{word}")
    return Facts(
        at=AT,
        owner=None,
        summary=words.summary([one.health for one in rows]),
        rows=rows,
        more=3,
        articles=tuple(replace(one, announced_at=AT - timedelta(hours=n)) for n, one in enumerate(articles)),
        total=94,
        merges=(Merge("01M7", f"A title{word}", (f"Blog{word}", "DEV"), f"same title{word}", AT),),
        near=(Near((copy(1, f"A title{word}"), copy(2, "キャッシュ")), ("Blog", f"DEV{word}"), "not alike enough"),),
        documents=(Fetched(f"/rss.xml{word}", 12345, 12000, 321), Fetched("/mira/atom.xml", 9, 1, 0)),
        readers=(Fetched(f"Feedly{word}", 2000, 1800, 300),),
        told=(Told(f"hook{word}", 120, 2, 1, False, failed), Told("off", 1, 0, 0, True, None)),
        refused=Refused(AT - timedelta(minutes=3), f"host{word}", (f"aggregator.yaml:7: owners[0].nam{word}",)),
    )


def shown_page(facts: Facts, **said: Any) -> bytes:
    return page(facts, CONFIG, **{"root": ".", "word": "0" * 64, "guarded": True, **said})


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
        await shown.goto(loopback.give(body, HEADERS["content-security-policy"]))
        yield shown
        await window.close()
        assert complaints == []

    yield open_page


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_sticks_out(
    opened: Open, varied: Callable[[str], tuple[Article, ...]], width: int, loopback: Any
) -> None:
    facts = everything(varied(f"{loopback.url}/picture.svg"), "Ungetüm" * 30)
    body = shown_page(facts, problems=["y" * 300])
    async with opened(body, viewport={"width": width, "height": 800}) as shown:
        assert await shown.evaluate("document.documentElement.scrollWidth") <= width
        cut = """() => [...document.querySelectorAll("h1, h2, h3, .meta, .matter, .note, li, td, th, dd, figcaption")]
            .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)"""
        assert await shown.evaluate(cut) == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_every_text_can_be_read_and_axe_finds_nothing(
    opened: Open, varied: Callable[[str], tuple[Article, ...]], loopback: Any, scheme: str, width: int
) -> None:
    body = shown_page(everything(varied(f"{loopback.url}/picture.svg")), done=("same", ""))
    async with opened(body, color_scheme=scheme, viewport={"width": width, "height": 900}) as shown:
        found = await shown.evaluate(CONTRAST)
        assert len(found) > 60
        assert [(round(ratio, 2), where) for ratio, where in found if ratio < 4.5] == []
        result = await Axe().run(shown, options=RULES)
        assert [one["id"] for one in result.response["violations"]] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_way_in(opened: Open, scheme: str) -> None:
    async with opened(way_in(CONFIG, root=".", wrong=True), color_scheme=scheme) as shown:
        assert await shown.get_by_label("Token").get_attribute("type") == "password"
        assert [ratio for ratio, _ in await shown.evaluate(CONTRAST) if ratio < 4.5] == []
        result = await Axe().run(shown, options=RULES)
        assert [one["id"] for one in result.response["violations"]] == []


async def test_hostile_words_are_words(
    opened: Open, varied: Callable[[str], tuple[Article, ...]], loopback: Any, hostile: str
) -> None:
    body = shown_page(everything(varied(f"{loopback.url}/picture.svg"), hostile), problems=[hostile])
    async with opened(body) as shown:
        assert await shown.evaluate("window.hit") is None
        assert await shown.locator("script, img").count() == 0
        assert (
            await shown.get_by_role("heading", level=1).inner_text()
            == f"Old notes{hostile} does not work; the other 3 sources do."
        )


async def test_what_is_broken_stands_first_and_has_a_picture_in_words(
    opened: Open, varied: Callable[[str], tuple[Article, ...]], loopback: Any
) -> None:
    async with opened(shown_page(everything(varied(loopback.url)))) as shown:
        first = shown.locator(".source").first
        assert await first.locator("h3").inner_text() == "Old notes\nFailing"
        assert ERROR in await first.inner_text()
        assert await first.get_by_role("img").get_attribute("aria-label") == (
            "7 posts in the last year, the last on 17 Nov 2026; failing since 11 Sep 2026."
        )
        failed = await first.locator(".failed").bounding_box()
        assert failed is not None
        assert failed["width"] > 20
        pressed = [one.replace("\n", " ") for one in await first.get_by_role("button").all_inner_texts()]
        assert pressed == ["Poll now Old notes", "Pause Old notes"]


async def test_without_the_word_there_is_nothing_to_press(
    opened: Open, varied: Callable[[str], tuple[Article, ...]], loopback: Any
) -> None:
    async with opened(shown_page(everything(varied(loopback.url)), word=None, guarded=False)) as shown:
        assert await shown.get_by_role("button").count() == 0
        assert "owners[0].nam" not in await shown.locator("main").inner_text()
