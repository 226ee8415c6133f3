"""Asks a site where its feed is: politely, best guess first, and believes nothing that it has not read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.errors import ParseError
from aggregator.fetch import Fetcher
from aggregator.fetch.robots import Robots
from aggregator.model import Candidate, Failed, Fetched, Found, Outcome, Reading, Request, Source, Throttled
from aggregator.parse.discover import ELSEWHERE, GUESSED
from aggregator.poll.workers import Readers

PAGE = "text/html, application/xhtml+xml;q=0.9, application/xml;q=0.8, */*;q=0.1"
MOST = 10  # candidates asked; with the page and its robots.txt twelve requests
_BLIND = 2  # guesses answered with a page, after which a site answers everything with one
_PAUSE_S = 10  # at most between two guesses, whatever robots.txt wishes


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a site answered."""

    page: Outcome  # to its own address
    feeds: tuple[Found, ...] = ()  # best first
    elsewhere: tuple[Candidate, ...] = ()  # accounts on platforms that its page names, not asked
    document: Fetched | None = None  # of the first feed
    stopped: Outcome | None = None  # what ended the search early: it is not known whether there is a feed


async def permitted(robots: Robots, url: str, now: datetime) -> Failed | None:
    """None where robots.txt lets the page be read, else why it is not."""
    verdict = (await robots.ask(url, now)).verdict
    if verdict == "disallowed":
        return Failed("Refused", f"The site's robots.txt asks programs not to read {url}; what is known stays.")
    if verdict == "unknown":
        return Failed("Unreachable", f"The robots.txt for {url} could not be read, so the page was not asked for.")
    return None


async def discover(
    url: str, fetcher: Fetcher, readers: Readers, robots: Robots, now: datetime, most: int = 1
) -> Discovery:
    """Ask the page at ``url`` and then, best first, where its feed may be, until ``most`` feeds were found and read.

    At most 12 requests. Accounts that the page names on other platforms are told, not asked: they are sources of their
    own. Never raises for what a server does.
    """
    refused = await permitted(robots, url, now)
    page = refused or await fetcher.fetch(Request(url, accept=PAGE))
    if not isinstance(page, Fetched):
        return Discovery(page)
    if own := await _read(page, readers, now):
        return Discovery(page, (_found(page.url, "the address is a feed itself", own),), document=page)
    try:
        named = await readers.candidates(page)
    except ParseError:
        named = ()
    elsewhere = tuple(one for one in named if one.rank >= ELSEWHERE)
    here = _affordable((one for one in named if one.rank < ELSEWHERE), page.url)
    feeds, document, stopped = await _verified(here, fetcher, readers, robots, now, most)
    return Discovery(page, feeds, elsewhere, document, stopped)


def _affordable(named: Iterable[Candidate], page_url: str) -> list[Candidate]:
    """The first of them that cost at most ``MOST`` requests, the robots.txt of other hosts counted."""
    asked = {urlsplit(page_url).netloc}
    chosen: list[Candidate] = []
    spent = 0
    for one in named:
        host = urlsplit(one.url).netloc
        spent += 1 + (host not in asked)
        if spent > MOST:
            break
        asked.add(host)
        chosen.append(one)
    return chosen


async def _verified(
    named: Iterable[Candidate], fetcher: Fetcher, readers: Readers, robots: Robots, now: datetime, most: int
) -> tuple[tuple[Found, ...], Fetched | None, Outcome | None]:
    feeds: dict[str, Found] = {}
    document: Fetched | None = None
    blind = 0
    for one in named:
        if len(feeds) >= most or (one.rank >= GUESSED and (feeds or blind >= _BLIND)):
            break
        permission = await robots.ask(one.url, now)
        if permission.verdict != "allowed":
            continue
        await asyncio.sleep(min(permission.delay_s, _PAUSE_S))
        outcome = await fetcher.fetch(Request(one.url))
        if isinstance(outcome, Throttled):
            return tuple(feeds.values()), document, outcome if not feeds else None
        if not isinstance(outcome, Fetched):
            continue
        reading = await _read(outcome, readers, now)
        if reading is not None and outcome.url not in feeds:
            document = document or outcome
            feeds[outcome.url] = _found(one.url, one.reason, reading)
        blind += reading is None and one.rank >= GUESSED
    return tuple(feeds.values()), document, None


async def _read(fetched: Fetched, readers: Readers, now: datetime) -> Reading | None:
    """The feed that a document is; None if it is none, or has nothing in it."""
    source = Source(key="discovery", owner="discovery", id="discovery", kind="feed", feed_url=fetched.url)
    try:
        reading = await readers.read(fetched, source, now)
    except ParseError:
        return None
    return reading if reading.entries else None


def _found(url: str, reason: str, reading: Reading) -> Found:
    return Found(url, reason, reading.feed.title, len(reading.entries))
