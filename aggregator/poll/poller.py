"""Takes one claimed source through fetch, read, merge and apply, and says in one value what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Literal, TypeVar

import structlog

from aggregator import cadence, incidents, ingest, sources, traces
from aggregator.dedupe.index import probes
from aggregator.errors import ParseError, StoreError
from aggregator.fetch import Fetcher
from aggregator.fetch.answers import status
from aggregator.model import (
    Changes,
    Config,
    Failed,
    Fetched,
    Freshness,
    NotModified,
    Outcome,
    PollState,
    RawEntry,
    Reading,
    Request,
    Source,
    Validators,
)
from aggregator.poll import websub
from aggregator.poll.facts import ask
from aggregator.poll.habit import FOUNDING, habit
from aggregator.poll.mint import Mint, merged
from aggregator.poll.recorder import Recorder
from aggregator.poll.sites import Sites, remembered
from aggregator.poll.steering import Steering, steering
from aggregator.poll.wanted import wanted
from aggregator.poll.workers import Readers
from aggregator.store import Store
from aggregator.text.urls import host

log = structlog.get_logger(__name__)

T = TypeVar("T")
What = Literal["changed", "unchanged", "failed", "blocked", "gone", "lost"]


@dataclass(frozen=True, slots=True)
class Result:
    """One poll, as it is told to people."""

    source_key: str
    what: What
    message: str | None
    new: int
    updated: int
    merged: int
    entries: int
    skipped: int
    held: int  # new articles that are kept out of the feeds until their owner decides or a day passes
    next_poll_at: datetime | None  # None: it is gone, and nobody asks any more
    ms: int


@dataclass(frozen=True, slots=True)
class Tools:
    """What polling needs from the outside."""

    store: Store
    fetcher: Fetcher
    readers: Readers
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    worker: str
    noticed: Callable[[], None] = lambda: None  # called after something published may have changed
    polled: Callable[[Result], None] = lambda _: None  # is told what came of every poll


class Poller:
    """Polls sources that were claimed for ``tools.worker``. One per process; any number of polls at once."""

    def __init__(self, config: Config, tools: Tools) -> None:
        self._config = config
        self._steering: Steering = steering(config)
        self._tools = tools
        self._reachable = websub.callback(config) is not None
        self._mint = Mint()
        self._sites = Sites(tools.fetcher, tools.readers)
        # One thread: SQLite has one writer, and PostgreSQL's merges hold one lock.
        self._writer = ThreadPoolExecutor(1, "store")
        self._recorder = Recorder(tools.store, tools.worker, self._writer)

    def take(self, config: Config) -> None:
        """Go by another config from the next poll on; polls under way end by the one they began with or by this."""
        self._config = config
        self._steering = steering(config)
        self._reachable = websub.callback(config) is not None

    async def close(self) -> None:
        """Write what is waiting to be written."""
        await self._recorder.close()
        self._writer.shutdown()

    async def poll(self, key: str) -> Result:
        """One claimed source, once. Never raises for anything that the source does.

        Raises:
            StoreError: the database refused.
        """
        with traces.step("poll", {"aggregator.source": key}) as step:
            return await self._poll(key, step)

    async def _poll(self, key: str, step: traces.Step) -> Result:
        started = time.monotonic()
        source = self._steering.sources.get(key)
        states = await self._in_store(lambda: self._tools.store.states([key]))
        before = states[key]
        now = self._tools.clock()
        if source is None:  # the config was changed since it was claimed
            await self._in_store(lambda: self._tools.store.release([key], self._tools.worker))
            return replace(
                _result(before, NotModified(before.validators, Freshness()), Changes(), None, started), what="lost"
            )
        if before.read_as not in (None, _read_as(source)):  # what was left out before may be wanted now
            before = replace(before, validators=Validators(), body_hash=None)
        before, outcome = await self._asked(source, before, now)
        if traces.on():
            where = {"aggregator.kind": source.kind, "server.address": host(before.feed_url or source.feed_url)}
            step.tell({**where, "http.response.status_code": status(outcome)})
        try:
            result = await self._settle(source, before, outcome, started)
        except StoreError:
            raise
        except Exception:
            # Whatever it is, it is this source's trouble and nobody else's, and it must not be tried every second.
            log.exception("what this source sent broke this program; please report it", source=key)
            result = await self._settle(source, before, Failed("Broken", _BROKEN), started)
        told = {"new": result.new, "updated": result.updated, "merged": result.merged, "entries": result.entries}
        if result.held:
            log.warning(f"held back; `aggregator release {key}` announces it", source=key, articles=result.held)
        until = result.next_poll_at.isoformat() if result.next_poll_at else None
        log.info("poll", source=key, what=result.what, **told, ms=result.ms, next_poll_at=until, error=result.message)
        step.tell({f"aggregator.{name}": count for name, count in told.items()} | {"aggregator.outcome": result.what})
        if result.message:
            step.fail(result.what)
        self._tools.polled(result)
        return result

    async def _asked(self, source: Source, before: PollState, now: datetime) -> tuple[PollState, Outcome]:
        """What the source answered, and the state that the answer belongs to."""
        if sources.kinds()[source.kind].reads_pages:
            arrival = await self._sites.fetch(source, before, now)
            return arrival.state, arrival.outcome
        request = Request(before.feed_url or source.feed_url, cadence.conditional(before, now), kind=source.kind)
        return before, await self._tools.fetcher.fetch(request)

    async def _settle(self, source: Source, before: PollState, outcome: Outcome, started: float) -> Result:
        now = self._tools.clock()
        reading: Reading | None = None
        digest: str | None = None
        unread = False
        if isinstance(outcome, Fetched):
            digest = blake2b(outcome.body, digest_size=16).hexdigest()
            if digest != before.body_hash:
                try:
                    said = await self._said(source, before, now)
                    with traces.step("read", {"aggregator.bytes": len(outcome.body)}):
                        reading = await self._tools.readers.read(outcome, source, now, before.rule, said)
                except ParseError as error:
                    unread, outcome = True, Failed(type(error).__name__, str(error), outcome.status)
        kept, hub = await self._in_store(
            lambda: (self._tools.store.posted(source.key), self._tools.store.hubs.of(source.key))
        )
        posted = kept
        if reading is not None:
            posted = (*kept, *(entry.published for entry in reading.entries if entry.published))
        after = cadence.after(
            before,
            outcome,
            reading.feed if reading else None,
            self._config.fetch,
            source,
            posted,
            now,
            self._tools.jitter(),
            digest if isinstance(outcome, Fetched) else None,
            pushed=websub.tells(hub, now),
        )
        after = remembered(source, after, reading.feed.rule if reading else None, unread)
        empty = incidents.emptied(before, after, reading)
        after = replace(after, empty=empty, read_as=_read_as(source) if reading else after.read_as)
        if reading is None:
            await self._recorder.record(after, at_once=cadence.wished(outcome))
            return _result(after, outcome, Changes(), None, started)
        offer = websub.offered(reading.feed, outcome.links if isinstance(outcome, Fetched) else ())
        changes = await self._in_store(lambda: self._merge(source, before, after, reading, kept, now, started, offer))
        if changes is None:
            return replace(_result(after, outcome, Changes(), reading, started), what="lost", message=_LOST)
        if changes.new and hub is not None and websub.missed(hub, before):
            await self._in_store(lambda: self._tools.store.hubs.keep(replace(hub, pushed_at=None)))
        if changes.copies or changes.articles:
            self._tools.noticed()
        return _result(after, outcome, changes, reading, started)

    async def _said(self, source: Source, before: PollState, now: datetime) -> tuple[RawEntry, ...]:
        """What the platform says of the source's articles beside the feed, now or before."""
        tools, feed_url = self._tools, before.feed_url or source.feed_url
        if sources.facts_url(source, feed_url) is None:
            return ()
        known = await self._in_store(lambda: tools.store.facts_of(source.key))
        facts = await ask(source, feed_url, known, tools.fetcher, tools.readers, now)
        if facts != known:
            await self._in_store(lambda: tools.store.keep_facts(source.key, facts))
        return facts.entries

    def _merge(
        self,
        source: Source,
        before: PollState,
        after: PollState,
        reading: Reading,
        posted: Sequence[datetime],
        now: datetime,
        started: float,
        offer: websub.Offer,
    ) -> Changes | None:
        """Candidates, merge and apply in one transaction; None if the lease was lost meanwhile."""
        first_fill = before.last_change_at is None
        other_wishes = before.read_as not in (None, after.read_as)
        young = self._tools.store.founding(source.key, now - FOUNDING)
        round_ = ingest.Round(
            owners=self._steering.owners,
            now=now,
            authority=self._steering.authority,
            fit=self._steering.fit,
            complete=reading.feed.complete,
            founding=first_fill and young,
            first_fill=first_fill or other_wishes,
            habit=None if first_fill or other_wishes or young else habit(before, posted, now),
            announce_days=self._config.announce_days,
            announce_entries=self._config.announce_entries,
            same=self._steering.same,
            different=self._steering.different,
        )
        drafts = ingest.draft(reading.entries, source, round_, self._mint)
        facts: traces.Facts = {"aggregator.entries": len(drafts)}
        with traces.step("merge", facts), self._tools.store.merging(self._tools.worker) as unit:
            known = unit.candidates(source.key, probes(drafts, self._steering.told))
            changes = merged(unit, known, drafts, round_)
            # A document that shares nothing with what came before it may have left articles out between two polls.
            missed = bool(drafts) and not (first_fill or other_wishes) and changes.new == len(drafts)
            state = replace(after, gap=missed, last_change_at=after.last_change_at if drafts else before.last_change_at)
            if missed:  # it may be somebody else's by now: what is another feed is no move of this one
                state = replace(state, feed_url=before.feed_url, moved_url=None, moved_count=0)
            held = {copy.id for copy in known.copies}
            new = [copy for copy in changes.copies if copy.id not in held]
            pages = wanted(new, known.copies, self._steering)
            kept = unit.apply(changes, state, reading.feed, now, _ms(started), pages)
            if kept and self._reachable:
                unit.subscribe(source.key, *offer, now)
        return changes if kept else None

    async def _in_store(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, copy_context().run, work)


_BROKEN = "What this source sent broke this program; the log says where. Please report it; it is tried again later."
_LOST = "Another process took this source over; nothing was written here."


def _read_as(source: Source) -> str:
    wishes = (source.author, source.include, source.exclude, source.section)
    return blake2b(repr(wishes).encode(), digest_size=8).hexdigest()


def _ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _result(state: PollState, outcome: Outcome, changes: Changes, reading: Reading | None, started: float) -> Result:
    what: What = "changed" if changes.new or changes.updated or changes.merged else "unchanged"
    if not isinstance(outcome, Fetched | NotModified):
        what = state.state if state.state in ("blocked", "gone") else "failed"
    return Result(
        source_key=state.source_key,
        what=what,
        message=state.error,
        new=changes.new,
        updated=changes.updated,
        merged=changes.merged,
        entries=len(reading.entries) if reading else 0,
        skipped=len(reading.skipped) if reading else 0,
        held=len(changes.held),
        next_poll_at=state.next_poll_at if state.state != "gone" else None,
        ms=_ms(started),
    )
