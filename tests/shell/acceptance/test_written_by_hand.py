"""What an owner writes by hand: an address is enough, every word of the owner's wins, and nothing is told twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import WRITTEN
from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import prose
from tests.shell.acceptance.stage import Clock, Living, config_text, configured, living
from tests.shell.acceptance.test_commands import each

PATH = "/talks/queues-without-tears.html"
HTML = "text/html; charset=utf-8"


def page(title: str = "Queues, without tears", published: str = "2019-05-04") -> str:
    return f"""<!doctype html><html lang="en"><head><title>{title} | BackendConf</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="BackendConf">
<meta name="description" content="What three queues taught &amp; cost us.">
<meta property="og:image" content="/queues.png"><meta property="article:published_time" content="{published}">
</head><body><article><h1>{title}</h1>{prose(title)}</article></body></html>"""


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


def owners(*entries: str) -> str:
    head = "  - id: asha\n    name: Asha Rao\n    home_page_url: https://asha.example\n    entries:\n"
    return head + "".join(f"      - {entry}\n" for entry in entries)


async def visit(home: Living) -> None:
    await home.rooms.visits.round(WRITTEN)


async def items(home: Living, path: str = "/index.json?kind=all&limit=200") -> list[dict[str, Any]]:
    found = (await home.service.get(path)).json()["items"]
    assert isinstance(found, list)
    return found


async def titles(home: Living, path: str = "/index.json?kind=all&limit=200") -> list[str]:
    return [item["title"] for item in await items(home, path)]


async def test_an_address_is_enough(web: Web, database_url: str, tmp_path: Path) -> None:
    web.page(PATH, page(), content_type=HTML)
    clock = Clock()
    url = web.url(PATH)
    async with living(configured(tmp_path, database_url, owners(f"{{url: '{url}'}}")), clock) as home:
        (before,) = await items(home)
        assert (before["title"], before["url"]) == ("Queues without tears", url)
        assert before["_aggregator"]["date_precision"] == "unknown"
        assert [item["id"] for item in await items(home, "/feed.json")] == [before["id"]]
        clock.forward(minutes=1)
        await visit(home)
        (after,) = await items(home)
        assert (after["id"], after["url"]) == (before["id"], url)
        assert (after["title"], after["summary"]) == ("Queues, without tears", "What three queues taught & cost us.")
        assert (after["image"], after["date_published"]) == (web.url("/queues.png"), "2019-05-04T00:00:00Z")
        told = after["_aggregator"]
        assert (told["publisher"], told["date_precision"], after["language"]) == ("BackendConf", "day", "en")
        (fed,) = await items(home, "/feed.json")
        assert (fed["id"], fed["title"]) == (before["id"], after["title"])
        etags = await home.service.etags()
        clock.forward(days=30)
        await visit(home)
        assert await home.service.etags() == etags
    assert len(web.asked(PATH)) == 1, "once"
    assert len(web.asked("/robots.txt")) == 1


async def test_the_owners_words_win_and_an_edit_keeps_what_was_read(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    web.page(PATH, page(), content_type=HTML)
    clock = Clock()
    url = web.url(PATH)
    said = f"kind: talk, url: '{url}', publisher: Mine, date: 2018-12"
    async with living(configured(tmp_path, database_url, owners(f"{{{said}}}")), clock) as home:
        await visit(home)
        (first,) = await items(home)
        told = first["_aggregator"]
        assert (first["title"], told["publisher"], told["kind"]) == ("Queues, without tears", "Mine", "talk")
        assert (first["date_published"], told["date_precision"]) == ("2018-12-01T00:00:00Z", "month")
        assert first["summary"] == "What three queues taught & cost us."
    clock.forward(days=2)
    web.page(PATH, page("Nobody asks for this"), content_type=HTML)
    edited = f"{{kind: talk, url: '{url}', title: My words, date: 2018, tags: [queues]}}"
    async with living(configured(tmp_path, database_url, owners(edited)), clock) as home:
        await visit(home)
        (second,) = await items(home)
        told = second["_aggregator"]
        assert second["id"] == first["id"]
        assert (second["title"], second["tags"], told["publisher"]) == ("My words", ["queues"], "BackendConf")
        assert (second["date_published"], told["date_precision"]) == ("2018-01-01T00:00:00Z", "year")
        assert (second["summary"], second["image"]) == (first["summary"], first["image"])
    clock.forward(days=2)
    # the owner knows better than the page, also that it is younger; and takes the summary back
    config = configured(
        tmp_path, database_url, owners(f"{{url: '{url}?utm_source=x', summary: Mine., date: 2020-02-03}}")
    )
    async with living(config, clock) as home:
        (third,) = await items(home)
        assert (third["id"], third["title"], third["summary"]) == (first["id"], first["title"], "Mine.")
        assert third["date_published"] == "2020-02-03T00:00:00Z"
    assert len(web.asked(PATH)) == 1


async def test_who_has_a_title_is_not_asked(web: Web, database_url: str, tmp_path: Path) -> None:
    web.page(PATH, page(), content_type=HTML)
    titled = owners(f"{{title: Queues, url: '{web.url(PATH)}'}}", "{title: No address, kind: award, date: 2020}")
    async with living(configured(tmp_path, database_url, titled), Clock()) as home:
        await visit(home)
        assert {item["title"]: item.get("summary") for item in await items(home)} == {
            "Queues": None,
            "No address": None,
        }
    assert web.log == []


@pytest.mark.parametrize("trouble", ["down", "challenge", "no page", "robots"])
async def test_a_page_that_cannot_be_read_is_asked_again_later(
    trouble: str, web: Web, database_url: str, tmp_path: Path
) -> None:
    wall = "<!doctype html><title>Just a moment...</title><p>Checking your browser before you go on.</p>"
    bad = {
        "down": Answer(b"", 503),
        "challenge": Answer(wall.encode(), content_type=HTML),
        "no page": Answer(b"%PDF-1.7", content_type="application/pdf"),
        "robots": Answer(page().encode(), content_type=HTML),
    }[trouble]
    web.script(PATH, bad)
    if trouble == "robots":
        web.page("/robots.txt", "User-agent: *\nDisallow: /talks/\n", content_type="text/plain")
    clock = Clock()
    config = configured(tmp_path, database_url, owners(f"{{url: '{web.url(PATH)}'}}"))
    async with living(config, clock) as home:
        for _ in range(3):
            await visit(home)
        assert await titles(home) == ["Queues without tears"]
        assert len(web.asked(PATH)) == (0 if trouble == "robots" else 1)
        web.page("/robots.txt", "", content_type="text/plain")
        web.page(PATH, page(), content_type=HTML)
        clock.forward(minutes=59)
        await visit(home)
        assert await titles(home) == ["Queues without tears"]
    clock.forward(days=2)
    async with living(config, clock) as home:
        await visit(home)
        assert await titles(home) == ["Queues, without tears"]
        assert await titles(home, "/feed.json") == ["Queues, without tears"]


async def test_what_has_no_date_keeps_the_owners_order_whenever_it_was_written_down(
    database_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    story = "{kind: story, title: %s, metrics: [{label: b, value: '2'}, {label: a, value: '1'}]}"
    config = configured(
        tmp_path, database_url, owners(story % "One", story % "Three", "{title: Dated, kind: award, date: 2020}")
    )
    async with living(config, clock) as home:
        assert await titles(home) == ["One", "Three", "Dated"]
        found = await items(home)
        assert found[0]["_aggregator"]["metrics"] == [{"label": "b", "value": "2"}, {"label": "a", "value": "1"}]
    clock.forward(days=40)
    more = (story % "One", story % "Two", story % "Three", "{title: Dated, kind: award, date: 2020}", story % "Four")
    async with living(configured(tmp_path, database_url, owners(*more)), clock) as home:
        assert await titles(home) == ["One", "Two", "Three", "Four", "Dated"]
    clock.forward(days=40)
    async with living(configured(tmp_path, database_url, owners(*reversed(more))), clock) as home:
        assert await titles(home) == ["Four", "Three", "Two", "One", "Dated"]


async def test_a_new_entry_without_a_date_is_news(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners("{title: First}")), clock):
        clock.forward(days=40)
    config = configured(
        tmp_path, database_url, owners("{title: First}", "{title: Old, date: 2001-02-03}", "{title: Second}")
    )
    async with living(config, clock) as home:
        assert await titles(home, "/feed.json") == ["Second", "First", "Old"]


async def test_two_processes_read_a_page_once(web: Web, database_url: str, tmp_path: Path) -> None:
    web.page(PATH, page(), content_type=HTML)
    config = configured(tmp_path, database_url, owners(f"{{url: '{web.url(PATH)}'}}"))
    clock = Clock()
    async with living(config, clock) as one, living(config, clock) as other:
        await asyncio.gather(visit(one), visit(other))
        assert await titles(one) == await titles(other) == ["Queues, without tears"]
    assert len(web.asked(PATH)) == 1


async def test_a_title_that_comes_before_the_visit_spares_it(web: Web, database_url: str, tmp_path: Path) -> None:
    web.page(PATH, page(), content_type=HTML)
    clock = Clock()
    url = web.url(PATH)
    async with living(configured(tmp_path, database_url, owners(f"{{url: '{url}'}}")), clock) as home:
        (before,) = await items(home)
        await home.rooms.take(configured(tmp_path, database_url, owners(f"{{url: '{url}', title: Mine}}")))
        await visit(home)
        (after,) = await items(home)
        assert (after["id"], after["title"], after.get("summary")) == (before["id"], "Mine", None)
    assert web.asked(PATH) == []


async def test_a_round_by_hand_reads_pages_too(web: Web, database_url: str, tmp_path: Path) -> None:
    web.page(PATH, page(), content_type=HTML)
    text = config_text(database_url, owners(f"{{url: '{web.url(PATH)}'}}"))
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    first, second, found = await each(
        tmp_path, "poll --config c.yaml", "poll --config c.yaml", f"explain {web.url(PATH)} --json --config c.yaml"
    )
    assert (first.code, second.code, found.code) == (0, 0, 0)
    assert json.loads(found.out)["title"] == "Queues, without tears"
    assert len(web.asked(PATH)) == 1
