"""A list of articles says little: each new article's own page is read once and tells the rest, for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import prose
from tests.shell.acceptance.stage import Clock, Living, configured, living

HTML = "text/html; charset=utf-8"
LEDGER, QUEUE, CLOCK = "Replaying a ledger by night", "Why the queue was empty", "Four timers and a clock"
TITLES = (LEDGER, QUEUE, CLOCK)


def path(title: str) -> str:
    return f"/notes/{title.lower().replace(' ', '-')}"


def listed(titles: tuple[str, ...] = TITLES, summary: str = "") -> str:
    rows = "".join(f'<article><h2><a href="{path(t)}">{t}</a></h2>{summary}</article>' for t in titles)
    return f"<!doctype html><title>Notes</title><body><nav><a href='/'>Home</a></nav><main>{rows}</main></body>"


def told(title: str, day: str, more: str = "") -> str:
    return f"""<!doctype html><html lang="en"><head><title>{title}</title>
<meta name="description" content="In short: {title.lower()}."><meta property="og:image" content="/{day}.png">
<meta property="article:published_time" content="{day}">{more}</head><body>{prose(title)}</body></html>"""


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        for number, title in enumerate(TITLES, 1):
            web.page(path(title), told(title, f"2026-0{number}-11"), content_type=HTML)
        yield web


def owners(source: str) -> str:
    return f"  - id: asha\n    name: Asha Rao\n    sources:\n      - {source}\n"


def show(web: Web, *bodies: str, where: str = "/notes") -> str:
    return web.script(where, *(Answer(body.encode(), content_type=HTML) for body in bodies))


async def items(home: Living) -> dict[str, dict[str, Any]]:
    return {item["title"]: item for item in await home.service.index()}


async def rounds(home: Living, kind: str = "site") -> None:
    await home.poll()
    await asyncio.sleep(0.4)
    await home.rooms.visits.round(kind)


async def test_a_page_tells_date_summary_and_image(web: Web, database_url: str, tmp_path: Path) -> None:
    url = show(web, listed(), listed(), listed(summary="<p>Some seven words on what it is about.</p>"))
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(f"site: {url}")), clock) as home:
        await home.poll()
        before = await items(home)
        assert {item["_aggregator"]["date_precision"] for item in before.values()} == {"unknown"}
        await home.rooms.visits.round("site")
        after = await items(home)
        assert {title: item["date_published"] for title, item in after.items()} == {
            LEDGER: "2026-01-11T00:00:00Z",
            QUEUE: "2026-02-11T00:00:00Z",
            CLOCK: "2026-03-11T00:00:00Z",
        }
        assert {item["_aggregator"]["date_precision"] for item in after.values()} == {"day"}
        assert (after[LEDGER]["summary"], after[LEDGER]["image"]) == (
            "In short: replaying a ledger by night.",
            web.url("/2026-01-11.png"),
        )
        assert {title: item["id"] for title, item in after.items()} == {t: item["id"] for t, item in before.items()}
        assert not any("date_modified" in item for item in after.values()), "what is told at first sight is no edit"
        feed = (await home.service.get("/feed.json")).json()["items"]
        assert [item["title"] for item in feed] == [CLOCK, QUEUE, LEDGER]

        clock.forward(days=2)
        await rounds(home)
        assert await items(home) == after, "the list is as silent as before, and takes nothing back"
        clock.forward(days=2)
        await rounds(home)
        again = await items(home)
        assert {item["summary"] for item in again.values()} == {"Some seven words on what it is about."}
        assert {title: item["image"] for title, item in again.items()} == {
            t: item["image"] for t, item in after.items()
        }
        assert {title: item["date_published"] for title, item in again.items()} == {
            t: item["date_published"] for t, item in after.items()
        }
    assert all(len(web.asked(path(title))) == 1 for title in TITLES)


async def test_an_address_of_a_sitemap_gets_its_title(web: Web, database_url: str, tmp_path: Path) -> None:
    rows = "".join(f"<url><loc>{web.url(path(title))}</loc></url>" for title in TITLES)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
    url = web.page("/sitemap.xml", text, content_type="application/xml")
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(f"sitemap: {url}")), clock) as home:
        await home.poll()
        assert set(await items(home)) == {title.lower() for title in TITLES}
        await home.rooms.visits.round("sitemap")
        told_ = await items(home)
        assert set(told_) == set(TITLES)
        web.page("/sitemap.xml", text + " ", content_type="application/xml")
        clock.forward(days=2)
        await rounds(home, "sitemap")
        assert await items(home) == told_


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<!doctype html><title>Just a moment...</title>Checking your browser", content_type=HTML),
        Answer(b"gone", status=404, content_type=HTML),
        Answer(b"%PDF-1.7", content_type="application/pdf"),
        Answer(told(QUEUE, "2092-01-01").encode(), content_type=HTML),
    ],
    ids=["a challenge", "not there", "no page", "a date that cannot be"],
)
async def test_a_page_that_cannot_tell_takes_nothing(
    web: Web, database_url: str, tmp_path: Path, answer: Answer
) -> None:
    url = show(web, listed(summary="<p>Some seven words on what it is about.</p>"))
    web.script(path(QUEUE), answer)
    async with living(configured(tmp_path, database_url, owners(f"site: {url}")), Clock()) as home:
        await home.poll()
        before = await items(home)
        await home.rooms.visits.round("site")
        after = await items(home)
    assert after[QUEUE]["date_published"] == before[QUEUE]["date_published"]
    assert after[QUEUE]["summary"] == "Some seven words on what it is about."
    assert after[LEDGER]["date_published"] == "2026-01-11T00:00:00Z"


async def test_robots_are_asked_and_obeyed(web: Web, database_url: str, tmp_path: Path) -> None:
    web.page("/robots.txt", f"User-agent: *\nDisallow: {path(QUEUE)}\n", content_type="text/plain")
    url = show(web, listed())
    async with living(configured(tmp_path, database_url, owners(f"site: {url}")), Clock()) as home:
        await home.poll()
        await home.rooms.visits.round("site")
        found = await items(home)
    assert web.asked(path(QUEUE)) == []
    assert found[QUEUE]["_aggregator"]["date_precision"] == "unknown"
    assert found[CLOCK]["_aggregator"]["date_precision"] == "day"
