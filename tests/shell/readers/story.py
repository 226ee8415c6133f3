"""A house whose feeds change from day to day, and everybody who reads what it publishes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, days, forem, prose, rss
from tests.shell.acceptance.stage import FETCH, Clock, Living, configured, living
from tests.shell.readers.simulator import Reader

NEWEST = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
FEEDS = ("/rss.xml", "/atom.xml", "/feed.json", "/asha/rss.xml", "/asha/tag/notes/atom.xml")
STEMS = ("anchor", "bottle", "compass", "desert", "ferry", "glacier")


def articles(site: str = "https://asha.example") -> list[Item]:
    """What Asha wrote, newest first."""
    return [
        Item(f"What the {stem} taught me", f"{site}/blog/{stem}", prose(stem), published=at, tags=("notes",))
        for stem, at in zip(STEMS, days(NEWEST, len(STEMS)), strict=True)
    ]


def on_dev(items: Sequence[Item], handle: str = "asha") -> list[Item]:
    """The same, cross-posted to DEV two days later."""
    return [
        replace(
            item,
            url=f"https://dev.to/{handle}/{item.url.rpartition('/')[2]}-4k{place}d",
            title=f"{item.title} 🚀",
            published=item.published.replace(hour=15) if isinstance(item.published, datetime) else None,
        )
        for place, item in enumerate(items)
    ]


@dataclass(slots=True)
class Story:
    """A house whose feeds change, and everybody who reads what it publishes."""

    folder: Path
    database_url: str
    web: Web
    clock: Clock
    readers: list[Reader]
    owner: str = ""

    def site(self, items: Sequence[Item]) -> None:
        self.web.page("/feed.xml", rss("Asha", "https://asha.example/", items), content_type="application/rss+xml")

    def dev(self, items: Sequence[Item]) -> None:
        self.web.page("/feed/asha", forem("Asha", "https://dev.to/asha", items), content_type="application/rss+xml")

    def config(self, *sources: str, more: str = "", fetch: str = FETCH) -> str:
        lines = {
            "site": f"      - {{feed: '{self.web.url('/feed.xml')}', id: site}}\n",
            "dev": f"      - {{dev: asha, base_url: '{self.web.url('')}'}}\n",
        }
        listed = "".join(lines[name] for name in sources)
        return (
            f"  - id: asha\n    name: Asha Rao\n    home_page_url: https://asha.example\n    sources:\n{listed}{more}"
        )

    async def day(self, owner: str, *, hours: float = 24, order: Sequence[str] = ()) -> list[str]:
        """A day passes, a restart, a poll of everything (of ``order``, one after the other, before the rest); gives
        what anybody was shown as new."""
        self.clock.forward(hours=hours)
        config = configured(self.folder, self.database_url, owner)
        async with AsyncExitStack() as stack:
            home: Living = await stack.enter_async_context(living(config, self.clock))
            for key in order:
                await home.poll(key)
                self.clock.forward(seconds=1)
            await home.poll()
            documents = await home.service.documents(FEEDS)
        return [
            f"{one.name} {one.feed} {guid}"
            for one in self.readers
            for guid in one.read(documents[one.feed], self.clock.at)
        ]
