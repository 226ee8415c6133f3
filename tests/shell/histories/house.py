"""The house of any history, on a real database: its store, its config, its polls, its restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property

from aggregator import ingest
from aggregator.bootstrap import agree
from aggregator.dedupe.index import probes
from aggregator.dedupe.news import Habit
from aggregator.dedupe.signature import sign
from aggregator.model import (
    ArticleState,
    Changes,
    Config,
    Copy,
    Entry,
    FetchPolicy,
    Owner,
    Selection,
    Site,
    Source,
    Waiting,
)
from aggregator.poll.habit import FOUNDING
from aggregator.poll.holds import Settled, settle
from aggregator.poll.mint import merged
from aggregator.poll.steering import steering
from aggregator.sources import boilerplate
from aggregator.store import Store
from tests.core.ingest_memory import NOW, CountingMint
from tests.shell.histories.database import Database

WORKER = "histories"
Pair = tuple[str, str]


@cache
def _opened(url: str) -> Store:
    """One for all histories: what SQLAlchemy worked out for one, it need not for the next."""
    return Store.open(url)


@dataclass
class Snapshot:
    """What the store held at one moment."""

    store: Store
    keys: Sequence[str]
    owners: Sequence[str]

    @cached_property
    def copies(self) -> Mapping[int, Copy]:
        """All copies, by id."""
        with self.store.merging(WORKER) as unit:
            return {copy.id: copy for key in self.keys for copy in unit.copies_of(key)}

    @cached_property
    def articles(self) -> Mapping[str, ArticleState]:
        """All articles, by ulid."""
        with self.store.merging(WORKER) as unit:
            return {state.ulid: state for owner in self.owners for state in unit.owner_articles(owner)}

    def copies_of(self, source_key: str) -> Sequence[Copy]:
        """Every copy of a source."""
        return [copy for copy in self.copies.values() if copy.source_key == source_key]

    def living(self, ulid: str) -> str | None:
        """The article that an id leads to now."""
        found = ulid if ulid in self.articles else self.store.follow(ulid)
        return found if found in self.articles else None


@dataclass
class RealHouse:
    """The pipeline from entries to rows, as the poller and a changed config run it."""

    database: Database
    places: Sequence[Source]
    now: datetime = NOW
    absent: frozenset[str] = frozenset()  # sources that the config has not now
    same: tuple[Pair, ...] = ()
    different: tuple[Pair, ...] = ()
    mint: CountingMint = field(default_factory=CountingMint)

    def __post_init__(self) -> None:
        self.store = _opened(self.database.url)
        self.written = 0  # grows with every change
        self._memory: Snapshot | None = None
        self.take()

    # ── config ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def owners(self) -> Sequence[str]:
        """Everybody who writes."""
        return sorted({place.owner for place in self.places})

    @property
    def config(self) -> Config:
        """What the owner's file says now."""
        present = [place for place in self.places if place.key not in self.absent]
        owners = [
            Owner(owner, owner.title(), sources=tuple(place for place in present if place.owner == owner))
            for owner in self.owners
            if any(place.owner == owner for place in present)
        ]
        owners[0] = replace(owners[0], same=self.same, different=self.different)
        return Config(Site("Feeds", "https://feeds.example.org"), self.database.url, FetchPolicy(), tuple(owners))

    def take(self) -> None:
        """Act on the config, as a start and an edit of the file do."""
        agree(self.config, self.store, self.now)
        self._changed()

    @contextmanager
    def told(self, same: Sequence[Pair] = (), different: Sequence[Pair] = ()) -> Iterator[None]:
        """Let the owner say something, and take it back in the end."""
        self.same, self.different = tuple(same), tuple(different)
        self.take()
        yield
        self.same = self.different = ()
        self.take()

    # ── polls ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def poll(self, source: Source, entries: Iterable[Entry], complete: bool = True) -> Changes:
        """One document of a source: candidates, merge and apply in one transaction."""
        signed = sign(ingest.unique(tuple(entries)), boilerplate())
        assert self.store.claim(self.now, WORKER, 60, 1, keys=[source.key], force=True) == [source.key]
        before = self.store.states([source.key])[source.key]
        steer = steering(self.config)
        first_fill = before.last_change_at is None
        young = self.store.founding(source.key, self.now - FOUNDING)
        round_ = replace(
            self._round(),
            complete=complete,
            founding=first_fill and young,
            first_fill=first_fill,
            habit=None if first_fill or young else Habit(before.last_poll_at or self.now, 0.0),
        )
        drafts = ingest.draft(signed, source, round_, self.mint)
        with self.store.merging(WORKER) as unit:
            changes = merged(unit, unit.candidates(source.key, probes(drafts, steer.told)), drafts, round_)
            state = replace(before, last_poll_at=self.now, next_poll_at=self.now + timedelta(hours=1))
            state = replace(state, last_change_at=self.now if drafts else before.last_change_at)
            assert unit.apply(changes, state, None, self.now)
        if changes != Changes():
            self._changed()
        return changes

    def regroup(self) -> Changes:
        """Everything judged again."""
        ids = frozenset(self.memory.copies)
        with self.store.merging(WORKER) as unit:
            changes = merged(unit, unit.component(ids), (), self._round())
            unit.apply(changes, None, None, self.now)
        if changes != Changes():
            self._changed()
        return changes

    def end_holds(self, goes: Callable[[Waiting], bool]) -> Settled:
        """The owner's word, or the end of a day, for everything that is held back."""
        done = settle(self.config, self.store, self.now, self.now, goes)
        self._changed()
        return done

    @property
    def waits(self) -> frozenset[str]:
        """The ulids of what is held back."""
        return frozenset(one.hold.ulid for one in self.store.waiting(self.now))

    def _round(self) -> ingest.Round:
        steer = steering(self.config)
        return ingest.Round(
            owners=steer.owners,
            now=self.now,
            authority=steer.authority,
            fit=steer.fit,
            same=steer.same,
            different=steer.different,
        )

    # ── what is kept ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def memory(self) -> Snapshot:
        """What the store holds now."""
        if self._memory is None:
            self._memory = Snapshot(self.store, [place.key for place in self.places], self.owners)
        return self._memory

    def _changed(self) -> None:
        self.written += 1
        self._memory = None

    def window(self, view: Selection, slots: int) -> list[str]:
        """The ulids that a feed of this view shows in its first ``slots``."""
        return [one.ulid for one in self.store.select(replace(view, order="announced", limit=slots)).articles]

    # ── restarts ────────────────────────────────────────────────────────────────────────────────────────────────────

    def restart(self) -> None:
        """Another process goes on."""
        self.store.close()
        self.store = Store.open(self.database.url)
        self.take()

    def back_up(self) -> object:
        """The whole database, put aside."""
        return self.database.back_up(self.store)

    def put_back(self, backup: object) -> None:
        """Let the database be what it was, and start again."""
        self.store.close()
        self.database.put_back(backup)
        self.take()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
        self.database.close()
