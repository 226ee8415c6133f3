"""A house whose feeds change from day to day, and everybody who reads what it publishes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, days, forem, prose, rss
from tests.shell.acceptance.stage import BASE_URL, Clock, Living, configured, living
from tests.shell.readers.simulator import Reader, guids

NEWEST = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
FEEDS = (
    "/rss.xml",
    "/atom.xml",
    "/feed.json",
    "/asha/rss.xml",
    "/asha/tag/notes/atom.xml",
    "/kind/article/feed.json?limit=3",
)
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
    base_url: str = BASE_URL
    shown: dict[str, set[str]] = field(default_factory=dict)  # path of a feed -> the ids in it
    left: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # the ids that were in it

    def site(self, items: Sequence[Item]) -> None:
        self.web.page("/feed.xml", rss("Asha", "https://asha.example/", items), content_type="application/rss+xml")

    def dev(self, items: Sequence[Item]) -> None:
        self.web.page("/feed/asha", forem("Asha", "https://dev.to/asha", items), content_type="application/rss+xml")

    def config(self, *sources: str, more: str = "") -> str:
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
        config = replace(config, site=replace(config.site, base_url=self.base_url))
        async with AsyncExitStack() as stack:
            home: Living = await stack.enter_async_context(living(config, self.clock))
            for key in order:
                await home.poll(key)
                self.clock.forward(seconds=1)
            await home.poll()
            documents = await home.service.documents(FEEDS)
        self._look(documents)
        return [
            f"{one.name} {one.feed} {guid}"
            for one in self.readers
            for guid in one.read(documents[one.feed], self.clock.at)
        ]

    def _look(self, documents: Mapping[str, bytes]) -> None:
        """No id comes back into a feed that it left."""
        for path, body in documents.items():
            present = set(guids(body, path))
            self.left[path] |= self.shown.get(path, set()) - present
            assert present.isdisjoint(self.left[path]), f"{path}: what had left it is in it again"
            self.shown[path] = present
