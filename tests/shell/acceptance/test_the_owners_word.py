"""What the owner says of articles counts at once, holds, and can be taken back: all is then as subscribers knew it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, atom, prose, rss
from tests.shell.acceptance.nine import HOME, ITEMS, KEYS, PATHS, at, document, owners
from tests.shell.acceptance.program import run, running
from tests.shell.acceptance.stage import FORMATS, Clock, Living, Service, config_text, configured, living, visited

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
        await home.poll(*KEYS)
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


# ── it holds ────────────────────────────────────────────────────────────────────────────────────────────────────────

LATER = {
    # says of itself that it is a copy of the one, and has its text
    "same": Item(
        "Notes from the week",
        "https://mirror.example/week",
        prose("week 31"),
        published=at("2026-08-09"),
        canonical=ONE,
    ),
    # would join the two that are different by everything it has
    "different": Item(
        "A lease is a promise",
        "https://mirror.example/lease",
        prose("lease"),
        published=at("2026-11-04"),
        canonical=LEASE,
    ),
}


@pytest.mark.parametrize(("word", "pair"), [("same", (ONE, OTHER)), ("different", (LEASE, LEASE_ON_DEV))])
async def test_it_holds_whatever_comes(
    word: str, pair: tuple[str, str], web: Web, database_url: str, tmp_path: Path
) -> None:
    """Later copies, everything read anew, restarts, a source that goes and comes back."""
    clock, plain = Clock(), f"{owners(web.url(''))}      - {{feed: '{web.url('/later.atom')}', id: later}}\n"
    web.page("/later.atom", atom("Later", "https://mirror.example/", []))
    said = f"    {word}: [['{pair[0]}', '{pair[1]}']]\n"
    config = configured(tmp_path, database_url, plain + said)
    async with living(config, clock) as home:
        await home.poll(*KEYS, "asha/later")
        first = await addresses(home)
        assert (first[pair[0]] == first[pair[1]]) is (word == "same")
    web.page("/later.atom", atom("Later", "https://mirror.example/", [LATER[word]]))
    clock.forward(days=1)
    without_dev = "".join(line for line in plain.splitlines(keepends=True) if "dev:" not in line)
    for text in (plain + said, without_dev + said, plain + said):
        async with living(configured(tmp_path, database_url, text), clock) as home:
            await home.poll()
            now = await addresses(home)
        clock.forward(days=1)
        assert {url: now[url] for url in first} == first
        assert now[LATER[word].url] == first[pair[0]]
        assert len(now) == len(first) + 1


# ── the real service, its config edited while it runs ───────────────────────────────────────────────────────────────

CANDLES_ON_MEDIUM = "https://medium.com/@asharao/candles-burn-at-one-end-b40e19d7c358"
BROKER_ON_MEDIUM = "https://medium.com/harbour-notes/what-eleven-months-of-running-our-own-2f9b7c61d0ae"
EDITS: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "same": (f"    same: [['{ONE}', '{OTHER}']]\n", lambda seen: seen[ONE]["id"] == seen[OTHER]["id"]),
    "different": (
        f"    different: [['{LEASE}', '{LEASE_ON_DEV}']]\n",
        lambda seen: seen[LEASE]["id"] != seen[LEASE_ON_DEV]["id"],
    ),
    "prefer": (
        "    prefer: [medium, dev, site]\n",
        lambda seen: seen[CANDLES_ON_MEDIUM]["url"] == CANDLES_ON_MEDIUM and seen[LEASE]["url"] == LEASE,
    ),
    "canonical": (
        f"    canonical: ['{BROKER_ON_MEDIUM}?utm_source=x']\n",
        lambda seen: seen[BROKER_ON_MEDIUM]["url"] == BROKER_ON_MEDIUM,
    ),
    "hide": (f"    hide: ['{CANDLES_ON_MEDIUM}']\n", lambda seen: CANDLES_ON_MEDIUM not in seen),
    "featured": (
        f"    featured: ['{CANDLES_ON_MEDIUM}']\n",
        lambda seen: seen[CANDLES_ON_MEDIUM]["_aggregator"]["featured"] is True,
    ),
}


def by_address(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Address of each copy -> its article, but for the number that counts its changes."""
    found: dict[str, Any] = {}
    for item in items:
        item["_aggregator"].pop("revision")
        found |= {copy["url"]: item for copy in item["_aggregator"]["copies"]}
    return found


async def places_in_feeds(service: Service) -> list[list[str]]:
    """Ids in the order of each feed."""
    atom_feed, json_feed = await service.get("/atom.xml"), await service.get("/feed.json")
    found = re.findall(r"<id>(tag:[^<]+:article/[^<]+)</id>", atom_feed.body.decode())
    assert found
    return [found, [one["id"] for one in json_feed.json()["items"]]]


async def test_every_word_counts_while_the_service_runs_and_can_be_taken_back(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    plain = owners(web.url(""))
    configured(tmp_path, database_url, plain)
    path = tmp_path / "aggregator.yaml"
    async with running("serve", "--port", "0", "--config", str(path), cwd=tmp_path) as program:
        async with visited(await program.address()) as service:

            async def shown(holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
                async with asyncio.timeout(60):
                    while not holds(seen := by_address(await service.index())):
                        assert program.process.returncode is None, program.lines
                        await asyncio.sleep(0.1)
                return seen

            everything = {item.url.partition("?")[0] for key in KEYS for item in ITEMS[key]}
            before = await shown(lambda seen: everything <= {url.partition("?")[0] for url in seen})
            places = await places_in_feeds(service)
            for word, (line, holds) in EDITS.items():
                path.write_text(config_text(database_url, plain + line), encoding="utf-8")
                seen = await shown(holds)
                assert before.keys() - seen.keys() <= {url for url in before if "candles" in url}, word
                path.write_text(config_text(database_url, plain), encoding="utf-8")
                after = await shown(lambda seen: seen == before)
                assert after == before, word
                assert await places_in_feeds(service) == places, word
        assert await program.end() == 0


async def test_words_that_contradict_each_other_are_told_and_lose_nothing(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    plain = owners(web.url(""))
    third = f"{HOME}/2026/week-32/"
    said = (
        f"    same: [['{ONE}', '{OTHER}'], ['{OTHER}', '{third}'], ['{ONE}', '{HOME}/2026/week-13/']]\n"
        f"    different: [['{ONE}', '{third}']]\n"
    )
    config = configured(tmp_path, database_url, plain + said)
    async with living(config) as home:
        await home.poll(*KEYS)
        found = await addresses(home)
        assert found[ONE] != found[third]
        assert found[OTHER] in (found[ONE], found[third])
        every = set(found)
    checked = await run("check", "--json", "--config", str(tmp_path / "aggregator.yaml"), cwd=tmp_path)
    assert checked.code == 0
    opposed, nobody = json.loads(checked.out)["remarks"]
    assert f"says that {ONE} and {third} are two articles" in opposed
    assert f"`same` names {HOME}/2026/week-13/" in nobody
    shown = await run("check", "--config", str(tmp_path / "aggregator.yaml"), cwd=tmp_path)
    assert "They stay two; take one of these lines out." in " ".join(shown.out.split())
    async with running("serve", "--port", "0", "--config", str(tmp_path / "aggregator.yaml"), cwd=tmp_path) as program:
        await program.says("They stay two", "where no article here has a copy")
        await program.end()
    async with living(configured(tmp_path, database_url, plain)) as home:
        assert set(await addresses(home)) == every
        assert (await addresses(home))[ONE] != (await addresses(home))[OTHER]


async def test_same_across_owners(web: Web, database_url: str, tmp_path: Path) -> None:
    """Two people wrote one thing together, each in words of their own."""
    plain = owners(web.url(""))
    web.page(
        "/bo.xml", rss("Bo", "https://bo.example/", [Item("A week with Asha", "https://bo.example/week/", prose("bo"))])
    )
    bo = f"  - {{id: bo, name: Bo Lind, sources: [{{feed: '{web.url('/bo.xml')}'}}]}}\n"
    said = f"    same: [['{ONE}', 'https://bo.example/week/']]\n"
    clock = Clock()
    async with living(configured(tmp_path, database_url, plain + bo), clock) as home:
        await home.poll()
        before = await addresses(home)
    async with living(configured(tmp_path, database_url, plain + said + bo), clock) as home:
        await home.poll()
        joined = await addresses(home)
        assert joined[ONE] == joined["https://bo.example/week/"]
        for owner in ("asha", "bo"):
            (item,) = [
                item
                for item in (await home.service.get(f"/{owner}/index.json")).json()["items"]
                if item["id"] == joined[ONE]
            ]
            assert {copy["url"] for copy in item["_aggregator"]["copies"]} == {ONE, "https://bo.example/week/"}
    async with living(configured(tmp_path, database_url, plain + bo), clock) as home:
        assert await addresses(home) == before
