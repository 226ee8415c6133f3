"""The library behind the real application, on every engine or on SQLite alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aggregator.store import Store
from tests.shell.api.library import stock
from tests.shell.api.running import Service, serving


@pytest.fixture
async def service(store: Store) -> AsyncIterator[Service]:
    """The library, served; on SQLite and on PostgreSQL."""
    stock(store)
    async with serving(store) as running:
        yield running


@pytest.fixture(scope="session")
def _stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "aggregator.db"
    url = f"sqlite:///{path}"
    Store.upgrade(url)
    store = Store.open(url)
    stock(store)
    store.close()
    return path


@pytest.fixture
async def plain(_stocked: Path) -> AsyncIterator[Service]:
    """The library, served from SQLite, for what is about HTTP alone; nobody writes to it."""
    store = Store.open(f"sqlite:///{_stocked}")
    async with serving(store) as running:
        yield running
    store.close()
