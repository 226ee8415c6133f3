"""Two processes read one history: what one of them works at the other leaves to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.loopback import Web
from tests.shell.acceptance.program import run, running
from tests.shell.acceptance.stage import configured
from tests.shell.poll.test_backfill import WAYS, asked, owner, posts


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


async def test_two_at_once_ask_for_every_page_once(web: Web, tmp_path: Path) -> None:
    """Two commands side by side: both end well."""
    source = WAYS["dev"](web, posts(web, 14))
    configured(tmp_path, f"sqlite:///{tmp_path / 'aggregator.db'}", owner(source))
    config = ("--config", str(tmp_path / "aggregator.yaml"))
    assert (await run("poll", *config, cwd=tmp_path)).code == 0
    arguments = ("backfill", "--json", *config)
    async with running(*arguments, cwd=tmp_path) as one, running(*arguments, cwd=tmp_path) as other:
        async with asyncio.timeout(60):
            assert [await program.process.wait() for program in (one, other)] == [0, 0]
    for program in (one, other):
        assert json.loads("".join(program.out))[0]["state"] == "complete"
    paths = asked(web)
    assert [paths.count(f"/feed/asha?page={number}") for number in (2, 3, 4, 5)] == [1] * 4
