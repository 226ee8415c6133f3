"""Asks a site where its feed is: politely, best guess first, and believes nothing that it has not read."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.errors import ParseError
from aggregator.fetch import Fetcher
from aggregator.fetch.robots import Robots
from aggregator.model import Candidate, Failed, Fetched, Found, Outcome, Reading, Request, Source, Throttled
from aggregator.parse.ranks import GUESSED, LINKED, OWNED
from aggregator.poll.target import Account, account
from aggregator.poll.workers import Readers

PAGE = "text/html, application/xhtml+xml;q=0.9, application/xml;q=0.8, */*;q=0.1"
MOST = 10  # candidates asked; with the page and its robots.txt twelve requests
_BLIND = 2  # guesses answered with a page, after which a site answers everything with one
_PAUSE_S = 10  # at most between two guesses, whatever robots.txt wishes
PATIENCE_S = 20.0  # a site that names ten slow feeds must not be waited for ten times
_COMMENTS = re.compile(r"(?:comments|kommentare|commentaires|comentarios) (?:on|for|to|zu|pour|sur|en)\b", re.I)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a site answered."""

    page: Outcome  # to its own address
    feeds: tuple[Found, ...] = ()  # best first
    elsewhere: tuple[Account, ...] = ()  # accounts and sites that its page names, not asked
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
    url: str,
    fetcher: Fetcher,
    readers: Readers,
    robots: Robots,
    now: datetime,
    most: int = 1,
    patience_s: float = PATIENCE_S,
) -> Discovery:
    """Ask the page at ``url`` and then, best first, where its feed may be, until ``most`` feeds were found and read.

    At most 12 requests, and no further one once answers were waited for for ``patience_s`` in all. Accounts that the
    page names on other platforms are told, not asked: they are sources of their own. Never raises for what a
    server does.
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
    here = _affordable((one for one in named if one.rank < OWNED), page.url)
    feeds, document, stopped = await _verified(here, fetcher, readers, robots, now, most, patience_s)
    return Discovery(page, feeds, accounts(named), document, stopped)


async def owned(url: str, fetcher: Fetcher, readers: Readers, robots: Robots, now: datetime) -> tuple[Account, ...]:
    """What the page of a profile calls its own (``rel=me``); () where robots.txt or its server is against it."""
    if await permitted(robots, url, now) is not None:
        return ()
    page = await fetcher.fetch(Request(url, accept=PAGE))
    try:
        named = await readers.candidates(page) if isinstance(page, Fetched) else ()
    except ParseError:
        return ()
    return tuple(one for one in accounts(named) if one.mine)


def accounts(named: Iterable[Candidate]) -> tuple[Account, ...]:
    """Those of the pages elsewhere that are sources, the ones that a page calls its own first, each once.

    Of what it only links to just one of a platform: who links to several accounts there shows other people's.
    """
    found: dict[str, Account] = {}
    for one in named:
        wanted = account(one.url, mine=one.rank < LINKED) if one.rank >= OWNED else None
        if wanted is not None:
            found.setdefault(wanted.resolved.feed_url, Account(wanted, one.reason, one.rank < LINKED))
    linked = Counter(one.target.kind for one in found.values())
    return tuple(one for one in found.values() if one.mine or linked[one.target.kind] == 1)


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
    named: Iterable[Candidate],
    fetcher: Fetcher,
    readers: Readers,
    robots: Robots,
    now: datetime,
    most: int,
    patience_s: float,
) -> tuple[tuple[Found, ...], Fetched | None, Outcome | None]:
    feeds: dict[str, Found] = {}
    document: Fetched | None = None
    blind, waited_s, clock = 0, 0.0, asyncio.get_running_loop().time
    for one in named:
        if len(feeds) >= most or (one.rank >= GUESSED and (feeds or blind >= _BLIND)) or waited_s > patience_s:
            break
        permission = await robots.ask(one.url, now)
        if permission.verdict != "allowed":
            continue
        await asyncio.sleep(min(permission.delay_s, _PAUSE_S))
        began = clock()
        outcome = await fetcher.fetch(Request(one.url))
        waited_s += clock() - began
        if isinstance(outcome, Throttled):
            return tuple(feeds.values()), document, outcome if not feeds else None
        if not isinstance(outcome, Fetched):
            continue
        reading = await _read(outcome, readers, now)
        if reading is not None and _COMMENTS.match(reading.feed.title):
            continue
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
