"""The loopback web and a fetcher that may reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from aggregator.fetch import Fetcher
from aggregator.model import FetchPolicy
from tests.loopback import Web

OPEN = FetchPolicy(
    contact="https://feeds.example.org/about",
    allow_private=("127.0.0.0/8",),
    host_concurrency=64,
    host_interval_s=0.0,
    timeout_s=10.0,
)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


@pytest.fixture
async def fetcher(web: Web) -> AsyncIterator[Fetcher]:
    async with Fetcher(OPEN, "1.2.3", lookup=web.lookup) as fetcher:
        yield fetcher


@pytest.fixture
async def hasty(web: Web) -> AsyncIterator[Fetcher]:
    """A fetcher that waits for half a second only."""
    async with Fetcher(replace(OPEN, timeout_s=0.5), "1.2.3", lookup=web.lookup) as fetcher:
        yield fetcher
