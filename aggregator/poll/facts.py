"""Asks a platform for what it says of a source's articles beside the feed; its silence never harms what the feed says.

Asked only when the feed brought something new, conditionally, and after the feed in the same lane. What was said once
is remembered, so that an answer that fails takes nothing back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from aggregator import sources
from aggregator.errors import ParseError
from aggregator.fetch import Fetcher
from aggregator.model import Facts, Failed, Fetched, NotModified, Outcome, Request, Source, Throttled
from aggregator.poll.workers import Readers

log = structlog.get_logger(__name__)

MOST = 100  # articles that are remembered of a source; no feed of such a platform has so many
_ACCEPT = "application/json, */*;q=0.1"
_LONGEST = timedelta(days=7)


async def ask(source: Source, feed_url: str, before: Facts, fetcher: Fetcher, readers: Readers, now: datetime) -> Facts:
    """What is known now, ``before`` known already; the same value where nothing is new. Never raises for an answer."""
    url = sources.facts_url(source, feed_url)
    if url is not None and url != before.url:  # another account: what is remembered is of the one before
        before = Facts(url)
    if url is None or (before.wait_until is not None and now < before.wait_until):
        return before
    outcome = await fetcher.fetch(Request(url, before.validators, _ACCEPT, source.kind))
    if isinstance(outcome, NotModified):
        return replace(before, wait_until=None)
    if not isinstance(outcome, Fetched):
        log.debug("the feed is read without what the platform says beside it", source=source.key, why=outcome.message)
        return replace(before, wait_until=_until(outcome, now))
    try:
        said = await readers.facts(outcome, source)
    except ParseError as error:
        log.debug("the feed is read without what the platform says beside it", source=source.key, why=str(error))
        return replace(before, wait_until=None)
    told = {raw.url for raw in said}
    kept = (raw for raw in before.entries if raw.url not in told)
    return Facts(url, (*said, *kept)[:MOST], outcome.validators)


def _until(outcome: Outcome, now: datetime) -> datetime | None:
    after_s = outcome.retry_after_s if isinstance(outcome, Throttled | Failed) else None
    return now + min(timedelta(seconds=after_s), _LONGEST) if after_s else None
