"""The store as the rest of the house sees it: one object, every method one transaction."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from aggregator.errors import StoreError
from aggregator.model import (
    ArticleState,
    Config,
    Copy,
    Facts,
    Hold,
    Leaving,
    Page,
    Polled,
    PollState,
    Selected,
    Selection,
    SourceRef,
    SourceStatus,
    Synced,
    Verdict,
    Visit,
    Waiting,
)
from aggregator.store import (
    backups,
    candidates,
    counting,
    engine,
    facts,
    holds,
    leases,
    leaving,
    lookups,
    near,
    pages,
    publication,
    selection,
    sources,
    versions,
    vocabulary,
)
from aggregator.store.echoes import Echoes
from aggregator.store.kept import Kept
from aggregator.store.leases import EVERYBODY, Crowd, Lanes
from aggregator.store.merging import Unit
from aggregator.store.outbox import Outbox
from aggregator.store.overview import Overview
from aggregator.store.planning import Planning
from aggregator.store.progress import Progress
from aggregator.store.subscriptions import Subscriptions
from aggregator.store.types import EPOCH
from aggregator.store.values import indexed

MERGE_LOCK = 0x61676772  # key of the PostgreSQL advisory lock that all writers of articles hold

# Every statement of a merge is a lookup; while it has no statistics PostgreSQL reads whole tables instead (60 ms each).
_BEFORE_WRITING = text(
    "SELECT pg_advisory_xact_lock(:key), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
)


class Store:
    """A database at the head of its migrations. Safe to use from several threads; every method may block.

    Every method raises StoreError when the database refuses; nothing of that call is kept then.
    """

    def __init__(self, engine_: Engine) -> None:
        self._engine = engine_
        self._writer = engine.writing(engine_)
        self._reader = engine.reading(engine_)
        self._turn = threading.Lock()  # threads queue here instead of asking SQLite again every few milliseconds
        self.backfills = Progress(self._reading, self._writing)
        self.lanes = Lanes(self._reading, self._writing)
        self.hubs = Subscriptions(self._reading, self._writing)
        self.outbox = Outbox(self._reading, self._writing)
        self.echoes = Echoes(self._reading, self._writing, self._publishing)
        self.open_week = self.echoes.open_week
        self.overview = Overview(self._reading, self._writing)

    # ── opening ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def open(cls, url: str) -> Store:
        """The store at ``database_url``. Raises StoreError: unreachable, damaged, or at another revision."""
        address = engine.address(url)
        versions.require_head(address)
        engine.prepare(address)  # a backup that was put back is not in WAL mode
        return cls(engine.connect(address))

    @staticmethod
    def upgrade(url: str) -> None:
        """Bring the database to the head of the migrations; all or nothing, safe to run twice at once."""
        versions.upgrade(engine.address(url))

    @staticmethod
    def current(url: str) -> str | None:
        """The revision of the database; None: it holds nothing yet."""
        return versions.current(engine.address(url))

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def backup(self, path: Path) -> None:
        """Copy the whole database into a new SQLite file while it is in use."""
        backups.backup(self._engine.url, path)

    # ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with engine.explained(self._engine.url), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._engine.dialect.name != "sqlite":
            with engine.explained(self._engine.url), self._writer.begin() as connection:
                yield connection
            return
        if not self._turn.acquire(timeout=engine.BUSY_S):
            raise StoreError(f"{self._engine.url.database} is being written to for more than {engine.BUSY_S} s")
        try:
            with engine.explained(self._engine.url), self._writer.begin() as connection:
                yield connection
        finally:
            self._turn.release()

    @contextmanager
    def _publishing(self) -> Iterator[Connection]:
        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_BEFORE_WRITING, {"key": MERGE_LOCK})
            yield connection

    # ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def sync(self, config: Config, now: datetime) -> Synced:
        """Make the rows of owners and sources say what the config says."""
        with self._publishing() as connection:
            return sources.sync(connection, config, now)

    def states(self, keys: Collection[str] | None = None) -> dict[str, PollState]:
        """Poll states by source key (None: all)."""
        with self._reading() as connection:
            return sources.states(connection, keys)

    def sources_rows(self) -> tuple[SourceStatus, ...]:
        """Every source with its health and counts, by key; removed ones too."""
        with self._reading() as connection:
            return sources.statuses(connection)

    def leaving(self) -> Leaving:
        """Sources that the config no longer has, and the articles that they carry."""
        with self._reading() as connection:
            return leaving.leaving(connection)

    def posted(self, key: str, most: int = 60) -> tuple[datetime, ...]:
        """The dates of what a source carried, newest first."""
        with self._reading() as connection:
            return sources.posted(connection, key, most)

    def founding(self, key: str, since: datetime) -> bool:
        """Whether a source came into the config together with its owner, at or after ``since``."""
        with self._reading() as connection:
            return sources.founding(connection, key, since)

    def history(self, source_key: str | None, since: datetime) -> tuple[Polled, ...]:
        """Polls that changed something or failed in a new way, oldest first (None: of every source)."""
        with self._reading() as connection:
            return sources.history(connection, source_key, since)

    def due(self, now: datetime, limit: int, by: datetime | None = None) -> list[str]:
        """Keys of the sources that nobody polls now and that are due now, or ``by`` then; longest due first."""
        with self._reading() as connection:
            return leases.due(connection, now, limit, by)

    def claim(
        self,
        now: datetime,
        worker: str,
        lease_s: float,
        limit: int,
        keys: Collection[str] | None = None,
        force: bool = False,
        crowd: Crowd = EVERYBODY,
    ) -> list[str]:
        """Lease up to ``limit`` due sources to ``worker`` (a name no one else has) for ``lease_s`` seconds.

        ``force``: due or not. What is leased is passed over until the lease has run out, and so is too much of a crowd.
        """
        with self._writing() as connection:
            return leases.claim(connection, now, worker, lease_s, limit, keys, force, crowd)

    def release(self, keys: Collection[str], worker: str) -> None:
        """Give back leases of sources that were not polled after all."""
        with self._writing() as connection:
            leases.release(connection, keys, worker)

    def record(self, states: Sequence[PollState], worker: str) -> frozenset[str]:
        """Save polls that brought nothing new, and give the leases back.

        Only the rows of the sources are written, unless a feed moved for good: documents name its address.
        Gives the keys whose lease was lost: those were not saved.
        """
        if not states:
            return frozenset()
        with self._writing() as connection:
            lost, moved = sources.record(connection, states, worker)
        if moved:  # in a transaction of its own: not every record shall wait for the merges
            with self._publishing() as connection:
                publication.changed(connection, None, max(state.last_poll_at or EPOCH for state in states))
        return lost

    def facts_of(self, source_key: str) -> Facts:
        """What a platform said of a source's articles beside the feed."""
        with self._reading() as connection:
            return facts.of(connection, source_key)

    def keep_facts(self, source_key: str, said: Facts) -> None:
        """Remember that, in place of what it said before."""
        with self._writing() as connection:
            facts.keep(connection, source_key, said)

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def pages_due(self, now: datetime, limit: int, kind: str | None = None) -> tuple[Page, ...]:
        """Articles' own pages to read now (``kind``: only those of such sources), longest due first."""
        with self._reading() as connection:
            return pages.due(connection, now, limit, kind)

    def claim_pages(self, ids: Collection[int], now: datetime, until: datetime) -> tuple[Visit, ...]:
        """Begin visits of these copies' pages; what another process took is left out. Due again at ``until``."""
        with self._writing() as connection:
            return pages.claim(connection, ids, now, until)

    def put_off_pages(self, ids: Collection[int], until: datetime) -> None:
        """Let these copies' pages wait until then, without counting it as a visit."""
        with self._writing() as connection:
            pages.put_off(connection, ids, until)

    def page_done(self, visit: Visit, outcome: str, read_at: datetime | None, due_at: datetime | None = None) -> bool:
        """Note what came of a visit: read at last or not; ``due_at`` None: not tried again. False: it is another's."""
        with self._writing() as connection:
            return pages.done(connection, visit, outcome, read_at, due_at)

    def forget_page(self, copy_id: int) -> None:
        """Do not visit a page that nobody wants any more."""
        with self._writing() as connection:
            pages.forget(connection, {copy_id})

    # ── merging ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def merging(self, worker: str) -> Iterator[Unit]:
        """One uninterrupted write transaction; an exception inside leaves nothing of it. Keep it short."""
        with self._publishing() as connection:
            yield Unit(connection, worker)

    @contextmanager
    def planning(self) -> Iterator[Planning]:
        """One read-only transaction in which a merge may be tried; nothing can be written."""
        with self._reading() as connection:
            yield Planning(connection)

    def waiting(self, until: datetime, keys: Collection[str] | None = None) -> tuple[Waiting, ...]:
        """The articles held back at or before ``until`` (of these sources; None: of all), oldest first."""
        with self._reading() as connection:
            return holds.waiting(connection, holds.due(connection, until, keys))

    def hold(self, ulid: str) -> Hold | None:
        """What keeps an article that is not announced out of the feeds for now."""
        with self._reading() as connection:
            return candidates.holds_on(connection, {ulid}).get(ulid)

    def holds(self, until: datetime) -> bool:
        """Whether anything was held back at or before ``until``, and still is."""
        with self._reading() as connection:
            return bool(holds.due(connection, until))

    # ── articles ────────────────────────────────────────────────────────────────────────────────────────────────────

    def select(self, wanted: Selection) -> Selected:
        """One page of a view."""
        return self.select_pages(wanted, 1)[0]

    def select_pages(self, wanted: Selection, most: int, kept: Kept | None = None) -> tuple[Selected, ...]:
        """A page and what follows it, at most so many; ``kept``: what selections share while nobody writes."""
        with self._reading() as connection:
            return selection.pages(connection, wanted, most, kept)

    def facet_counts(self, wanted: Selection, prefixes: Sequence[str]) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """For each prefix (``tag``) the values in the whole selection with their counts, most frequent first."""
        with self._reading() as connection:
            return counting.facets(connection, wanted, prefixes)

    def article(self, ulid: str) -> tuple[ArticleState, tuple[Copy, ...], tuple[Verdict, ...]] | None:
        """An article with all its copies (by id) and every verdict about them; None: no such, or retired."""
        with self._reading() as connection:
            return candidates.article(connection, ulid)

    def follow(self, ulid: str) -> str:
        """The ulid under which a retired article is found now; any other ulid as it is."""
        with self._reading() as connection:
            return candidates.follow(connection, ulid)

    def taken_back(self, ulid: str) -> bool:
        """Whether there was an announced article under this ulid whose owner took it back."""
        with self._reading() as connection:
            return lookups.taken_back(connection, ulid)

    def find(self, keys: Iterable[str]) -> list[str]:
        """Ulids of the articles with a copy under one of these identity keys, sorted."""
        with self._reading() as connection:
            return lookups.under(connection, set(map(indexed, keys)))

    def near_misses(self, limit: int, answered: Iterable[Collection[str]] = ()) -> tuple[near.NearMiss, ...]:
        """Pairs of articles of one owner that were nearly joined, closest first, each two articles once.

        ``answered`` are the sets of identity keys about which the owner said something: those pairs are left out.
        """
        with self._reading() as connection:
            return near.near_misses(connection, limit, answered)

    def copies(self, ids: Collection[int]) -> tuple[Copy, ...]:
        """Those copies, by id; what is not there is left out."""
        with self._reading() as connection:
            return candidates.copies_where_id(connection, ids)

    def every_address(self) -> dict[str, str]:
        """The address of every copy, with the ulid of its article."""
        with self._reading() as connection:
            return lookups.every_address(connection)

    # ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def standing(self, terms: Collection[str]) -> frozenset[str]:
        """Those of these terms under which there is an article."""
        with self._reading() as connection:
            return vocabulary.standing(connection, terms)

    def source_titles(self) -> Mapping[str, str]:
        """What every source is called, by key; removed ones too."""
        with self._reading() as connection:
            return vocabulary.titles(connection)

    def source_refs(self, keys: Collection[str]) -> Mapping[str, SourceRef]:
        """What these sources are called and where they are, by key."""
        with self._reading() as connection:
            return vocabulary.source_refs(connection, keys)

    def tag_labels(self, owner: str | None, slugs: Collection[str]) -> Mapping[str, str]:
        """How the newest article of this owner (None: of anyone) under each of these tags writes it."""
        with self._reading() as connection:
            return vocabulary.labels(connection, owner, slugs)

    # ── publication ─────────────────────────────────────────────────────────────────────────────────────────────────

    def revision(self) -> int:
        """Grows whenever something published changed."""
        with self._reading() as connection:
            return publication.revision(connection)

    def changed_at(self, owner: str | None) -> datetime:
        """When something published of this owner (None: of anyone) last changed: whole seconds, growing."""
        with self._reading() as connection:
            return publication.changed_at(connection, owner)

    def published_config(self, digest: str, now: datetime) -> bool:
        """Note the digest of what a config shows in documents; True: it is new, and everything counts as changed."""
        with self._publishing() as connection:
            return publication.published_config(connection, digest, now)

    def note(self, name: str, value: str) -> bool:
        """Remember a word under a name; True if it was another one before, or none."""
        with self._writing() as connection:
            return publication.note(connection, name, value)

    def noted(self, name: str) -> str | None:
        """The word that is remembered under a name."""
        with self._reading() as connection:
            return publication.noted(connection, name)

    def touch(self, now: datetime) -> None:
        """Let everything published count as changed."""
        with self._publishing() as connection:
            publication.changed(connection, None, now)
