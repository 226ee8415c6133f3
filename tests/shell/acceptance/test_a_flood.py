"""A known source that suddenly sends what nobody knows floods no subscriber; nothing of it is lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.fetch import Fetcher
from aggregator.model import Config
from aggregator.poll.holds import settle
from aggregator.poll.look import look
from aggregator.poll.plan import plan
from aggregator.poll.poller import Result
from aggregator.poll.workers import Readers
from aggregator.schedule.heartbeat import Heartbeat
from aggregator.sources import keys_of
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, days, prose, rss
from tests.shell.acceptance.stage import Clock, Living, configured, living
from tests.shell.readers.simulator import subscribers

NEWEST = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
FEEDS = ("/rss.xml", "/atom.xml", "/feed.json", "/asha/rss.xml", "/asha/tag/notes/atom.xml")
KEY = "asha/site"
POSTS = 14


def words(about: str) -> str:
    """A few words that nothing else has."""
    return " ".join(prose(about, 9)[3:].split()[:5])


def posts(count: int = POSTS, newest: datetime = NEWEST, step: float = 30.0, name: str = "") -> list[Item]:
    """What the site has, newest first."""
    return [
        Item(
            f"{name}What {name}year {n} taught me about {words(f'{name}{n}')}",
            f"https://asha.example/blog/{name}{n}",
            prose(f"post {name}{n}"),
            guid=f"urn:post:{name}{n}",
            published=at,
            tags=("notes",),
        )
        for n, at in enumerate(days(newest, count, step))
    ]


def moved(items: Sequence[Item]) -> list[Item]:
    """The same works after a move to another program: nothing of them is as it was, but when they were written."""
    return [
        replace(
            item,
            title=f"Archive: {words(f'title {place}')}",
            url=f"https://rao.example/{place}-{place * 7919}",
            guid=f"urn:uuid:{place}",
            text=prose(f"rewritten {place}"),
        )
        for place, item in enumerate(items)
    ]


@dataclass(slots=True)
class Story:
    """A site that is known since long ago, those who read what is published of it, and everything they were shown."""

    config: Config
    web: Web
    clock: Clock

    def site(self, items: Sequence[Item]) -> None:
        self.web.page("/site.xml", rss("Asha", "https://asha.example/", items), content_type="application/rss+xml")

    async def poll(self, home: Living, items: Sequence[Item], *, hours: float = 4) -> Result:
        self.clock.forward(hours=hours)
        self.site(items)
        result = (await home.poll(KEY))[KEY]
        await asyncio.sleep(0.3)  # polls without news are saved a moment later
        return result


async def held(home: Living) -> tuple[int, int]:
    """How many are held back, by the API, and how many of them go out by themselves."""
    (source,) = (await home.service.get("/api/sources")).json()
    told = source["held"]
    if told is None:
        return 0, 0
    assert datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["since"]) == timedelta(days=1)
    return told["count"], told["recent"]


async def titles(home: Living, path: str = "/feed.json") -> list[str]:
    return [item["title"] for item in (await home.service.get(f"{path}?limit=200")).json()["items"]]


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as opened:
        yield opened


def owner_of(web: Web, *ids: str) -> str:
    listed = "".join(f"      - {{feed: '{web.url(f'/{id_}.xml')}', id: {id_}}}\n" for id_ in ids)
    return f"  - id: asha\n    name: Asha Rao\n    home_page_url: https://asha.example\n    sources:\n{listed}"


@pytest.fixture
def story(tmp_path: Path, database_url: str, web: Web) -> Story:
    return Story(configured(tmp_path, database_url, owner_of(web, "site")), web, Clock())


async def founded(story: Story, home: Living) -> list[Item]:
    """The first fill, which nothing holds back, and two quiet days."""
    items = posts()
    first = await story.poll(home, items)
    assert (first.new, first.held) == (POSTS, 0)
    assert (await story.poll(home, items, hours=48)).what == "unchanged"
    assert await titles(home) == [item.title for item in items]
    return items


async def test_a_site_that_moved_beyond_recognition_floods_nobody(story: Story) -> None:
    async with living(story.config, story.clock) as home:
        items = await founded(story, home)
        readers = subscribers(FEEDS)
        before = await home.service.documents(FEEDS)
        assert all(reader.read(before[reader.feed], story.clock.at) for reader in readers)
        result = await story.poll(home, moved(items))
        assert (result.new, result.held) == (POSTS, POSTS - 1), "one of them is of this week"
        news = moved(items)[0].title
        after = await home.service.documents(FEEDS)
        assert [len(reader.read(after[reader.feed], story.clock.at)) for reader in readers] == [1] * len(readers)
        assert (await titles(home))[0] == news
        assert await held(home) == (POSTS - 1, 0)
        assert sorted(await titles(home, "/index.json")) == sorted(one.title for one in (*items, *moved(items)))
    async with living(story.config, story.clock) as home:  # a restart, and the source goes on as it is now
        again = await story.poll(home, moved(items))
        assert (again.new, again.held) == (0, 0)
        new = Item("A new one", "https://rao.example/new", prose("new"), published=story.clock.at, tags=("notes",))
        fresh = await story.poll(home, [new, *moved(items)][:POSTS])
        assert (fresh.new, fresh.held) == (1, 0)
        assert (await titles(home))[:2] == [new.title, news]
        assert await held(home) == (POSTS - 1, 0)
        now = await home.service.documents(FEEDS)
        assert [len(reader.read(now[reader.feed], story.clock.at)) for reader in readers] == [1] * len(readers)


def items_of(documents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Documents without the moment at which anything, the index included, last changed."""
    built = re.compile(rb"<(lastBuildDate|updated)>[^<]+</")
    return {path: built.sub(b"", body, count=1) for path, body in documents.items()}


async def test_a_flood_of_old_posts_changes_no_byte_of_any_item(story: Story) -> None:
    async with living(story.config, story.clock) as home:
        items = await founded(story, home)
        before = await home.service.documents(FEEDS)
        old = posts(12, NEWEST - timedelta(days=500), name="old")
        assert (await story.poll(home, [*items, *old])).held == 12
        assert items_of(await home.service.documents(FEEDS)) == items_of(before)
        found = await titles(home, "/index.json")
        assert found == [item.title for item in (*items, *old)], "in the index at once, at its own dates"
        assert await home.service.documents(["/asha/index.json?year=2025", "/"]) != before


async def test_the_owner_announces_it(story: Story) -> None:
    async with living(story.config, story.clock) as home:
        items = await founded(story, home)
        old = posts(12, NEWEST - timedelta(days=500), name="old")
        await story.poll(home, [*items, *old])
    async with living(story.config, story.clock) as home:
        now, store = story.clock(), home.rooms.store
        done = settle(story.config, store, now, now, lambda _: True, {KEY})
        assert (len(done.announced), len(done.index_only)) == (12, 0)
        home.rooms.publisher.noticed()
        assert await titles(home) == [item.title for item in (*old, *items)], "on top, in the order of their dates"
        assert await held(home) == (0, 0)
        assert settle(story.config, store, now, now, lambda _: True, {KEY}).announced == ()
        await story.poll(home, [*items, *old], hours=30)
        await home.rooms.holds.expire()
        assert await titles(home) == [item.title for item in (*old, *items)]


async def test_a_day_without_a_word(story: Story) -> None:
    """More than a quiet source ever wrote in four hours, and old posts with it: the first go out, the others do not."""
    async with living(story.config, story.clock) as home:
        items = await founded(story, home)
        feed = await titles(home)
        story.clock.forward(hours=4)
        many = posts(11, story.clock.at, 0.01, "many")
        old = posts(7, NEWEST - timedelta(days=500), name="old")
        result = await story.poll(home, [*many, *items, *old], hours=0)
        assert (result.new, result.held) == (18, 18)
        assert await held(home) == (18, 11)
        assert await titles(home) == feed
        story.clock.forward(hours=23, minutes=59)
        await home.rooms.holds.expire()
        assert await held(home) == (18, 11)
        assert await titles(home) == feed
    story.clock.forward(days=3)  # nobody was there when the day was over
    async with living(story.config, story.clock) as home:
        heart = Heartbeat(home.rooms.claims, home.rooms.visits, home.rooms.backfills, home.rooms.holds)
        heart.start()
        for _ in range(200):
            if await held(home) == (0, 0):
                break
            await asyncio.sleep(0.05)
        await heart.stop()
        assert await titles(home) == [*(item.title for item in many), *feed]
        assert len(await titles(home, "/index.json")) == len(feed) + 18
        story.clock.forward(days=3)
        await home.rooms.holds.expire()
        await home.poll(KEY)
        assert await titles(home) == [*(item.title for item in many), *feed]


async def test_the_plan_is_what_the_poll_does_and_each_article_tells_of_it(story: Story) -> None:
    async with living(story.config, story.clock) as home:
        items = await founded(story, home)
        old = posts(12, NEWEST - timedelta(days=500), name="old")
        news = posts(2, story.clock.at, 1.0, "new")
        story.clock.forward(hours=4)
        story.site([*news, *items, *old])
        (source,) = (one for one in story.config.sources if one.key == KEY)
        async with Fetcher(story.config.fetch, "0") as fetcher, Readers() as readers:
            seen = await look(source, fetcher, readers, story.clock.at)
        with home.rooms.store.planning() as unit:
            planned = plan(story.config, source, seen, unit, story.clock.at)
        assert {copy.entry.title for copy in planned.held} == {item.title for item in old}
        assert {copy.entry.title for copy in planned.announced} == {item.title for item in news}
        result = await story.poll(home, [*news, *items, *old], hours=0)
        assert (result.new, result.held) == (14, 12)
        for item, waits in ((old[3], True), (news[0], False), (items[0], False)):
            (ulid,) = home.rooms.store.find(keys_of(item.url))
            answer = (await home.service.get(f"/api/articles/{ulid}")).json()
            until = answer["held_until"]
            assert (answer["announced_at"] is None, until is not None) == (waits, waits)
            assert not waits or datetime.fromisoformat(until) == story.clock.at + timedelta(days=1)


async def test_who_writes_as_ever_waits_for_nothing(story: Story) -> None:
    """One post, five after a holiday, five found late, and each of them on top the moment it is seen."""
    async with living(story.config, story.clock) as home:
        items = await founded(story, home)
        for week, (count, back, step) in enumerate([(1, 0, 1), (5, 0, 3), (5, 200, 20), (2, 60, 1), (4, 0, 0)]):
            story.clock.forward(days=16)
            more = posts(count, story.clock.at - timedelta(days=back), step, f"week {week} ".replace(" ", "-"))
            items = [*more, *items]
            result = await story.poll(home, items)
            assert (result.new, result.held) == (count, 0)
            assert set((await titles(home))[:count]) == {item.title for item in more}


async def test_a_new_source_and_a_new_owner_are_filled_as_before(
    story: Story, web: Web, tmp_path: Path, database_url: str
) -> None:
    async with living(story.config, story.clock) as home:
        assert (await story.poll(home, posts(3))).held == 0
        assert (await story.poll(home, posts(30))).held == 0, "in its first day the archive may come in parts"
    web.page("/other.xml", rss("Other", "https://other.example/", posts(40, name="other")))
    owner = owner_of(web, "site", "other")
    story.clock.forward(days=9)
    async with living(configured(tmp_path, database_url, owner), story.clock) as home:
        result = (await home.poll("asha/other"))["asha/other"]
        assert (result.new, result.held) == (40, 0), (
            "what is old of a new source is for the index, and waits for nobody"
        )
