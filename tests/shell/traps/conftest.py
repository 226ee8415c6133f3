"""One source of one owner, polled by the real poller into a real SQLite store, and a server that does what it likes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import PollState
from aggregator.poll.poller import Result
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, days, prose, rss
from tests.shell.acceptance.stage import Clock, Living, configured, living

NEWEST = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # two days before the clock of the stage
PATH = "/feed.xml"
KEY = "asha/blog"
TAG = '"one, and \\odd"'  # is sent back as it came, quotes and all
STEMS = ("anchor", "bottle", "compass", "desert", "ferry", "granite")


def posts(*stems: str, host: str = "https://asha.example") -> list[Item]:
    """Posts of these names, newest first; the same name is the same post, with the same date."""
    dates = dict(zip(STEMS, days(NEWEST, len(STEMS)), strict=True))
    wanted = stems or STEMS[:3]
    return [
        Item(f"What the {stem} taught me", f"{host}/{stem}", prose(stem), published=dates.get(stem, NEWEST))
        for stem in wanted
    ]


@dataclass(frozen=True, slots=True)
class Life:
    """What a server does to the source, and what becomes of it."""

    web: Web
    home: Living
    clock: Clock

    def feed(self, items: Sequence[Item], path: str = PATH, **answer: Any) -> None:
        """What stands in the feed from now on."""
        self.web.page(path, rss("Asha", "https://asha.example/", items), **answer)

    async def poll(self, key: str = KEY, *, days: float = 1 / 24) -> Result:
        """Poll once, that much later, due or not."""
        self.clock.at += timedelta(days=days)
        result = (await self.home.poll(key))[key]
        await self._saved(key)
        return result

    async def due(self, key: str = KEY) -> Result:
        """Poll once, as soon as it is due."""
        self.clock.at = self.state(key).next_poll_at
        result = (await self.home.poll(key, force=False))[key]
        await self._saved(key)
        return result

    async def _saved(self, key: str) -> None:
        """Polls without news are saved in one go, a moment later."""
        async with asyncio.timeout(30):
            while self.state(key).last_poll_at != self.clock.at:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def state(self, key: str = KEY) -> PollState:
        """What is remembered of the source."""
        return self.home.rooms.store.states([key])[key]

    def waits(self, key: str = KEY) -> timedelta:
        """How long it will be left alone."""
        return self.state(key).next_poll_at - self.clock.at

    def sent(self, path: str = PATH) -> list[tuple[str | None, str | None]]:
        """The validators of every request so far."""
        asked = [seen.headers for seen in self.web.asked(path)]
        return [(one.get("If-None-Match"), one.get("If-Modified-Since")) for one in asked]

    async def ids(self, document: str = "/index.json?limit=200") -> dict[str, str]:
        """Titles and lasting ids of a document's items, in its order."""
        return {item["title"]: item["id"] for item in (await self.home.service.get(document)).json()["items"]}

    async def items(self) -> list[dict[str, Any]]:
        """The items of the index."""
        return await self.home.service.index("limit=200")


@pytest.fixture
def engine() -> str:
    """The rules of one engine are the rules of both: what differs is tested with the store."""
    return "sqlite"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


@pytest.fixture
async def life(web: Web, database_url: str, tmp_path: Path) -> AsyncIterator[Life]:
    """A blog with three posts, and a second source that nobody has put anything into."""
    clock = Clock()
    owners = f"""\
  - id: asha
    name: Asha Rao
    home_page_url: https://asha.example
    sources:
      - {{feed: '{web.url(PATH)}', id: blog}}
      - {{dev: asha, base_url: '{web.url("")}'}}
      - {{medium: '@asha', base_url: '{web.url("")}'}}
"""
    async with living(configured(tmp_path, database_url, owners), clock) as home:
        life = Life(web, home, clock)
        life.feed(posts())
        yield life
