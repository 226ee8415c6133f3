"""The same copies give the same articles: in every order, batch and interleaving, and whatever happened meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Changes, Entry, Source
from aggregator.sources import keys_of
from tests.core.dedupe.effort import examples
from tests.core.dedupe.made import ISSUED, entry, html, prose, source
from tests.core.ingest_memory import House

SOURCES = (
    source("site", own_site=True),
    source("dev", kind="dev"),
    source("medium", kind="medium"),
    source("substack"),
    source("team", owner="team"),
)
SUBJECTS = ("Kafka", "Pulsar", "a needle", "Postgres", "the tides", "カフカ", "Очереди", "الخيط")
TITLES = (
    "{} in production",
    "What {} taught me about patience",
    "{}: a field guide",
    "Weekly links",
    "Hello world",
    "Building a house with {}, part {}",
    "{} {}.{} is out",
    "{}入門 第{}回",
    "كيف تعمل {} الجزء {}",
    "Как устроены {}: часть {}",
    "🚀🚀",
    "The year in review",
)
ALPHABETS = ("latin", "han", "arabic", "cyrillic")
SHARED_BY_ALL = "https://site.example/everything-i-wrote"
FOOTER = prose("a footer that every entry of a place has", 45)
TEMPLATE = prose("how we always write about releases", 160)


@dataclass(frozen=True)
class Appearance:
    """One entry of one source, in the document in which it comes first."""

    place: Source
    entry: Entry


def appearances(random: Random, furnished: bool) -> list[Appearance]:
    """What several places carry of a pool of works; ``furnished``: with texts that repeat within a place."""
    works = [_work(random, number, furnished) for number in range(random.randint(1, 7))]
    made: dict[tuple[str, object], Appearance] = {}
    for work in works:
        for place in random.sample(SOURCES, random.randint(1, 4)):
            for again in range(1 if random.random() < 0.9 else 2):
                one = _copy(random, work, place, again, furnished)
                # What comes again under its address is an edit: the later one counts, so that order matters.
                address = work.number if one.keys == keys_of(SHARED_BY_ALL) else one.keys
                made.setdefault((place.key, address), Appearance(place, one))
    return list(made.values())


@dataclass(frozen=True)
class _Work:
    number: int
    title: str
    text: str
    at: datetime
    home: str


def _work(random: Random, number: int, furnished: bool) -> _Work:
    subject, count = random.choice(SUBJECTS), random.randint(1, 3)
    title = random.choice(TITLES).format(subject, count, random.randint(0, 2))
    alphabet = random.choice(ALPHABETS)
    same = random.choice([number, 0]) if furnished else number
    text = prose(f"work {same}", random.choice([15, 70, 150, 400]), alphabet)
    if furnished and random.random() < 0.3:
        text = f"{TEMPLATE} {text}"
    at = ISSUED - timedelta(days=random.choice([0, 0, 1, 7, 25, 31, 365, 700]))
    return _Work(number, title, text, at, f"https://site.example/{random.choice([number, 'latest'])}/post-{number % 3}")


def _copy(random: Random, work: _Work, place: Source, again: int, furnished: bool) -> Entry:
    words = work.text.split()
    title = work.title
    change = random.choice(
        ("verbatim", "verbatim", "footer", "edited", "excerpt", "stub", "title only", "retitled", "intro")
    )
    text, summary = work.text, ""
    if change == "footer" and furnished:
        text = f"{work.text} {FOOTER}"
    elif change == "edited":
        text = " ".join(word if random.random() > 0.04 else "edited" for word in words)
    elif change == "excerpt":
        text = " ".join(islice(words, max(12, len(words) // 3)))
    elif change == "stub":
        text, summary = "", " ".join(islice(words, 30))
    elif change == "title only":
        text = ""
    elif change == "retitled":
        title = random.choice(
            (f"{title}: a tour", f"The truth about {title}", title.upper(), f"{title[:45]}…", f"{title} (updated)")
        )
    elif change == "intro":
        text = f"{prose(f'intro {place.key}', 25)} {work.text}"
    slug = f"{work.number}-{again}-{change.replace(' ', '-')}"
    url: str | None = f"https://{place.id}.example/{slug}"
    if place.id == "site" and random.random() < 0.7:
        url = work.home
    elif random.random() < 0.15:
        url = f"{work.home}?utm_source={place.id}"
    if random.random() < 0.08 and not furnished:
        title, url = prose(f"title {slug} {place.key}", 6), SHARED_BY_ALL
    canonical = work.home if random.random() < 0.25 else None
    # A second item of one source with the same words at the same moment is the first one, moved: the later one counts.
    at = None if random.random() < 0.15 else work.at + timedelta(days=random.choice([0, 0, 0, 2, 4, 28, 60]) + again)
    return entry(
        title,
        html(text) if text else "",
        url,
        guid=f"{place.id} {slug}",
        at=at,
        canonical=canonical,
        summary=summary,
        language=random.choice([None, None, None, "en", "pt-BR"]),
    )


Document = tuple[Source, tuple[Entry, ...]]


def documents(random: Random, found: Sequence[Appearance]) -> list[Document]:
    """The documents in which entries come, each of one place; every entry in at least one of them."""
    made = []
    for place in {one.place.key: one.place for one in found}.values():
        mine = [one.entry for one in found if one.place.key == place.key]
        random.shuffle(mine)
        while mine:
            size = random.randint(1, len(mine))
            made.append((place, tuple(mine[:size])))
            mine = mine[size:]
    random.shuffle(made)
    return made


SEEDS = st.integers(0, 10**9)


@examples(80)
@given(SEEDS, SEEDS, SEEDS)
def test_any_batches_give_the_same_articles(seed: int, one: int, two: int) -> None:
    found = appearances(Random(seed), furnished=False)
    assert outcome(documents(Random(one), found), Random(one)) == outcome(documents(Random(two), found), Random(two))


@examples(50)
@given(SEEDS, SEEDS, SEEDS)
def test_any_order_of_the_same_documents_gives_the_same_articles(seed: int, one: int, two: int) -> None:
    found = documents(Random(seed), appearances(Random(seed), furnished=bool(seed % 2)))
    assert outcome(_shuffled(Random(one), found), Random(one)) == outcome(_shuffled(Random(two), found), Random(two))


def _shuffled(random: Random, found: Sequence[Document]) -> list[Document]:
    """Every document at least once."""
    return random.sample([*found, *found], 2 * len(found))


def outcome(found: Sequence[Document], random: Random) -> frozenset[frozenset[str]]:
    """Which entries are one article after these documents came in this order, with pauses."""
    house = House()
    for place, entries in found:
        house.now += timedelta(hours=random.choice([0, 1, 30, 24 * 40]))
        house.poll(place, entries)
    return house.memory.partition()


@examples(50)
@given(SEEDS)
def test_an_unchanged_document_and_a_second_look_change_nothing(seed: int) -> None:
    house, found = _settled(seed)
    for place, entries in found:
        house.poll(place, entries)  # what another document of the source called furniture is known by now
    for place, entries in found:
        assert house.poll(place, entries) == Changes()
    assert house.regroup() == Changes()


@examples(60)
@given(SEEDS, st.data())
def test_the_owners_same_holds_and_can_be_undone(seed: int, data: st.DataObject) -> None:
    house, found = _settled(seed)
    before = _standing(house)
    a, b = (_told(house, data) for _ in range(2))
    told = house.told(same=[a | b])
    told.now += timedelta(days=2)
    told.regroup()
    assert len(_articles_at(told, a) | _articles_at(told, b)) == 1 or a & b
    for place, entries in found:
        told.poll(place, entries)
    assert len(_articles_at(told, a) | _articles_at(told, b)) == 1 or a & b
    undone = told.told()
    undone.regroup()
    assert _standing(undone) == before


@examples(60)
@given(SEEDS, st.data())
def test_the_owners_different_holds_and_can_be_undone(seed: int, data: st.DataObject) -> None:
    house, found = _settled(seed)
    before = _standing(house)
    a, b = (_told(house, data) for _ in range(2))
    told = house.told(different=[a | b])
    told.now += timedelta(days=2)
    told.regroup()
    assert not _articles_at(told, a) & _articles_at(told, b) or a & b
    for place, entries in found:
        told.poll(place, entries)
    assert not _articles_at(told, a) & _articles_at(told, b) or a & b
    undone = told.told()
    undone.regroup()
    assert _standing(undone) == before


@examples(40)
@given(SEEDS, SEEDS, st.data())
def test_the_owners_word_holds_whatever_comes_later(seed: int, order: int, data: st.DataObject) -> None:
    """Said before anything is known, or after everything is: the same articles."""
    late, found = _settled(seed)
    a, b, c, d = (_told(late, data) for _ in range(4))
    late = late.told(same=[a | b], different=[c | d])
    late.regroup()
    early = House(same=(a | b,), different=(c | d,))
    for place, entries in _shuffled(Random(order), found):
        early.poll(place, entries)
    assert early.memory.partition() == late.memory.partition()


def _settled(seed: int) -> tuple[House, list[Document]]:
    """A house that has read every document twice."""
    random = Random(seed)
    found = documents(random, appearances(random, furnished=bool(seed % 2)))
    house = House()
    for place, entries in [*found, *found]:
        house.poll(place, entries)
    return house, found


def _told(house: House, data: st.DataObject) -> frozenset[str]:
    """The identity keys of an address that somebody could write into the config."""
    urls = sorted({copy.entry.url for copy in house.memory.copies.values() if copy.entry.url})
    return frozenset(keys_of(data.draw(st.sampled_from(urls))))


def _articles_at(house: House, keys: frozenset[str]) -> set[str]:
    return {copy.article for copy in house.memory.copies.values() if keys.intersection(copy.entry.keys)}


def _standing(house: House) -> object:
    """What subscribers hold on to: which copies are which article, its id, its date, its place in the feeds."""
    members: dict[str, set[int]] = {}
    for copy in house.memory.copies.values():
        members.setdefault(copy.article, set()).add(copy.id)
    states = house.memory.articles
    return {
        (ulid, states[ulid].id, states[ulid].published_at, states[ulid].announced_at): found
        for ulid, found in members.items()
    }
