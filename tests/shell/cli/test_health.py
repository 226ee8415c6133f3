"""``aggregator health`` as a container or a timer calls it: an exit status to go by, and a line that says why."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.loopback import Web
from tests.shell.acceptance.program import run, running
from tests.shell.acceptance.stage import config_text

OWNERS = "  - {id: asha, name: Asha Rao}\n"


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_service_that_is_well_until_it_ends(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "aggregator.yaml").write_text(config_text(database_url, OWNERS), encoding="utf-8")
    async with running("serve", "--port", "0", "--config", "aggregator.yaml", cwd=tmp_path) as service:
        at = (await service.address()).rstrip("/")
        port = at.rpartition(":")[2]
        alive = await run("health", "--port", port, cwd=tmp_path)
        assert (alive.code, alive.out, alive.err) == (0, f"{at}/healthz answers 200\n", "")
        ready = await run("health", "--ready", "--port", port, cwd=tmp_path)
        assert (ready.code, ready.out, ready.err) == (0, f"{at}/readyz answers 200\n", "")
        await service.end()
    ended = await run("health", "--port", port, cwd=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"{at}/healthz does not answer: ")
    assert "refused" in ended.err


async def test_a_service_without_its_database_is_alive_and_not_ready(tmp_path: Path) -> None:
    """What it answers then is held by the tests of the API; here is what the command makes of it."""
    async with Web() as web:
        web.page("/healthz", "{}")
        web.page("/readyz", "{}", status=503)
        alive = await run("health", "--port", str(web.port), cwd=tmp_path)
        ready = await run("health", "--ready", "--port", str(web.port), cwd=tmp_path)
    assert (alive.code, ready.code) == (0, 1)
    assert ready.out == f"http://127.0.0.1:{web.port}/readyz answers 503\n"


async def test_something_else_that_listens_there_is_not_well(tmp_path: Path) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        said = await run("health", "--port", str(port), cwd=tmp_path)
    assert (said.code, said.out) == (1, "")
    assert f"http://127.0.0.1:{port}/healthz does not answer: " in said.err


async def test_something_that_takes_the_call_and_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        said = await run("health", "--port", str(port), cwd=tmp_path, limit_s=30)
    assert (said.code, said.out) == (1, "")
    assert "timed out" in said.err
