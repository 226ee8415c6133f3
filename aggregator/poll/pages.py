"""Reads the own page of an article once, politely: it names the original, or tells what a list or an owner left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from aggregator.dedupe.index import probes
from aggregator.dedupe.signature import sign
from aggregator.dedupe.slugs import untitled
from aggregator.errors import ParseError
from aggregator.fetch.robots import Robots
from aggregator.model import WRITTEN, Config, Copy, Failed, Fetched, Outcome, PageFacts, Request, Throttled, Visit
from aggregator.normalize.told import filled
from aggregator.poll import entries
from aggregator.poll.mint import merged
from aggregator.poll.poller import Tools
from aggregator.poll.steering import Steering, round_of, steering
from aggregator.poll.wanted import Said, said, untold, wanted
from aggregator.sources import keys_of
from aggregator.store.merging import Unit

log = structlog.get_logger(__name__)

AGAIN = (timedelta(hours=1), timedelta(days=1), timedelta(days=3))  # after a visit that failed; then it is given up
REST_S = 3600  # for a host that refused, or did not answer at all
PAUSE_S = 60  # for one that showed a shell or a challenge, which may be of this page only

_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_TROUBLE = frozenset({"Unreachable", "TooSlow"})

T = TypeVar("T")


class Pages:
    """Visits pages that were claimed. One per process. What fails says nothing about a source and is not reported."""

    def __init__(self, config: Config, tools: Tools) -> None:
        self._steering: Steering = steering(config)
        self._tools = tools
        self._robots = Robots(tools.fetcher)

    def take(self, config: Config) -> None:
        """Go by another config from the next visit on."""
        self._steering = steering(config)

    async def visit(self, visit: Visit) -> int:
        """One visit; gives the seconds for which the page's host is to be left alone.

        Raises:
            StoreError: the database refused; the page is due again when its claim runs out.
        """
        url = visit.copy.entry.url
        if url is None or not self._wanted(visit.copy):
            await self._in_store(lambda: self._tools.store.forget_page(visit.copy.id))
            return 0
        permission = await self._robots.ask(url, self._tools.clock(), _kind(visit.copy))
        if permission.verdict != "allowed":
            await self._failed(visit, f"robots.txt: {permission.verdict}")
            return REST_S if permission.verdict == "unknown" else 0
        return max(permission.delay_s, await self._read(visit, url))

    def _wanted(self, copy: Copy) -> bool:
        if copy.kind == WRITTEN:
            return entries.asks(copy, self._steering)
        return bool(wanted([copy], (), self._steering))

    async def _read(self, visit: Visit, url: str) -> int:
        outcome = await self._tools.fetcher.fetch(Request(url, accept=_ACCEPT, kind=_kind(visit.copy)))
        if not isinstance(outcome, Fetched):
            after_s = _retry_after_s(outcome)
            await self._failed(visit, _name(outcome), after_s)
            return max(after_s, REST_S) if _refuses_all(outcome) else after_s
        try:
            facts = await self._tools.readers.read_page(outcome)
        except ParseError as error:
            await self._failed(visit, type(error).__name__)
            return 0
        if facts.blocked:
            await self._failed(visit, "blocked")
            return PAUSE_S
        if visit.copy.kind == WRITTEN:
            await self._in_store(lambda: self._complete(visit, facts))
            return 0
        await self._heard(visit, said(visit.copy.entry, facts, url, outcome.url, self._steering.fit), facts)
        return 0

    def _complete(self, visit: Visit, facts: PageFacts) -> None:
        """A hand-written entry with what its page says of it."""
        with self._tools.store.merging(self._tools.worker) as unit:
            changes = entries.complete(unit, visit, facts, self._steering, self._tools.clock())
        if changes.articles:
            self._tools.noticed()

    async def _failed(self, visit: Visit, why: str, after_s: int = 0) -> None:
        """Note a visit that brought nothing, and when to come again."""
        now = self._tools.clock()
        wait = AGAIN[visit.attempts - 1] if visit.attempts <= len(AGAIN) else None
        due_at = None if wait is None else now + max(wait, timedelta(seconds=after_s))
        log.debug("page", url=visit.copy.entry.url, outcome=why, again_at=due_at and due_at.isoformat())
        await self._in_store(lambda: self._tools.store.page_done(visit, why, None, due_at))

    async def _heard(self, visit: Visit, what: Said, facts: PageFacts) -> None:
        log.debug("page", url=visit.copy.entry.url, outcome=what, canonical_url=facts.canonical_url)
        await self._in_store(lambda: self._take(visit, what, facts, self._tools.clock()))

    def _take(self, visit: Visit, what: Said, facts: PageFacts, now: datetime) -> None:
        """The copy with what its page says: candidates, merge and apply, and the visit done, in one go."""
        with self._tools.store.merging(self._tools.worker) as unit:
            changed = unit.page_done(visit, what, now) and self._merge(unit, visit.copy, what, facts, now)
        if changed:
            self._tools.noticed()

    def _merge(self, unit: Unit, copy: Copy, what: Said, facts: PageFacts, now: datetime) -> bool:
        held = next((one for one in unit.component(frozenset({copy.id})).copies if one.id == copy.id), None)
        if held is None:
            return False  # it was taken back meanwhile
        draft = _amended(held, what, facts, now)
        if draft == held:
            return False
        known = unit.candidates(copy.source_key, probes([draft], self._steering.told))
        changes = merged(unit, known, [draft], round_of(self._steering, now))
        unit.apply(changes, None, None, now)
        return bool(changes.copies or changes.articles)

    async def _in_store(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)


def _amended(held: Copy, what: Said, facts: PageFacts, now: datetime) -> Copy:
    """The copy with the original that its page names, unless its feed has said it meanwhile, and with what a list left
    out of it."""
    entry = held.entry
    if what == "elsewhere" and facts.canonical_url is not None and not entry.declared:
        entry = replace(entry, canonical_url=facts.canonical_url, declared=keys_of(facts.canonical_url))
    if what != "another page" and untold(held):
        (entry,) = sign([filled(entry, facts, not untitled(entry), now)], ())
    if held.date_precision != "unknown" or entry.published is None:
        return replace(held, entry=entry)
    return replace(held, entry=entry, published_at=entry.published, date_precision=entry.date_precision)


def _kind(copy: Copy) -> str:
    """Of the source, for the lane in which a request waits."""
    return "feed" if copy.kind == WRITTEN else copy.kind


def _name(outcome: Outcome) -> str:
    if isinstance(outcome, Failed):
        return f"{outcome.code} {outcome.status}" if outcome.status else outcome.code
    return type(outcome).__name__


def _retry_after_s(outcome: Outcome) -> int:
    return (outcome.retry_after_s or 0) if isinstance(outcome, Throttled | Failed) else 0


def _refuses_all(outcome: Outcome) -> bool:
    """Whether it is the host that refuses or is down, and not this one page."""
    if isinstance(outcome, Failed):
        return outcome.code in _TROUBLE or outcome.status in {401, 403} or (outcome.status or 0) >= 500
    return isinstance(outcome, Throttled)
