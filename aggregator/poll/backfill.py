"""Reads the history of a source, one address at a time: what its feed let go before anybody asked.

It goes to the index and to nobody's feed reader, and it only adds. What the feed itself would still bring is left to
the feed, so that an article is announced as it should be, or not at all, and never twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urljoin

import structlog

from aggregator import ingest, sources
from aggregator.dedupe.index import probes
from aggregator.dedupe.supplement import supplement
from aggregator.errors import ParseError, Walled
from aggregator.fetch.robots import Robots
from aggregator.model import (
    BackfillPage,
    BackfillPart,
    BackfillState,
    Came,
    Changes,
    Config,
    Copy,
    Entry,
    Failed,
    Fetched,
    Gone,
    NotModified,
    Outcome,
    Past,
    PollState,
    Reading,
    Request,
    Skipped,
    Source,
    Throttled,
)
from aggregator.past.pages import folder_of
from aggregator.poll.discover import PAGE
from aggregator.poll.mint import Mint, merged
from aggregator.poll.poller import Tools
from aggregator.poll.steering import Steering, round_of, steering
from aggregator.poll.wanted import wanted
from aggregator.store.merging import Unit

log = structlog.get_logger(__name__)

MOST_LISTS = 300  # pages of one history: 3,600 articles of DEV, and a server that never ends
MOST_PAGES = 3000  # with the articles' own
BREATH = 5  # times the distance that every host gets between two requests
AGAIN = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3))
PATIENCE = 2  # times that a document which is cut off is asked for again, before what there is of it is taken
FRESH = timedelta(days=1)  # what appeared so shortly before the last poll, or after it, is the feed's to bring

_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml")
_KNOWN = 200  # articles that tell in which folder a site keeps them
_REFUSED = frozenset({401, 403})
_TROUBLE = frozenset({"Unreachable", "TooSlow", "ForbiddenAddress"})

T = TypeVar("T")


class _LeaseLost(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Step:
    """One address to ask, with all that must be known for it."""

    source: Source
    poll: PollState
    page: BackfillPage
    failures: int
    most: int | None  # articles that it may bring still; None: any number

    @property
    def is_page(self) -> bool:
        """Whether it is asked for as a page, by leave of robots.txt; feeds are there for programs."""
        found = self.page.part == "first" and self.poll.rule is not None and self.poll.rule.rung == "feed"
        return sources.kinds()[self.source.kind].reads_pages and not found


class Backfiller:
    """Takes steps of histories that were claimed for ``tools.worker``; one per process."""

    def __init__(self, config: Config, tools: Tools) -> None:
        self._config = config
        self._steering: Steering = steering(config)
        self._tools = tools
        self._progress = tools.store.backfills
        self._robots = Robots(tools.fetcher)
        self._mint = Mint()

    def take(self, config: Config) -> None:
        """Go by another config from the next step on."""
        self._config = config
        self._steering = steering(config)

    async def step(self, key: str, limit: int | None) -> None:
        """Ask one address of this history and take what it brings; ``limit``: articles that are wanted in all.

        Never raises for anything that a server does.

        Raises:
            StoreError: the database refused; the lease runs out by itself.
        """
        source = self._steering.sources.get(key)
        if source is None:  # the config was changed since it was claimed
            await self._in_store(lambda: self._progress.release(key, self._tools.worker))
            return
        found = await self._in_store(lambda: self._next(source, limit))
        if found is None:
            return
        try:
            await self._ask(found)
        except _LeaseLost:
            log.warning("lease.lost", backfill=key)
        except asyncio.CancelledError:
            await asyncio.shield(self._in_store(lambda: self._progress.release(key, self._tools.worker)))
            raise

    def _next(self, source: Source, limit: int | None) -> _Step | None:
        """The address to ask now; None: there is none, and that is noted."""
        poll = self._tools.store.states([source.key])[source.key]
        so_far = self._progress.known([source.key])[source.key]
        page = self._progress.next_page(source.key)
        if poll.last_change_at is None:  # what the feed has is announced by its first poll; history comes after it
            self._progress.release(source.key, self._tools.worker, self._tools.clock() + AGAIN[0])
        elif page is None:
            self._end(source, "complete", None if so_far.articles else sources.advice(source))
        elif limit is not None and so_far.articles >= limit:
            self._end(source, "enough", None)
        elif so_far.pages >= (MOST_PAGES if page.part == "article" else MOST_LISTS):
            self._end(source, "stopped", f"{so_far.pages} pages were read and there are more; that is where it stops.")
        else:
            most = None if limit is None else limit - so_far.articles
            return _Step(source, poll, page, so_far.failures, most)
        return None

    def _end(self, source: Source, state: BackfillState, message: str | None) -> None:
        log.info("backfill", source=source.key, what=state, message=message)
        self._progress.end(source.key, self._tools.worker, state, message, self._tools.clock())

    # ── one address ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask(self, step: _Step) -> None:
        page, kind = step.page, step.source.kind
        if page.part == "article" and not await self._in_store(lambda: self._unseen(step, (page.url,))):
            await self._done(step, Came("known"), 0)
            return
        delay_s = 0
        if step.is_page:
            permission = await self._robots.ask(page.url, self._tools.clock(), kind)
            delay_s = permission.delay_s
            if permission.verdict == "disallowed":
                await self._done(step, Came("disallowed by robots.txt"), delay_s)
                return
            if permission.verdict == "unknown":
                await self._failed(step, f"The robots.txt of {page.url} could not be read, so it was not asked.", 0)
                return
        url = (step.poll.feed_url or page.url) if page.part == "first" else page.url
        request = Request(url, kind=kind)
        outcome = await self._tools.fetcher.fetch(replace(request, accept=PAGE) if step.is_page else request)
        if isinstance(outcome, Fetched):
            await self._read(step, outcome, delay_s)
        elif page.part != "first" and _is_nothing(outcome, page.part):
            await self._done(step, Came(_name(outcome)), delay_s)
        else:
            await self._failed(step, _message(outcome), _retry_after_s(outcome))

    async def _read(self, step: _Step, fetched: Fetched, delay_s: int) -> None:
        now, page = self._tools.clock(), step.page
        folder = await self._in_store(lambda: folder_of(self._progress.addresses(step.source.key, _KNOWN)))
        try:
            past = await self._tools.readers.past(fetched, step.source, now, step.poll.rule, page.part, folder)
        except ParseError as error:
            if page.part == "first" or isinstance(error, Walled):
                await self._failed(step, str(error), 0)
            else:
                await self._done(step, Came(type(error).__name__), delay_s)
            return
        if not past.reading.feed.complete and step.failures < PATIENCE:
            await self._failed(step, f"{fetched.url} sent a document that is cut off.", 0)
            return
        changes = await self._in_store(lambda: self._take(step, past, now, delay_s))
        log.info("backfill", source=step.source.key, url=page.url, new=changes.new, merged=changes.merged)
        if changes.copies or changes.articles:
            self._tools.noticed()

    async def _done(self, step: _Step, came: Came, delay_s: int) -> None:
        now = self._tools.clock()
        log.info("backfill", source=step.source.key, url=step.page.url, what=came.outcome)
        await self._in_store(lambda: self._keep(step, (), came, now, delay_s))

    async def _failed(self, step: _Step, message: str, after_s: int) -> None:
        """Note what went wrong; the address is asked again later, and given up after a week of that."""
        key, worker, now = step.source.key, self._tools.worker, self._tools.clock()
        log.warning("backfill", source=key, url=step.page.url, error=message)
        if step.failures >= len(AGAIN):
            await self._in_store(lambda: self._end(step.source, "stopped", message))
            return
        due_at = now + max(AGAIN[step.failures], timedelta(seconds=after_s))
        await self._in_store(lambda: self._progress.failed(key, worker, message, due_at))

    # ── what it brings ──────────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, step: _Step, past: Past, now: datetime, delay_s: int) -> Changes:
        reading, marks = past.reading, marks_of(past.reading)
        if step.page.part == "first":
            first = Came("read", 0, marks, (*past.lists, *self._sitemaps(step)))
            return self._keep(step, (), first, now, delay_s)
        read = self._progress.marks(step.source.key)
        of_feed = {mark: place for place, mark in enumerate(read[0])} if read else {}
        if marks and step.page.part == "list" and _is_known(reading, {mark for one in read for mark in one}):
            return self._keep(step, (), Came("the same again"), now, delay_s)
        old = [one for one in _beyond(reading.entries, of_feed) if not _is_fresh(one, step.poll)]
        places = [url for url in past.places if of_feed.keys().isdisjoint(map(_mark, sources.keys_of(url)))]
        # A page without anything is the one behind the last, whatever it names; lists of sitemaps name others only.
        lists = past.lists if marks or reading.feed.format == "sitemap" else ()
        return self._keep(step, old, Came("read", 0, marks, lists, self._unseen(step, places)), now, delay_s)

    def _keep(self, step: _Step, entries: Sequence[Entry], came: Came, now: datetime, delay_s: int) -> Changes:
        """The entries and the progress, in one transaction. Raises _LeaseLost, and keeps nothing then."""
        lane = sources.lane(step.page.url, step.source.kind)
        wait_s = max(sources.spacing_s(lane), delay_s, BREATH * self._config.fetch.host_interval_s)
        with self._tools.store.merging(self._tools.worker) as unit:
            changes, whole = self._merge(unit, step, entries, now) if entries else (Changes(), True)
            due_at = now + timedelta(seconds=wait_s)
            came = replace(came, articles=changes.new, whole=whole)
            if not unit.backfilled(step.source.key, step.page, came, now, due_at):
                raise _LeaseLost
        return changes

    def _merge(self, unit: Unit, step: _Step, entries: Sequence[Entry], now: datetime) -> tuple[Changes, bool]:
        """What was written, and whether that is all of it: there may be more than is wanted."""
        round_ = round_of(self._steering, now, backfilled=True)
        drafts = _behind(ingest.draft(entries, step.source, round_, self._mint), *unit.undated(step.source.key))
        known = unit.candidates(step.source.key, probes(drafts, self._steering.told))
        drafts = supplement(drafts, known.copies)
        changes = merged(unit, known, drafts, round_)
        whole = step.most is None or changes.new <= step.most
        if not whole:
            fresh = {copy.id for copy in changes.copies} - {copy.id for copy in known.copies}
            surplus = {draft.id for draft in [one for one in drafts if one.id in fresh][step.most :]}
            drafts = [draft for draft in drafts if draft.id not in surplus]
            changes = merged(unit, known, drafts, round_) if drafts else Changes()
        held = {copy.id for copy in known.copies}
        new = [copy for copy in changes.copies if copy.id not in held]
        unit.apply(changes, None, None, now, wanted=wanted(new, known.copies, self._steering))
        return changes, whole

    def _unseen(self, step: _Step, places: Iterable[str]) -> tuple[str, ...]:
        return self._progress.unseen(step.source.key, {url: sources.keys_of(url) for url in places})

    def _sitemaps(self, step: _Step) -> tuple[str, ...]:
        """Where a site may name all its pages; only for sources that are read as pages."""
        if not sources.kinds()[step.source.kind].reads_pages:
            return ()
        return tuple(urljoin(step.source.feed_url, path) for path in _SITEMAPS)

    async def _in_store(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)


def _behind(drafts: Iterable[Copy], since: datetime | None, held: int) -> Sequence[Copy]:
    """Old articles without a date, behind those of their source that were met first: by now they would be on top.

    ``since`` is when those were met (None: every one has a date), ``held`` how many copies the source has.
    """
    return [
        replace(draft, published_at=since, entry=replace(draft.entry, position=held + draft.entry.position))
        if since is not None and draft.date_precision == "unknown"
        else draft
        for draft in drafts
    ]


# ── which entries are history ───────────────────────────────────────────────────────────────────────────────────────


def marks_of(reading: Reading) -> tuple[int, ...]:
    """Numbers by which what stands on a page is known again: guids and addresses, titles of what was not taken."""
    return tuple(dict.fromkeys(mark for one in _things(reading) for mark in _marks(one)))


def _things(reading: Reading) -> tuple[Entry | Skipped, ...]:
    return (*reading.entries, *reading.skipped)


def _marks(one: Entry | Skipped) -> tuple[int, ...]:
    names = (f"{one.title}\n{one.reason}",) if isinstance(one, Skipped) else (one.guid, *one.keys)
    return tuple(map(_mark, names))


def _mark(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=6).digest(), "big")


def _is_known(reading: Reading, marks: Collection[int]) -> bool:
    """Whether a page has nothing that the pages before it had not: some servers give one page for every number."""
    return all(any(mark in marks for mark in _marks(one)) for one in _things(reading))


def _beyond(entries: Sequence[Entry], of_feed: Mapping[int, int]) -> list[Entry]:
    """Without what stands in the feed (its marks with their places), and without what is newer than that.

    On a page that holds some of the feed, newer is what stands before it, or behind it where the oldest comes first.
    """
    inside = [min((of_feed[mark] for mark in _marks(entry) if mark in of_feed), default=None) for entry in entries]
    held = [number for number, place in enumerate(inside) if place is not None]
    if not held:
        return list(entries)
    start, end = held[0], held[-1]
    turned = (inside[start] or 0) > (inside[end] or 0)
    rest = range(end) if turned else range(start, len(entries))
    return [entries[number] for number in rest if inside[number] is None]


def _is_fresh(entry: Entry, poll: PollState) -> bool:
    """Whether the feed has hardly had the time to bring it: then it is the feed's to announce."""
    return entry.published is not None and entry.published >= (poll.last_success_at or entry.published) - FRESH


# ── what an answer means ────────────────────────────────────────────────────────────────────────────────────────────


def _is_nothing(outcome: Outcome, part: BackfillPart) -> bool:
    """Whether there is nothing at this address, and not just now: the page behind the last one, a lost article."""
    if isinstance(outcome, Gone):
        return True
    if not isinstance(outcome, Failed) or outcome.status in _REFUSED or outcome.code in _TROUBLE:
        return False
    return part == "article" or (outcome.status is not None and 400 <= outcome.status < 500)


def _name(outcome: Outcome) -> str:
    if isinstance(outcome, Failed):
        return f"{outcome.code} {outcome.status}" if outcome.status else outcome.code
    return f"{type(outcome).__name__} {outcome.status}" if isinstance(outcome, Gone) else type(outcome).__name__


def _message(outcome: Outcome) -> str:
    if isinstance(outcome, Fetched | NotModified):
        return "The server answered 304 to a request without conditions."
    return outcome.message


def _retry_after_s(outcome: Outcome) -> int:
    return (outcome.retry_after_s or 0) if isinstance(outcome, Throttled | Failed) else 0
