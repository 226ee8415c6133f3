"""Reads a source once without storing anything: what `preview` and `check --online` show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from aggregator import sources
from aggregator.errors import NoListing, NotAFeed, ParseError
from aggregator.fetch import Fetcher
from aggregator.model import (
    Entry,
    Facts,
    Failed,
    Fetched,
    Found,
    Gone,
    NotModified,
    Outcome,
    ParsedFeed,
    PollState,
    RawEntry,
    Request,
    Rule,
    Skipped,
    Source,
)
from aggregator.poll.discover import Discovery
from aggregator.poll.facts import ask
from aggregator.poll.sites import Sites
from aggregator.poll.target import Account
from aggregator.poll.workers import Readers

_LASTING = ("ForbiddenAddress", "BadRedirect", "TooLarge")  # codes of failures that do not pass by themselves


@dataclass(frozen=True, slots=True)
class Look:
    """What a source gave: a document with its entries, or an error in the owner's words."""

    feed: ParsedFeed | None = None
    entries: tuple[Entry, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    error: str | None = None
    feeds: tuple[Found, ...] = ()  # that the site has, best first; the first is the one that was read
    elsewhere: tuple[Account, ...] = ()  # accounts and sites that its page names
    not_a_feed: bool = False
    lasting: bool = False  # the error says that nothing is to be had there, now or later


async def look(
    source: Source, fetcher: Fetcher, readers: Readers, now: datetime, most: int = 1, sites: Sites | None = None
) -> Look:
    """Fetch and read a source once, unconditionally; of a site up to ``most`` feeds are looked for.

    ``sites``: of who looks at several, so that each robots.txt is asked for once.
    """
    if sources.kinds()[source.kind].reads_pages:
        new = PollState(source.key, now)
        arrival = await (sites or Sites(fetcher, readers)).fetch(source, new, now, most)
        seen = await _seen(arrival.outcome, source, readers, now, arrival.state.rule)
        found = arrival.discovery or Discovery(arrival.outcome)
        return replace(seen, feeds=found.feeds, elsewhere=found.elsewhere)
    outcome = await fetcher.fetch(Request(source.feed_url, kind=source.kind))
    if not isinstance(outcome, Fetched):
        return await _seen(outcome, source, readers, now)
    facts = await ask(source, source.feed_url, Facts(), fetcher, readers, now)
    return await _seen(outcome, source, readers, now, said=facts.entries)


async def inspect(
    fetched: Fetched,
    source: Source,
    readers: Readers,
    now: datetime,
    rule: Rule | None = None,
    said: tuple[RawEntry, ...] = (),
) -> Look:
    """Read a document that is here already."""
    try:
        reading = await readers.read(fetched, source, now, rule, said)
    except ParseError as error:
        nothing = isinstance(error, NotAFeed)
        return Look(error=str(error), not_a_feed=nothing, lasting=nothing or isinstance(error, NoListing))
    return Look(reading.feed, reading.entries, reading.skipped)


async def _seen(
    outcome: Outcome,
    source: Source,
    readers: Readers,
    now: datetime,
    rule: Rule | None = None,
    said: tuple[RawEntry, ...] = (),
) -> Look:
    if isinstance(outcome, Fetched):
        return await inspect(outcome, source, readers, now, rule, said)
    if isinstance(outcome, NotModified):
        return Look(error="The server answered 304 to a request without conditions.")
    gone = isinstance(outcome, Gone) or (isinstance(outcome, Failed) and outcome.code in _LASTING)
    return Look(error=outcome.message, lasting=gone)
