"""An archive adds and overrules nothing, in whatever portions it comes and however often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator import ingest
from aggregator.dedupe.index import probes
from aggregator.dedupe.signature import sign
from aggregator.dedupe.supplement import supplement
from aggregator.model import Changes, Entry, Source
from aggregator.sources import boilerplate
from tests.core.dedupe.effort import examples
from tests.core.dedupe.made import ISSUED, copies, entry, prose, source
from tests.core.ingest_memory import House

BLOG, DEV = source("blog"), source("dev", kind="dev")


def post(number: int, folder: str = "blog") -> Entry:
    at = ISSUED - timedelta(days=9 * number)
    title = f"Post {prose(str(number), 4)}"
    return entry(title, prose(f"text {number}", 80), f"https://{folder}.example/{number}", at=at)


def bring(house: House, place: Source, entries: Sequence[Entry]) -> Changes:
    """One page of a history, as the backfill takes it."""
    round_ = house.round(place, backfilled=True)
    drafts = ingest.draft(sign(ingest.unique(tuple(entries)), boilerplate()), place, round_, house.mint)
    known = house.memory.candidates(probes(drafts))
    changes = house.merge(known, supplement(drafts, known.copies), round_)
    house.memory.apply(changes)
    return changes


@examples(60)
@given(data=st.data(), count=st.integers(1, 14), window=st.integers(1, 6), mirrored=st.sets(st.integers(0, 13)))
def test_any_split_into_pages_gives_the_same_articles(
    data: st.DataObject, count: int, window: int, mirrored: set[int]
) -> None:
    posts = [post(number) for number in range(count)]
    copies_ = [replace(post(number, "dev"), title=posts[number].title) for number in sorted(mirrored) if number < count]
    outcomes = []
    for portions in (_portions(data, posts), [posts]):
        house = House()
        house.poll(BLOG, posts[:window])
        house.poll(DEV, copies_)
        shown = {ulid: state.announced_at for ulid, state in house.memory.articles.items()}
        for portion in portions:
            bring(house, BLOG, portion)
        assert {copy.entry.guid for copy in house.memory.copies_of(BLOG.key)} == {one.guid for one in posts}
        dates = {copy.entry.guid: copy.published_at for copy in house.memory.copies_of(BLOG.key)}
        announced = {ulid: state.announced_at for ulid, state in house.memory.articles.items() if state.announced_at}
        assert announced == {ulid: at for ulid, at in shown.items() if at}, "history was announced"
        for portion in portions:
            assert bring(house, BLOG, portion) == Changes(), "the same page once more changed something"
        outcomes.append((house.memory.partition(), dates))
    assert outcomes[0] == outcomes[1]


def _portions(data: st.DataObject, posts: Sequence[Entry]) -> list[list[Entry]]:
    """Pages that may overlap, as they do where something was published meanwhile, in any order."""
    portions = []
    at = 0
    while at < len(posts):
        size = data.draw(st.integers(1, len(posts)))
        overlap = data.draw(st.integers(0, min(2, at)))
        portions.append(list(posts[at - overlap : at + size]))
        at += size
    return list(data.draw(st.permutations(portions)))


def test_a_gap_is_filled_and_a_word_is_not_replaced() -> None:
    (old,) = copies(BLOG, [entry("A title", "", "https://blog.example/a", summary="Mine.")])
    other = entry("A title", prose("a", 90), "https://blog.example/a", summary="Theirs.", at=ISSUED - timedelta(days=1))
    (draft,) = supplement(copies(BLOG, [replace(other, tags=("rope",), tag_labels={"rope": "Rope"})], 9), [old])
    assert (draft.id, draft.entry.summary, draft.entry.published) == (9, "Mine.", ISSUED)
    assert (draft.entry.tags, draft.entry.tag_labels) == (("rope",), {"rope": "Rope"})
    assert draft.entry.content_html == other.content_html
    assert supplement([draft], [replace(old, entry=draft.entry)])[0].entry == draft.entry


def test_another_version_of_a_known_text_is_left() -> None:
    (old,) = copies(BLOG, [entry("A title", prose("now", 80), "https://blog.example/a")])
    then = copies(BLOG, [entry("A title then", prose("then", 150), "https://blog.example/a")], 9)
    assert supplement(then, [old])[0].entry in (old.entry, then[0].entry)
    same = copies(BLOG, [entry("A title", prose("now", 80) + " " + prose("more", 50), "https://blog.example/a")], 9)
    assert supplement(same, [old])[0].entry == old.entry


def test_other_sources_and_unknown_entries_stay_as_they_are() -> None:
    (old,) = copies(BLOG, [post(1)])
    drafts = copies(DEV, [post(1)], 5) + copies(BLOG, [post(2)], 9)
    assert supplement(drafts, [old]) == drafts
