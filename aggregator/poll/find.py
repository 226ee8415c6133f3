"""From what people paste to the source that it is: verified, named as a config would, and where else they publish."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from aggregator import sources
from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher
from aggregator.model import Fetched, Request
from aggregator.poll.discover import PAGE
from aggregator.poll.look import Look, look
from aggregator.poll.sites import Sites
from aggregator.poll.target import Account, Target
from aggregator.poll.workers import Readers
from aggregator.text import urls

MOST = 3  # feeds of a site that are looked for
_QUICK_S = 2.0  # platforms that want more between two requests are not asked for a profile's page as well
_PAGE_CHARACTERS = 3_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A source as it would stand in a config, and what it gave when it was read."""

    target: Target
    seen: Look
    reason: str = ""  # why it is another than the one that was asked for
    asked: str = ""  # which that was

    @property
    def verified(self) -> bool:
        """Whether it was read; else ``seen.error`` says why not."""
        return self.seen.error is None


class Finder:
    """Finds sources for people who wait: nothing is stored, and each robots.txt is asked for once."""

    def __init__(self, fetcher: Fetcher, readers: Readers, now: datetime) -> None:
        self._fetcher = fetcher
        self._readers = readers
        self._sites = Sites(fetcher, readers)
        self._now = now

    async def find(self, wanted: Target) -> Place:
        """The source that ``wanted`` comes to: of a page its feed, of a blog the account that its feed says it is.

        Never raises for what a server does.
        """
        named = wanted.page is not None
        return replace(await (self._named(wanted) if named else self._read(wanted)), asked=wanted.text)

    async def _read(self, wanted: Target) -> Place:
        seen = await self._look(wanted)
        if wanted.kind != "feed":
            return Place(wanted, seen)
        if seen.not_a_feed:
            site = Target("site", wanted.value, sources.resolve("site", wanted.value))
            seen = await self._look(site)
            return Place(site, seen) if not seen.feeds else _settled(seen.feeds[0].url, wanted, seen)
        if seen.error is None:
            return _settled(wanted.resolved.feed_url, wanted, seen)
        from aggregator.parse.discover import says_feed  # takes a tenth of a second

        known = seen.lasting or says_feed(wanted.value)
        return Place(wanted if known else Target("site", wanted.value, sources.resolve("site", wanted.value)), seen)

    async def elsewhere(self, place: Place) -> tuple[Account, ...]:
        """Where else the people of a place publish, as its page says; of an account its profile is asked."""
        kind, home = sources.kinds()[place.target.kind], place.target.resolved.home_page_url
        if place.seen.elsewhere or kind.anywhere or home is None or kind.spacing_s > _QUICK_S:
            return place.seen.elsewhere
        return await self._sites.owned(home, self._now)

    async def _look(self, wanted: Target) -> Look:
        return await look(wanted.source("look"), self._fetcher, self._readers, self._now, MOST, self._sites)

    async def _named(self, wanted: Target) -> Place:
        """The account that a handle stands for, by the one page that knows."""
        page = wanted.page or ""
        outcome = await self._fetcher.fetch(Request(page, accept=PAGE, kind=wanted.kind))
        if not isinstance(outcome, Fetched):
            message = getattr(outcome, "message", "")
            return Place(wanted, Look(error=message or f"{page} could not be read"))
        text = outcome.body[:_PAGE_CHARACTERS].decode("utf-8", "replace")
        value = sources.kinds()[wanted.kind].named(text)
        if value is None:
            return Place(wanted, Look(error=f"{page} does not say whose it is", lasting=True))
        found = Target(wanted.kind, value, sources.resolve(wanted.kind, value))
        return Place(found, await self._look(found), f"that is {wanted.value}")


def _settled(url: str, typed: Target, seen: Look) -> Place:
    """The source of a feed that was read: an account where its platform takes the address for one, else its address.

    What was given as a feed stays one, but for blogs that stand under their platform's limit wherever they are.
    """
    reason = seen.feeds[0].reason if seen.feeds else ""
    kind = _platform(url, seen)
    if kind is not None and (seen.feeds or sources.kinds()[kind].shared_limit):
        page = sources.resolve(kind, url).home_page_url
        for value in (typed.value, page, url):
            if value is not None and (found := _same(kind, value, url)) is not None:
                return Place(found, seen, reason)
    return Place(Target("feed", url, sources.resolve("feed", url)), seen, reason)


def _platform(url: str, seen: Look) -> str | None:
    """The kind that would ask for this very feed: of the platform that it is on, or that its feed says made it."""
    kind = sources.made_by(url, seen.feed) if seen.feed is not None else None
    return kind if kind is not None and _same(kind, url, url) is not None else None


def _same(kind: str, value: str, url: str) -> Target | None:
    try:
        found = sources.resolve(kind, value)
    except ConfigError:
        return None
    return Target(kind, value, found) if urls.key(found.feed_url) == urls.key(url) else None
