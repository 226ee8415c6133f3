"""Reads a source once without storing anything: what `preview` and `check --online` show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.errors import ParseError
from aggregator.fetch import Fetcher
from aggregator.model import Entry, Fetched, NotModified, ParsedFeed, Request, Skipped, Source
from aggregator.poll.workers import Readers


@dataclass(frozen=True, slots=True)
class Look:
    """What a source gave: a document with its entries, or an error in the owner's words."""

    feed: ParsedFeed | None = None
    entries: tuple[Entry, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    error: str | None = None


async def look(source: Source, fetcher: Fetcher, readers: Readers, now: datetime) -> Look:
    """Fetch and read a source once, unconditionally."""
    outcome = await fetcher.fetch(Request(source.feed_url, kind=source.kind))
    if isinstance(outcome, Fetched):
        return await inspect(outcome, source, readers, now)
    if isinstance(outcome, NotModified):
        return Look(error="The server answered 304 to a request without conditions.")
    return Look(error=outcome.message)


async def inspect(fetched: Fetched, source: Source, readers: Readers, now: datetime) -> Look:
    """Read a document that is here already."""
    try:
        reading = await readers.read(fetched, source, now)
    except ParseError as error:
        return Look(error=str(error))
    return Look(reading.feed, reading.entries, reading.skipped)
