"""``serve`` and ``demo`` as a user meets them: without a network, on a taken port, and at their end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from aggregator.demo import EXPECTED
from tests.loopback import Web
from tests.shell.acceptance import offline
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import alive, environment, run, running, tree, until
from tests.shell.acceptance.stage import config_text, engine_of, visited

ROOT = Path(__file__).parents[3]
SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def without_network(path: str, seconds: float, *arguments: str, cwd: Path, **extra: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            str(Path(offline.__file__)),
            path,
            str(seconds),
            sys.executable,
            "-m",
            "aggregator",
            *arguments,
        ),
        cwd=cwd,
        env=environment(extra),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    if process.returncode == offline.NOT_HERE:
        pytest.skip("this machine does not let a process give up its network (unshare)")
    assert process.returncode == 0
    told = json.loads(out)
    assert isinstance(told, dict)
    return told


async def test_without_a_network_every_source_says_in_one_line_what_failed(tmp_path: Path) -> None:
    """The example config as it is in the repository, as `make serve` starts it."""
    database = f"sqlite:///{tmp_path / 'new' / 'aggregator.db'}"
    config = str(ROOT / "config" / "aggregator.yaml")
    arguments = ("serve", "--port", "0", "--config", config)
    told = await without_network("/readyz", 30, *arguments, cwd=tmp_path, AGGREGATOR_DATABASE_URL=database)
    assert (told["code"], told["alive"]) == (0, True)
    assert told["others"] == {"/": 200, "/rss.xml": 200, "/readyz": 200}
    failures = [line for line in told["lines"] if "asked again later" in line]
    for source, host in (("ben/dev", "dev.to"), ("netflix/medium", "medium.com"), ("github/blog", "github.blog")):
        (line,) = [line for line in failures if f" {source}: " in line]
        assert host in line
        assert "DNS" in line
    assert len(failures) == 3
    assert not any("Traceback" in line or "Error" in line for line in told["lines"])
    status = await run("status", "--config", config, cwd=tmp_path, extra={"AGGREGATOR_DATABASE_URL": database})
    assert status.code == 0
    assert status.out.count("DNS") == 3


async def test_the_demo_shows_merged_articles_without_a_network(tmp_path: Path) -> None:
    told = await without_network("/mira/index.json?kind=all#11", 60, "demo", "--port", "0", cwd=tmp_path)
    items = json.loads(told["body"])["items"]
    assert len(items) == EXPECTED.articles["mira"]
    merged = [url for url in EXPECTED.merged if url.startswith("https://mira.example/")]
    assert sum(len(item["_aggregator"]["copies"]) > 1 for item in items) == len(merged)
    assert (told["code"], told["alive"]) == (0, True)
    assert told["end_s"] < 10
    assert inside(tmp_path) == []  # it leaves nothing behind


# ── their end ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        web.page(
            "/good.xml", rss("Good", "https://g.example/", [Item("On bottles", "https://g.example/1", prose("g"))])
        )
        web.hostile("silent", "/silent.xml")
        yield web


def config(folder: Path, web: Web, database_url: str) -> str:
    path = folder / "aggregator.yaml"
    feeds = "".join(f"      - {{feed: '{web.url(f'/{id_}.xml')}', id: {id_}}}\n" for id_ in ("good", "silent"))
    owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n{feeds}"
    path.write_text(config_text(database_url, owners), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("engine", "number"),
    [("sqlite", signal.SIGINT), pytest.param("postgresql", signal.SIGTERM, marks=pytest.mark.postgresql)],
)
async def test_serve_ends_cleanly_in_the_middle_of_a_poll(
    number: signal.Signals, web: Web, database_url: str, tmp_path: Path
) -> None:
    path = config(tmp_path, web, database_url)
    arguments = ("serve", "--port", "0", "--config", path)
    async with running(*arguments, cwd=tmp_path) as program, visited(await program.address()) as service:
        await program.says("asha/good: 1 new")
        assert (await service.get("/rss.xml")).body.count(b"<item>") == 1
        assert len(web.asked("/silent.xml")) == 1  # and it waits for an answer still
        processes = tree(program.process.pid)
        assert len(processes) > 1
        started = time.monotonic()
        code = await program.end(number)
    assert code == 0
    assert time.monotonic() - started < 10
    assert not any("Traceback" in line for line in program.lines), program.lines
    await gone(processes)
    assert leases(database_url) == [("asha/good", None), ("asha/silent", None)]
    # What was given up is asked again by the next start, at once; the other one is not due.
    async with running(*arguments, cwd=tmp_path):
        await until(lambda: len(web.asked("/silent.xml")) == 2)
    assert len(web.asked("/good.xml")) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
async def test_a_poll_that_is_broken_off_leaves_no_process(
    number: signal.Signals, code: int, web: Web, tmp_path: Path
) -> None:
    database_url = f"sqlite:///{tmp_path / 'a.db'}"
    path = config(tmp_path, web, database_url)
    async with running("poll", "--json", "--config", path, cwd=tmp_path) as program:
        await until(lambda: len(web.asked("/silent.xml")) == 1 and len(tree(program.process.pid)) > 1)
        processes = tree(program.process.pid)
        started = time.monotonic()
        assert await program.end(number) == code
    assert time.monotonic() - started < 10
    assert not any("Traceback" in line for line in program.lines), program.lines
    await gone(processes)
    if number is signal.SIGINT:  # a person who changed their mind: what was not polled can be polled at once
        assert leases(database_url) == [("asha/good", None), ("asha/silent", None)]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
async def test_demo_ends_cleanly_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:  # somebody else's: a demo opens all the same
        port = taken.getsockname()[1]
        async with running("demo", "--port", str(port), cwd=tmp_path, extra={"TMPDIR": str(temporary)}) as program:
            address = await program.address()
            assert f":{port}/" not in address
            await program.says("mira/site: ", "mira/dev: ", "mira/medium: ")
            assert inside(temporary) != []
            processes = tree(program.process.pid)
            started = time.monotonic()
            code = await program.end(number)
    assert code == 0
    assert time.monotonic() - started < 10
    assert not any("Traceback" in line for line in program.lines), program.lines
    await gone(processes)
    assert inside(temporary) == []


async def test_serve_says_that_the_port_is_taken(web: Web, tmp_path: Path) -> None:
    path = config(tmp_path, web, f"sqlite:///{tmp_path / 'a.db'}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await run("serve", "--port", port, "--config", path, cwd=tmp_path)
    assert ended.code == 2
    assert port in ended.err
    assert "--port" in ended.err
    assert "Traceback" not in ended.err
    assert web.log == []  # nobody is asked by a service that cannot serve


def leases(database_url: str) -> list[tuple[object, ...]]:
    bind = engine_of(database_url)
    with bind.connect() as connection:
        rows = connection.execute(text("SELECT key, lease_by FROM sources ORDER BY key")).all()
    bind.dispose()
    return [tuple(row) for row in rows]


def inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def gone(processes: list[int]) -> None:
    """Nothing of it is left, no zombie either."""
    await until(lambda: not any(map(alive, processes)), limit_s=10)
