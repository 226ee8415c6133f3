"""Restarts poll nobody early and forget nothing: who is due, what servers gave to ask with, what failed, how often."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from aggregator.bootstrap import house
from aggregator.schedule.heartbeat import Heartbeat
from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import running, until
from tests.shell.acceptance.stage import FETCH, Clock, Living, configured, engine_of, living

DATED = "Tue, 19 May 2026 10:00:00 GMT"
IDS = ("etag", "dated", "bare", "broken", "busy")


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:

        def feed(name: str) -> str:
            return rss(name, f"https://{name}.example/", [Item(f"On {name}", f"https://{name}.example/1", prose(name))])

        web.page("/etag.xml", feed("etag"), etag='W/"weak, and \\odd"')
        web.page("/dated.xml", feed("dated"), last_modified=DATED, headers={"Cache-Control": "max-age=14400"})
        web.page("/bare.xml", feed("bare"))
        web.hostile("error_500", "/broken.xml")
        web.script("/busy.xml", Answer(b"", status=429, headers={"Retry-After": "86400"}))
        yield web


def owners(web: Web) -> str:
    feeds = "".join(f"      - {{feed: '{web.url(f'/{id_}.xml')}', id: {id_}}}\n" for id_ in IDS)
    return f"  - id: asha\n    name: Asha Rao\n    sources:\n{feeds}"


def counts(web: Web) -> dict[str, int]:
    return {id_: len(web.asked(f"/{id_}.xml")) for id_ in IDS}


async def due(home: Living) -> dict[str, timedelta]:
    """How long each source that was asked waits now, by what the service says."""
    await asyncio.sleep(0.5)  # polls without news are saved in one go, a moment later
    sources = [one for one in (await home.service.get("/api/sources")).json() if one["last_poll_at"]]
    return {
        one["id"]: datetime.fromisoformat(one["next_poll_at"]) - datetime.fromisoformat(one["last_poll_at"])
        for one in sources
    }


def conditions(headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    return headers.get("If-None-Match"), headers.get("If-Modified-Since")


async def test_nobody_is_asked_before_the_time_and_everybody_after(web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    config = configured(tmp_path, database_url, owners(web))
    async with living(config, clock) as home:
        await home.poll(force=False)
        waits = await due(home)
    assert counts(web) == dict.fromkeys(IDS, 1)
    assert min(waits.values()) >= timedelta(hours=1)  # fetch.min_interval
    assert waits["dated"] >= timedelta(hours=4)  # Cache-Control
    assert waits["busy"] >= timedelta(days=1)  # Retry-After
    asked = counts(web)
    start = clock.at
    for id_, wait in sorted(waits.items(), key=lambda one: one[1]):
        clock.at = start + wait - timedelta(seconds=2)
        async with living(config, clock) as home:  # a restart just before it is due ...
            await home.poll(force=False)
        assert counts(web)[id_] == 1, f"{id_} was asked early"
        clock.at = start + wait + timedelta(seconds=2)
        async with living(config, clock) as home:  # ... and one just after
            results = await home.poll(force=False)
        assert f"asha/{id_}" in results
        assert counts(web)[id_] == 2
        asked = counts(web)
    assert sum(asked.values()) >= 2 * len(IDS)
    second = {id_: web.asked(f"/{id_}.xml")[1].headers for id_ in IDS}
    assert conditions(second["etag"]) == ('W/"weak, and \\odd"', None)
    assert conditions(second["dated"]) == (None, DATED)
    assert conditions(second["bare"]) == (None, None)


async def test_failures_are_counted_over_restarts(web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    config = configured(tmp_path, database_url, owners(web), FETCH + "  min_interval: 1m\n")
    waits = []
    for number in range(1, 6):
        async with living(config, clock) as home:
            results = await home.poll("asha/broken", force=number == 1)
            assert set(results) == {"asha/broken"}
            waits.append((await due(home))["broken"])
            (one,) = [one for one in (await home.service.get("/api/sources")).json() if one["id"] == "broken"]
            assert one["failures"] == number
            clock.at = datetime.fromisoformat(one["next_poll_at"])
    assert all(later > 1.5 * earlier for earlier, later in pairwise(waits))


async def test_what_one_document_said_is_never_told_to_another(web: Web, database_url: str, tmp_path: Path) -> None:
    """The owner gives a source another address: the old one's validators stay at home, and it is asked at once."""
    clock = Clock()
    before = owners(web)
    async with living(configured(tmp_path, database_url, before), clock) as home:
        await home.poll("asha/etag")
    web.page("/moved.xml", rss("etag", "https://etag.example/", []), etag='"another"')
    after = before.replace(web.url("/etag.xml"), web.url("/moved.xml"))
    async with living(configured(tmp_path, database_url, after), clock) as home:
        await home.poll("asha/etag", force=False)
    (asked,) = web.asked("/moved.xml")
    assert conditions(asked.headers) == (None, None)


async def test_a_killed_service_loses_no_source(web: Web, database_url: str, tmp_path: Path) -> None:
    """SIGKILL in the middle of a poll: the lease of the dead runs out, and its source is asked again."""
    web.hostile("silent", "/etag.xml")
    config = configured(tmp_path, database_url, owners(web))
    arguments = ("serve", "--port", "0", "--config", str(tmp_path / "aggregator.yaml"))
    async with running(*arguments, cwd=tmp_path) as program:
        await program.says("asha/bare: ", "asha/dated: ", "asha/broken: ", "asha/busy: ")
        await until(lambda: len(web.asked("/etag.xml")) == 1)
    assert program.process.returncode == -9
    web.page("/etag.xml", rss("etag", "https://etag.example/", [Item("On etag", "https://etag.example/1", prose("e"))]))
    later = Clock(datetime.now(UTC) + timedelta(minutes=16))
    async with living(config, later) as home:
        results = await home.poll(force=False)
        # What was read before the end was saved before the end.
        assert {item["title"] for item in await home.service.index()} >= {"On bare", "On dated"}
    assert "asha/etag" in results
    assert not {"asha/bare", "asha/dated"} & set(results)


async def test_the_same_moment_is_never_polled_by_two(web: Web, database_url: str, tmp_path: Path) -> None:
    """Two processes started at once on one database: every source is asked by one of them."""
    configured(tmp_path, database_url, owners(web))
    arguments = ("serve", "--port", "0", "--config", str(tmp_path / "aggregator.yaml"))
    async with running(*arguments, cwd=tmp_path) as one, running(*arguments, cwd=tmp_path) as other:
        await one.address()
        await other.address()
        await until(lambda: all(counts(web).values()))
        await until(lambda: _settled(database_url))
        assert await one.end() == 0
        assert await other.end() == 0
    assert counts(web) == dict.fromkeys(IDS, 1)
    assert not any("Traceback" in line for line in [*one.lines, *other.lines])


def _settled(database_url: str) -> bool:
    bind = engine_of(database_url)
    with bind.connect() as connection:
        leased = connection.execute(text("SELECT key FROM sources WHERE lease_by IS NOT NULL")).all()
    bind.dispose()
    return not leased


async def test_a_stop_at_any_moment_leaves_no_source_behind(web: Web, database_url: str, tmp_path: Path) -> None:
    """A heart that is stopped in the middle of a beat: what it has claimed is polled or given back."""
    clock = Clock()
    config = configured(tmp_path, database_url, owners(web))
    async with house(config, clock) as rooms:
        for ms in (0, 0.5, 1, 2, 4, 8):
            clock.forward(days=2)
            heartbeat = Heartbeat(rooms.claims, rooms.visits, rooms.backfills, rooms.holds)
            heartbeat.start()
            await asyncio.sleep(ms / 1000)
            await heartbeat.stop()
            for _ in range(100):  # until what threads had begun is over, and polls without news are saved
                if _settled(database_url):
                    break
                await asyncio.sleep(0.1)
            assert _settled(database_url), f"stopped after {ms} ms"


WISHES = {
    "etag": (304, {"Cache-Control": "max-age=21600"}),
    "dated": (304, {"Date": "Fri, 20 Nov 2026 11:00:00 GMT", "Expires": "Fri, 20 Nov 2026 17:00:00 GMT"}),
    "bare": (403, {"Retry-After": "21600"}),
    "broken": (503, {"Retry-After": "21600"}),
    "busy": (429, {"Retry-After": "21600"}),
}


async def test_a_kill_right_after_the_answer_forgets_no_wish(web: Web, database_url: str, tmp_path: Path) -> None:
    """SIGKILL after six hours of rest were asked for: when the lease has run out, the wish still holds."""
    clock = Clock()
    config = configured(tmp_path, database_url, owners(web).replace("}", ", interval: 1h}"))
    for id_ in IDS:
        feed = rss(id_, f"https://{id_}.example/", [Item(f"On {id_}", f"https://{id_}.example/1")])
        web.page(f"/{id_}.xml", feed, etag='"1"', last_modified="Thu, 19 Nov 2026 08:00:00 GMT")
    async with living(config, clock) as home:
        await home.poll()
    for id_, (status, said) in WISHES.items():
        web.script(f"/{id_}.xml", Answer(b"", status=status, headers=said))
    clock.forward(hours=2)
    keys = [f"asha/{id_}" for id_ in WISHES]
    command = (sys.executable, "-m", "tests.shell.acceptance.killed", str(tmp_path / "aggregator.yaml"))
    killed = await asyncio.create_subprocess_exec(
        *command, clock.at.isoformat(), *keys, cwd=Path(__file__).parents[3], stdout=asyncio.subprocess.PIPE
    )
    out, _ = await killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    left = dict(line.split() for line in out.decode().splitlines() if line.startswith("asha/"))
    assert sorted(left) == sorted(keys)
    early = {key: due for key, due in left.items() if datetime.fromisoformat(due) < clock.at + timedelta(hours=6)}
    assert not early
    asked = counts(web)
    clock.forward(hours=5)
    async with living(config, clock) as home:
        assert await home.poll(force=False) == {}
    assert counts(web) == asked
