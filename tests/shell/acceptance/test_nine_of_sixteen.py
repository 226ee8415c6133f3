"""Sixteen entries of nine articles come out as nine, none lost, in whatever order and portions they arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from aggregator.poll.poller import Result
from tests.loopback import Web
from tests.shell.acceptance.nine import DEV, EXPECTED, HOME, ITEMS, KEYS, MEDIUM, PATHS, SITE, Outcome, document, owners
from tests.shell.acceptance.stage import FORMATS, Clock, Living, configured, living, on_engines

ORDERS = {"-".join(key.partition("/")[2] for key in order): order for order in permutations(KEYS)}
TELLING = ("site-dev-medium", "medium-dev-site")
OTHERS = [name for name in ORDERS if name not in TELLING]


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


def serve(web: Web, key: str, portion: slice = slice(None)) -> None:
    web.page(PATHS[key], document(key, ITEMS[key][portion]))


def outcome(items: list[dict[str, Any]], first_sight: str | None) -> Outcome:
    found: Outcome = {}
    for item in items:
        copies = item["_aggregator"]["copies"]
        assert [copy["canonical"] for copy in copies] == [True, *[False] * (len(copies) - 1)]
        assert copies[0]["url"] == item["url"]
        assert item["url"] not in found
        unknown = item["_aggregator"]["date_precision"] == "unknown"
        if unknown and first_sight:
            assert item["date_published"] == first_sight
        others = frozenset(copy["url"] for copy in copies[1:])
        assert len(others) == len(copies) - 1
        found[item["url"]] = (item["title"], None if unknown else item["date_published"], others)
    return found


async def settled(home: Living, first_sight: str | None = None) -> Outcome:
    """What came of it; every document says the same."""
    items = await home.service.index()
    assert [item["id"] for item in items] == list(dict.fromkeys(item["id"] for item in items))
    for name in FORMATS:
        text = (await home.service.get(f"/{name}?limit=200")).body.decode()
        assert {item["id"] for item in items} == {item["id"] for item in items if item["id"] in text}
        assert text.count(":article/") == len(items)
    return outcome(items, first_sight)


def test_the_feeds_carry_sixteen_entries() -> None:
    assert sum(map(len, ITEMS.values())) == 16
    assert len(EXPECTED) == 9
    assert sum(1 + len(others) for *_, others in EXPECTED.values()) == 16


@pytest.mark.parametrize("name", ORDERS)
async def test_nine_in_every_order(name: str, web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web.url(""))), clock) as home:
        for key in ORDERS[name]:
            serve(web, key)
            (result,) = (await home.poll(key)).values()
            assert (result.what, result.entries, result.skipped) == ("changed", len(ITEMS[key]), 0)
        assert await settled(home, "2026-11-20T09:00:00Z") == EXPECTED
        health = {one["key"]: one["entries"] for one in (await home.service.get("/api/sources")).json()}
        assert health == {key: len(items) for key, items in ITEMS.items()}


@pytest.mark.parametrize(("engine", "name"), on_engines(TELLING, OTHERS))
async def test_nine_in_two_portions(name: str, web: Web, database_url: str, tmp_path: Path) -> None:
    """The window of every feed moves on before the others have been read; hours pass between any two polls."""
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web.url(""))), clock) as home:
        for portion in (slice(1, None, 2), slice(0, None, 2)):
            for key in ORDERS[name]:
                serve(web, key, portion)
                await home.poll(key)
                clock.forward(hours=3)
        assert await settled(home) == EXPECTED
        again: dict[str, Result] = {}
        for key in reversed(ORDERS[name]):
            serve(web, key)
            again |= await home.poll(key)
        assert {(one.what, one.new, one.merged) for one in again.values()} == {("unchanged", 0, 0)}
        assert await settled(home) == EXPECTED


async def test_nine_at_once(web: Web, database_url: str, tmp_path: Path) -> None:
    for key in KEYS:
        serve(web, key)
    async with living(configured(tmp_path, database_url, owners(web.url("")))) as home:
        results = await home.poll()
        assert sum(one.new for one in results.values()) == 16
        assert await settled(home) == EXPECTED


async def test_every_union_and_every_separation_is_explained(web: Web, database_url: str, tmp_path: Path) -> None:
    for key in KEYS:
        serve(web, key)
    async with living(configured(tmp_path, database_url, owners(web.url("")))) as home:
        await home.poll()
        for item in await home.service.index():
            ulid = item["id"].rpartition("/")[2]
            told = (await home.service.get(f"/api/articles/{ulid}")).json()
            joined = [one for one in told["evidence"] if one["joined"]]
            assert len(told["copies"]) == 1 + len(EXPECTED[item["url"]][2])
            assert len(joined) >= len(told["copies"]) - 1
            assert all(one["why"] for one in told["evidence"])
            if item["title"] == "Notes from the week":
                assert not joined
                assert told["evidence"], "a namesake was looked at, and it says why it is another one"


async def test_two_posts_titled_alike_stay_two_when_one_comes_first(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    """The same title in the same week on two sources, seen a month apart, and again after each was announced."""
    clock = Clock()
    ids: dict[str, str] = {}
    async with living(configured(tmp_path, database_url, owners(web.url(""))), clock) as home:
        for key in (DEV, SITE, MEDIUM):
            serve(web, key)
            await home.poll(key)
            clock.forward(days=30)
            for item in await home.service.index():
                if item["title"] == "Notes from the week":
                    assert ids.setdefault(item["url"], item["id"]) == item["id"]
    assert len(set(ids.values())) == 3
    assert {url.startswith(HOME) for url in ids} == {True, False}
