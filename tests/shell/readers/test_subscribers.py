"""Whatever a feed does, no reader sees an article twice: 0 unintended new items over every mutation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.poll.holds import settle
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, days, prose
from tests.shell.acceptance.stage import Clock, configured, living
from tests.shell.readers.simulator import NAMES, guids, subscribers
from tests.shell.readers.story import FEEDS, NEWEST, STEMS, Story, articles, on_dev


@pytest.fixture
def story(tmp_path: Path, database_url: str, web: Web) -> Story:
    return Story(tmp_path, database_url, web, Clock(), subscribers(FEEDS))


async def test_first_everything_is_new_then_nothing(story: Story) -> None:
    story.site(articles())
    first = await story.day(story.config("site"))
    assert len(first) == len(NAMES) * sum(map(len, story.shown.values()))
    assert {len(ids) for ids in story.shown.values()} == {3, len(STEMS)}
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
    story.left.clear()  # the owner takes a word back: what it had taken out of the feeds returns to its place
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
    untagged = [feed for feed in FEEDS if "tag" not in feed]
    assert len(fresh) == len(NAMES) * sum(3 if "limit=3" in feed else 8 for feed in untagged)
    assert await story.day(story.config("site"), hours=1) == [], "the two that were another article are no news either"


async def test_two_published_articles_that_evidence_joins_are_not_new(story: Story) -> None:
    """The copy on DEV was rewritten, and nothing tied the two; then DEV names the original."""
    story.site(articles()[:3])
    rewritten = Item("A year with an anchor", "https://dev.to/asha/a-year-with-an-anchor-9f2k", prose("anchor, again"))
    story.dev([rewritten])
    both = story.config("site", "dev")
    await story.day(both)
    before = {path: set(ids) for path, ids in story.shown.items()}
    story.dev([replace(rewritten, canonical=articles()[0].url)])
    assert await story.day(both) == []
    assert {path: len(before[path] - ids) for path, ids in story.shown.items()} == dict.fromkeys(FEEDS, 1)
    assert await story.day(both) == []


async def test_of_an_article_that_is_split_only_the_part_with_a_new_id_is_new(story: Story) -> None:
    story.site(articles())
    story.dev(on_dev(articles()))
    both = ("site", "dev")
    await story.day(story.config(*both))
    pair = f"[{articles()[0].url}, {on_dev(articles())[0].url}]"
    apart = story.config(*both, more=f"    different: [{pair}]\n")
    fresh = await story.day(apart)
    assert len({one.rpartition(" ")[2] for one in fresh}) == 1
    assert len(fresh) == len(story.readers)
    assert await story.day(apart) == []
    assert await story.day(story.config(*both)) == [], "one article again"
    story.left.clear()
    assert await story.day(apart, hours=2) == [], "and two again, under the ids that they had"


async def test_another_canonical_copy_is_not_new(story: Story) -> None:
    story.site(articles())
    story.dev(on_dev(articles()))
    both = ("site", "dev")
    await story.day(story.config(*both))
    async with living(configured(story.folder, story.database_url, story.config(*both)), story.clock) as home:
        assert all(item["url"].startswith("https://asha.example/") for item in await home.service.index())
    flipped = story.config(*both, more="    prefer: [dev, site]\n")
    assert await story.day(flipped) == []
    async with living(configured(story.folder, story.database_url, flipped), story.clock) as home:
        assert all(item["url"].startswith("https://dev.to/") for item in await home.service.index())
    assert await story.day(story.config(*both)) == []


async def test_edited_titles_tags_and_texts_are_not_new(story: Story) -> None:
    story.site(articles())
    await story.day(story.config("site"))
    story.site([replace(item, title=f"{item.title}, again") for item in articles()])
    assert await story.day(story.config("site")) == []
    story.site([replace(item, tags=("ships",)) for item in articles()[:2]] + articles()[2:])
    assert await story.day(story.config("site")) == []
    assert len(story.shown["/asha/tag/notes/atom.xml"]) == len(STEMS) - 2, "it left a feed that it belongs to no more"
    story.site([replace(item, text=f"{item.text}\n{prose('more of it')}") for item in articles()[:2]] + articles()[2:])
    story.left.clear()  # it is tagged again, and nothing had taken its place meanwhile
    assert await story.day(story.config("site"), hours=2) == []


async def test_a_new_address_of_the_service_is_not_new(story: Story) -> None:
    story.site(articles())
    await story.day(story.config("site"))
    story.base_url = "https://news.example.net"
    assert await story.day(story.config("site")) == []
    later = Item("What the harbour taught me", "https://asha.example/blog/harbour", prose("harbour"), tags=("notes",))
    story.site([later, *articles()])
    fresh = await story.day(story.config("site"))
    assert len(fresh) == len(story.readers)
    assert all("tag:news.example.net,2026:" in one for one in fresh), "what is new is named by the new address"


async def test_an_owner_that_leaves_and_returns_is_not_new(story: Story) -> None:
    story.site(articles())
    alone = story.config("site")
    other = f"  - id: bo\n    name: Bo\n    sources:\n      - feed: '{story.web.url('/bo.xml')}'\n"
    await story.day(alone + other)
    async with living(configured(story.folder, story.database_url, other), story.clock) as home:
        await home.poll()
        assert (await home.service.get("/asha/rss.xml")).status == 404
        left = await home.service.documents(("/rss.xml",))
    assert set(guids(left["/rss.xml"], "/rss.xml")) == story.shown["/rss.xml"], "its articles stay published"
    assert await story.day(alone + other) == []


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
