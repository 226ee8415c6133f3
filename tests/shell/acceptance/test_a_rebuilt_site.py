"""A site that is re-dated, re-numbered or moved is the same site: nothing is new, jumps, or is told twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from aggregator import sources
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, atom, days, first_sentences, forem, json_feed, prose, rss
from tests.shell.acceptance.stage import FORMATS, Clock, Living, configured, engine_of, living, on_engines

OLD, NEW = ".asha.example", ".notes.rao.example"  # behind the name of the style: no two owners share an address
STEMS = ("anchor", "bottle", "compass", "desert", "ferry")
NEWEST = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Style:
    """How much of its articles a site puts into its feed, and in which format."""

    write: Callable[[str, str, Sequence[Item]], str]
    content_type: str
    shown: Callable[[Item], Item]


XML, JSON = "application/xml", "application/feed+json"
STYLES = {
    "whole-atom": Style(atom, XML, lambda item: replace(item, summary="")),
    "whole-rss": Style(rss, XML, lambda item: item),
    "summaries": Style(rss, XML, lambda item: replace(item, text="")),
    "titles": Style(rss, XML, lambda item: replace(item, text="", summary="")),
    "titles-json": Style(json_feed, JSON, lambda item: replace(item, text="", summary="")),
}


def posts(style: str) -> list[Item]:
    """Five posts, and two more under one title; what they say differs from style to style."""
    found = []
    for stem, at in zip(STEMS, days(NEWEST, 5), strict=True):
        body = prose(f"{style} {stem}")
        title = f"What the {stem} of {style.replace('-', ' ')} taught me"
        found.append(Item(title, f"http://{style}{OLD}/blog/{stem}", body, first_sentences(body), published=at))
    for week, at in (("week-7", days(NEWEST, 9)[7]), ("week-8", days(NEWEST, 9)[8])):
        body = prose(f"{style} {week}")
        title = f"Notes of the week from {style.replace('-', ' ')}"
        found.append(Item(title, f"http://{style}{OLD}/blog/{week}", body, first_sentences(body), published=at))
    return found


# ── what happens to sites ───────────────────────────────────────────────────────────────────────────────────────────

Change = Callable[[Item, int, datetime], Item]


def redated(item: Item, place: int, now: datetime) -> Item:
    return replace(item, published=now)


def renumbered(item: Item, place: int, now: datetime) -> Item:
    return replace(item, guid=f"urn:build:{now:%Y%m%d}:{place}")


def secured(item: Item, place: int, now: datetime) -> Item:
    return replace(item, url=item.url.replace("http://", "https://"))


def moved(item: Item, place: int, now: datetime) -> Item:
    return replace(item, url=item.url.replace("http://", "https://").replace(OLD, NEW))


def tracked(item: Item, place: int, now: datetime) -> Item:
    return replace(item, url=f"{item.url}?utm_source=rss&utm_campaign={now:%Y%m%d}", guid=None)


CHANGES: dict[str, tuple[Change, ...]] = {
    "all dates are now": (redated,),
    "all ids are new": (renumbered,),
    "http became https": (secured,),
    "the site moved": (moved,),
    "every link is tracked": (tracked,),
    "dates and ids": (redated, renumbered),
    "all three at once": (redated, renumbered, moved),
}


# ── what is seen of it ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything that a subscriber could notice."""

    orders: dict[str, list[str]]  # document -> ids
    dates: dict[str, tuple[str, str | None]]  # id -> published, modified
    announced: list[tuple[Any, ...]]
    copies: int
    retired: int


async def seen(home: Living, database_url: str) -> Sight:
    orders: dict[str, list[str]] = {}
    dates: dict[str, tuple[str, str | None]] = {}
    for owner in ("", *(f"/{style}" for style in STYLES)):
        items = (await home.service.get(f"{owner}/index.json?limit=200")).json()["items"]
        known = [item["id"] for item in items]
        dates |= {item["id"]: (item["date_published"], item.get("date_modified")) for item in items}
        for name in FORMATS if owner == "" else ("rss.xml", "index.json"):
            body = (await home.service.get(f"{owner}/{name}?limit=200")).body.decode()
            assert body.count(":article/") == len(known)
            orders[f"{owner}/{name}"] = sorted(known, key=body.index)
    bind = engine_of(database_url)
    with bind.connect() as connection:
        query = "SELECT ulid, announced_at, published_at FROM articles ORDER BY ulid"
        announced = [tuple(row) for row in connection.execute(text(query))]
        copies = connection.execute(text("SELECT count(*) FROM copies")).scalar_one()
        retired = connection.execute(text("SELECT count(*) FROM retired")).scalar_one()
    bind.dispose()
    return Sight(orders, dates, announced, copies, retired)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


def serve(web: Web, changes: Sequence[Change], now: datetime, more: Sequence[str] = ()) -> None:
    """Every site as it is after these changes; ``more`` are stems of posts that are really new."""
    for name, style in STYLES.items():
        items = [
            Item(
                f"The {stem} is new in {name}",
                f"http://{name}{OLD}/blog/{stem}",
                prose(f"{name} {stem}"),
                published=now,
            )
            for stem in more
        ] + posts(name)
        for change in changes:
            items = [change(item, place, now) for place, item in enumerate(items)]
        home = f"https://{name}{NEW}/" if moved in changes else f"http://{name}{OLD}/"
        body = style.write("Asha's notes", home, [style.shown(item) for item in items])
        web.page(f"/{name}.xml", body, content_type=style.content_type)
        dev = [
            replace(item, title=item.title.replace("What", "How"), url=f"https://dev.to/{name}/{name}-{stem}-3k2f")
            for stem, item in zip(STEMS[:2], posts(name), strict=False)
        ]
        web.page(f"/feed/{name}", forem(f"DEV Community: {name}", f"https://dev.to/{name}", dev))


def owners(web: Web, folder: str = "", site: str = "site") -> str:
    return "".join(
        f"""\
  - id: {name}
    name: Asha of {name}
    home_page_url: http://{name}{OLD}
    sources:
      - {{feed: '{web.url(f"{folder}/{name}.xml")}', id: {site}}}
      - {{dev: {name}, base_url: '{web.url("")}'}}
"""
        for name in STYLES
    )


# ── the promises ────────────────────────────────────────────────────────────────────────────────────────────────────


HARDEST = ("all three at once", "the site moved")


@pytest.mark.parametrize(("engine", "what"), on_engines(HARDEST, [one for one in CHANGES if one not in HARDEST]))
async def test_nothing_is_new_when(what: str, web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        serve(web, (), clock.at)
        await home.poll()
        before = await seen(home, database_url)
        assert {len(ids) for path, ids in before.orders.items() if path.count("/") == 2} == {7}
        assert before.copies == 9 * len(STYLES)
        for _ in range(2):  # and it happens again with the next build
            clock.forward(days=3)
            serve(web, CHANGES[what], clock.at)
            results = await home.poll()
            assert {key: (one.new, one.merged) for key, one in results.items() if one.new or one.merged} == {}
            assert {key for key, one in results.items() if one.message} == set()
            assert await seen(home, database_url) == before


async def test_one_thing_after_the_other(web: Web, database_url: str, tmp_path: Path) -> None:
    """A year in the life of a site: rebuilt, encrypted, re-dated, moved, moved back."""
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        serve(web, (), clock.at)
        await home.poll()
        before = await seen(home, database_url)
        life = [(renumbered,), (secured, renumbered), (redated, secured), (moved,), (moved, renumbered, redated), ()]
        for changes in life:
            clock.forward(days=40)
            serve(web, changes, clock.at)
            await home.poll()
            assert await seen(home, database_url) == before


async def test_what_is_really_new_is_found_on_the_day_of_the_move(web: Web, database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        serve(web, (), clock.at)
        await home.poll()
        before = await seen(home, database_url)
        clock.forward(days=3)
        serve(web, CHANGES["all three at once"], clock.at, more=["whistle"])
        results = await home.poll()
        assert {key: one.new for key, one in results.items() if one.new} == {f"{name}/site": 1 for name in STYLES}
        after = await seen(home, database_url)
        for path, order in before.orders.items():
            assert [id_ for id_ in after.orders[path] if id_ in before.dates] == order
            fresh = [id_ for id_ in after.orders[path] if id_ not in before.dates]
            assert after.orders[path][: len(fresh)] == fresh, f"{path}: the new post stands on top"
            assert len(fresh) == (1 if path.count("/") == 2 else len(STYLES))


async def test_the_new_address_is_shown_and_the_old_one_still_found(
    web: Web, database_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    async with living(configured(tmp_path, database_url, owners(web)), clock) as home:
        serve(web, (), clock.at)
        await home.poll()
        old = {item["url"]: item["id"] for item in await home.service.index("limit=200&source=site")}
        clock.forward(days=3)
        serve(web, (moved,), clock.at)
        await home.poll()
        new = {item["url"]: item["id"] for item in await home.service.index("limit=200&source=site")}
        assert {url.partition("/blog")[0] for url in old} == {f"http://{name}{OLD}" for name in STYLES}
        assert {url.partition("/blog")[0] for url in new} == {f"https://{name}{NEW}" for name in STYLES}
        for url, id_ in old.items():
            (ulid,) = home.rooms.store.find(sources.keys_of(url))
            assert id_.endswith(ulid)
            assert id_ in new.values()
