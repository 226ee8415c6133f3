"""An article's own page is read once, politely, and what it names as its original joins the two."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from aggregator.bootstrap import House, house
from aggregator.model import Config, Copy
from aggregator.schedule.heartbeat import Heartbeat
from aggregator.store.schema import pages
from tests.loopback import Answer, Seen, Web
from tests.shell.acceptance.feeds import Item, atom, forem, prose
from tests.shell.acceptance.stage import Clock, configured, engine_of
from tests.shell.nursery import readers

AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
API = "/api/articles?username=asha&per_page=30"
SLUG = "/asha/why-the-lighthouse-went-dark-3k2f"
DEV_TITLE = "Why the lighthouse went dark"
SITE_TITLE = "Notes on keeping a lamp"
CHALLENGE = "<!doctype html><title>Just a moment...</title><p>Checking your browser before you go on.</p>"
DAY = timedelta(days=1)


def page(canonical: str | None, title: str = DEV_TITLE, more: str = "") -> str:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return f"<!doctype html><html><head><title>{title}</title>{link}{more}</head><body>{prose(title)}</body></html>"


@dataclass(frozen=True, slots=True)
class Places:
    """Asha's own site and a Forem where she posts too."""

    dev: Web
    site: Web

    @property
    def original(self) -> str:
        return self.site.url("/notes/lamp")

    def post(self, slug: str = SLUG, title: str = DEV_TITLE, canonical: str | None = None) -> Item:
        return Item(title, self.dev.url(slug), prose(title), published=AT, canonical=canonical)

    def publish(self, *posts: Item) -> None:
        """Let the Forem's feed hold these."""
        self.dev.page("/feed/asha", forem("Asha", self.dev.url("/asha"), posts or (self.post(),)))

    def show(self, body: str, path: str = SLUG, **answer: Any) -> None:
        """Let a page of the Forem say this."""
        self.dev.page(path, body, content_type="text/html; charset=utf-8", **answer)

    def asked(self, path: str = SLUG) -> int:
        return len(self.dev.asked(path))


@pytest.fixture
async def places() -> AsyncIterator[Places]:
    async with Web() as dev, Web() as site:
        made = Places(dev, site)
        lamp = Item(SITE_TITLE, made.original, prose("lamp"), published=AT - DAY)
        tide = Item("Tide tables for the impatient", site.url("/notes/tide"), prose("tide"), published=AT - 9 * DAY)
        site.page("/feed.xml", atom("Asha", site.url("/"), [lamp, tide]))
        made.publish()
        yield made


@dataclass(slots=True)
class Living:
    """A house at a moment that is put forward by hand."""

    rooms: House
    clock: Clock

    async def beat(self) -> int:
        """What one beat of the heart does, and all that comes of it; gives the number of visits begun."""
        await asyncio.gather(*await self.rooms.claims.begin())
        visits = await self.rooms.visits.begin()
        await asyncio.gather(*visits)
        return len(visits)

    async def beats(self, count: int = 3, **apart: float) -> None:
        """Some beats, with time between them."""
        for _ in range(count):
            await self.beat()
            self.clock.forward(**apart or {"seconds": 2})

    def articles(self) -> dict[str, list[str]]:
        """Titles of the copies of every article, by its address; canonical first is not promised."""
        found: dict[str, list[str]] = {}
        for copy in self.copies():
            state = self.rooms.store.article(copy.article)
            assert state is not None
            found.setdefault(state[0].url or "", []).append(copy.entry.title)
        return {url: sorted(titles) for url, titles in found.items()}

    def copies(self) -> tuple[Copy, ...]:
        with self.rooms.store.merging("test") as unit:
            return tuple(copy for source in self.rooms.config.sources for copy in unit.copies_of(source.key))


def outcomes(database_url: str) -> list[tuple[str | None, int, bool]]:
    """Outcome, attempts, and whether another visit is due, of every page."""
    bind = engine_of(database_url)
    with bind.connect() as connection:
        rows = connection.execute(select(pages.c.outcome, pages.c.attempts, pages.c.due_at.is_not(None)))
        found = sorted(((row[0], row[1], bool(row[2])) for row in rows), key=repr)
    bind.dispose()
    return found


def owners(places: Places, more: str = "") -> str:
    return f"""\
  - id: asha
    name: Asha Rao
    home_page_url: {places.site.url("/")}
    sources:
      - {{feed: '{places.site.url("/feed.xml")}'}}
      - {{dev: asha, base_url: '{places.dev.url("")}'}}
{more}"""


@asynccontextmanager
async def living(config: Config, clock: Clock) -> AsyncIterator[Living]:
    async with house(config, clock, readers()) as rooms:
        yield Living(rooms, clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(places: Places, database_url: str, tmp_path: Path) -> Config:
    return configured(tmp_path, database_url, owners(places))


@pytest.fixture
def lite_url(_sqlite_at_head: Path, tmp_path: Path) -> str:
    """SQLite alone, for what has nothing to do with the engine."""
    path = tmp_path / "lite.db"
    shutil.copyfile(_sqlite_at_head, path)
    return f"sqlite:///{path}"


@pytest.fixture
def lite(places: Places, lite_url: str, tmp_path: Path) -> Config:
    return configured(tmp_path, lite_url, owners(places))


# ── the link ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_page_that_names_the_original_joins_it(places: Places, config: Config, clock: Clock) -> None:
    places.show(page(places.original))
    async with living(config, clock) as home:
        await asyncio.gather(*await home.rooms.claims.begin())
        apart = {places.original: [SITE_TITLE], places.dev.url(SLUG): [DEV_TITLE]}
        assert apart.items() <= home.articles().items()  # neither text nor title can tell
        ids = {copy.article for copy in home.copies()}
        revision = home.rooms.store.revision()
        await home.beats()
        assert home.articles()[places.original] == sorted([SITE_TITLE, DEV_TITLE])
        assert len(home.articles()) == 2
        assert home.rooms.store.revision() > revision
        (posted,) = (copy for copy in home.copies() if copy.kind == "dev")
        assert posted.entry.canonical_url == places.original
        assert posted.article in ids
        state = home.rooms.store.article(posted.article)
        assert state is not None
        assert [(verdict.rule, verdict.joined) for verdict in state[2]] == [("link", True)]
        assert {home.rooms.store.follow(id_) for id_ in ids} == {copy.article for copy in home.copies()}
    assert outcomes(config.database_url) == [("elsewhere", 1, False)]


async def test_the_request_is_an_ordinary_one(places: Places, lite: Config, clock: Clock) -> None:
    places.show(page(places.original), etag='"x"')
    async with living(lite, clock) as home:
        await home.beats()
    (seen,) = places.dev.asked(SLUG)
    assert seen.headers["User-Agent"].startswith("article-aggregator/")
    assert seen.headers["Accept"].startswith("text/html")
    assert not {"If-None-Match", "If-Modified-Since", "Cookie", "Referer"} & set(seen.headers)
    paths = [one.path for one in places.dev.log]
    assert paths == ["/feed/asha", API, "/robots.txt", SLUG]


async def test_one_request_for_one_article_however_long_it_runs(places: Places, config: Config, clock: Clock) -> None:
    places.show(page(None))
    for _ in range(3):
        async with living(config, clock) as home:
            await home.beats(4, hours=7)
            edited = Item(DEV_TITLE, places.dev.url(SLUG), prose("edited"), published=AT)
            places.publish(edited, places.post("/asha/other-9z9z", "Other things", canonical=places.original))
    assert places.asked() == 1
    assert places.asked("/asha/other-9z9z") == 0
    assert places.asked("/robots.txt") <= 4  # it began on day 0 and ended on day 4
    assert outcomes(config.database_url) == [("nothing", 1, False)]


async def test_two_processes_visit_once(places: Places, config: Config, clock: Clock) -> None:
    places.show(page(places.original), headers={})
    async with living(config, clock) as one, living(config, clock) as other:
        await asyncio.gather(*await one.rooms.claims.begin())
        await asyncio.gather(one.beat(), other.beat())
        await asyncio.gather(one.beat(), other.beat())
        assert len(one.articles()) == 2
    assert places.asked() == 1


async def test_what_a_later_poll_says_does_not_undo_it(places: Places, lite: Config, clock: Clock) -> None:
    places.show(page(places.original))
    async with living(lite, clock) as home:
        await home.beats()
        before = home.articles()
        places.publish(Item(DEV_TITLE, places.dev.url(SLUG), prose("edited"), published=AT))
        clock.forward(days=2)
        await home.beats()
        assert home.articles() == before
    assert places.asked() == 1


async def test_an_original_that_comes_later_is_joined(places: Places, config: Config, clock: Clock) -> None:
    later = places.site.url("/notes/later")
    places.show(page(later))
    async with living(config, clock) as home:
        await home.beats()
        assert len(home.articles()) == 3
        item = Item("Keeping watch", later, prose("watch"), published=AT)
        places.site.page("/feed.xml", atom("Asha", places.site.url("/"), [item]))
        clock.forward(days=2)
        await home.beats()
        assert home.articles()[later] == sorted(["Keeping watch", DEV_TITLE])


# ── what says nothing ───────────────────────────────────────────────────────────────────────────────────────────────


SAYING_NOTHING = [
    (None, "nothing"),
    ("{dev}{slug}", "itself"),
    ("{dev}{slug}/?utm_source=x#comments", "itself"),
    ("{site}/", "no article"),
    ("{site}/tag/lamps", "no article"),
    ("https://dev.to/asha", "no article"),
    ("http://localhost:1313/notes/lamp", "no article"),
    ("https://asha.wpcomstaging.com/notes/lamp", "no article"),
    ("http://10.0.0.1/notes/lamp", "no article"),
    ("https://magazine.example/2026/lamp", "elsewhere"),  # not among the owner's copies
]


async def test_what_joins_nothing(places: Places, lite: Config, clock: Clock) -> None:
    words = ["anchor", "barrel", "candle", "desert", "ember", "ferry", "granite", "harvest", "island", "jacket"]
    slugs = {word: f"/asha/the-{word}-3k2f" for word in words}
    places.publish(*(places.post(slug, f"The {word}") for word, slug in slugs.items()))
    for slug, (canonical, _) in zip(slugs.values(), SAYING_NOTHING, strict=True):
        named = canonical and canonical.format(dev=places.dev.url(""), site=places.site.url(""), slug=slug)
        places.show(page(named), slug)
    async with living(lite, clock) as home:
        await asyncio.gather(*await home.rooms.claims.begin())
        before, revision = home.articles(), home.rooms.store.revision()
        await home.beats(len(words) + 2)
        assert home.articles() == before
        assert home.rooms.store.revision() == revision
    assert {word: places.asked(slug) for word, slug in slugs.items()} == dict.fromkeys(words, 1)
    assert outcomes(lite.database_url) == sorted((outcome, 1, False) for _, outcome in SAYING_NOTHING)


async def test_og_url_and_what_stands_in_the_body_join_nothing(places: Places, lite: Config, clock: Clock) -> None:
    said = f'<link rel="canonical" href="{places.original}">'
    head = f'<meta property="og:url" content="{places.original}">'
    places.show(page(None, more=head).replace("</body>", f"{said}</body>"))
    async with living(lite, clock) as home:
        await home.beats()
        assert len(home.articles()) == 3


@pytest.mark.parametrize(("title", "joined"), [(DEV_TITLE, True), ("Page not found", False), ("", False)])
async def test_a_redirect_to_something_else_joins_nothing(
    places: Places, lite: Config, clock: Clock, title: str, joined: bool
) -> None:
    places.dev.redirect(SLUG, places.original, 301)
    places.site.page("/notes/lamp", page(places.original, title), content_type="text/html")
    async with living(lite, clock) as home:
        await home.beats()
        assert len(home.articles()) == (2 if joined else 3)


async def test_robots_txt_is_honoured(places: Places, config: Config, clock: Clock) -> None:
    places.show(page(places.original))
    places.dev.page("/robots.txt", "User-agent: *\nDisallow: /*-3k2f$\n", content_type="text/plain")
    async with living(config, clock) as home:
        await home.beats(12, hours=13)
        assert len(home.articles()) == 3
    assert places.asked() == 0
    assert len(places.dev.asked("/feed/asha")) > 1  # the feed is the owner's own word
    assert outcomes(config.database_url) == [("robots.txt: disallowed", 4, False)]


async def test_a_robots_txt_in_trouble_means_not_now(places: Places, lite: Config, clock: Clock) -> None:
    places.show(page(places.original))
    places.dev.script("/robots.txt", Answer(status=500), Answer(b"", content_type="text/plain"))
    async with living(lite, clock) as home:
        await home.beats(5)
        assert places.asked() == 0
        assert places.asked("/robots.txt") == 1
        clock.forward(hours=2)
        await home.beats(2)
        assert len(home.articles()) == 2


async def test_nothing_of_a_challenge_is_believed_and_the_page_is_tried_again(
    places: Places, config: Config, clock: Clock
) -> None:
    link = f'<link rel="canonical" href="{places.original}">'
    answers = (CHALLENGE.replace("<p>", f"{link}<p>"), page(places.original))
    places.dev.script(SLUG, *(Answer(body.encode(), content_type="text/html") for body in answers))
    async with living(config, clock) as home:
        await home.beats(5)
        assert len(home.articles()) == 3
        assert outcomes(config.database_url) == [("blocked", 1, True)]
        clock.forward(minutes=61)
        await home.beats(2)
        assert len(home.articles()) == 2
    assert places.asked() == 2
    assert outcomes(config.database_url) == [("elsewhere", 2, False)]


FAILURES = {
    "missing": "Gone",
    "forbidden": "Refused 403",
    "throttled": "Throttled",
    "error_500": "Refused 500",
    "reset_in_body": "Unreachable",
    "endless_body": "TooLarge",
}


@pytest.mark.parametrize("kind", FAILURES)
async def test_a_page_that_fails_is_given_up_in_the_end(places: Places, lite: Config, clock: Clock, kind: str) -> None:
    places.dev.hostile(kind, SLUG)
    asked = []
    with structlog.testing.capture_logs() as said:
        async with living(lite, clock) as home:
            for hours in (0, 0.9, 0.2, 23, 2, 70, 3, 900, 900):
                clock.forward(hours=hours)
                before = places.asked()
                await home.beat()
                asked.append(places.asked() > before)
            health = {row.key: (row.state.state, row.state.error) for row in home.rooms.store.sources_rows()}
            assert len(home.articles()) == 3
    assert asked == [True, False, True, False, True, False, True, False, False]
    assert outcomes(lite.database_url) == [(FAILURES[kind], 4, False)]
    assert set(health.values()) == {("ok", None)}
    assert {one["event"] for one in said if one["log_level"] != "debug"} <= {"poll", "lease.lost"}


# ── whose page is read ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_only_place_has_no_original_elsewhere_until_there_is_another(
    places: Places, clock: Clock, lite_url: str, tmp_path: Path
) -> None:
    places.show(page(places.original))
    alone = "\n".join(line for line in owners(places).splitlines() if "feed.xml" not in line) + "\n"
    async with living(configured(tmp_path, lite_url, alone), clock) as home:
        await home.beats()
    assert places.asked() == 0
    clock.forward(days=1)
    async with living(configured(tmp_path, lite_url, owners(places)), clock) as home:
        await home.beats()
        assert len(home.articles()) == 2
    assert places.asked() == 1


async def test_whose_page_nobody_asks_for(places: Places, clock: Clock, lite_url: str, tmp_path: Path) -> None:
    """One's own site, what is written by hand, what says where its original is, and the public web from a stand-in."""
    web = places.dev
    named = places.post("/asha/named-1a1a", "It says so itself", canonical="https://asha.example/x")
    public = Item("On the public web", "https://dev.to/asha/on-the-public-web-3b3b", prose("public"), published=AT)
    home_page = Item("Everything", web.url("/"), prose("everything"), published=AT)
    places.publish(named, public, home_page)
    more = f"    entries: [{{title: By hand, url: '{web.url('/asha/by-hand-2b2b')}'}}]\n"
    async with living(configured(tmp_path, lite_url, owners(places, more)), clock) as home:
        await home.beats(6, hours=1)
        assert len(home.copies()) == 6
    assert {seen.path for seen in web.log} == {"/feed/asha", API}
    assert {seen.path for seen in places.site.log} == {"/feed.xml"}
    assert outcomes(lite_url) == []


async def test_two_feeds_with_one_post_ask_for_its_page_once(
    places: Places, clock: Clock, lite_url: str, tmp_path: Path
) -> None:
    places.show(page(places.original))
    places.dev.page("/feed/harbour", forem("Harbour", places.dev.url("/harbour"), [places.post()]))
    more = f"      - {{dev: harbour, base_url: '{places.dev.url('')}', id: team}}\n"
    async with living(configured(tmp_path, lite_url, owners(places, more)), clock) as home:
        await home.beats(5)
        assert home.articles()[places.original] == sorted([SITE_TITLE, DEV_TITLE, DEV_TITLE])
    assert places.asked() == 1


async def test_a_visit_that_is_not_wanted_any_more_is_not_made(
    places: Places, clock: Clock, config: Config, tmp_path: Path
) -> None:
    async with living(config, clock) as home:
        await asyncio.gather(*await home.rooms.claims.begin())
    assert outcomes(config.database_url) == [(None, 0, True)]
    gone = "\n".join(line for line in owners(places).splitlines() if "dev: asha" not in line) + "\n"
    async with living(configured(tmp_path, config.database_url, gone), clock) as home:
        await home.beats()
    assert places.asked() == places.asked("/robots.txt") == 0
    assert outcomes(config.database_url) == []


# ── politeness ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_visit_at_a_time_to_one_host_and_four_in_all(
    clock: Clock, lite_url: str, tmp_path: Path, places: Places
) -> None:
    others = [Web() for _ in range(6)]
    for web in others:
        await web.__aenter__()
    try:
        posts = [
            Item(f"On the {word}", web.url(f"/{word}"), prose(word), published=AT)
            for web in others
            for word in (f"pier {web.port}", f"quay {web.port}")
        ]
        places.publish(*posts)
        async with living(configured(tmp_path, lite_url, owners(places)), clock) as home:
            await asyncio.gather(*await home.rooms.claims.begin())
            visits = await home.rooms.visits.begin()
            assert len(visits) == 4
            assert await home.rooms.visits.begin() == []
            await asyncio.gather(*visits)
            assert [len(web.log) for web in others] == [2, 2, 2, 2, 0, 0]  # robots.txt and one page
            await home.beats(3)
        assert [len(web.log) for web in others] == [3] * 6
    finally:
        for web in others:
            await web.__aexit__(None, None, None)


async def test_crawl_delay_is_kept(places: Places, lite: Config, clock: Clock) -> None:
    places.publish(places.post(), places.post("/asha/other-9z9z", "Other things"))
    places.dev.page("/robots.txt", "User-agent: *\nCrawl-delay: 40", content_type="text/plain")
    async with living(lite, clock) as home:
        begun = []
        for _ in range(30):
            begun.append(await home.beat())
            clock.forward(seconds=2)
    assert begun == [1, *[0] * 19, 1, *[0] * 9]


async def test_a_host_that_refuses_is_left_alone_by_all_its_pages(places: Places, config: Config, clock: Clock) -> None:
    slugs = [f"/asha/post-{word}-1a2b" for word in ("anchor", "barrel", "compass")]
    places.publish(*(places.post(slug, f"The {slug[11:-5]}") for slug in slugs))
    for slug in slugs:
        places.show("Slow down.", slug, status=429, headers={"Retry-After": "90000"})
    async with living(config, clock) as home:
        await home.beats(20)
        assert sum(map(places.asked, slugs)) == 1
        assert outcomes(config.database_url) == [("Throttled", 1, True), (None, 0, True), (None, 0, True)]
    async with living(config, clock) as home:  # the rest is not forgotten by a restart
        await home.beats(5, hours=4)
        assert sum(map(places.asked, slugs)) == 1
        clock.forward(hours=10)
        await home.beats(2)
        assert sum(map(places.asked, slugs)) == 2


async def test_no_visit_where_a_poll_is_about_to_be_due(places: Places, lite: Config, clock: Clock) -> None:
    places.show(page(places.original))
    async with living(lite, clock) as home:
        await asyncio.gather(*await home.rooms.claims.begin())
        clock.at = home.rooms.store.states()["asha/dev"].next_poll_at - timedelta(seconds=4)
        assert await home.rooms.visits.begin() == []
        await home.beats(3)
        assert len(home.articles()) == 2
    assert [seen.path for seen in places.dev.log] == ["/feed/asha", API, "/feed/asha", "/robots.txt", SLUG]


async def test_a_visit_that_was_cut_short_is_made_later(places: Places, config: Config, clock: Clock) -> None:
    asked = asyncio.Event()
    answers = [Answer(page(places.original).encode(), content_type="text/html"), Answer(delay_s=60.0)]

    def answer(_: Seen) -> Answer:
        asked.set()
        return answers.pop()

    places.dev.play(SLUG, answer)
    async with living(config, clock) as home:
        await asyncio.gather(*await home.rooms.claims.begin())
        (visit,) = await home.rooms.visits.begin()
        await asyncio.wait_for(asked.wait(), 5.0)
        await home.rooms.visits.stop(0.0)
        assert visit.cancelled()
    async with living(config, clock) as home:
        await home.beats(3)
        assert places.asked() == 1
        clock.forward(minutes=15)
        await home.beats(2)
        assert len(home.articles()) == 2


async def test_the_heart_beats_for_polls_first(places: Places, tmp_path: Path) -> None:
    places.show(page(places.original))
    config = configured(tmp_path, f"sqlite:///{tmp_path / 'feeds.db'}", owners(places))
    async with house(config) as rooms:
        heart = Heartbeat(rooms.claims, rooms.visits, rooms.backfills, rooms.holds)
        heart.start()
        for _ in range(200):
            await asyncio.sleep(0.05)
            if not rooms.claims.running and places.asked():
                break
        await heart.stop()
    assert [seen.path for seen in places.dev.log] == ["/feed/asha", API, "/robots.txt", SLUG]
