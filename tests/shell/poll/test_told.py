"""What an owner says of two articles holds whenever it is said, whatever comes later, and is undone when it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.bootstrap import House, agree, house
from aggregator.config import load
from aggregator.model import Config, Owner
from aggregator.poll.adopt import with_written
from aggregator.sources import keys_of
from tests.loopback import Web
from tests.shell.acceptance.stage import Clock

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WORDS = {
    "tea": "The kettle hums while the first cup of the morning waits beside a window full of grey november rain",
    "sails": "Nobody mends a torn sail at sea without swearing once at the needle and twice at the weather office",
}
TEA, SAILS = "https://one.example/tea", "https://two.example/sails"


def feed(link: str, name: str) -> str:
    text = " ".join(f"{WORDS[name]} {number} {name}{number}." for number in range(12))
    return (
        f'<rss version="2.0"><channel><title>{name}</title><link>{link}</link><description>x</description><item>'
        f"<title>All about {name}</title><link>{link}</link><guid>{link}</guid><description>{text}</description>"
        f"<pubDate>{'Mon, 05 Jan 2026' if name == 'tea' else 'Wed, 03 Jun 2026'} 08:00:00 GMT</pubDate>"
        "</item></channel></rss>"
    )


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    path = tmp_path / "aggregator.yaml"
    path.write_text(
        f"database_url: sqlite:///{tmp_path}/a.db\n"
        "fetch: {allow_private: [127.0.0.0/8], per_host: {interval: 0s}}\n"
        "owners:\n- id: asha\n  name: Asha\n  sources:\n"
        "  - {feed: 'http://127.0.0.1:1/one.xml', id: one}\n  - {feed: 'http://127.0.0.1:1/two.xml', id: two}\n"
    )
    return with_written(load(path, {}))


def served(config: Config, web: Web) -> Config:
    """The config with both feeds on the loopback web."""
    urls = {"one": web.page("/one.xml", feed(TEA, "tea")), "two": web.page("/two.xml", feed(SAILS, "sails"))}
    (owner,) = config.owners
    sources = tuple(replace(source, feed_url=urls[source.id]) for source in owner.sources)
    return replace(config, owners=(replace(owner, sources=sources),))


def saying(config: Config, **said: tuple[tuple[str, ...], ...]) -> Config:
    (owner,) = config.owners
    same, different = said.get("same", ()), said.get("different", ())
    spoken: Owner = replace(owner, same=same, different=different)
    return replace(config, owners=(spoken,))


async def poll(rooms: House, key: str) -> None:
    assert [result.what async for result in rooms.claims.round([key], True)] == ["changed"]


def articles(rooms: House) -> tuple[list[str], list[str]]:
    return rooms.store.find(keys_of(TEA)), rooms.store.find(keys_of(SAILS))


async def test_the_word_holds_for_what_comes_later(config: Config) -> None:
    """Nothing but the owner's word ties the two: no address, title, date or text."""
    async with Web() as web, house(saying(served(config, web), same=((TEA, SAILS),)), lambda: NOW) as rooms:
        await poll(rooms, "asha/one")
        await poll(rooms, "asha/two")
        tea, sails = articles(rooms)
        assert tea == sails != []


async def test_every_word_is_heeded_at_once_and_undone_when_it_goes(config: Config) -> None:
    async with Web() as web:
        plain = served(config, web)
        clock = Clock(NOW)
        async with house(plain, clock) as rooms:
            await poll(rooms, "asha/one")
            clock.forward(hours=1)
            await poll(rooms, "asha/two")
            (tea,), (sails,) = articles(rooms)
            older, younger = tea, sails
            assert older != younger
            for _ in range(2):
                agree(saying(plain, same=((SAILS, TEA),)), rooms.store, NOW)
                assert articles(rooms) == ([older], [older])
                assert rooms.store.follow(younger) == older
                agree(saying(plain, different=((SAILS, TEA),)), rooms.store, NOW)
                assert articles(rooms) == ([tea], [sails])
                agree(saying(plain, same=((SAILS, TEA),)), rooms.store, NOW)
                agree(plain, rooms.store, NOW)
                assert articles(rooms) == ([tea], [sails])
                assert rooms.store.follow(younger) == younger


async def test_what_was_said_already_costs_nothing(config: Config) -> None:
    async with Web() as web:
        said = saying(served(config, web), same=((SAILS, TEA),))
        async with house(said, lambda: NOW) as rooms:
            await poll(rooms, "asha/one")
            await poll(rooms, "asha/two")
            agree(said, rooms.store, NOW)
            before = rooms.store.revision()
            agree(said, rooms.store, NOW)
            assert rooms.store.revision() == before


async def test_addresses_that_nobody_has_are_no_trouble(config: Config) -> None:
    nobody = (("https://nobody.example/x", "https://nobody.example/y"), ("https://home.example", "https://b.example"))
    async with house(saying(config, same=nobody, different=nobody[:1]), lambda: NOW) as rooms:
        agree(config, rooms.store, NOW)
        assert rooms.store.noted("told") == "[]"
