"""What the config no longer has is forgotten on request: what was only there goes, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from aggregator.poll.prune import prune
from aggregator.store.schema import metadata
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, forem, prose, rss
from tests.shell.acceptance.stage import Clock, Living, config_text, configured, engine_of, living
from tests.shell.acceptance.test_commands import each

CLOCK = Clock()
SITE, DEV = "https://asha.example/notes", "https://dev.to/asharao"


def item(about: str, url: str, days: float) -> Item:
    return Item(f"Notes on {about}", url, prose(about), published=CLOCK.at - timedelta(days=days))


# `both` stood on DEV first; `met` is two articles until the owner says that they are one
ON_SITE = [item("both", f"{SITE}/both/", 10), item("alone", f"{SITE}/alone/", 12), item("met here", f"{SITE}/met/", 14)]
ON_DEV = [
    item("both", f"{DEV}/notes-on-both-3k2f", 11),
    item("gone", f"{DEV}/notes-on-gone-54p3", 13),
    item("met there", f"{DEV}/notes-on-met-2b3c", 15),
]
MET = f"    same: [['{SITE}/met/', '{DEV}/notes-on-met-2b3c']]\n"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        web.page("/feed.xml", rss("Asha", "https://asha.example/", ON_SITE))
        web.page("/feed/asharao", forem("Asha", DEV, ON_DEV))
        web.page("/bo.xml", rss("Bo", "https://bo.example/", [item("bo", "https://bo.example/1", 9)]))
        yield web


def owners(web: Web, *, dev: bool = True, bo: bool = True) -> str:
    text = "  - id: asha\n    name: Asha Rao\n    home_page_url: https://asha.example\n    sources:\n"
    text += f"      - {{feed: '{web.url('/feed.xml')}', id: site}}\n"
    text += f"      - {{dev: asharao, base_url: '{web.url('')}'}}\n" if dev else ""
    text += MET
    if bo:
        text += f"  - id: bo\n    name: Bo\n    sources:\n      - {{feed: '{web.url('/bo.xml')}', id: blog}}\n"
        text += "    entries:\n      - {title: A talk, kind: talk, date: 2020}\n"
    return text


async def index(home: Living) -> dict[str, dict[str, Any]]:
    return {one["title"]: one for one in (await home.service.get("/index.json?kind=all&limit=200")).json()["items"]}


async def order(home: Living) -> list[str]:
    return [one["id"] for one in (await home.service.get("/feed.json")).json()["items"]]


def mentions(database_url: str, *keys: str) -> list[str]:
    """Every place in the database where one of these sources is named."""
    bind = engine_of(database_url)
    found = []
    with bind.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name == "article_terms":  # places in feeds stay taken, also in those of a source
                continue
            for row in connection.execute(select(table)):
                found += [f"{table.name}: {key}" for key in keys if key in map(str, row) or key in str(row)]
    bind.dispose()
    return found


async def test_what_was_only_there_goes_and_nothing_else_changes(web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        await home.poll("asha/dev")
        clock.forward(hours=1)
        await home.poll("asha/site", "bo/blog")
        before, ordered = await index(home), await order(home)
        assert len(before["Notes on both"]["_aggregator"]["copies"]) == 2
        assert len(before) == 6
    clock.forward(days=3)
    async with living(configured(tmp_path, database_url, owners(web, dev=False, bo=False)), clock) as home:
        assert (await index(home)).keys() == before.keys(), "published until it is pruned"
        rooms = home.rooms
        found = rooms.store.leaving()
        assert [(one.key, one.copies, one.articles_gone, one.articles_kept) for one in found.sources] == [
            ("asha/dev", 3, 1, 2),
            ("bo/blog", 1, 1, 0),
            ("bo/entries", 1, 1, 0),
        ]
        assert {one.title for one in found.articles_gone} == {"Notes on gone", "Notes on bo", "A talk"}
        done = prune(rooms.config, rooms.store, [one.key for one in found.sources], clock())
        rooms.publisher.noticed()
        assert (done.copies, done.articles) == (5, 3)
        assert rooms.store.leaving().sources == ()
        after = await index(home)
        titles = {"Notes on both", "Notes on alone", "Notes on met here"}
        assert after.keys() == titles
        kept = {one["id"]: one for one in before.values()}
        for one in after.values():
            assert one["date_published"] == kept[one["id"]]["date_published"]
            assert one["_aggregator"]["first_seen"] == kept[one["id"]]["_aggregator"]["first_seen"]
            assert [copy["source"] for copy in one["_aggregator"]["copies"]] == ["site"]
            assert one["url"].startswith(SITE)
        assert await order(home) == [id_ for id_ in ordered if id_ in {one["id"] for one in after.values()}]
        for title in before.keys() - titles - {"Notes on met there"}:
            gone = await home.service.get(f"/api/articles/{before[title]['id']}")
            assert gone.status == 410, title
        assert (await home.service.get("/bo/feed.json")).status == 404
        await home.poll()
        assert await index(home) == after
    assert mentions(database_url, "asha/dev", "bo/blog", "bo/entries") == []


async def test_a_source_that_comes_back_is_as_it_was(web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        await home.poll("asha/dev", "asha/site", "bo/blog")
        before = await index(home)
    async with living(configured(tmp_path, database_url, owners(web, dev=False)), clock) as home:
        prune(home.rooms.config, home.rooms.store, ["asha/dev", "asha/site"], clock())
        home.rooms.publisher.noticed()
        assert len((await index(home))["Notes on alone"]["_aggregator"]["copies"]) == 1, "what the config has stays"
    clock.forward(days=30)
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        await home.poll()
        after = await index(home)
        assert {title: one["id"] for title, one in after.items()} == {title: one["id"] for title, one in before.items()}
        assert len(after["Notes on both"]["_aggregator"]["copies"]) == 2
        feed = [one["title"] for one in (await home.service.get("/feed.json")).json()["items"]]
        assert "Notes on gone" not in feed[:1], "old news is not announced"


async def test_who_stops_in_the_middle_goes_on_later(web: Web, database_url: str, tmp_path: Path) -> None:
    def interrupted(copies: int) -> None:
        raise KeyboardInterrupt

    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        await home.poll("asha/dev", "asha/site", "bo/blog")
    async with living(configured(tmp_path, database_url, owners(web, dev=False)), clock) as home:
        rooms = home.rooms
        with pytest.raises(KeyboardInterrupt):
            prune(rooms.config, rooms.store, ["asha/dev"], clock(), interrupted, chunk=1)
        (left,) = rooms.store.leaving().sources
        assert left.copies == 2
        assert len(await index(home)) >= 5
        heard: list[int] = []
        prune(rooms.config, rooms.store, ["asha/dev"], clock(), heard.append, chunk=1)
        assert sum(heard) == 2
        assert rooms.store.leaving().sources == ()


async def test_the_command_shows_asks_and_says(web: Web, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(config_text(database_url, owners(web)), encoding="utf-8")
    nothing, polled = await each(tmp_path, "prune --config c.yaml", "poll --config c.yaml")
    assert (nothing.code, polled.code) == (0, 0)
    assert "nothing to forget" in nothing.out
    path.write_text(config_text(database_url, owners(web, dev=False)), encoding="utf-8")
    dry, unasked, asked, again, health = await each(
        tmp_path,
        "prune --dry-run --config c.yaml",
        "prune --json --config c.yaml",
        "prune --yes --json --config c.yaml",
        "prune --yes --config c.yaml",
        "status --json --config c.yaml",
    )
    assert [one.code for one in (dry, unasked, asked, again)] == [0, 2, 0, 0]
    assert "asha/dev" in dry.out
    assert f"Notes on gone  {DEV}/notes-on-gone-54p3" in dry.out
    assert "These stay, and lose a copy:" in dry.out
    told = json.loads(unasked.out)
    assert (told["pruned"], [one["key"] for one in told["sources"]]) == (False, ["asha/dev"])
    assert "there is no terminal to ask on" in unasked.err
    assert json.loads(asked.out) == told | {"pruned": True}
    assert [one["title"] for one in told["articles_gone"]] == ["Notes on gone"]
    assert [one["title"] for one in told["articles_kept"]] == ["Notes on both", "Notes on met here"]
    assert "nothing to forget" in again.out
    assert {one["key"] for one in json.loads(health.out)} == {"asha/site", "bo/blog"}
