"""Fetches what kinds that read pages read: by leave of robots.txt, a feed first, lists of sitemaps followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from aggregator import cadence, sources
from aggregator.errors import NoListing, ParseError
from aggregator.fetch import Fetcher
from aggregator.fetch.robots import Robots
from aggregator.model import Fetched, Outcome, PollState, Request, Rule, Source, Validators
from aggregator.poll.discover import PAGE, Discovery, discover, owned, permitted
from aggregator.poll.target import Account
from aggregator.poll.workers import Readers

LOST = 3  # reads in a row without a feed at its address, after which the site is asked for it anew
LOOK_AGAIN = 7  # reads in a row of a site with neither feed nor list, after which it is asked for its feed anew
_NOTHING = "none"
_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml")
_PARTS = 3  # sitemaps of a list that are read


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came, and the state that it belongs to: another address or rule where one was found."""

    state: PollState
    outcome: Outcome
    discovery: Discovery | None = None


class Sites:
    """One per process: it remembers what robots.txt said."""

    def __init__(self, fetcher: Fetcher, readers: Readers) -> None:
        self._fetcher = fetcher
        self._readers = readers
        self._robots = Robots(fetcher)

    async def owned(self, url: str, now: datetime) -> tuple[Account, ...]:
        """What the page of a profile calls its own elsewhere; () where it may not or cannot be read."""
        return await owned(url, self._fetcher, self._readers, self._robots, now)

    async def fetch(self, source: Source, before: PollState, now: datetime, most: int = 1) -> Arrival:
        """Ask once for ``source``; a site that nothing is known of is asked for its feed first (at most 12 requests).

        ``most`` feeds are looked for. Never raises for what a server does.
        """
        state = _current(source, before)
        if sources.kinds()[source.kind].discovers and state.rule is None:
            return await self._discover(source, state, now, most)
        asked = state.feed_url or source.feed_url
        is_feed = state.rule is not None and state.rule.rung == "feed"
        refused = None if is_feed else await permitted(self._robots, asked, now)
        if refused is not None:
            return Arrival(state, refused)
        request = Request(asked, cadence.conditional(state, now), kind=source.kind)
        outcome = await self._fetcher.fetch(request if is_feed else replace(request, accept=PAGE))
        if isinstance(outcome, Fetched) and not is_feed:
            outcome = await self._whole(outcome)
        return Arrival(state, outcome)

    async def _discover(self, source: Source, state: PollState, now: datetime, most: int) -> Arrival:
        seen = await discover(source.feed_url, self._fetcher, self._readers, self._robots, now, most)
        if seen.document is not None:
            return Arrival(_adopted(source, state, seen.feeds[0].url, Rule("feed")), seen.document, seen)
        if seen.stopped is not None:
            return Arrival(state, seen.stopped, seen)
        if isinstance(seen.page, Fetched):
            try:
                await self._readers.read(seen.page, source, now)
            except NoListing:
                if found := await self._sitemap(source, seen.page, now):
                    return Arrival(_adopted(source, state, found.url, Rule("sitemap")), found, seen)
            except ParseError:
                pass  # said when it is read for the poll
        return Arrival(state, seen.page, seen)

    async def _sitemap(self, source: Source, page: Fetched, now: datetime) -> Fetched | None:
        """The sitemap of a site whose page has no list: the last rung."""
        for path in _SITEMAPS:
            url = urljoin(page.url, path)
            if await permitted(self._robots, url, now) is not None:
                continue
            outcome = await self._fetcher.fetch(Request(url, accept="application/xml, text/xml, */*;q=0.1"))
            if isinstance(outcome, Fetched):
                whole = await self._whole(outcome)
                try:
                    reading = await self._readers.read(whole, source, now)
                except ParseError:
                    continue
                if reading.feed.format == "sitemap" and reading.entries:
                    return whole
        return None

    async def _whole(self, fetched: Fetched) -> Fetched:
        """A list of sitemaps with the articles of the likeliest of them; every other document as it is.

        Its validators are forgotten: a list may stay as it is while what it lists changes.
        """
        try:
            parts = (await self._readers.sitemaps(fetched))[:_PARTS]
            if not parts:
                return fetched
            outcomes = [await self._fetcher.fetch(Request(url)) for url in parts]
            bodies = [outcome.body for outcome in outcomes if isinstance(outcome, Fetched)]
            body = await self._readers.joined(bodies, fetched.url)
        except ParseError:
            return fetched
        return replace(fetched, body=body, validators=Validators(), content_type="application/xml; charset=utf-8")


def _current(source: Source, state: PollState) -> PollState:
    """The state without what no longer holds: the owner wrote other selectors, the feed is no feed any more."""
    rule = state.rule
    if rule is None:
        return state
    if rule.options != source.options:
        return replace(state, rule=None, validators=Validators(), body_hash=None)
    lost = rule.misses >= LOST if rule.rung == "feed" else rule.rung == _NOTHING and rule.misses % LOOK_AGAIN == 0
    if lost:
        return replace(state, rule=None, feed_url=None, validators=Validators(), body_hash=None)
    return state


def _adopted(source: Source, state: PollState, url: str, rule: Rule) -> PollState:
    """The state of a site whose articles are read at ``url`` from now on."""
    other = url if url != source.feed_url else None
    return replace(state, feed_url=other, rule=rule, validators=Validators(), body_hash=None)


def remembered(source: Source, after: PollState, found: Rule | None, failed: bool) -> PollState:
    """The state with the rule of the page that was read, or one miss more where nothing could be read."""
    if found is not None:
        return replace(after, rule=found)
    if failed and (after.rule is not None or sources.kinds()[source.kind].discovers):
        rule = after.rule or Rule(_NOTHING, options=source.options)
        return replace(after, rule=replace(rule, misses=rule.misses + 1))
    return after
