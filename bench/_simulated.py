"""A network and a clock for `bench.year`: what servers remember, and the polling half of the house among them."""

from __future__ import annotations

import asyncio
import random
import selectors
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from typing import Any, TypeVar, TypeVarTuple

from aggregator import sources
from aggregator.fetch import Fetcher
from aggregator.fetch.client import _Hop
from aggregator.model import (
    Config,
    Fetched,
    FetchPolicy,
    Freshness,
    Gone,
    NotModified,
    Outcome,
    ParsedFeed,
    RawEntry,
    Reading,
    Request,
    Rule,
    Source,
    Throttled,
    Validators,
)
from aggregator.poll.poller import Poller, Tools
from aggregator.poll.workers import Readers
from aggregator.schedule.claims import Claims
from aggregator.store import Store

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # of a document without posts
BEAT_S = 10
SLOWEST_S = 20.0

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True)
class Origin:
    """One source as its server has it."""

    source: Source
    moments: tuple[datetime, ...]  # of posting, three years of them
    max_age_s: int | None
    throttles: int  # every so many requests it wants to be left alone; 0: never
    retry_after_s: int
    gives: str  # "both", "etag" or "date": the validators that it sends

    def validators(self, seen: int) -> Validators:
        """Those of the document with so many posts."""
        etag = f'"{seen}"' if self.gives != "date" else None
        newest = self.moments[seen - 1] if seen else BEGINNING
        return Validators(etag, format_datetime(newest, usegmt=True) if self.gives != "etag" else None)


@dataclass(slots=True)
class Facts:
    """What the network remembers of one source; no restart touches it."""

    begin: datetime
    seen: int  # posts that some poll has shown
    due: datetime  # before which nobody may ask: what the store says, Retry-After, max-age
    polls: int = 0
    full: int = 0  # requests without validators
    early: int = 0
    delays: list[float] = field(default_factory=list)  # hours
    given: Validators = field(default_factory=Validators)
    same: NotModified = field(default_factory=lambda: NotModified(Validators(), Freshness()))

    def asked(self, origin: Origin, sent: Validators, at: datetime) -> Outcome:
        """What the server answers."""
        self.early += at < self.due
        self.polls += 1
        self.full += sent.etag is sent.last_modified is None
        if origin.throttles and self.polls % origin.throttles == 0:
            self.due = at + timedelta(seconds=origin.retry_after_s)
            return Throttled(429 if self.polls % 2 else 503, origin.retry_after_s, "wait")
        if origin.max_age_s:
            self.due = at + timedelta(seconds=origin.max_age_s)
        new = bisect_right(origin.moments, at, self.seen)
        if new == self.seen and self.held(sent):
            return self.same
        self.delays += [(at - one) / timedelta(hours=1) for one in origin.moments[self.seen : new] if one > self.begin]
        self.seen = new
        self.given, fresh = origin.validators(new), Freshness(max_age_s=origin.max_age_s)
        self.same = NotModified(self.given, fresh)
        return Fetched(origin.source.feed_url, 200, str(new).encode(), "application/rss+xml", self.given, fresh)

    def held(self, sent: Validators) -> bool:
        """Whether who sends these has the document (RFC 9110 section 13.2.2: the tag before the date)."""
        if sent.etag is not None:
            return sent.etag == self.given.etag
        return sent.last_modified is not None and sent.last_modified == self.given.last_modified

    def posted(self, origin: Origin) -> tuple[datetime, ...]:
        """The latest posts that were shown."""
        return origin.moments[max(0, self.seen - 60) : self.seen]


def digest(fetched: Fetched) -> str:
    """What the poller remembers of a body."""
    return blake2b(fetched.body, digest_size=16).hexdigest()


# ── time that passes only when nobody works ─────────────────────────────────────────────────────────────────────────


class _Leaping(selectors.DefaultSelector):
    """Waits for nothing: the time that would be waited has passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now."""
        if timeout is None:
            raise RuntimeError("everybody waits, and for nothing that will come")
        self.passed += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    """Work of threads is done at once, so that no time passes during it."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._leaping.passed

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Do it now."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


# ── the house there ─────────────────────────────────────────────────────────────────────────────────────────────────


class Net(Fetcher):
    """The real fetcher with its lanes; behind them servers that take their time and remember everything."""

    def __init__(
        self, policy: FetchPolicy, origins: Mapping[str, Origin], facts: Mapping[str, Facts], chance: random.Random
    ) -> None:
        super().__init__(policy, "bench")
        self._by_url = {origin.source.feed_url: (origin, facts[key]) for key, origin in origins.items()}
        self._chance = chance
        self._asking: Counter[str] = Counter()
        self._started: dict[str, datetime] = {}
        self.saw: Counter[str] = Counter()
        self.clock: Callable[[], datetime] = lambda: datetime.min.replace(tzinfo=UTC)

    async def _ask(self, hop: _Hop, request: Request) -> Outcome | _Hop:
        lane, now = sources.lane(str(hop.url), request.kind), self.clock()
        near = self._started.get(lane, datetime.min.replace(tzinfo=UTC))
        self.saw["near"] += now - near < timedelta(seconds=sources.spacing_s(lane) - 0.01)
        self._started[lane] = now
        self._asking[lane] += 1
        self.saw["crowded"] += self._asking[lane] > 1
        known = self._by_url.get(str(hop.url))
        try:
            early = known is not None and now < known[1].due
            await asyncio.sleep(self._chance.uniform(0.05, SLOWEST_S))
            if known is None:  # what a platform's API would say beside the feed
                return Gone(404, "nothing there")
            origin, facts = known
            self.saw["polls"] += 1
            outcome = facts.asked(origin, request.validators, self.clock())
            facts.early += early and self.clock() >= facts.due
            return outcome
        finally:
            self._asking[lane] -= 1


class _Shelf(Store):
    """The real store; the articles, which no poll here brings, are what the network has shown."""

    facts: Mapping[str, tuple[Origin, Facts]]
    dead = False

    def posted(self, key: str, most: int = 60) -> tuple[datetime, ...]:
        """The dates that polls have shown."""
        origin, facts = self.facts[key]
        return facts.posted(origin)

    def record(self, states: Any, worker: str) -> frozenset[str]:
        """As it is, while there is anybody to write."""
        return frozenset() if self.dead else super().record(states, worker)

    def release(self, keys: Any, worker: str) -> None:
        """As it is, while there is anybody to write."""
        if not self.dead:
            super().release(keys, worker)


class _Readers(Readers):
    """Reads nothing: when a source posted is known."""

    async def read(
        self,
        fetched: Fetched,
        source: Source,
        now: datetime,
        rule: Rule | None = None,
        said: tuple[RawEntry, ...] = (),
    ) -> Reading:
        """A document of no entries."""
        return Reading(ParsedFeed("rss20", fetched.url), ())


def living(
    config: Config,
    net: Net,
    known: Mapping[str, tuple[Origin, Facts]],
    at: datetime,
    period: timedelta,
    chance: random.Random,
    *,
    killed: bool,
) -> None:
    """Let the polling half of the house live for a while.

    ``killed``: with whatever was under way, and nothing of it written.
    """
    store = _Shelf.open(config.database_url)
    assert isinstance(store, _Shelf)
    store.facts = known
    with asyncio.Runner(loop_factory=_Loop) as runner:
        loop = runner.get_loop()
        net.clock = lambda: at + timedelta(seconds=loop.time())
        runner.run(_life(config, store, net, at + period, chance, killed))
    store.close()


async def _life(config: Config, store: _Shelf, net: Net, until: datetime, chance: random.Random, killed: bool) -> None:
    worker = f"life-{chance.random()}"
    poller = Poller(config, Tools(store, net, _Readers(), net.clock, chance.random, worker))
    claims = Claims(store, poller, net.clock, worker, config.fetch)
    while net.clock() < until:
        await claims.begin()
        await asyncio.sleep(BEAT_S)
    if killed:
        net.saw["killed"] += claims.running
        store.dead = True
        return
    await claims.stop(600)
    await poller.close()
