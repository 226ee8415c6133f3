"""Whatever a feed does, no reader sees an article twice: 0 unintended new items over every mutation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.poll.holds import settle
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, days, prose
from tests.shell.acceptance.stage import Clock, configured, living
from tests.shell.readers.simulator import NAMES, subscribers
from tests.shell.readers.story import FEEDS, NEWEST, STEMS, Story, articles, on_dev


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


async def test_a_flood_is_new_when_the_owner_says_so_and_what_met_a_known_article_never_is(story: Story) -> None:
    story.site(articles())
    await story.day(story.config("site"))
    await story.day(story.config("site"), hours=48)
    archive = [
        Item(f"A letter of {year}", f"https://asha.example/letters/{year}", prose(f"l{year}"), published=at)
        for year, at in zip(range(2019, 2009, -1), days(NEWEST.replace(year=2019), 10, 365), strict=True)
    ]
    story.site([*articles(), *archive])
    assert await story.day(story.config("site")) == []
    pairs = f"[[{articles()[0].url}, {archive[0].url}], [{archive[1].url}, {articles()[1].url}]]"
    assert await story.day(story.config("site", more=f"    same: {pairs}\n"), hours=1) == []
    config = configured(story.folder, story.database_url, story.config("site", more=f"    same: {pairs}\n"))
    async with living(config, story.clock) as home:
        done = settle(config, home.rooms.store, story.clock.at, story.clock.at, lambda _: True)
    assert {one.state.url for one in done.announced} == {item.url for item in archive[2:]}
    fresh = await story.day(story.config("site", more=f"    same: {pairs}\n"), hours=1)
    documents = len({reader.feed for reader in story.readers if "tag" not in reader.feed})
    assert len(fresh) == 8 * documents * len(NAMES)
    assert await story.day(story.config("site"), hours=1) == [], "the two that were another article are no news either"


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
