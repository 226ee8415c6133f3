"""What the owner says of two articles holds, and can be taken back: every article is then as subscribers knew it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.loopback import Web
from tests.shell.acceptance.nine import HOME, ITEMS, KEYS, PATHS, document, owners
from tests.shell.acceptance.stage import FORMATS, Clock, Living, configured, living

ONE, OTHER = f"{HOME}/2026/week-31/", "https://dev.to/asharao/notes-from-the-week-2o5d"
LEASE, LEASE_ON_DEV = f"{HOME}/2026/lease/", "https://dev.to/asharao/a-lease-is-a-promise-3k2f"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        for key in KEYS:
            web.page(PATHS[key], document(key, ITEMS[key]))
        yield web


async def orders(home: Living) -> dict[str, list[str]]:
    found = {}
    ids = [item["id"] for item in await home.service.index()]
    for name in FORMATS:
        body = (await home.service.get(f"/{name}")).body.decode()
        found[name] = sorted((id_ for id_ in ids if id_ in body), key=body.index)
    return found


async def addresses(home: Living) -> dict[str, str]:
    """Address of each copy -> id of its article."""
    items = await home.service.index()
    return {copy["url"]: item["id"] for item in items for copy in item["_aggregator"]["copies"]}


async def published(home: Living) -> dict[str, str]:
    return {item["id"]: item["date_published"] for item in await home.service.index()}


@pytest.mark.parametrize(("word", "pair"), [("same", (ONE, OTHER)), ("different", (LEASE, LEASE_ON_DEV))])
async def test_it_is_done_and_undone(
    word: str, pair: tuple[str, str], web: Web, database_url: str, tmp_path: Path
) -> None:
    said = f"    {word}: [['{pair[0]}', '{pair[1]}']]\n"
    clock = Clock()
    plain = owners(web.url(""))
    async with living(configured(tmp_path, database_url, plain), clock) as home:
        await home.poll(*KEYS)  # the older article is the one with the older date: what moved back would stay there
        before, known, dates = await orders(home), await addresses(home), await published(home)
    apart = known[pair[0]] != known[pair[1]]
    clock.forward(days=2)
    async with living(configured(tmp_path, database_url, plain + said), clock) as home:
        between = await addresses(home)
        assert (between[pair[0]] != between[pair[1]]) is not apart
        assert set(between) == set(known)
        fewer, more = sorted((set(known.values()), set(between.values())), key=len)
        assert fewer < more, "one id retires, or one comes up; all others stay"
        await home.poll()
        assert await addresses(home) == between
    clock.forward(days=2)
    async with living(configured(tmp_path, database_url, plain), clock) as home:
        assert await addresses(home) == known
        assert await orders(home) == before
        assert await published(home) == dates
