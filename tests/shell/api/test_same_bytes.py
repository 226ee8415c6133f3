"""The same state gives the same bytes: on both engines, in two processes at once, and after a restart."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.config import load
from aggregator.poll.adopt import with_written
from aggregator.publish.document import http_date
from aggregator.render import formats
from aggregator.store import Store
from tests.shell.api.library import WORKS, stock
from tests.shell.api.running import Reply, Visitor, serving, visiting
from tests.shell.api.test_views import VIEWS

ROOT = Path(__file__).parents[3]


def facts(reply: Reply) -> tuple[int, bytes, dict[str, str]]:
    return reply.status, reply.body, {name.lower(): value for name, value in reply.headers.items() if name != "Date"}


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
async def test_both_engines_give_the_same_bytes(
    store: Store, tmp_path: Path, open_store: Callable[[str], Store]
) -> None:
    url = f"sqlite:///{tmp_path / 'aggregator.db'}"
    Store.upgrade(url)
    other = open_store(url)
    stock(store)
    stock(other, [*WORKS.values()][::-1])  # in whatever order they came
    paths = [address.format("index.json") for address, _ in VIEWS[::2]]
    paths += [address.format(document) for document in formats() for address, _ in VIEWS[::8]]
    found = []
    for each in (store, other):
        async with serving(each) as service:
            found.append({path: facts(await service.get(path, Accept_Encoding="br")) for path in paths})
    assert found[0] == found[1]


CONFIG = """
site: {{title: Written, base_url: "https://feeds.example"}}
database_url: sqlite:///{folder}/aggregator.db
owners:
  - id: asha
    name: Asha Rao
    sources: [{{feed: "https://asha.example/feed.xml", enabled: false}}]
    entries:
      - {{title: Ring buffers, url: "https://asha.example/1", date: 2026-05-01, tags: [kafka, "C++"]}}
      - {{title: On stage, kind: talk, date: 2025-04, summary: "Three outages & what came of them."}}
      - {{title: Undated, url: "https://asha.example/2", tags: [kafka]}}
"""
PATHS = [f"{scope}{name}" for scope in ("/", "/asha/", "/asha/tag/kafka/", "/kind/all/") for name in formats()]


@asynccontextmanager
async def process(config: Path) -> AsyncIterator[Visitor]:
    """``aggregator serve`` as somebody would start it."""
    program = [sys.executable, "-m", "aggregator", "serve", "--config", str(config), "--port", "0"]
    running = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    try:
        assert running.stderr is not None
        said = b""
        while (found := re.search(rb"serving (http://\S+?)/\s", said)) is None:
            line = await asyncio.wait_for(running.stderr.readline(), 30)
            assert line, said.decode()
            said += line
        async with visiting() as session:
            yield Visitor(found[1].decode(), session)
    finally:
        running.terminate()
        await running.wait()


async def test_two_processes_and_a_restart_give_the_same_bytes(
    tmp_path: Path, open_store: Callable[[str], Store]
) -> None:
    path = tmp_path / "aggregator.yaml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    config = with_written(load(path, {}))
    async with process(path) as there:
        store = open_store(config.database_url)
        async with serving(store, config) as here:
            await _settled(store)
            first, second = [{address: facts(await at.get(address)) for address in PATHS} for at in (there, here)]
            assert first == second
            assert {status for status, _, _ in first.values()} == {200}
            store.touch(datetime.now(UTC))  # and tell nobody
            await _settled(store)
            first, second = [{address: facts(await at.get(address)) for address in PATHS} for at in (there, here)]
            assert first == second
            assert first["/rss.xml"][2]["last-modified"] == http_date(store.changed_at(None))
    async with process(path) as again:
        assert {address: facts(await again.get(address)) for address in PATHS} == first
        for address, (_, _, headers) in first.items():
            assert (await again.get(address, If_None_Match=headers["etag"])).status == 304


async def _settled(store: Store) -> None:
    """Wait until everybody knows, and the last change is past: each takes a second, a burst is ahead of the clock."""
    ahead = store.changed_at(None) - datetime.now(UTC)
    await asyncio.sleep(max(ahead.total_seconds(), 0) + 2)
