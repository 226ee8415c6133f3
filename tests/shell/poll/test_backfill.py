"""Histories are read politely from real servers, one page at a time, and nobody hears of old articles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from aggregator.bootstrap import House, house
from aggregator.model import Backfill, Selection
from aggregator.poll.backfill import MOST_LISTS
from aggregator.schedule.heartbeat import Heartbeat
from tests.loopback import Answer, Seen, Web
from tests.shell.acceptance.feeds import Item, atom, forem, json_feed, prose, rss
from tests.shell.acceptance.program import running, until
from tests.shell.acceptance.stage import FETCH, Clock, configured, engine_of, living
from tests.shell.nursery import readers

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOTHING = Answer(b"not here", status=404, content_type="text/plain")


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


def posts(web: Web, count: int, folder: str = "/blog", start: datetime = NOW - timedelta(days=2)) -> list[Item]:
    """Articles, newest first, a week apart."""
    return [
        Item(
            f"Number {number} about {('rope', 'salt', 'wind')[number % 3]} and more",
            web.url(f"{folder}/post-{number}"),
            prose(f"post {number}", 120),
            published=start - timedelta(days=7 * place),
        )
        for place, number in enumerate(range(count, 0, -1))
    ]


def counted(web: Web, path: str, parameter: str, pages: Sequence[str], behind: Answer) -> None:
    """Serve pages of a feed that a parameter counts; what lies behind the last one is ``behind``."""

    def play(seen: Seen) -> Answer:
        number = int(parse_qs(urlsplit(seen.path).query).get(parameter, ["1"])[0])
        return Answer(pages[number - 1].encode()) if number <= len(pages) else behind

    web.play(path, play)
    for number in range(2, len(pages) + 6):
        web.play(f"{path}?{parameter}={number}", play)


def split(items: Sequence[Item], size: int) -> list[list[Item]]:
    return [list(items[at : at + size]) for at in range(0, len(items), size)]


def linked(feed: str, address: str, rel: str = "next") -> str:
    """An Atom feed that names another page."""
    return feed.replace("</title>", f'</title><link rel="{rel}" href="{address}"/>', 1)


def owner(source: str, *, backfill: str = "all", more: str = "") -> str:
    return (
        f"  - id: asha\n    name: Asha Rao\n    home_page_url: https://asha.example\n    sources:\n"
        f"      - {source}\n        id: blog\n        backfill: {backfill}\n{more}"
    )


@asynccontextmanager
async def opened(folder: Path, database_url: str, owners: str, clock: Clock | None = None) -> AsyncIterator[House]:
    async with house(configured(folder, database_url, owners), clock or Clock(NOW), readers()) as rooms:
        yield rooms


async def beats(rooms: House, count: int = 60) -> Backfill:
    """What the heart does, until the history is at its end."""
    for _ in range(count):
        await asyncio.gather(*await rooms.claims.begin())
        await asyncio.gather(*await rooms.backfills.begin())
        state = rooms.store.backfills.known().get("asha/blog")
        if state is not None and state.due_at is None:
            return state
    raise AssertionError(rooms.store.backfills.known())


def titles(rooms: House) -> list[str]:
    with rooms.store.merging("test") as unit:
        return sorted(copy.entry.title for copy in unit.copies_of("asha/blog"))


def asked(web: Web) -> list[str]:
    return [seen.path for seen in web.log]


# ── every way in which a feed goes on ───────────────────────────────────────────────────────────────────────────────


def _dev(web: Web, items: Sequence[Item]) -> str:
    pages = [forem("Asha", web.url("/asha"), page) for page in split(items, 4)]
    counted(web, "/feed/asha", "page", pages, Answer(forem("Asha", web.url("/asha"), []).encode()))
    return f"dev: asha\n        base_url: {web.url('')}"


def _wordpress(web: Web, items: Sequence[Item]) -> str:
    pages = [rss("Asha", web.url("/"), page) for page in split(items, 4)]
    counted(web, "/feed/", "paged", pages, NOTHING)
    return f"wordpress: {web.url('')}"


def _generated_by_wordpress(web: Web, items: Sequence[Item]) -> str:
    head = "<generator>https://wordpress.org/?v=6.6</generator>"
    pages = [rss("Asha", web.url("/"), page, head=head) for page in split(items, 4)]
    counted(web, "/index.php/feed", "paged", pages, NOTHING)
    return f"feed: {web.url('/index.php/feed')}"


def _linked(web: Web, items: Sequence[Item], rel: str) -> str:
    pages = split(items, 4)
    for number, page in enumerate(pages):
        body = atom("Asha", web.url("/"), page)
        body = linked(body, f"/feed-{number + 1}.xml", rel) if number + 1 < len(pages) else body
        web.page(f"/feed-{number}.xml", body, content_type="application/atom+xml")
    return f"feed: {web.url('/feed-0.xml')}"


def _next(web: Web, items: Sequence[Item]) -> str:
    return _linked(web, items, "next")


def _archives(web: Web, items: Sequence[Item]) -> str:
    return _linked(web, items, "prev-archive")


def _blogger(web: Web, items: Sequence[Item]) -> str:
    pages = split(items, 4)
    path = "/feeds/posts/default"
    for number, page in enumerate(pages):
        query = f"?start-index={4 * number + 1}&max-results=4" if number else ""
        body = atom("Asha", web.url("/"), page)
        more = f"{path}?start-index={4 * number + 5}&amp;max-results=4"
        body = linked(body, more) if number + 1 < len(pages) else body
        web.page(path + query, body, content_type="application/atom+xml")
    return f"blogger: {web.url('')}"


def _json_feed(web: Web, items: Sequence[Item]) -> str:
    pages = split(items, 4)
    for number, page in enumerate(pages):
        body = json_feed("Asha", web.url("/"), page)
        more = f'"next_url": "{web.url(f"/feed-{number + 1}.json")}", "items"'
        body = body.replace('"items"', more, 1) if number + 1 < len(pages) else body
        web.page(f"/feed-{number}.json", body, content_type="application/feed+json")
    return f"feed: {web.url('/feed-0.json')}"


def _link_header(web: Web, items: Sequence[Item]) -> str:
    pages = split(items, 4)
    for number, page in enumerate(pages):
        headers = {"Link": f'</f{number + 1}.xml>; rel="next"'} if number + 1 < len(pages) else {}
        web.page(f"/f{number}.xml", rss("Asha", web.url("/"), page), headers=headers)
    return f"feed: {web.url('/f0.xml')}"


WAYS: dict[str, Callable[[Web, Sequence[Item]], str]] = {
    "dev": _dev,
    "wordpress": _wordpress,
    "made by wordpress": _generated_by_wordpress,
    "rel=next": _next,
    "archives": _archives,
    "blogger": _blogger,
    "json feed": _json_feed,
    "link header": _link_header,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_everything_comes_and_nobody_hears_of_it(way: str, web: Web, database_url: str, tmp_path: Path) -> None:
    items = posts(web, 14)
    source = WAYS[way](web, items)
    async with living(configured(tmp_path, database_url, owner(source)), Clock(NOW)) as home:
        state = await beats(home.rooms)
        assert (state.state, state.articles) == ("complete", 10)
        assert titles(home.rooms) == sorted(item.title for item in items)
        index = await home.service.index()
        assert [one["title"] for one in index] == [item.title for item in items]
        assert {datetime.fromisoformat(one["date_published"]) for one in index} == {one.published for one in items}
        feed = (await home.service.get("/feed.json?limit=200")).json()["items"]
        assert [one["title"] for one in feed] == [item.title for item in items[:4]]
        assert (
            "<p>" in (await home.service.get("/feed.json?sort=published&limit=200")).json()["items"][-1]["content_html"]
        )
    assert len(asked(web)) == len(set(asked(web))) + 1  # the feed itself: by its poll, and to see where it goes on


async def test_both_engines_keep_how_far_it_is(web: Web, database_url: str, tmp_path: Path) -> None:
    """Stopped after every single page, and taken up by another process: nothing twice, nothing left out."""
    items = posts(web, 14)
    owners = owner(_dev(web, items))
    clock = Clock(NOW)
    async with opened(tmp_path, database_url, owners, clock) as rooms:
        await asyncio.gather(*await rooms.claims.begin())
    seen: list[tuple[str, int, int]] = []
    for _ in range(12):
        async with opened(tmp_path, database_url, owners, clock) as rooms:
            await asyncio.gather(*await rooms.backfills.begin())
            state = rooms.store.backfills.known()["asha/blog"]
            seen.append((state.state, state.pages, state.articles))
            if state.due_at is None:
                break
    assert seen[:5] == [("running", 1, 0), ("running", 2, 4), ("running", 3, 8), ("running", 4, 10), ("running", 5, 10)]
    assert seen[-1] == ("complete", 5, 10)
    pages = [path for path in asked(web) if "?page=" in path]
    assert pages == [f"/feed/asha?page={number}" for number in (2, 3, 4, 5)]


async def test_a_killed_process_leaves_its_place(web: Web, tmp_path: Path) -> None:
    """SIGKILL while a page is on its way, and called again at once: that page is asked again, the others are not."""
    items = posts(web, 14)
    source = _wordpress(web, items)
    pages = [f"/feed/?paged={number}" for number in (2, 3, 4, 5)]
    third = Answer(rss("Asha", web.url("/"), items[8:12]).encode())
    web.script(pages[1], replace(third, delay_s=60), third)
    database_url = f"sqlite:///{tmp_path / 'aggregator.db'}"
    configured(tmp_path, database_url, owner(source))
    arguments = ("backfill", "--config", str(tmp_path / "aggregator.yaml"))
    async with running(*arguments, cwd=tmp_path) as program:
        await until(lambda: pages[1] in asked(web))
        program.process.kill()
        await program.process.wait()
    async with running(*arguments, cwd=tmp_path) as program:
        await program.says("asha/blog: another process reads this history. If it was killed, this one goes on within")
        with engine_of(database_url).begin() as connection:  # the lease of the dead runs out
            connection.execute(text("UPDATE backfills SET lease_until = 1"))
        async with asyncio.timeout(30):
            assert await program.process.wait() == 0
    assert any("nothing is older" in line for line in program.out)
    paths = asked(web)
    assert [paths.count(page) for page in pages] == [1, 2, 1, 1]


# ── where it ends ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_as_many_as_wanted_and_more_when_more_are_wanted(web: Web, database_url: str, tmp_path: Path) -> None:
    items = posts(web, 14)
    source = _dev(web, items)
    async with opened(tmp_path, database_url, owner(source, backfill="6")) as rooms:
        state = await beats(rooms)
        assert (state.state, state.articles) == ("enough", 6)
        assert titles(rooms) == sorted(item.title for item in items[:10])
    async with opened(tmp_path, database_url, owner(source, backfill="6")) as rooms:
        before = len(web.log)
        assert not await rooms.backfills.begin()
        assert len(web.log) == before
    async with opened(tmp_path, database_url, owner(source)) as rooms:
        state = await beats(rooms)
        assert (state.state, state.articles) == ("complete", 10)
        assert titles(rooms) == sorted(item.title for item in items)
    assert asked(web).count("/feed/asha?page=3") == 2  # only some of it was wanted the first time


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_one_page_for_every_number_ends_it(web: Web, database_url: str, tmp_path: Path) -> None:
    items = posts(web, 4)
    page = rss("Asha", web.url("/"), items)
    counted(web, "/feed/", "paged", [page] * 5, Answer(page.encode()))
    async with opened(tmp_path, database_url, owner(f"wordpress: {web.url('')}")) as rooms:
        state = await beats(rooms)
        assert (state.state, state.articles, state.pages) == ("complete", 0, 2)
    assert [path for path in asked(web) if "paged" in path] == ["/feed/?paged=2"]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_circle_of_pages_ends(web: Web, database_url: str, tmp_path: Path) -> None:
    pages = [atom("Asha", web.url("/"), page) for page in split(posts(web, 12), 4)]
    for number, after in enumerate((1, 2, 1)):
        body = pages[number].replace(
            "</title>", f'</title><link rel="next" href="/feed-{after}.xml?again={number}"/>', 1
        )
        for again in ("", *(f"?again={one}" for one in range(4))):
            web.page(f"/feed-{number}.xml{again}", body, content_type="application/atom+xml")
    async with opened(tmp_path, database_url, owner(f"feed: {web.url('/feed-0.xml')}")) as rooms:
        state = await beats(rooms)
        assert (state.state, state.articles) == ("complete", 8)
    assert len(asked(web)) <= 6


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_server_that_never_ends_is_left_some_day(web: Web, database_url: str, tmp_path: Path) -> None:
    """Every page has something new and names another one."""

    def play(seen: Seen) -> Answer:
        number = int(parse_qs(urlsplit(seen.path).query).get("n", ["0"])[0])
        one = Item(
            f"Item {number}", web.url(f"/{number}"), prose(str(number), 20), published=NOW - timedelta(days=number)
        )
        web.play(f"/feed.xml?n={number + 1}", play)
        body = atom("Asha", web.url("/"), [one])
        return Answer(
            body.replace("</title>", f'</title><link rel="next" href="/feed.xml?n={number + 1}"/>', 1).encode()
        )

    web.play("/feed.xml", play)
    async with opened(tmp_path, database_url, owner(f"feed: {web.url('/feed.xml')}")) as rooms:
        for _ in range(4):
            await asyncio.gather(*await rooms.claims.begin())
            await asyncio.gather(*await rooms.backfills.begin())
        with engine_of(database_url).begin() as connection:  # as if it had been going on like that
            row = {"source_key": "asha/blog", "part": "list", "done_at": 1, "marks": "[]"}
            many = [row | {"url": f"{number}", "number": number} for number in range(9, MOST_LISTS + 4)]
            names = "source_key, part, done_at, marks, url, number"
            values = ", ".join(f":{name}" for name in names.split(", "))
            connection.execute(text(f"INSERT INTO backfill_pages ({names}) VALUES ({values})"), many)
        state = await beats(rooms)
        assert state.state == "stopped"
        assert MOST_LISTS <= state.pages < MOST_LISTS + 2
        assert state.message is not None


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_pages_on_another_host_are_nobodys_history(web: Web, database_url: str, tmp_path: Path) -> None:
    body = linked(atom("Asha", web.url("/"), posts(web, 3)), web.url("/more.xml", "localhost"))
    web.page("/feed.xml", body, content_type="application/atom+xml")
    async with opened(tmp_path, database_url, owner(f"feed: {web.url('/feed.xml')}")) as rooms:
        assert (await beats(rooms)).state == "complete"
    assert "/more.xml" not in asked(web)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_medium_says_what_to_do_instead(web: Web, database_url: str, tmp_path: Path) -> None:
    web.page("/feed/@asha", rss("Asha", web.url("/"), posts(web, 3)))
    async with opened(tmp_path, database_url, owner(f'medium: "@asha"\n        base_url: {web.url("")}')) as rooms:
        state = await beats(rooms)
        assert state.state == "complete"
        assert "aggregator import" in (state.message or "")


# ── servers that want to be left alone ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_server_that_asks_for_rest_gets_it(web: Web, database_url: str, tmp_path: Path) -> None:
    items, clock = posts(web, 12), Clock(NOW)
    source = _dev(web, items)
    second = Answer(forem("Asha", web.url("/asha"), items[4:8]).encode())
    web.script("/feed/asha?page=2", Answer(status=429, headers={"Retry-After": "7200"}), Answer(status=500), second)
    async with opened(tmp_path, database_url, owner(source), clock) as rooms:

        async def tried() -> int:
            for _ in range(3):
                await asyncio.gather(*await rooms.backfills.begin())
            return asked(web).count("/feed/asha?page=2")

        await asyncio.gather(*await rooms.claims.begin())
        assert await tried() == 1
        clock.forward(seconds=7100)
        assert await tried() == 1
        state = rooms.store.backfills.known()["asha/blog"]
        assert (state.state, state.failures) == ("running", 1)
        assert "429" in (state.message or "")
        clock.forward(seconds=200)
        assert await tried() == 2
        clock.forward(hours=2)
        assert await tried() == 3
        state = await beats(rooms)
        assert (state.state, state.articles, state.failures) == ("complete", 8, 0)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_page_that_stays_broken_is_given_up_and_tells_why(web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock(NOW)
    source = _dev(web, posts(web, 12))
    web.script("/feed/asha?page=3", Answer(status=403, content_type="text/html"))
    async with opened(tmp_path, database_url, owner(source), clock) as rooms:
        for _ in range(40):
            await asyncio.gather(*await rooms.claims.begin())
            await asyncio.gather(*await rooms.backfills.begin())
            clock.forward(hours=6)
        state = rooms.store.backfills.known()["asha/blog"]
        assert (state.state, state.articles) == ("stopped", 4)
        assert "403" in (state.message or "")
        assert asked(web).count("/feed/asha?page=3") == 6
        web.page("/feed/asha?page=3", forem("Asha", web.url("/asha"), posts(web, 12)[8:]))
        source_ = rooms.config.sources[0]
        states = await rooms.backfills.run([source_], lambda one: None)  # a person asks: it goes on there
        assert (states["asha/blog"].state, states["asha/blog"].articles) == ("complete", 8)
    assert asked(web).count("/feed/asha?page=2") == 1


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_one_request_at_a_time_and_with_distance(web: Web, database_url: str, tmp_path: Path) -> None:
    source = _dev(web, posts(web, 12))
    path = tmp_path / "aggregator.yaml"
    configured(tmp_path, database_url, owner(source), FETCH.replace("64, interval: 0s", "1, interval: 0.2s"))
    assert "0.2s" in path.read_text()
    async with running("backfill", "--config", str(path), cwd=tmp_path) as program:
        assert await program.process.wait() == 0
    times = [seen.at for seen in web.log if "?page=" in seen.path]
    assert len(times) == 3
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.9  # five times 0.2 s


# ── what the feed would bring is the feed's ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("dated", [True, False])
async def test_what_is_new_is_announced_by_the_feed_and_once(
    dated: bool, web: Web, database_url: str, tmp_path: Path
) -> None:
    """The newest page comes for every number, and a post appears between the poll and the next page."""
    clock, items = Clock(NOW), posts(web, 4)
    fresh = Item("Just out", web.url("/blog/just-out"), prose("out", 120), published=NOW + timedelta(minutes=4))
    if not dated:
        items, fresh = [replace(one, published=None) for one in items], replace(fresh, published=None)
    before = Answer(rss("Asha", web.url("/"), items).encode())
    after = Answer(rss("Asha", web.url("/"), [fresh, *items]).encode())
    web.script("/feed/", before, before, after)  # the poll, the first step, and later polls
    web.script("/feed/?paged=2", after)
    async with living(configured(tmp_path, database_url, owner(f"wordpress: {web.url('')}")), clock) as home:
        await asyncio.gather(*await home.rooms.claims.begin())
        clock.forward(minutes=5)
        state = await beats(home.rooms)
        assert (state.state, state.articles) == ("complete", 0)
        clock.forward(days=1)
        await home.poll()
        feed = (await home.service.get("/feed.json?limit=200")).json()["items"]
        assert [one["title"] for one in feed].count("Just out") == 1
        assert feed[0]["title"] == "Just out"


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_history_waits_for_the_first_poll(web: Web, database_url: str, tmp_path: Path) -> None:
    """A source that cannot be polled yet has no history: what its feed has must be announced first."""
    source = _dev(web, posts(web, 8))
    pages = web.script("/feed/asha", Answer(status=500))
    async with opened(tmp_path, database_url, owner(source)) as rooms:
        await asyncio.gather(*await rooms.claims.begin())
        await asyncio.gather(*await rooms.backfills.begin())
        state = rooms.store.backfills.known()["asha/blog"]
        assert (state.state, state.pages, state.articles) == ("running", 0, 0)
    assert asked(web) == [urlsplit(pages).path]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_old_copies_join_what_is_known(web: Web, database_url: str, tmp_path: Path) -> None:
    """The old posts stand on the owner's site, too: same ids as before, older dates count, nothing is announced."""
    items = posts(web, 12)
    later = [NOW - timedelta(hours=26 + place) for place in range(12)]
    mirrored = [
        replace(one, url=one.url.replace("/blog/", "/site/"), published=at)
        for one, at in zip(items, later, strict=True)
    ]
    web.page("/site.xml", rss("Site", web.url("/"), mirrored[6:]))
    owners = owner(_dev(web, items), more=f"      - feed: {web.url('/site.xml')}\n        id: site\n")
    async with living(configured(tmp_path, database_url, owners), Clock(NOW)) as home:
        await home.poll()
        before = {one["title"]: one["id"] for one in await home.service.index()}
        feed = [one["id"] for one in (await home.service.get("/feed.json?limit=200")).json()["items"]]
        state = await beats(home.rooms)
        assert (state.state, state.articles) == ("complete", 8)
        index = await home.service.index()
        assert {one["title"]: one["id"] for one in index}.items() >= before.items()
        assert len(index) == 12
        assert sorted(len(one["_aggregator"]["copies"]) for one in index) == [1] * 6 + [2] * 6
        assert {datetime.fromisoformat(one["date_published"]) for one in index} == {one.published for one in items}
        after = [one["id"] for one in (await home.service.get("/feed.json?limit=200")).json()["items"]]
        assert after == feed


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_known_words_stay_and_a_stub_gains_its_text(web: Web, database_url: str, tmp_path: Path) -> None:
    """The archive has another version of a post that is known, and the text of one that came without."""
    items = posts(web, 4)
    body = atom("Asha", web.url("/"), [items[0], replace(items[1], text="", summary="Two words.")])
    web.page("/feed.xml", body, content_type="application/atom+xml")
    async with living(configured(tmp_path, database_url, owner(f"feed: {web.url('/feed.xml')}")), Clock(NOW)) as home:
        await home.poll()
        changed = replace(items[0], title="As it was once called", text=prose("other", 80))
        old = atom("Asha", web.url("/"), [items[2], items[1], changed, items[3]])
        web.page("/old.xml", old, content_type="application/atom+xml")
        web.page("/feed.xml", linked(atom("Asha", web.url("/"), []), "/old.xml"))
        state = await beats(home.rooms)
        assert (state.state, state.articles) == ("complete", 2)
        found = {one["title"]: one for one in (await home.service.get("/feed.json?sort=published")).json()["items"]}
        assert set(found) == {item.title for item in items}
        assert "<p>" in found[items[1].title]["content_html"]


async def test_the_service_reads_on_by_itself(web: Web, database_url: str, tmp_path: Path) -> None:
    items = posts(web, 12)
    async with opened(tmp_path, database_url, owner(_dev(web, items)), Clock(NOW)) as rooms:
        heart = Heartbeat(rooms.claims, rooms.visits, rooms.backfills, rooms.holds)
        heart.start()
        async with asyncio.timeout(40):
            while len(titles(rooms)) < 12:  # noqa: ASYNC110 - what is waited for is in the database
                await asyncio.sleep(0.2)
        await heart.stop()
        assert titles(rooms) == sorted(item.title for item in items)


# ── sites that are read as pages ────────────────────────────────────────────────────────────────────────────────────


def listing(items: Sequence[Item], more: str = "") -> str:
    """A page that lists articles, in the manner of a small site."""
    cards = "".join(
        f'<article class="card"><h2><a href="{urlsplit(one.url).path}">{one.title}</a></h2>'
        f"<p>{prose(one.title, 30)}</p></article>"
        for one in items
    )
    return (
        f"<!doctype html><html lang=en><head><title>Asha's notes</title></head><body><nav><a href='/about/'>About</a>"
        f"</nav><main>{cards}</main>{more}<footer>{prose('footer', 60)}</footer></body></html>"
    )


def article(one: Item) -> str:
    at = one.published.isoformat() if isinstance(one.published, datetime) else ""
    meta = f'<meta property="article:published_time" content="{at}">' if at else ""
    return (
        f'<!doctype html><html lang=en><head><title>{one.title}</title><meta name="description" content="About it.">'
        f"{meta}</head><body><article><h1>{one.title}</h1>{one.text}</article></body></html>"
    )


def html(web: Web, path: str, body: str) -> None:
    web.page(path, body, content_type="text/html; charset=utf-8")


def sitemap(web: Web, items: Sequence[Item], *others: str) -> str:
    places = [*(one.url for one in items), *map(web.url, others)]
    inside = "".join(f"<url><loc>{one}</loc></url>" for one in places)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</urlset>'


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    "link",
    ['<a rel="next" href="/blog/page/{}/">2</a>', '<a href="/blog/page/{}/">Older posts &rarr;</a>'],
    ids=["rel", "words"],
)
async def test_a_list_on_several_pages(link: str, web: Web, database_url: str, tmp_path: Path) -> None:
    items = posts(web, 14)
    pages = split(items, 5)
    for number, page in enumerate(pages, 1):
        path = f"/blog/page/{number}/" if number > 1 else "/blog"
        html(web, path, listing(page, link.format(number + 1) if number < len(pages) else ""))
    async with opened(tmp_path, database_url, owner(f"site: {web.url('/blog')}")) as rooms:
        state = await beats(rooms)
        assert (state.state, state.articles) == ("complete", 9)
        assert titles(rooms) == sorted(item.title for item in items)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_sitemap_tells_of_articles_and_their_pages_tell_the_rest(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    """A site whose feed has the last four: the others are read from their own pages, once each, by leave of robots."""
    items = posts(web, 10)
    body = atom("Asha", web.url("/"), items[:4])
    web.page("/feed.xml", body, content_type="application/atom+xml")
    html(web, "/", '<!doctype html><link rel="alternate" type="application/atom+xml" href="/feed.xml"><p>Hello</p>')
    for one in items:
        html(web, urlsplit(one.url).path, article(one))
    web.page("/robots.txt", "User-agent: *\nDisallow: /blog/post-3\n", content_type="text/plain")
    web.page("/sitemap.xml", sitemap(web, items, "/about/", "/tags/rope/", "/shop/shoes"), content_type="text/xml")
    html(web, "/shop/shoes", article(replace(items[0], title="Shoes", published=None)))
    async with opened(tmp_path, database_url, owner(f"site: {web.url('/')}")) as rooms:
        state = await beats(rooms)
        wanted = [one for one in items if not one.url.endswith("post-3")]
        assert titles(rooms) == sorted(one.title for one in wanted)
        assert (state.state, state.articles) == ("complete", 5)
        with rooms.store.merging("test") as unit:
            copies = {copy.entry.title: copy for copy in unit.copies_of("asha/blog")}
        assert {copies[one.title].published_at for one in wanted} == {one.published for one in wanted}
        assert not any(copies[one.title].announce for one in wanted[4:])
    paths = asked(web)
    assert "/blog/post-3" not in paths
    assert all(paths.count(urlsplit(one.url).path) == 1 for one in wanted[4:])
    assert not any(urlsplit(one.url).path in paths for one in items[:4])


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_an_archive_that_names_the_new_one_first_leaves_it_to_the_list(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    """Undated pages: what stands above the known articles of an archive is newer than they are."""
    items = [replace(one, published=None) for one in posts(web, 12)]
    fresh = Item("Out since a minute", web.url("/blog/out-since-a-minute"))
    html(web, "/blog", listing(items[:5], '<a href="/archive">Archive</a>'))
    html(web, "/archive", listing([fresh, *items]))
    async with opened(tmp_path, database_url, owner(f"site: {web.url('/blog')}")) as rooms:
        state = await beats(rooms)
        assert (state.state, state.articles) == ("complete", 7)
        assert titles(rooms) == sorted(item.title for item in items)
        shown = rooms.store.select(Selection(limit=99)).articles
        assert [one.title for one in shown] == [item.title for item in items], "the oldest are not on top"
