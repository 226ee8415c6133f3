"""Whatever a feed does, no reader sees an article twice: 0 unintended new items over every mutation."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, days, forem, prose, rss
from tests.shell.acceptance.stage import FETCH, Clock, Living, configured, living
from tests.shell.readers.simulator import Reader, subscribers

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

    async def day(self, owner: str, *, hours: int = 24) -> list[str]:
        """A day passes, a restart, a poll of everything; gives what anybody was shown as new."""
        self.clock.forward(hours=hours)
        config = configured(self.folder, self.database_url, owner)
        async with AsyncExitStack() as stack:
            home: Living = await stack.enter_async_context(living(config, self.clock))
            await home.poll()
            documents = await home.service.documents(FEEDS)
        return [
            f"{one.name} {one.feed} {guid}"
            for one in self.readers
            for guid in one.read(documents[one.feed], self.clock.at)
        ]


@pytest.fixture
def story(tmp_path: Path, database_url: str, web: Web) -> Story:
    return Story(tmp_path, database_url, web, Clock(), subscribers(FEEDS))


async def test_first_everything_is_new_then_nothing(story: Story) -> None:
    story.site(articles())
    first = await story.day(story.config("site"))
    assert len(first) == len(story.readers) * len(STEMS)
    assert await story.day(story.config("site")) == []


async def test_a_new_post_is_new_once_for_everybody(story: Story) -> None:
    story.site(articles()[1:])
    await story.day(story.config("site"))
    story.site(articles())
    fresh = await story.day(story.config("site"))
    assert len(fresh) == len(story.readers)
    assert await story.day(story.config("site")) == []


async def test_copies_that_turn_up_elsewhere_are_not_new(story: Story) -> None:
    story.dev(on_dev(articles()))
    await story.day(story.config("dev"))
    story.site(articles())
    assert await story.day(story.config("dev", "site")) == []
    assert await story.day(story.config("site", "dev")) == []


async def test_a_new_handle_new_slugs_and_another_host_are_not_new(story: Story) -> None:
    story.site(articles())
    story.dev(on_dev(articles()))
    both = story.config("site", "dev")
    await story.day(both)
    story.dev(on_dev(articles(), handle="asha_rao"))
    assert await story.day(both) == []
    story.site([replace(item, url=f"{item.url}-really", guid=None) for item in articles()])
    assert await story.day(both) == []
    story.site(articles("http://asha.example"))
    assert await story.day(both) == []
    story.site(articles("https://rao.example"))
    assert await story.day(both) == []


async def test_rebuilt_ids_and_dates_are_not_new(story: Story) -> None:
    story.site(articles())
    await story.day(story.config("site"))
    for build in range(3):
        story.site(
            [
                replace(item, guid=f"urn:build:{build}:{place}", published=story.clock.at)
                for place, item in enumerate(articles())
            ]
        )
        assert await story.day(story.config("site")) == []


async def test_a_day_on_a_staging_host_shows_nobody_anything(story: Story) -> None:
    story.site(articles())
    await story.day(story.config("site"))
    story.site(articles("https://asha.wpcomstaging.com"))
    config = configured(story.folder, story.database_url, story.config("site"))
    assert await story.day(story.config("site")) == []
    async with living(config, story.clock) as home:
        assert all(item["url"].startswith("https://asha.example/") for item in await home.service.index())
    story.site(articles())
    assert await story.day(story.config("site")) == []


async def test_a_source_that_leaves_and_returns_is_not_new(story: Story) -> None:
    story.site(articles())
    story.dev(on_dev(articles()))
    await story.day(story.config("site", "dev"))
    assert await story.day(story.config("dev")) == []
    assert await story.day(story.config("site", "dev")) == []


async def test_two_articles_that_turn_out_to_be_one_and_come_apart_again(story: Story) -> None:
    story.site(articles())
    await story.day(story.config("site"))
    pair = f"[{articles()[0].url}, {articles()[3].url}]"
    assert await story.day(story.config("site", more=f"    same: [{pair}]\n")) == []
    assert await story.day(story.config("site"), hours=2) == []


async def test_what_falls_out_of_a_feed_stays_out_when_something_above_it_goes(story: Story) -> None:
    many = [
        Item(f"Number {n} of many things", f"https://asha.example/n/{n}", prose(f"n{n}"), published=at, tags=("notes",))
        for n, at in enumerate(days(NEWEST, 40, 3.0))
    ]
    story.site(many)
    await story.day(story.config("site"))
    hidden = f"    hide: [{many[0].url}, {many[5].url}]\n"
    assert await story.day(story.config("site", more=hidden), hours=30) == []
    assert await story.day(story.config("site", more=hidden), hours=30) == []
