"""A source that goes silent, moves or may have lost articles is told of once, wherever its owner asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from aggregator.poll.recorder import WAIT_S
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.api.running import serving
from tests.shell.notify.conftest import Opening, Stage
from tests.shell.notify.mailbox import Mailbox, mailbox
from tests.shell.notify.receiver import Receiver

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
ATOM = {"a": "http://www.w3.org/2005/Atom"}
WEEK = timedelta(days=7)


class Told:
    """A house whose owner is told in every way there is, and what came by each."""

    def __init__(self, stage: Stage, box: Mailbox, receiver: Receiver) -> None:
        self.stage = stage
        self._box = box
        self._receiver = receiver

    async def polled(self, times: int = 1, **later: float) -> None:
        """Let so much time pass, poll the source, and tell what is due."""
        for _ in range(times):
            self.stage.clock.forward(**later)
            await self.stage.poll()
            await asyncio.sleep(2 * WAIT_S)  # polls that brought nothing are written together
            await self.stage.tell()

    async def everywhere(self, *words: str, of_late: int = 9) -> None:
        """Hold that these subjects were told, these and no others, in this order, by mail, push, hook and feed.

        The feed has those of the last thirty days: so many of them.
        """
        assert [one["Subject"] for one in self._box.mails] == list(words)
        assert [one.json()["title"] for one in self._receiver.at("/push/")] == list(words)
        assert [f"{one['data']['source']} {WORDS[one['type']]}" for one in self.hooked()] == list(words)
        assert [one.findtext("a:title", namespaces=ATOM) for one in await self.listed()] == [*reversed(words)][:of_late]

    def hooked(self) -> list[Any]:
        """The bodies of the webhook."""
        return [one.json() for one in self._receiver.at("/hook")]

    async def listed(self) -> Sequence[etree._Element]:
        """The entries of /health.xml, newest first."""
        async with serving(self.stage.rooms.store, self.stage.rooms.config) as service:
            root = etree.fromstring((await service.get("/health.xml")).body)
        return root.findall("a:entry", namespaces=ATOM)

    def texts(self) -> list[str]:
        """The mails."""
        return [" ".join(str(one.get_content()).split()) for one in self._box.mails]


WORDS = {
    "source.silent": "has gone silent",
    "source.recovered": "is well again",
    "source.moved": "has moved",
    "source.gap": "may have lost articles",
}


@asynccontextmanager
async def told(opening: Opening, receiver: Receiver) -> AsyncIterator[Told]:
    async with mailbox() as box:
        more = (
            f"webhooks: [{{url: '{receiver.url('/hook')}', events: [{', '.join(WORDS)}, source.failing]}}]\n"
            "alerts:\n"
            f"  - {{mail: asha@example.org, server: '127.0.0.1:{box.port}', security: none}}\n"
            f"  - {{ntfy: '{receiver.url('/push/feeds-7f3a')}'}}\n"
        )
        async with opening(more) as stage:
            yield Told(stage, box, receiver)


def weekly(stage: Stage, count: int, newest: timedelta = timedelta()) -> list[Item]:
    """So many posts, one a week, the newest so long ago."""
    dates = [stage.clock.at - newest - place * WEEK for place in range(count)]
    return [
        Item(f"Post of {at:%d %B}", f"https://asha.example/{at:%m-%d}", prose(f"{at:%m-%d}"), published=at)
        for at in dates
    ]


def carry(stage: Stage, items: Sequence[Item], path: str = "/feed.xml") -> None:
    stage.web.page(path, rss("Asha", "https://asha.example/", items))


async def test_a_blog_that_goes_silent_and_posts_again(opening: Opening, receiver: Receiver) -> None:
    async with told(opening, receiver) as owner:
        posts = weekly(owner.stage, 8)
        last = owner.stage.clock.at
        carry(owner.stage, posts)
        await owner.polled()
        await owner.polled(2, days=8)
        await owner.everywhere()  # a pause as it made them, and a longer one: nothing to tell yet
        await owner.polled(4, days=8)
        await owner.everywhere("asha/blog has gone silent")
        assert f"{last:%Y-%m-%d}" in owner.texts()[0]
        assert "enabled: false" in owner.texts()[0]
        assert owner.hooked()[0]["data"]["last_post"] == f"{last:%Y-%m-%dT%H:%M:%SZ}"
        carry(owner.stage, [*weekly(owner.stage, 1), *posts])
        await owner.polled()
        await owner.everywhere("asha/blog has gone silent", "asha/blog is well again")
        await owner.polled(2, days=8)
        await owner.everywhere("asha/blog has gone silent", "asha/blog is well again", of_late=1)


async def test_a_blog_that_was_silent_when_it_came_is_no_news(opening: Opening, receiver: Receiver) -> None:
    async with told(opening, receiver) as owner:
        carry(owner.stage, weekly(owner.stage, 8, newest=timedelta(days=100)))
        await owner.polled(4, days=8)
        await owner.everywhere()


async def test_a_feed_that_moves_for_good(opening: Opening, receiver: Receiver) -> None:
    async with told(opening, receiver) as owner:
        posts = weekly(owner.stage, 3)
        carry(owner.stage, posts)
        await owner.polled()
        carry(owner.stage, posts, "/new/feed.xml")
        target = owner.stage.web.url("/new/feed.xml")
        owner.stage.web.redirect("/feed.xml", target, 301)
        await owner.polled(2)
        await owner.everywhere()  # seen twice: it may be a mistake of the day
        await owner.polled(3)
        await owner.everywhere("asha/blog has moved")
        assert target in owner.texts()[0]
        assert owner.hooked()[0]["data"]["feed_url"] == target
        asked = len(owner.stage.web.asked("/feed.xml"))
        carry(owner.stage, [*weekly(owner.stage, 1), *posts], "/new/feed.xml")
        await owner.polled(2)
        assert len(owner.stage.web.asked("/feed.xml")) == asked
        await owner.everywhere("asha/blog has moved")


async def test_a_feed_that_is_elsewhere_for_a_while_has_not_moved(opening: Opening, receiver: Receiver) -> None:
    async with told(opening, receiver) as owner:
        posts = weekly(owner.stage, 3)
        carry(owner.stage, posts)
        carry(owner.stage, posts, "/new/feed.xml")
        await owner.polled()
        owner.stage.web.redirect("/feed.xml", owner.stage.web.url("/new/feed.xml"), 302)
        await owner.polled(5)
        await owner.everywhere()


async def test_a_feed_that_lists_nothing_that_was_known(opening: Opening, receiver: Receiver) -> None:
    async with told(opening, receiver) as owner:
        carry(owner.stage, weekly(owner.stage, 2))
        await owner.polled()
        before = owner.stage.clock.at
        owner.stage.clock.forward(days=15)
        carry(owner.stage, weekly(owner.stage, 2))
        await owner.polled()
        await owner.everywhere("asha/blog may have lost articles")
        assert owner.hooked()[0]["data"]["since"][:10] == f"{before:%Y-%m-%d}"
        assert "backfill" in owner.texts()[0]
        owner.stage.clock.forward(days=15)
        posts = weekly(owner.stage, 2)
        carry(owner.stage, posts)
        await owner.polled()  # the next one at once: the same incident
        await owner.everywhere("asha/blog may have lost articles")
        carry(owner.stage, [Item("Another", "https://asha.example/another", prose("another")), *posts])
        await owner.polled()  # it carries something known: that incident is over
        owner.stage.clock.forward(days=15)
        carry(owner.stage, weekly(owner.stage, 2))
        await owner.polled()
        await owner.everywhere(*["asha/blog may have lost articles"] * 2, of_late=1)
        assert len({one["data"]["since"] for one in owner.hooked()}) == 2
