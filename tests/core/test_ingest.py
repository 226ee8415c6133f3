"""The pipeline from documents to changes: what is announced, what is kept, what is shown, what is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator import ingest
from aggregator.model import (
    Changes,
    Copy,
    Entry,
    Known,
    Owner,
    ParsedFeed,
    RawEntry,
    RawText,
    Source,
    Written,
)
from aggregator.normalize.written import written
from aggregator.sources import keys_of
from tests.core.dedupe.made import ISSUED, entry, html, prose, source
from tests.core.ingest_memory import NOW, SEAL, CountingMint, House

SITE = source("site", own_site=True)
DEV = source("dev", kind="dev")
TEAM = source("blog", owner="team")
ENTRIES = source("entries", kind="entries", own_site=True)
TEXT = prose("lease", 300)
HOME, ON_DEV = "https://asha.example/older", "https://dev.to/asharao/younger-3k2f"


def dated(days: float, title: str = "", text: str | None = None) -> Entry:
    """An entry published ``days`` before now."""
    name = title or f"Entry of {days} days"
    return entry(name, prose(name) if text is None else text, at=NOW - timedelta(days=days))


def announced(house: House) -> dict[str, datetime | None]:
    return {state.title: state.announced_at for state in house.memory.articles.values()}


def news(house: House) -> set[str]:
    return {title for title, at in announced(house).items() if at is not None}


# ── what is announced ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_source_announces_the_recent_five() -> None:
    house = House()
    house.poll(SITE, [dated(days, str(days)) for days in range(20)])
    assert news(house) == {"0", "1", "2", "3", "4"}
    assert len(house.memory.articles) == 20


def test_what_an_owner_joins_and_parts_again_stands_where_it_stood() -> None:
    house = House()
    younger, older = dated(5, "younger, and known first"), dated(30, "older")
    house.poll(DEV, [replace(younger, url=ON_DEV, keys=keys_of(ON_DEV))], founding=True)
    house.now += timedelta(minutes=1)
    house.poll(SITE, [replace(older, url=HOME, keys=keys_of(HOME))], founding=True)
    before = dict(house.memory.articles)
    house.now += timedelta(hours=1)
    joined = house.told([frozenset((*keys_of(ON_DEV), *keys_of(HOME)))])
    joined.regroup()
    assert set(announced(joined).values()) == {NOW - timedelta(days=30)}
    joined.now += timedelta(hours=1)
    joined.told().regroup()
    places = {state.ulid: (state.announced_at, state.published_at) for state in house.memory.articles.values()}
    assert places == {state.ulid: (state.announced_at, state.published_at) for state in before.values()}


def test_a_new_source_announces_a_week() -> None:
    house = House()
    house.poll(SITE, [dated(days, str(days)) for days in (6, 7, 8, 400)])
    assert news(house) == {"6", "7"}


def test_of_undated_entries_the_first_are_announced() -> None:
    house = House()
    house.poll(SITE, [entry(name, prose(name), at=None) for name in "abcdefgh"])
    assert news(house) == set("abcde")


def test_undated_entries_keep_the_place_in_which_they_first_stood() -> None:
    house = House()
    house.poll(SITE, [entry(name, prose(name), at=None) for name in "abc"])
    house.now += timedelta(hours=1)
    changes = house.poll(SITE, [entry(name, prose(name), at=None) for name in "dcba"])
    places = {copy.entry.title: (copy.published_at, copy.entry.position) for copy in house.memory.copies_of(SITE.key)}
    assert places == {"a": (NOW, 0), "b": (NOW, 1), "c": (NOW, 2), "d": (house.now, 0)}
    assert [state.title for state in changes.articles] == ["d"], "a list turned round is no change"


def test_undated_entries_that_came_with_their_owner_stay_where_they_are() -> None:
    house = House()
    house.poll(SITE, [entry(name, prose(name), at=None) for name in "abc"], founding=True)
    before = dict(house.memory.articles)
    house.now += timedelta(hours=1)
    house.regroup()
    assert house.memory.articles == before


def test_a_known_source_announces_everything_new() -> None:
    house = House()
    house.poll(SITE, [dated(1, "first")])
    house.now += timedelta(hours=1)
    house.poll(SITE, [dated(days, str(days)) for days in range(0, 200, 20)])
    assert len(news(house)) == 11
    places = [announced(house)[str(days)] for days in range(0, 200, 20)]
    assert places == [house.now - number * timedelta(microseconds=1) for number in range(10)], "on top, by their dates"


def test_what_comes_with_an_owner_stands_at_its_date() -> None:
    house = House()
    house.poll(SITE, [dated(days, str(days)) for days in range(0, 200, 20)], founding=True)
    assert announced(house) == {str(days): NOW - timedelta(days=days) for days in range(0, 200, 20)}


def test_nothing_founding_stands_in_the_future() -> None:
    house = House()
    house.poll(SITE, [dated(-0.5, "tomorrow")], founding=True)
    assert announced(house) == {"tomorrow": NOW}


def test_an_older_copy_moves_a_founding_article_while_its_owner_is_new() -> None:
    house = House()
    house.poll(SITE, [dated(5, "a", TEXT)], founding=True)
    house.now += timedelta(minutes=1)
    house.poll(DEV, [dated(30, "a", TEXT)], founding=True)
    assert announced(house) == {"a": NOW - timedelta(days=30)}
    house.now += timedelta(days=2)
    house.poll(source("late"), [dated(60, "a", TEXT)], founding=True)
    assert announced(house) == {"a": NOW - timedelta(days=30)}, "its place is taken; only its date moves"
    assert house.article(SITE, "guid of a").published_at == NOW - timedelta(days=60)


def test_history_is_for_the_index() -> None:
    house = House()
    house.poll(SITE, [dated(0, "a")], backfilled=True)
    assert announced(house) == {"a": None}
    assert not house.memory.copies_of(SITE.key)[0].announce


def test_an_article_is_announced_once() -> None:
    house = House()
    house.poll(SITE, [dated(300, "a", TEXT)])
    assert announced(house) == {"a": None}
    house.now += timedelta(days=1)
    house.poll(DEV, [])
    house.polled.add(DEV.key)
    house.poll(DEV, [dated(0, "a", TEXT)])
    assert announced(house) == {"a": None}, "a copy is no news"
    house.poll(TEAM, [dated(0, "b", prose("b"))])
    before = announced(house)["b"]
    house.now += timedelta(days=1)
    house.poll(SITE, [dated(0, "b", prose("b"))])
    assert announced(house)["b"] == before


# ── dates and ids ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_date_is_the_moment_of_first_sight() -> None:
    house = House()
    house.poll(SITE, [entry("a", TEXT, at=None)])
    state = house.article(SITE, "guid of a")
    assert (state.published_at, state.date_precision) == (NOW, "unknown")
    house.now += timedelta(days=3)
    house.poll(SITE, [entry("a", TEXT, at=ISSUED)])
    assert house.article(SITE, "guid of a") == state, "recorded once"


def test_the_earliest_copy_dates_the_article() -> None:
    house = House()
    house.poll(SITE, [entry("a", TEXT, at=None)])
    house.poll(DEV, [entry("a", TEXT, at=ISSUED)])
    assert house.article(SITE, "guid of a").published_at == ISSUED
    house.poll(TEAM, [entry("a", TEXT, at=ISSUED + timedelta(days=9))])
    assert house.article(SITE, "guid of a").published_at == ISSUED


def test_the_id_carries_the_year_of_its_birth() -> None:
    house = House()
    house.poll(SITE, [entry("a", TEXT)])
    state = house.article(SITE, "guid of a")
    assert state.id == f"tag:feeds.example.org,2026:article/{state.ulid}"


def test_owners_of_every_copy_own_the_article() -> None:
    house = House(owners={"asha": Owner("asha", "Asha"), "team": Owner("team", "Team", prefer=("blog",))})
    house.poll(SITE, [entry("a", TEXT, at=ISSUED)])
    house.poll(TEAM, [entry("a", TEXT, at=ISSUED - timedelta(days=1))])
    state = house.article(SITE, "guid of a")
    assert state.owners == ("asha", "team")
    assert state.canonical == house.memory.copies_of(TEAM.key)[0].id, "the first copy's owner speaks"


# ── edits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def house_with(*entries: Entry) -> House:
    house = House()
    house.poll(SITE, entries)
    house.now += timedelta(days=3)
    return house


def changed(text: str = TEXT, title: str = "a") -> Entry:
    return entry(title, text, "https://site.example/a", "a")


def test_the_same_document_changes_nothing() -> None:
    house = house_with(changed())
    assert house.poll(SITE, [changed()]) == Changes()
    assert house.poll(SITE, []) == Changes()


def test_a_rewrite_is_an_update() -> None:
    house = house_with(changed())
    changes = house.poll(SITE, [changed(f"{prose('new', 60)} {TEXT}")])
    assert (changes.new, changes.updated, changes.merged) == (0, 1, 0)
    state = house.article(SITE, "a")
    assert (state.updated_at, state.revision) == (house.now, 2)


def test_a_typing_error_is_none() -> None:
    house = house_with(changed())
    house.poll(SITE, [changed(TEXT.replace(TEXT.split()[40], "corrected", 1))])
    state = house.article(SITE, "a")
    assert (state.updated_at, state.revision) == (None, 2)
    assert "corrected" in state.content_html


def test_a_new_title_is_an_update() -> None:
    house = house_with(changed())
    house.poll(SITE, [changed(title="b")])
    assert house.article(SITE, "a").title == "b"
    assert house.article(SITE, "a").updated_at == house.now


def test_the_stated_time_of_an_update_is_taken_if_it_can_be_true() -> None:
    stated = NOW + timedelta(days=2)
    house = house_with(changed())
    house.poll(SITE, [replace(changed(f"{prose('new', 60)} {TEXT}"), updated=stated)])
    assert house.article(SITE, "a").updated_at == stated
    house = house_with(changed())
    house.poll(SITE, [replace(changed(f"{prose('new', 60)} {TEXT}"), updated=NOW + timedelta(days=900))])
    assert house.article(SITE, "a").updated_at == house.now


def test_a_build_is_no_update() -> None:
    """Jekyll and Hugo stamp every entry with the time of the build."""
    house = house_with(changed())
    assert house.poll(SITE, [replace(changed(), updated=house.now, published=house.now)]) == Changes()


@pytest.mark.parametrize("rest", [" ".join(TEXT.split()[:40]), prose("this is for members", 30), ""])
def test_a_text_that_was_cut_off_stays(rest: str) -> None:
    house = house_with(changed())
    before = house.article(SITE, "a")
    house.poll(SITE, [changed(rest)])
    assert house.article(SITE, "a") == before


def test_a_shorter_text_of_other_words_is_an_edit() -> None:
    house = house_with(changed())
    house.poll(SITE, [changed(prose("shorter", 120))])
    assert house.article(SITE, "a").word_count == 120


def test_a_text_that_was_cut_first_grows() -> None:
    house = house_with(changed(" ".join(TEXT.split()[:40])))
    house.poll(SITE, [changed()])
    assert house.article(SITE, "a").word_count == 300


def test_a_document_that_was_cut_off_only_adds() -> None:
    house = house_with(changed())
    before = dict(house.memory.copies)
    assert house.poll(SITE, [changed(title="b", text=prose("b"))], complete=False) == Changes()
    changes = house.poll(SITE, [changed(title="c"), entry("new", prose("new"))], complete=False)
    assert changes.new == 1
    assert {id: copy for id, copy in house.memory.copies.items() if id in before} == before


def test_an_address_behind_a_staging_host_is_not_taken_over() -> None:
    house = house_with(changed())
    before = house.article(SITE, "a")
    house.poll(SITE, [entry("a", TEXT, "https://asha.wpcomstaging.com/a", "https://asha.wpcomstaging.com/?p=1")])
    assert house.article(SITE, "https://asha.wpcomstaging.com/?p=1").url == before.url


def test_a_guid_that_goes_to_another_entry_is_taken_from_the_first() -> None:
    one = entry("Leases", prose("l"), "https://site.example/l", "1")
    two = entry("Buttons", prose("b"), "https://site.example/b", "2")
    house = house_with(one, two)
    ids = {copy.entry.title: copy.id for copy in house.memory.copies.values()}
    house.poll(SITE, [replace(one, guid="2")])
    found = {copy.entry.title: (copy.id, copy.entry.guid) for copy in house.memory.copies.values()}
    assert found == {"Leases": (ids["Leases"], "2"), "Buttons": (ids["Buttons"], "2 https://site.example/b")}
    house.poll(SITE, [replace(one, guid="2"), replace(two, guid="1")])
    assert {copy.entry.title: copy.id for copy in house.memory.copies.values()} == ids
    assert house.poll(SITE, [replace(one, guid="2"), replace(two, guid="1")]) == Changes()


def test_one_guid_for_all_loses_nothing() -> None:
    """A feed that gives one guid to every entry, and has one entry at a time."""
    house = House()
    for n in range(4):
        house.poll(SITE, [entry(f"Comic {n}", "", f"https://site.example/{n}", "the guid")])
    assert {state.title for state in house.memory.articles.values()} == {f"Comic {n}" for n in range(4)}
    house.poll(SITE, [entry(f"Comic {n}", "", f"https://site.example/{n}", "the guid") for n in range(6)])
    assert {state.title for state in house.memory.articles.values()} == {f"Comic {n}" for n in range(6)}
    assert len(house.memory.copies) == 6


# ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────────────

EXCERPT = " ".join(TEXT.split()[:100])


def test_for_a_day_the_best_copy_speaks() -> None:
    house = House()
    house.poll(DEV, [entry("On DEV", TEXT, guid="d")])
    house.poll(SITE, [entry("On my site", TEXT, guid="s")])
    assert house.article(DEV, "d").title == "On my site"


def test_later_what_subscribers_saw_stays() -> None:
    house = House()
    house.poll(DEV, [entry("On DEV", TEXT, "https://dev.to/asha/x-3k2f", guid="d")])
    before = house.article(DEV, "d")
    house.now += timedelta(days=2)
    house.poll(SITE, [entry("On my site", f"{TEXT} more", "https://site.example/x", guid="s")])
    after = house.article(DEV, "d")
    assert after.url == "https://site.example/x", "the best address"
    assert (after.title, after.content_html, after.updated_at) == (before.title, before.content_html, None)
    assert after.revision == before.revision + 1
    house.poll(SITE, [entry("On my site", f"{prose('rewritten', 90)} {TEXT}", "https://site.example/x", guid="s")])
    last = house.article(DEV, "d")
    assert (last.title, last.updated_at) == ("On my site", house.now), "the text really changed"


def test_the_whole_text_is_shown() -> None:
    house = House()
    house.poll(SITE, [entry("a", EXCERPT, guid="s")])
    house.now += timedelta(days=9)
    house.poll(DEV, [entry("a", TEXT, guid="d")])
    assert house.article(SITE, "s").word_count == 300


def test_each_field_comes_from_the_best_copy_that_has_it() -> None:
    house = House(
        owners={"asha": Owner("asha", "Asha", tag_aliases={"kafkas": "kafka"}, tag_labels={"kafka": "Kafka"})}
    )
    house.poll(SITE, [replace(entry("a", TEXT, guid="s"), language=None)])
    dev = replace(entry("a", TEXT, guid="d"), tags=("kafkas", "go"), tag_labels={"go": "Go"}, language="en")
    house.poll(DEV, [dev])
    state = house.article(SITE, "s")
    assert (state.tags, state.tag_labels, state.language) == (("kafka", "go"), {"kafka": "Kafka", "go": "Go"}, "en")
    assert state.canonical == house.memory.copies_of(SITE.key)[0].id


def test_a_slug_is_made_once() -> None:
    house = house_with(changed(title="Über Kafka & Co"))
    assert house.article(SITE, "a").slug == "über-kafka-co"
    house.poll(SITE, [changed(title="Renamed")])
    assert house.article(SITE, "a").slug == "über-kafka-co"


# ── the owner's own entries ─────────────────────────────────────────────────────────────────────────────────────────


def by_hand(*items: Written) -> list[Entry]:
    return [written(item, place) for place, item in enumerate(items)]


STORY = Written("Moved a port overnight", kind="story", summary="Word for word.", date="2018-12")
POST = Written("My own title", url="https://site.example/a", summary="In my own words.", kind="publication")


def test_the_owners_words_are_kept() -> None:
    house = House()
    house.poll(SITE, [changed(title="As the feed has it")])
    house.poll(ENTRIES, by_hand(POST), founding=True)
    state = house.article(SITE, "a")
    assert (state.title, state.summary, state.kind) == ("My own title", "In my own words.", "publication")
    assert state.word_count == 300


def test_what_was_taken_back_is_gone() -> None:
    house = House()
    house.poll(ENTRIES, by_hand(STORY), founding=True)
    (copy,) = house.memory.copies_of(ENTRIES.key)
    changes = house.withdraw(ENTRIES, [copy.id])
    assert changes.removed == frozenset({copy.id})
    assert changes.gone == frozenset({copy.article})
    assert house.memory.articles == {}


def test_what_was_taken_back_leaves_its_other_copies() -> None:
    house = House()
    house.poll(ENTRIES, by_hand(POST), founding=True)
    house.poll(SITE, [changed()])
    (copy,) = house.memory.copies_of(ENTRIES.key)
    house.withdraw(ENTRIES, [copy.id])
    state = house.article(SITE, "a")
    assert (state.ulid, state.title) == (copy.article, "a")


def test_the_id_of_what_was_taken_back_stays_with_what_is_left() -> None:
    """Both were articles of their own before they met; the older id was that of the copy that went."""
    house = House()
    house.poll(ENTRIES, by_hand(replace(POST, url=None)), founding=True)
    (first,) = house.memory.articles
    house.now += timedelta(hours=1)
    house.poll(SITE, [changed()])
    (second,) = house.memory.articles.keys() - {first}
    told = house.told(same=[frozenset({"u:site.example/a", "u:site.example/b"})])
    told.poll(ENTRIES, by_hand(replace(POST, url=None)))
    (copy,) = told.memory.copies_of(ENTRIES.key)
    told.memory.copies[copy.id] = replace(copy, aliases=("u:site.example/b",))
    told.regroup()
    assert set(told.memory.articles) == {first}
    changes = told.withdraw(ENTRIES, [copy.id])
    assert (changes.retired, changes.gone) == ({}, frozenset())
    assert set(told.memory.articles) == {first}
    assert told.memory.living(second) == first


# ── the whole way ───────────────────────────────────────────────────────────────────────────────────────────────────


def raw(title: str, url: str, text: str) -> RawEntry:
    return RawEntry(guid=url, url=url, title=RawText(title), content=RawText(html(text), "html"), base=url)


def read(place: Source, *entries: RawEntry) -> tuple[Entry, ...]:
    return ingest.take(ParsedFeed("atom10", place.feed_url, entries=entries), place, NOW).entries


def merged(*documents: tuple[Source, Sequence[Entry]]) -> Changes:
    round_ = ingest.Round({}, NOW, "feeds.example.org")
    mint = CountingMint()
    drafts: list[Copy] = []
    for place, entries in documents:
        drafts += ingest.draft(entries, place, round_, mint)
    return ingest.merge(Known(), drafts, round_, SEAL)


def test_documents_become_articles() -> None:
    here = read(SITE, replace(raw("A lease", "https://site.example/a", TEXT), published="2026-05-04T09:30:00Z"))
    there = read(
        DEV, replace(raw("A lease", "https://dev.to/asha/a-lease-3k2f", TEXT), canonical_url="https://site.example/a")
    )
    changes = merged((SITE, here), (DEV, there))
    (article,) = changes.articles
    assert (article.url, article.published_at) == ("https://site.example/a", ISSUED)
    assert (changes.new, changes.merged) == (2, 1)
    assert [verdict.rule for verdict in changes.verdicts] == ["link"]
    assert {rows.copy_id for rows in changes.index} == {copy.id for copy in changes.copies}


def test_build_times_are_forgotten() -> None:
    built = [
        replace(raw(f"t{n}", f"https://site.example/{n}", prose(f"{n}")), updated="2026-11-19T08:00:00Z")
        for n in range(3)
    ]
    assert [one.updated for one in read(SITE, *built)] == [None] * 3
    assert all(one.updated for one in read(SITE, *built[:2]))


def test_everything_of_a_document_is_signed_and_skipped_is_told() -> None:
    feed = ParsedFeed(
        "atom10", SITE.feed_url, entries=(raw("A lease", "https://site.example/a", TEXT), RawEntry(None, None))
    )
    reading = ingest.take(feed, SITE, NOW)
    assert [one.signature.words for one in reading.entries] == [300]
    assert len(reading.skipped) == 1
    assert reading.feed.entries == ()


def test_an_empty_merge_is_nothing() -> None:
    assert merged() == Changes()
