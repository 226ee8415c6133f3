"""A store in memory for tests of the pure pipeline: dictionaries that take changes and answer like the real one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aggregator import ingest
from aggregator.dedupe.index import guid_key, probes
from aggregator.dedupe.news import Habit
from aggregator.dedupe.signature import sign
from aggregator.model import (
    ArticleState,
    Changes,
    Copy,
    Entry,
    Hold,
    IndexRows,
    Known,
    Owner,
    Probes,
    Seal,
    Source,
    Verdict,
)
from aggregator.sources import boilerplate

FEW_SAMPLES = 8
BEST = 50


class CountingMint:
    """Ids of copies in order: the first is the smallest."""

    def __init__(self) -> None:
        self._last = 0

    def copy_id(self) -> int:
        self._last += 1
        return self._last


SEAL = Seal(b"what a database carries", "feeds.example.org,2026")


def partition(copies: Iterable[Copy]) -> frozenset[frozenset[str]]:
    """Which entries are one article, by source and guid; a copy stands for every guid that it ever had."""
    groups: dict[str, set[str]] = {}
    for copy in copies:
        guids = {guid_key(copy.source_key, copy.entry.guid), *(one for one in copy.aliases if one[:2] == "g:")}
        groups.setdefault(copy.article, set()).update(guids)
    return frozenset(map(frozenset, groups.values()))


@dataclass
class Memory:
    """What ``aggregator.store`` keeps of copies and articles, with the same closure and the same look-ups."""

    copies: dict[int, Copy] = field(default_factory=dict)
    index: dict[int, IndexRows] = field(default_factory=dict)
    articles: dict[str, ArticleState] = field(default_factory=dict)
    retired: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    past: dict[str, ArticleState] = field(default_factory=dict)
    verdicts: dict[tuple[int, int], Verdict] = field(default_factory=dict)
    held: dict[str, Hold] = field(default_factory=dict)

    def candidates(self, wanted: Probes) -> Known:
        """Everything that entries with these probes could touch: whole components."""
        by_key = {id for id, rows in self.index.items() if not rows.keys.isdisjoint(wanted.keys)}
        by_two = {id for id, rows in self.index.items() if len(rows.keys & wanted.weak) >= 2}
        return self._load(self._closure(by_key | by_two | self._alike(wanted.samples)))

    def component(self, ids: Collection[int]) -> Known:
        """Those copies and everything tied to them."""
        return self._load(self._closure(set(ids)))

    def copies_of(self, source_key: str) -> tuple[Copy, ...]:
        """Every copy of a source, by id."""
        return tuple(copy for _, copy in sorted(self.copies.items()) if copy.source_key == source_key)

    def apply(self, changes: Changes) -> None:
        """Write what a merge decided, and refuse what the tables of the real store would refuse."""
        before = {copy.id: copy for copy in self.copies.values()}
        indexed = {rows.copy_id for rows in changes.index}
        assert {copy.id for copy in changes.copies} - before.keys() <= indexed, "a new copy without index rows"
        assert indexed <= {copy.id for copy in changes.copies}
        for copy in changes.copies:
            self.copies[copy.id] = copy
        self.index.update({rows.copy_id: rows for rows in changes.index})
        for state in changes.articles:
            self.articles[state.ulid] = state
            self.retired.pop(state.ulid, None)
            self.gone.discard(state.ulid)
        for ulid, into in changes.retired.items():
            self.past[ulid] = replace(self.articles.pop(ulid), content_html="")
            self.retired[ulid] = into
        self.held.update({hold.ulid: hold for hold in changes.held})
        self._judge(changes)
        for id in changes.removed:
            del self.copies[id], self.index[id]
        self.verdicts = {pair: one for pair, one in self.verdicts.items() if not changes.removed.intersection(pair)}
        for ulid in changes.gone:
            del self.articles[ulid]
        self.gone |= changes.gone
        self.check()

    def check(self) -> None:
        """What must hold after every change."""
        held = Counter((copy.source_key, copy.entry.guid) for copy in self.copies.values())
        assert all(count == 1 for count in held.values()), "two copies of one source with one guid"
        assert {copy.article for copy in self.copies.values()} == set(self.articles)
        assert all(self.living(ulid) is not None for ulid in self.retired), "a redirect to nowhere"
        assert not self.retired.keys() & self.articles.keys()
        assert self.held.keys() <= self.articles.keys() | self.retired.keys() | self.gone
        for state in self.articles.values():
            mine = [copy for copy in self.copies.values() if copy.article == state.ulid]
            assert state.owners == tuple(sorted({copy.owner for copy in mine}))
            assert {state.canonical, state.text, state.lead} <= {copy.id for copy in mine}
            dated = [copy.published_at for copy in mine if copy.date_precision != "unknown"]
            assert state.published_at <= min(dated or [copy.published_at for copy in mine])

    def living(self, ulid: str) -> str | None:
        """The article that an id leads to now."""
        seen = set()
        while ulid in self.retired:
            assert ulid not in seen, "a circle of redirects"
            seen.add(ulid)
            ulid = self.retired[ulid]
        return ulid if ulid in self.articles or ulid in self.gone else None

    def waits(self, state: ArticleState) -> bool:
        """Whether an article is kept out of the feeds until somebody decides."""
        return state.ulid in self.held and state.announced_at is None

    def partition(self) -> frozenset[frozenset[str]]:
        """Which entries are one article, by source and guid; a copy stands for every guid that it ever had."""
        return partition(self.copies.values())

    def _judge(self, changes: Changes) -> None:
        self.verdicts = {
            pair: verdict for pair, verdict in self.verdicts.items() if not changes.judged.issuperset(pair)
        }
        self.verdicts.update({(verdict.a, verdict.b): verdict for verdict in changes.verdicts})

    def _alike(self, samples: frozenset[int]) -> set[int]:
        least = 1 if len(samples) < FEW_SAMPLES else 2
        shared = {id: len(rows.samples & samples) for id, rows in self.index.items()}
        best = sorted((id for id, count in shared.items() if count >= least), key=lambda id: (-shared[id], id))
        return set(best[: max(BEST, len(samples))])

    def _closure(self, ids: set[int]) -> set[int]:
        found = set(ids)
        frontier = set(ids)
        while frontier:
            articles = {self.copies[id].article for id in frontier}
            reached = {copy.id for copy in self.copies.values() if copy.article in articles}
            for (a, b), verdict in self.verdicts.items():
                if verdict.linked and frontier & {a, b}:
                    reached |= {a, b}
            frontier = reached - found
            found |= frontier
        return found

    def _load(self, ids: Collection[int]) -> Known:
        copies = tuple(self.copies[id] for id in sorted(ids))
        states = {copy.article: self.articles[copy.article] for copy in copies}
        born = {copy.born for copy in copies} - states.keys()
        return Known(
            copies=copies,
            articles=dict(sorted(states.items())),
            verdicts=tuple(one for (a, b), one in sorted(self.verdicts.items()) if a in ids and b in ids),
            retired={ulid: self.past[ulid] for ulid in sorted(born) if ulid in self.retired},
            held={ulid: self.held[ulid] for ulid, state in states.items() if self.waits(state)},
        )


NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class House:
    """The pipeline from entries to articles: signs, drafts, looks up, merges and writes, as the poller does."""

    memory: Memory = field(default_factory=Memory)
    mint: CountingMint = field(default_factory=CountingMint)
    owners: Mapping[str, Owner] = field(default_factory=dict)
    same: tuple[frozenset[str], ...] = ()
    different: tuple[frozenset[str], ...] = ()
    seal: Seal = SEAL
    now: datetime = NOW
    polled: set[str] = field(default_factory=set)
    habit: Habit | None = None  # None: nothing is held back

    def round(
        self, source: Source, complete: bool = True, founding: bool = False, backfilled: bool = False
    ) -> ingest.Round:
        """The circumstances of a merge; the first fill of a source is noticed."""
        return ingest.Round(
            owners=self.owners,
            now=self.now,
            authority=self.seal.tagging_entity.partition(",")[0],
            complete=complete,
            founding=founding,
            backfilled=backfilled,
            same=self.same,
            different=self.different,
            first_fill=source.key not in self.polled,
            habit=self.habit if source.key in self.polled else None,
        )

    def poll(
        self,
        source: Source,
        entries: Iterable[Entry],
        complete: bool = True,
        founding: bool = False,
        backfilled: bool = False,
    ) -> Changes:
        """One document of a source."""
        signed = sign(ingest.unique(tuple(entries)), boilerplate())
        round_ = self.round(source, complete, founding, backfilled)
        drafts = ingest.draft(signed, source, round_, self.mint)
        known = self.memory.candidates(probes(drafts, (*self.same, *self.different)))
        changes = self.merge(known, drafts, round_)
        self.memory.apply(changes)
        self.polled.add(source.key)
        return changes

    def merge(
        self, known: Known, drafts: Sequence[Copy], round_: ingest.Round, withdrawn: frozenset[int] = frozenset()
    ) -> Changes:
        """A merge whose new ids nothing in the memory has."""
        taken: frozenset[str] = frozenset()
        while True:
            changes = ingest.merge(known, drafts, round_, self.seal, withdrawn, taken)
            found = changes.minted & (self.memory.articles.keys() | self.memory.retired.keys())
            if not found:
                return changes
            taken |= found

    def withdraw(self, source: Source, ids: Iterable[int]) -> Changes:
        """What happens when hand-written entries are taken out of the config."""
        taken = frozenset(ids)
        changes = self.merge(self.memory.component(taken), (), self.round(source), taken)
        self.memory.apply(changes)
        return changes

    def regroup(self) -> Changes:
        """Everything judged again, as after a change of the config."""
        source = Source(key="", owner="", id="", kind="feed", feed_url="")
        known = self.memory.component(self.memory.copies)
        changes = self.merge(known, (), self.round(source))
        self.memory.apply(changes)
        return changes

    def article(self, source: Source, guid: str) -> ArticleState:
        """The article that an entry belongs to."""
        found = [copy for copy in self.memory.copies_of(source.key) if copy.entry.guid == guid]
        assert len(found) == 1, f"{len(found)} copies of {guid} in {source.key}"
        return self.memory.articles[found[0].article]

    def told(self, same: Iterable[frozenset[str]] = (), different: Iterable[frozenset[str]] = ()) -> House:
        """The same house under another word of the owner's."""
        return replace(self, same=tuple(same), different=tuple(different))
