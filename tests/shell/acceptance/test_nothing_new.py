"""A poll that brings nothing new writes nothing and changes no document: not now, and not after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import Item, atom, days, forem, prose, rss
from tests.shell.acceptance.program import running
from tests.shell.acceptance.stage import DOCUMENTS, configured, living, rows, visited, watched

NEWEST = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)
PAGES = (*DOCUMENTS, *(f"/asha{path}" for path in DOCUMENTS), "/tag/kafka/rss.xml", "/asha/index.json?limit=2")
STEMS = ("ledger", "harbour", "timber", "signal")


def items(host: str) -> list[Item]:
    return [
        Item(f"On the {stem}", f"https://{host}/{stem}", prose(stem), published=at, tags=("kafka", stem))
        for stem, at in zip(STEMS, days(NEWEST, 4), strict=True)
    ]


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """Five ways in which servers say that there is nothing new, some of them without meaning to."""
    async with Web() as web:
        dated = "Tue, 19 May 2026 10:00:00 GMT"
        web.page("/etag.xml", atom("Etag", "https://asha.example/", items("asha.example")), etag='W/"5f-é"')
        web.page("/modified.xml", rss("Modified", "https://m.example/", items("m.example")), last_modified=dated)
        web.page("/bare.xml", rss("Bare", "https://b.example/", items("b.example")))
        builds, tags = count(1), count(1)

        def built(_: object) -> Answer:
            head = f"<lastBuildDate>Tue, 19 May 2026 09:{next(builds):02}:00 GMT</lastBuildDate>"
            return Answer(rss("Built", "https://c.example/", items("c.example"), head=head).encode())

        def tagged(_: object) -> Answer:
            return Answer(forem("Tagged", "https://dev.to/asha", items("d.example")).encode(), etag=f'"{next(tags)}"')

        web.play("/built.xml", built)
        web.play("/feed/asha", tagged)
        yield web


@pytest.fixture
def owners(web: Web) -> str:
    feeds = "".join(f"      - {{feed: '{web.url(f'/{id_}.xml')}', id: {id_}}}\n" for id_ in STATES if id_ != "dev")
    return f"""\
  - id: asha
    name: Asha Rao
    home_page_url: https://asha.example
    sources:
{feeds}      - {{dev: asha, base_url: '{web.url("")}'}}
    entries:
      - {{kind: talk, title: Written by hand, date: 2018-12, tags: [kafka]}}
"""


STATES = {"etag": 304, "modified": 304, "bare": 200, "built": 200, "dev": 200}


async def test_a_second_poll_writes_no_row(web: Web, owners: str, database_url: str, tmp_path: Path) -> None:
    config = configured(tmp_path, database_url, owners)
    async with living(config) as home:
        first = await home.poll()
        assert {one.what for one in first.values()} == {"changed"}
        before, sources = await home.service.etags(PAGES), rows(database_url)["sources"]
        bodies = await home.service.documents(PAGES)
        with watched(database_url) as watch:
            again = await home.poll()
            await asyncio.sleep(0.5)  # polls without news are saved in one go, a moment later
        assert {(one.what, one.new, one.updated, one.merged) for one in again.values()} == {("unchanged", 0, 0, 0)}
        assert set(watch.written) == {"sources"}
        assert len(set(sources) - set(rows(database_url)["sources"])) == len(STATES)
        assert await home.service.etags(PAGES) == before
        assert await home.service.documents(PAGES) == bodies
        for path, tag in before.items():
            assert (await home.service.get(path, If_None_Match=tag)).status == 304


async def test_a_poll_touches_no_other_source(web: Web, owners: str, database_url: str, tmp_path: Path) -> None:
    async with living(configured(tmp_path, database_url, owners)) as home:
        await home.poll()
        before = set(rows(database_url)["sources"])
        await home.poll("asha/bare")
        await asyncio.sleep(0.5)
        (changed,) = set(rows(database_url)["sources"]) - before
        assert "asha/bare" in changed


async def test_a_restart_changes_nothing(web: Web, owners: str, database_url: str, tmp_path: Path) -> None:
    config = configured(tmp_path, database_url, owners)
    async with living(config) as home:
        await home.poll()
        before, bodies = await home.service.etags(PAGES), await home.service.documents(PAGES)
    with watched(database_url) as opening:
        async with living(config) as home:
            assert await home.service.etags(PAGES) == before
            assert await home.service.documents(PAGES) == bodies
    assert opening.written == {}
    with watched(database_url) as polling:
        async with living(config) as home:
            assert {one.what for one in (await home.poll()).values()} == {"unchanged"}
            assert await home.service.etags(PAGES) == before
    assert set(polling.written) == {"sources"}


async def test_another_process_serves_the_same_bytes(web: Web, owners: str, database_url: str, tmp_path: Path) -> None:
    async with living(configured(tmp_path, database_url, owners)) as home:
        await home.poll()
        await home.rooms.tellings.round()  # as every heart does: the week has begun
        before, bodies = await home.service.etags(PAGES), await home.service.documents(PAGES)
    asked = len(web.log)
    arguments = ("serve", "--port", "0", "--config", str(tmp_path / "aggregator.yaml"))
    with watched(database_url) as watch:
        async with running(*arguments, cwd=tmp_path) as program, visited(await program.address()) as service:
            assert await service.etags(PAGES) == before
            assert await service.documents(PAGES) == bodies
            for path, tag in before.items():
                assert (await service.get(path, If_None_Match=tag)).status == 304
            await asyncio.sleep(0.5)  # the first beat of its heart is at the start
            assert await program.end() == 0
    assert set(watch.written) == {"audience"}  # the requests of this test, counted at the end
    assert sum(row[-3] for row in rows(database_url)["audience"]) == 3 * len(PAGES)
    assert len(web.log) == asked  # nobody was due


async def test_an_unchanged_body_is_known_without_validators(
    web: Web, owners: str, database_url: str, tmp_path: Path
) -> None:
    async with living(configured(tmp_path, database_url, owners)) as home:
        await home.poll()
        results = await home.poll()
    asked = {path: web.asked(path) for path in ("/etag.xml", "/modified.xml", "/bare.xml")}
    assert [len(seen) for seen in asked.values()] == [2, 2, 2]
    assert asked["/etag.xml"][1].headers["If-None-Match"] == 'W/"5f-é"'
    assert asked["/modified.xml"][1].headers["If-Modified-Since"] == "Tue, 19 May 2026 10:00:00 GMT"
    assert not {"If-None-Match", "If-Modified-Since"} & set(asked["/bare.xml"][1].headers)
    assert results["asha/bare"].entries == 0  # nothing was read
    assert results["asha/built"].entries == 4  # this one was, for its bytes differ
