"""A loopback web for every test of subscribers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.loopback import Web


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """An empty web."""
    async with Web() as opened:
        yield opened
