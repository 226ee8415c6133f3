"""Ids through merges and splits: the oldest lives, and what splits off gets its own back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.permanence import Assignment, assign, published, tag_uri
from aggregator.model import Copy
from tests.core.dedupe.effort import examples
from tests.core.dedupe.made import copies, entry, source
from tests.core.ingest_memory import NOW, House

SITE, DEV = source("site"), source("dev")
BASE = copies(SITE, [entry("x")])[0]


def copy(id: int, born: str = "", seen: int = 0) -> Copy:
    """A copy whose article was minted in the order of the alphabet."""
    at = BASE.first_seen_at + timedelta(hours=seen)
    minted = NOW - timedelta(days=100 - ord(born)) if born else None
    return replace(BASE, id=id, born=born, article=born, first_seen_at=at, born_at=minted)


def assigned(*groups: Sequence[Copy]) -> Assignment:
    return assign(groups, lambda first, used: f"Z{first.id}", NOW)


def test_new_articles_get_new_ids() -> None:
    found = assigned([copy(1)], [copy(2)])
    assert (found.ulids, set(found.minted), found.retired) == (("Z1", "Z2"), {"Z1", "Z2"}, {})


def test_a_new_copy_changes_no_id() -> None:
    assert assigned([copy(1, "A"), copy(2)]) == Assignment(("A",), {}, {})


def test_the_older_id_lives_on() -> None:
    assert assigned([copy(1, "B"), copy(2, "A")]) == Assignment(("A",), {}, {"B": "A"})
    older = replace(copy(1, "B"), born_at=NOW - timedelta(days=900))
    assert assigned([older, copy(2, "A")]) == Assignment(("B",), {}, {"A": "B"})


def test_what_split_off_gets_its_own_back() -> None:
    assert assigned([copy(1, "A")], [copy(2, "B")]) == Assignment(("A", "B"), {}, {})


def test_what_never_was_alone_gets_a_new_one() -> None:
    found = assigned([copy(2, "A", seen=1)], [copy(1, "A")])
    assert found.ulids == ("Z2", "A"), "the copy that was seen first keeps it"
    assert found.minted.keys() == {"Z2"}


def test_a_new_id_is_younger_than_all_it_was_compared_with() -> None:
    """Also after the clock was set back: what split off must not outlive what it came from."""
    ahead = [replace(copy(id, "A", seen=id), born_at=NOW + timedelta(hours=1)) for id in (1, 2, 3)]
    found = assigned(*([one] for one in ahead))
    assert found.ulids == ("A", "Z2", "Z3")
    assert NOW + timedelta(hours=1) < found.minted["Z2"] < found.minted["Z3"]


def test_an_id_stays_with_those_that_are_left() -> None:
    """One copy of A goes over to an older article: A is what the other copy is, and needs no new name."""
    found = assigned([copy(1, "0"), copy(2, "A")], [copy(3, "A", seen=1)])
    assert found == Assignment(("0", "A"), {}, {})


GROUPS = st.lists(st.lists(st.tuples(st.sampled_from(["", "A", "B", "C"]), st.integers(0, 3)), min_size=1), max_size=5)


@examples(200)
@given(GROUPS)
def test_whatever_is_grouped(said: list[list[tuple[str, int]]]) -> None:
    numbers = iter(range(1, 1000))
    groups = [[copy(next(numbers), born, seen) for born, seen in group] for group in said]
    found = assigned(*groups)
    born = {one.born for group in groups for one in group if one.born}
    assert len(set(found.ulids)) == len(groups), "every group one id, and no id twice"
    assert set(found.ulids) <= born | found.minted.keys()
    assert found.retired.keys() == born - set(found.ulids)
    assert set(found.retired.values()) <= set(found.ulids)
    assert len(set(found.minted.values())) == len(found.minted), "each at a moment of its own"
    for group, ulid in zip(groups, found.ulids, strict=True):
        if ulid in found.minted:
            taken = {one.born for one in group if one.born}
            assert taken <= set(found.ulids) - {ulid}, "a new id only where every own one is somebody else's"


# ── dates and names ─────────────────────────────────────────────────────────────────────────────────────────────────


def _dated(*days: int | None) -> list[Copy]:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    return [
        replace(copy(n), published_at=start + timedelta(days=day or 0), date_precision="day" if day else "unknown")
        for n, day in enumerate(days, start=1)
    ]


def test_the_earliest_date_counts() -> None:
    assert published(_dated(5, 3, 9), None)[0].day == 4


def test_first_sight_comes_after_every_date() -> None:
    assert published(_dated(None, 3), None) == (datetime(2026, 5, 4, tzinfo=UTC), "day")
    assert published(_dated(None), None) == (datetime(2026, 5, 1, tzinfo=UTC), "unknown")


def test_a_tag_uri_is_made_once() -> None:
    fresh = copy(1, "A")
    assert tag_uri([fresh], "A", "feeds.example.org,2026") == "tag:feeds.example.org,2026:article/A"
    known = replace(fresh, born_id="tag:old.example,2019:article/A")
    assert tag_uri([copy(2), known], "A", "new.example,2027") == "tag:old.example,2019:article/A"
    assert tag_uri([copy(2), known], "B", "new.example,2027") == "tag:new.example,2027:article/B"


# ── through the pipeline ────────────────────────────────────────────────────────────────────────────────────────────


def two_articles() -> House:
    house = House()
    house.poll(SITE, [entry("Leases", "one two three " * 30, "https://site.example/a", "a")])
    house.now += timedelta(hours=1)
    house.poll(DEV, [entry("Buttons", "four five six " * 30, "https://dev.example/b", "b")])
    return house


def ids(house: House) -> dict[str, str]:
    return {one.entry.guid: house.memory.articles[one.article].id for one in house.memory.copies.values()}


SAME = frozenset({"u:site.example/a", "u:dev.example/b"})


def regrouped(house: House, same: Iterable[frozenset[str]] = ()) -> House:
    told = house.told(same=same)
    told.regroup()
    return told


def test_a_new_address_of_the_service_renames_nothing() -> None:
    house = two_articles()
    before = ids(house)
    house.seal = replace(house.seal, tagging_entity="new.example,2027")
    merged = regrouped(house, [SAME])
    assert set(ids(merged).values()) == {before["a"]}
    assert ids(regrouped(merged)) == before, "what split off has its old name, with the old authority"


def test_a_retired_id_leads_to_the_living_one() -> None:
    house = two_articles()
    gone = house.article(DEV, "b").ulid
    merged = regrouped(house, [SAME])
    assert merged.memory.living(gone) == merged.article(SITE, "a").ulid
    parted = regrouped(merged)
    assert parted.memory.living(gone) == gone
    assert parted.memory.retired == {}


def test_what_split_off_has_its_place_in_the_feeds_again() -> None:
    house = two_articles()
    before = house.article(DEV, "b").announced_at
    house.now += timedelta(days=30)
    parted = regrouped(regrouped(house, [SAME]))
    assert parted.article(DEV, "b").announced_at == before


def test_what_is_new_because_it_split_off_is_no_news() -> None:
    house = House()
    house.poll(SITE, [entry("Leases", "one two three " * 30, "https://site.example/a", "a")])
    place = house.article(SITE, "a").announced_at
    house.now += timedelta(days=30)
    house.poll(DEV, [entry("Leases", "one two three " * 30, "https://dev.example/b", "b")])
    told = house.told(different=[SAME])
    told.regroup()
    assert told.article(DEV, "b").ulid != told.article(SITE, "a").ulid
    assert told.article(DEV, "b").announced_at == place


def test_a_date_that_came_with_another_article_goes_with_it() -> None:
    """An article's date is the earliest of its copies: what the owner took back was never a copy of it."""
    house = House()
    house.poll(SITE, [entry("Leases", "one two three " * 30, "https://site.example/a", "a")])
    own = house.article(SITE, "a").published_at
    house.now += timedelta(hours=1)
    earlier = own - timedelta(days=9)
    house.poll(DEV, [entry("Buttons", "four five six " * 30, "https://dev.example/b", "b", at=earlier)])
    merged = regrouped(house, [SAME])
    assert merged.article(SITE, "a").published_at == earlier
    merged.now += timedelta(days=30)
    parted = regrouped(merged)
    assert (parted.article(SITE, "a").published_at, parted.article(DEV, "b").published_at) == (own, earlier)
