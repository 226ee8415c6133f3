"""What an owner filters: shown before it counts, told with what each filter left out, and undone when it is undone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.stage import Clock, Living, config_text, configured, living
from tests.shell.acceptance.test_commands import each

TITLES = ("Über Warteschlangen", "Release notes 4.1", "On queues", "Release notes 4.0", "Draft: on ferries")
CLOCK = Clock()
ITEMS = [
    Item(title, f"https://asha.example/{place}", prose(title), published=CLOCK.at - timedelta(days=days), tags=tags)
    for place, (title, days, tags) in enumerate(
        zip(TITLES, (1, 2, 30, 40, 50), (("de",), (), ("queues",), ("queues",), ()), strict=True)
    )
]
FILTERS = (
    "include: [{title: '^(über|on|release)'}, {tag: queues}], "
    "exclude: [{title: ['^release notes', draft]}, {text: zebra}]"
)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        web.page("/feed.xml", rss("Asha", "https://asha.example/", ITEMS), etag='"1"')
        yield web


def owners(web: Web, filters: str = "") -> str:
    return (
        f"  - id: asha\n    name: Asha\n    sources:\n      - {{feed: '{web.url('/feed.xml')}', id: blog{filters}}}\n"
    )


async def test_preview_shows_what_each_filter_left_out(web: Web, tmp_path: Path) -> None:
    text = config_text(f"sqlite:///{tmp_path}/a.db", owners(web, f", {FILTERS}"))
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    by_name, by_address, shown = await each(
        tmp_path,
        "preview asha/blog --json --config c.yaml",
        f"preview {web.url('/feed.xml')} --json --config c.yaml",
        "preview asha/blog --config c.yaml",
    )
    seen = json.loads(by_name.out)
    assert json.loads(by_address.out) == seen
    assert [entry["title"] for entry in seen["entries"]] == ["Über Warteschlangen", "On queues"]
    assert seen["filters"] == [
        {
            "filter": "include: {title: ^(über|on|release)} or {tag: queues}",
            "dropped": 1,
            "titles": ["Draft: on ferries"],
        },
        {
            "filter": "exclude: {title: ^release notes}",
            "dropped": 2,
            "titles": ["Release notes 4.1", "Release notes 4.0"],
        },
        {"filter": "exclude: {title: draft}", "dropped": 0, "titles": []},
        {"filter": "exclude: {text: zebra}", "dropped": 0, "titles": []},
    ]
    assert "exclude: {title: ^release notes}  left out 2\n  Release notes 4.1\n  Release notes 4.0\n" in shown.out
    assert "exclude: {text: zebra}  left out nothing\n" in shown.out
    assert "2 entries, 3 left out." in shown.out


async def index_and_feed(home: Living) -> tuple[list[str], list[str]]:
    index = [item["title"] for item in await home.service.index()]
    feed = (await home.service.get("/feed.json")).json()
    return index, [item["title"] for item in feed["items"]]


async def test_a_filter_that_goes_lets_in_what_it_kept_out_and_announces_no_old_news(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    async with living(
        configured(tmp_path, database_url, owners(web, ", exclude: {title: '^(release|draft)'}")), clock
    ) as home:
        assert (await home.poll())["asha/blog"].skipped == 3
        before = await index_and_feed(home)
        assert sorted(before[0]) == ["On queues", "Über Warteschlangen"]
        clock.forward(hours=3)
        assert (await home.poll())["asha/blog"].entries == 0, "304: nothing was read"
    clock.forward(hours=3)
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        result = (await home.poll())["asha/blog"]
        assert (result.new, result.skipped) == (3, 0)
        index, feed = await index_and_feed(home)
        assert sorted(index) == sorted(TITLES)
        assert feed == ["Release notes 4.1", *before[1]], "what is older than a week is no news"
        assert "If-None-Match" not in web.asked("/feed.xml")[-1].headers
        clock.forward(hours=3)
        assert (await home.poll())["asha/blog"].entries == 0
        assert web.asked("/feed.xml")[-1].headers["If-None-Match"] == '"1"'
    clock.forward(hours=3)
    async with living(configured(tmp_path, database_url, owners(web, ", include: {title: zebra}")), clock) as home:
        result = (await home.poll())["asha/blog"]
        assert (result.new, result.skipped, result.entries) == (0, 5, 0)
        assert await index_and_feed(home) == (index, feed), "what is published stays"
