"""Histories of feeds on a real store: with restarts, backups put back, the owner's word given and taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from aggregator.dedupe.canonical import age_of
from aggregator.model import ArticleState, Copy, Selection
from aggregator.store.terms import terms_of
from tests.core.dedupe.histories import PLACE, PLACES, WINDOW, Feeds, Place
from tests.core.ingest_memory import NOW, CountingMint
from tests.shell.histories.database import Database
from tests.shell.histories.house import RealHouse

SLOTS = 3
VIEWS = {
    "/": Selection(),
    "/tag/notes": Selection(any_of=(("tag:notes",),)),
    "/asha/source/dev": Selection(owner="asha", any_of=(("source:asha/dev",),)),
}
REMEMBERED = ("recorded", "first", "copy_of", "known", "shown", "below", "ever", "out")  # what a machine saw
Name = tuple[str, int]  # source key, work


@dataclass(frozen=True)
class Begun:
    """What there is after the first day."""

    backup: object
    memory: Mapping[str, object]
    world: tuple[dict[str, Place], count[int], count[int], CountingMint]


class Histories(Feeds):
    """What `Feeds` does, and what happens to the service that reads them."""

    database: Callable[..., Database]
    begun: Begun | None = None  # the beginning is the same for all of them

    def __init__(self) -> None:
        super().__init__()
        self.looked_at = -1
        self.shown: dict[str, list[str]] = {}
        self.below: defaultdict[str, set[str]] = defaultdict(set)  # left a view over its lower end
        self.out: set[str] = set()  # ids under which something was ever announced
        self.ever: defaultdict[str, set[str]] = defaultdict(set)  # was in it

    def opened(self) -> RealHouse:
        """The house on a database of its own."""
        begun = type(self).begun
        self.real = RealHouse(type(self).database(begun.backup if begun else None), PLACES)
        return self.real

    @initialize()
    def begin(self) -> None:
        """As ever; then the first day is over, on which a new owner's articles find their places in the feeds."""
        begun = type(self).begun
        if begun is None:
            super().begin()
            self.real.now += timedelta(hours=25)
            begun = type(self).begun = Begun(
                self.real.back_up(), self._remembered(), deepcopy((self.places, self.works, self.guids, self.real.mint))
            )
        self._remember(deepcopy(begun.memory))
        self.places, self.works, self.guids, self.real.mint = deepcopy(begun.world)
        self.real.now = NOW + timedelta(hours=len(PLACES) + 25)

    def teardown(self) -> None:
        """Throw the database away."""
        self.real.close()

    # ── what happens to the service ─────────────────────────────────────────────────────────────────────────────────

    @rule()
    def restart(self) -> None:
        before = self.real.memory.copies, self.real.memory.articles
        self.real.restart()
        assert (self.real.memory.copies, self.real.memory.articles) == before

    @rule(place=PLACE)
    def leave_and_return(self, place: str) -> None:
        """A source is taken out of the config and put back, by whoever: its owner's only one takes the owner along."""
        self.settle(place)
        before = self._facts()
        self.real.absent = frozenset({place})
        self.real.take()
        assert self._facts() == before
        self.real.absent = frozenset()
        self.real.take()
        self.settle(place)
        assert self._facts() == before

    @rule(data=st.data(), places=st.lists(PLACE, min_size=1, max_size=2, unique=True))
    def lose_a_day(self, data: st.DataObject, places: list[str]) -> None:
        """Something new comes, and then the database is put back as it was before: it gets the same ids again."""
        for place in places:
            self.read(place)
        before = self._works()
        backup, memory = self.real.back_up(), self._remembered()
        for carried in data.draw(st.lists(st.sampled_from([places, places[:1], places[-1:]]), min_size=1, max_size=2)):
            self.write(list(carried), data.draw(st.sampled_from(["plain", "series", "same"])), "now")
        self.real.now += timedelta(hours=20)
        for place in places:
            self.read(place)
        served, carried_by = self._works(), self._carried()

        self.real.put_back(backup)
        self._remember(memory)
        self.real.now += timedelta(hours=1)
        again = data.draw(st.permutations(places))
        for place in again:
            self.read(place)
        found = self._works()
        assert {name: found[name] for name in before} == before, "what the backup knew is what it was"
        for place, work in carried_by & served.keys():
            if self._first(carried_by, places, work) == self._first(carried_by, again, work):
                ids = served[place, work], found[place, work]
                assert ids[0] == ids[1], "another id than before the backup was put back"

    @rule(data=st.data())
    def join_and_part(self, data: st.DataObject) -> None:
        """The owner says of two articles that they are one, and takes it back."""
        before = dict(self.real.memory.articles)
        if len(before) < 2:
            return
        one, other = data.draw(st.permutations(sorted(before)))[:2]
        pair = self._address(one), self._address(other)
        place = data.draw(st.none() | PLACE)
        older, younger = sorted((one, other), key=self._born)
        facts, waits, met = self._facts(), self.real.waits, set(self.first)
        with self.real.told(same=[pair]):
            memory = self.real.memory
            assert memory.living(younger) == older == memory.living(older), "the older id lives on"
            assert {ulid: memory.articles[ulid] for ulid in before.keys() - {one, other}} == {
                ulid: before[ulid] for ulid in before.keys() - {one, other}
            }
            assert memory.articles[older].published_at == min(before[one].published_at, before[other].published_at)
            self._look()
            if place is not None:
                self.settle(place)
        for name in self.first.keys() - met:  # what came meanwhile was met in both articles at once
            self.first[name] = self.real.memory.copies[self.copy_of[name]].article
        self._is_what_it_was(before, facts, polled=place is not None)
        assert waits <= self.real.waits

    @rule(data=st.data())
    def part_and_join(self, data: st.DataObject) -> None:
        """The owner says of two copies of one article that they are two, takes it back, and says it again."""
        copies = self.real.memory.copies
        groups: defaultdict[str, list[Copy]] = defaultdict(list)
        for copy in copies.values():
            groups[copy.article].append(copy)
        several = [ulid for ulid, group in sorted(groups.items()) if len({one.source_key for one in group}) > 1]
        if not several:
            return
        ulid = data.draw(st.sampled_from(several))
        one, *others = sorted(groups[ulid], key=lambda copy: copy.id)
        other = next(copy for copy in others if copy.source_key != one.source_key)
        pair = str(one.entry.url), str(other.entry.url)
        before, facts, waits = dict(self.real.memory.articles), self._facts(), self.real.waits
        parts = []
        for _ in range(2):
            with self.real.told(different=[pair]):
                apart = {self.real.memory.copies[copy.id].article for copy in (one, other)}
                assert ulid in apart
                assert len(apart) == 2
                assert ulid not in waits or apart <= self.real.waits, "the part waits with the rest"
                parts.append(apart)
                self._look()
            self._is_what_it_was(before, facts)
            assert self.real.waits == waits
            assert all(self.real.memory.living(part) == ulid for part in apart), "every id leads to one article"
        assert parts[0] == parts[1]

    @rule(place=PLACE, dated=st.sampled_from(["earlier", "never"]))
    def pour(self, place: str, dated: str) -> None:
        """A source fills its document with what nobody knows: subscribers get none of it."""
        self.settle(place)
        before = self.real.memory.articles.keys()
        for _ in range(WINDOW):
            self.write([place], "plain", dated)
        self.settle(place)
        new = self.real.memory.articles.keys() - before
        assert len(new) == WINDOW
        assert new <= self.real.waits

    @rule(goes=st.sampled_from(["all", "recent", "none"]))
    def end_the_wait(self, goes: str) -> None:
        """The owner decides, or a day has passed: what goes out was never out, and nothing else changes."""
        self._look()
        before, waits, copies = dict(self.real.memory.articles), self.real.waits, self.real.memory.copies.values()
        assert {before[ulid].announced_at for ulid in waits} <= {None}
        done = self.real.end_holds(lambda one: goes == "all" or (goes == "recent" and one.hold.recent))
        out = {one.hold.ulid for one in done.announced}
        assert out | {one.hold.ulid for one in done.index_only} == waits
        assert out.isdisjoint(self.out)
        assert self.out.isdisjoint(copy.born for copy in copies if copy.article in out), "known under another id"
        places = {ulid: self.real.memory.articles[ulid].announced_at for ulid in out}
        assert len(set(places.values())) == len(out), "each has a place of its own"
        assert all(
            at is not None and timedelta(0) <= self.real.now - at < timedelta(seconds=1) for at in places.values()
        )
        now = {ulid: replace(before[ulid], announced_at=at) for ulid, at in places.items()}
        assert self.real.memory.articles == before | now
        assert not self.real.waits
        assert not self.real.store.holds(self.real.now)
        self.known |= now

    # ── what must hold ──────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_comes_back_into_a_feed(self) -> None:
        if self.looked_at != self.real.written:
            self._look()
            self.looked_at = self.real.written

    def _look(self) -> None:
        self.out |= {ulid for ulid, state in self.real.memory.articles.items() if state.announced_at is not None}
        for name, view in VIEWS.items():
            shown = self.real.window(view, SLOTS)
            below = self.below[name]
            assert below.isdisjoint(shown), f"{name}: what fell out of the feed is in it again"
            ever = self.ever[name]
            known = {self.real.memory.living(ulid) for ulid in ever - set(shown)}
            assert known.isdisjoint(set(shown) - ever), f"{name}: what subscribers had under another id is new to them"
            ever |= set(shown)
            below |= {ulid for ulid in self.shown.get(name, ()) if ulid not in shown and self._is_in(view, ulid)}
            self.shown[name] = shown

    def _is_in(self, view: Selection, ulid: str) -> bool:
        """Whether an article belongs to a view, however far below."""
        memory = self.real.memory
        if ulid not in memory.articles:
            return False
        terms = terms_of(
            memory.articles[ulid], (copy.source_key for copy in memory.copies.values() if copy.article == ulid)
        )
        return all(not terms.isdisjoint(group) for group in view.any_of) and (
            view.owner is None or view.owner in memory.articles[ulid].owners
        )

    def _is_what_it_was(
        self, before: Mapping[str, ArticleState], facts: Mapping[int, tuple[object, ...]], polled: bool = False
    ) -> None:
        """After the owner took a word back: the copies are the articles that they were, under the same ids."""
        now = self._facts()
        assert {id: now[id] for id in facts} == facts
        for ulid, old in before.items():
            new = self.real.memory.articles[ulid]
            assert (new.id, new.announced_at, new.slug) == (old.id, old.announced_at, old.slug)
            assert new.published_at <= old.published_at if polled else new.published_at == old.published_at

    # ── what was seen ───────────────────────────────────────────────────────────────────────────────────────────────

    def _facts(self) -> dict[int, tuple[object, ...]]:
        """Of each copy: the article that it is part of, and what was recorded."""
        articles = self.real.memory.articles
        return {
            id: (copy.article, articles[copy.article].id, copy.published_at, copy.first_seen_at)
            for id, copy in self.real.memory.copies.items()
        }

    def _works(self) -> dict[Name, str]:
        """The article of every work on every place that was read."""
        return {name: str(self.real.memory.living(ulid)) for name, ulid in self.first.items()}

    def _carried(self) -> frozenset[Name]:
        """What stands in the documents."""
        found: set[Name] = set()
        for key, place in self.places.items():
            urls = {one.url for one in place.entries()}
            found |= {(key, item.work) for item in place.items if place.url(item) in urls}
        return frozenset(found)

    @staticmethod
    def _first(carried: Collection[Name], order: Sequence[str], work: int) -> str | None:
        return next((key for key in order if (key, work) in carried), None)

    def _address(self, ulid: str) -> str:
        found = (copy for copy in self.real.memory.copies.values() if copy.article == ulid)
        return str(min(found, key=lambda copy: copy.id).entry.url)

    def _born(self, ulid: str) -> tuple[object, ...]:
        born = [copy for copy in self.real.memory.copies.values() if copy.born == ulid]
        return min((copy.born_at, age_of(copy)) for copy in born)

    def _remembered(self) -> Mapping[str, object]:
        return deepcopy({name: getattr(self, name) for name in REMEMBERED})

    def _remember(self, memory: Mapping[str, object]) -> None:
        for name, value in memory.items():
            setattr(self, name, value)
