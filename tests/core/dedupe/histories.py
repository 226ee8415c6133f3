"""Histories of feeds, in which ids and recorded dates never change: edits, moves, new guids and dates, lost entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aggregator.model import ArticleState, Changes, Copy, Entry, Precision, Source
from tests.core.dedupe.made import entry, html, prose, source
from tests.core.ingest_memory import House

PLACES = (
    source("site", own_site=True),
    source("dev", kind="dev"),
    source("medium", kind="medium"),
    source("team", owner="team"),
)
PLACE = st.sampled_from([place.key for place in PLACES])
WINDOW = 6
PAYWALL = 30


@dataclass
class Item:
    """One entry as a source carries it now."""

    work: int
    slug: str
    title: str
    text: str
    at: datetime | None
    guid: str
    tags: tuple[str, ...] = ("notes",)
    edits: int = 0
    edited: bool = False  # since it was last in a complete document
    moved: bool = False  # its guid or address changed since then
    gone: bool = False


@dataclass
class Place:
    """A source with its own ways of naming things."""

    source: Source
    scheme: str = "https"
    host: str = ""
    folder: str = ""
    items: list[Item] = field(default_factory=list)

    def url(self, item: Item) -> str:
        return f"{self.scheme}://{self.host}/{self.folder}{item.slug}"

    def entries(self) -> list[Entry]:
        """The newest that are there, as the document has them."""
        there = [item for item in self.items if not item.gone][-WINDOW:]
        return [
            replace(
                entry(item.title, html(item.text), self.url(item), item.guid or self.url(item), item.at), tags=item.tags
            )
            for item in reversed(there)
        ]


class Kept(Protocol):
    """What a store holds."""

    @property
    def copies(self) -> Mapping[int, Copy]:
        """All copies, by id."""

    @property
    def articles(self) -> Mapping[str, ArticleState]:
        """All articles, by ulid."""

    def copies_of(self, source_key: str) -> Sequence[Copy]:
        """Every copy of a source."""

    def living(self, ulid: str) -> str | None:
        """The article that an id leads to now."""


class Reading(Protocol):
    """A house that reads feeds."""

    now: datetime

    @property
    def memory(self) -> Kept:
        """What it keeps."""

    def poll(self, source: Source, entries: Iterable[Entry], complete: bool = True) -> Changes:
        """One document of a source."""

    def regroup(self) -> Changes:
        """Everything judged again."""


class Feeds(RuleBasedStateMachine):
    """Several places that carry the same works, and the house that reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.house = self.opened()
        self.places = {place.key: Place(place, host=f"{place.id}.example") for place in PLACES}
        self.works = count()
        self.guids = count()
        self.recorded: dict[int, tuple[datetime, Precision, datetime]] = {}
        self.first: dict[tuple[str, int], str] = {}
        self.copy_of: dict[tuple[str, int], int] = {}
        self.known: dict[str, ArticleState] = {}

    def opened(self) -> Reading:
        """The house that reads: on a store in memory here."""
        return House()

    @initialize()
    def begin(self) -> None:
        """Three works on several places, read once."""
        self.write(["asha/site", "asha/dev"], "plain", "earlier")
        self.write(["asha/dev", "asha/medium", "team/team"], "series", "now")
        self.write(["asha/site", "asha/medium"], "same", "never")
        for place in self.places:
            self.poll(place, 1)

    # ── what authors and platforms do ───────────────────────────────────────────────────────────────────────────────

    @rule(
        places=st.lists(PLACE, min_size=1, max_size=4, unique=True),
        named=st.sampled_from(["plain", "series", "same"]),
        dated=st.sampled_from(["now", "never", "earlier"]),
    )
    def write(self, places: list[str], named: str, dated: str) -> None:
        work = next(self.works)
        titles = {
            "plain": prose(f"title {work}", 6),
            "series": f"Building a house, part {work}",
            "same": "Weekly links",
        }
        for key in places:
            at = {"now": self.house.now, "never": None, "earlier": self.house.now - timedelta(days=900)}[dated]
            slug = f"{'-'.join(titles[named].split()).lower()}-{work}"
            item = Item(work, slug, titles[named], prose(f"work {work}", 180), at, f"{key}-{next(self.guids)}")
            self.places[key].items.append(item)

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        item = self._item(data)
        if item.edits < 3:
            words = item.text.split()
            at = data.draw(st.integers(0, len(words) - 1))
            item.text = " ".join([*words[:at], "another", "word", *words[at + 1 :]])
            item.edits += 1
            item.edited = True

    @rule(place=PLACE)
    def rename(self, place: str) -> None:
        """The newest entry gets another title, and is seen with it before it moves."""
        self.settle(place)
        newest = [item for item in self.places[place].items if not item.gone][-1:]
        for item in newest:
            if not item.title.endswith("tour") and item.title != "Weekly links":
                item.title += ": a tour"
        self.settle(place)

    @rule(place=PLACE)
    def date_anew(self, place: str) -> None:
        for item in self.places[place].items:
            item.at = self.house.now

    @rule(place=PLACE, way=st.sampled_from(["random", "address"]))
    def name_anew(self, place: str, way: str) -> None:
        for item in self._moving(place).items:
            item.guid = "" if way == "address" else f"new-{next(self.guids)}"

    @rule(place=PLACE)
    def change_scheme(self, place: str) -> None:
        here = self._moving(place)
        here.scheme = "http" if here.scheme == "https" else "https"

    @rule(place=PLACE, host=st.sampled_from(["{}.example", "www.{}.example", "new-{}.example", "{}.wpcomstaging.com"]))
    def move_host(self, place: str, host: str) -> None:
        here = self._moving(place)
        here.host = host.format(here.source.id)

    @rule(place=PLACE, folder=st.sampled_from(["", "blog/", "uncategorized/"]))
    def move_folder(self, place: str, folder: str) -> None:
        self._moving(place).folder = folder

    @rule(data=st.data())
    def change_slug(self, data: st.DataObject) -> None:
        item = self._item(data)
        if not item.slug.endswith("-really"):
            item.slug += "-really"
            item.edited = item.moved = True

    @rule(data=st.data())
    def tag_anew(self, data: st.DataObject) -> None:
        work = self._item(data).work
        for item in (one for place in self.places.values() for one in place.items if one.work == work):
            item.tags = () if item.tags else ("notes",)

    @rule(data=st.data())
    def drop_or_bring_back(self, data: st.DataObject) -> None:
        item = self._item(data)
        item.gone = not item.gone

    # ── what the house sees of it ───────────────────────────────────────────────────────────────────────────────────

    @rule(place=PLACE, pause=st.sampled_from([1, 30, 24 * 9]))
    def poll(self, place: str, pause: int) -> None:
        self.house.now += timedelta(hours=pause)
        self.settle(place)

    @rule(place=PLACE)
    def poll_a_cut_document(self, place: str) -> None:
        """The connection broke: the last entry lost half of its text, the rest is missing."""
        self.settle(place)
        before = dict(self.house.memory.copies)
        here = self.places[place]
        entries = here.entries()[:2]
        cut = [replace(one, content_html=one.content_html[: len(one.content_html) // 2]) for one in entries]
        changes = self.house.poll(here.source, cut, complete=False)
        assert changes == Changes()
        assert self.house.memory.copies == before

    @rule(place=PLACE)
    def poll_behind_a_paywall(self, place: str) -> None:
        """Only the beginnings of the texts are left; what was read before stays."""
        self.settle(place)
        before = {id: copy.entry.content_html for id, copy in self.house.memory.copies.items()}
        here = self.places[place]
        self.house.poll(here.source, [_excerpt(one) for one in here.entries()])
        assert {id: copy.entry.content_html for id, copy in self.house.memory.copies.items()} == before

    @rule(place=PLACE)
    def poll_nothing(self, place: str) -> None:
        assert self.house.poll(self.places[place].source, []) == Changes()

    @rule()
    def judge_everything_again(self) -> None:
        assert self.house.regroup() == Changes()

    def settle(self, place: str) -> None:
        """A whole document, and the same once more, which changes nothing."""
        self.read(place)
        here = self.places[place]
        assert self.house.poll(here.source, here.entries()) == Changes()

    def read(self, place: str) -> None:
        """A whole document."""
        here = self.places[place]
        entries = here.entries()
        self.house.poll(here.source, entries)
        self._recognise(here, entries)

    # ── what must hold ──────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_recorded_changes(self) -> None:
        copies = self.house.memory.copies
        assert self.recorded.keys() <= copies.keys(), "a copy disappeared"
        now = {id: (copy.published_at, copy.date_precision, copy.first_seen_at) for id, copy in copies.items()}
        assert self.recorded == {id: now[id] for id in self.recorded}
        self.recorded = now

    @invariant()
    def articles_stay_what_they_are(self) -> None:
        for ulid, before in self.known.items():
            living = self.house.memory.living(ulid)
            assert living is not None, "an article disappeared"
            after = self.house.memory.articles[living]
            assert after.published_at <= before.published_at
            if living == ulid:
                assert (after.id, after.announced_at, after.slug) == (before.id, before.announced_at, before.slug)
                assert after.revision >= before.revision
        self.known |= self.house.memory.articles

    @invariant()
    def a_work_is_one_article(self) -> None:
        articles: dict[int, set[str]] = {}
        for (_, work), ulid in self.first.items():
            living = self.house.memory.living(ulid)
            assert living is not None
            articles.setdefault(work, set()).add(living)
        assert all(len(found) == 1 for found in articles.values())
        assert len({next(iter(found)) for found in articles.values()}) == len(articles), "two works in one article"
        assert {next(iter(found)) for found in articles.values()} == set(self.house.memory.articles)

    def _recognise(self, here: Place, entries: Iterable[Entry]) -> None:
        """The entries of a document are the copies, and belong to the articles, that they were when they came first."""
        copies: dict[str, Copy] = {copy.entry.guid: copy for copy in self.house.memory.copies_of(here.source.key)}
        items = {item.guid or here.url(item): item for item in here.items}
        for one in entries:
            item, copy = items[one.guid], copies[one.guid]
            name = here.source.key, item.work
            assert self.house.memory.living(self.first.setdefault(name, copy.article)) == copy.article
            if not (item.moved and item.edited):
                assert self.copy_of.setdefault(name, copy.id) == copy.id, "not recognised"
            self.copy_of[name] = copy.id
            item.edited = item.moved = False

    def _moving(self, place: str) -> Place:
        for item in self.places[place].items:
            item.moved = True
        return self.places[place]

    def _item(self, data: st.DataObject) -> Item:
        return data.draw(st.sampled_from([item for place in self.places.values() for item in place.items]))


def _excerpt(one: Entry) -> Entry:
    words = one.content_html.removeprefix("<p>").split()[:PAYWALL]
    return replace(one, content_html=f"<p>{' '.join(words)}</p>", word_count=len(words))
