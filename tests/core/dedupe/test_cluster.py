"""Groups of copies: the surest link first, one item of a source in each, and the owner's word above all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from aggregator.dedupe.cluster import AHEAD, cluster
from aggregator.dedupe.crowd import MANY, crowded_keys, marked
from aggregator.dedupe.index import SHARED, addresses, index_of, probes, samples_of
from aggregator.model import Copy, Entry, Source
from aggregator.sources import keys_of
from tests.core.dedupe.made import ISSUED, copies, entry, prose, source

SITE, DEV, MEDIUM = source("site", own_site=True), source("dev", kind="dev"), source("medium", kind="medium")
TEAM = source("blog", owner="team")
TEXT = prose("lease", 300)
A, B, C = (f"https://asha.example/{name}" for name in "abc")


def at(place: Source, *entries: Entry, first_id: int = 1) -> tuple[Copy, ...]:
    return copies(place, entries, first_id)


def guids(found: Sequence[Copy], same: Sequence[str] = (), different: Sequence[str] = ()) -> list[list[str]]:
    told = (_keys(same),) if same else (), (_keys(different),) if different else ()
    return sorted(sorted(copy.entry.guid for copy in group) for group in cluster(found, *told).groups)


def _keys(urls: Sequence[str]) -> frozenset[str]:
    return frozenset(key for url in urls for key in keys_of(url))


def one(guid: str, title: str = "A lease is a promise", text: str = TEXT, url: str | None = None, **more: int) -> Entry:
    return entry(title, text, url, guid, at=ISSUED + timedelta(days=more.get("days", 0)))


# ── groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_no_group() -> None:
    assert cluster([]).groups == ()


def test_copies_of_three_places_are_one_article() -> None:
    found = [*at(SITE, one("s")), *at(DEV, one("d"), first_id=2), *at(MEDIUM, one("m"), first_id=3)]
    assert guids(found) == [["d", "m", "s"]]


def test_the_order_of_the_copies_makes_no_difference() -> None:
    found = [
        *at(SITE, one("s1"), one("s2", "Leases, part 2", prose("p2")), one("s3", "Weekly links", "")),
        *at(DEV, one("d1"), one("d2", "Leases, part 2", ""), one("d3", "Weekly links", "", days=1), first_id=4),
    ]
    expected = cluster(found)
    for order in permutations(found):
        assert cluster(order) == expected


def test_the_surer_link_takes_the_place() -> None:
    """Two items of DEV could be the same of the site; one of them names its address."""
    post = at(SITE, one("s", text="", url=A))
    declared = replace(one("d2", "Something else", prose("other")), declared=keys_of(A))
    rivals = at(DEV, one("d1", text=""), declared, first_id=2)
    groups = guids([*post, *rivals])
    assert groups == [["d1"], ["d2", "s"]]


def test_a_source_has_one_item_in_an_article() -> None:
    found = [*at(SITE, one("s")), *at(DEV, one("d1"), one("d2", text=prose("other"), days=3), first_id=2)]
    assert guids(found) == [["d1", "s"], ["d2"]]


def test_unless_it_sent_it_twice() -> None:
    found = [*at(SITE, one("s")), *at(DEV, one("d1"), one("d2", text=f"{TEXT} more", days=3), first_id=2)]
    assert guids(found) == [["d1", "d2", "s"]]


def test_a_link_refused_is_told() -> None:
    found = [*at(SITE, one("s")), *at(DEV, one("d1"), one("d2", "Other", f"{TEXT} {prose('x', 90)}"), first_id=2)]
    outcome = cluster(found)
    assert (1, 3) in outcome.linked, "it stays a tie: what happens to one concerns the other"
    assert guids(found) == [["d1", "s"], ["d2"]]


# ── the owner's word ────────────────────────────────────────────────────────────────────────────────────────────────


def strangers() -> list[Copy]:
    return [
        *at(SITE, one("s1", "Leases", prose("1"), A), one("s2", "Buttons", prose("2"), B)),
        *at(DEV, one("d1", "Leases", prose("1")), one("d2", "Buttons", prose("2")), first_id=3),
    ]


def test_same_joins_whole_articles() -> None:
    assert guids(strangers()) == [["d1", "s1"], ["d2", "s2"]]
    assert guids(strangers(), same=[A, B]) == [["d1", "d2", "s1", "s2"]]


def test_different_parts_what_belongs_together() -> None:
    found = [*at(SITE, one("s", url=A)), *at(DEV, one("d", url=B), first_id=2)]
    assert guids(found) == [["d", "s"]]
    assert guids(found, different=[A, B]) == [["d"], ["s"]]


def test_different_holds_through_others() -> None:
    found = [
        *at(SITE, one("s", url=A)),
        *at(DEV, one("d", url=B), first_id=2),
        *at(MEDIUM, one("m", url=C), first_id=3),
    ]
    groups = guids(found, different=[A, B])
    assert not any({"s", "d"} <= set(group) for group in groups)
    assert sorted(map(len, groups)) == [1, 2]


def test_different_is_stronger_than_same() -> None:
    found = strangers()
    told = frozenset({*keys_of(A), *keys_of(B)})
    assert len(cluster(found, [told], [told]).groups) == 2


def test_different_is_stronger_than_one_address() -> None:
    """Both entries link to the same page; the owner names the address of their own that each has besides."""
    page = keys_of(C)
    site = [replace(copy, entry=replace(copy.entry, keys=(*keys_of(A), *page))) for copy in at(SITE, one("s"))]
    dev = [
        replace(copy, entry=replace(copy.entry, keys=(*keys_of(B), *page))) for copy in at(DEV, one("d"), first_id=2)
    ]
    assert guids([*site, *dev]) == [["d", "s"]]
    assert guids([*site, *dev], different=[A, B]) == [["d"], ["s"]]


def test_a_word_about_one_address_says_nothing_of_two_copies_there() -> None:
    found = [*at(SITE, one("s", url=A)), *at(DEV, one("d", url=A), first_id=2)]
    assert guids(found, different=[A, B]) == [["d", "s"]]


def test_the_owner_may_name_an_address_that_was() -> None:
    moved = [replace(copy, aliases=keys_of(C)) for copy in at(SITE, one("s1", "Leases", prose("1"), A))]
    other = at(DEV, one("d", "Buttons", prose("2"), B), first_id=2)
    assert guids([*moved, *other], same=[C, B]) == [["d", "s1"]]


# ── crowds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("count", "crowded"), [(3, False), (4, True)])
def test_an_address_of_many_titles_is_none(count: int, crowded: bool) -> None:
    found = at(SITE, *(one(f"s{n}", prose(f"title {n}", 4), "", A) for n in range(count)))
    assert (keys_of(A)[0] in crowded_keys(found)) is crowded


def test_an_address_with_many_titles_in_many_places_is_one() -> None:
    places = [source(f"p{n}") for n in range(6)]
    found = [
        copy for n, place in enumerate(places) for copy in at(place, one("x", prose(f"t{n}", 4), "", A), first_id=n + 1)
    ]
    assert crowded_keys(found) == frozenset()
    assert len(guids(found)) == 1


def test_a_title_that_a_source_used_for_two_works_is_none() -> None:
    name = "t:asha:weekly links"
    assert name in crowded_keys(at(SITE, one("a", "Weekly links", prose("1")), one("b", "Weekly links", prose("2"))))
    assert name not in crowded_keys(at(SITE, one("a", "Weekly links"), one("b", "Weekly links", days=9)))
    apart = [
        *at(SITE, one("a", "Weekly links", prose("1"))),
        *at(DEV, one("b", "Weekly links", prose("2")), first_id=2),
    ]
    assert crowded_keys(apart) == frozenset()


def test_what_was_crowded_once_is_remembered_with_the_copies() -> None:
    found = at(SITE, *(one(f"s{n}", prose(f"title {n}", 4), "", A) for n in range(4)))
    crowded = crowded_keys(found)
    told = marked(found, crowded)
    assert all(copy.crowded == keys_of(A) for copy in told)
    assert crowded_keys(told[:1]) == crowded
    assert marked(told, crowded) == told
    other = at(DEV, one("d", "Elsewhere", "", A), first_id=9)
    assert guids([told[0], *other]) == [["d"], ["s0"]]


# ── candidates ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_comes_second_finds_the_first() -> None:
    """Pairs that a rule joins share something under which the store looks, whichever of them is looked for."""
    long_title = "What eleven months of our own broker taught us about patience"
    pairs = {
        "title": (one("a"), one("b", text="", days=500)),
        "cut title": (one("a", long_title), one("b", f"{long_title[:50]}…", "", days=400)),
        "address": (one("a", "One", "", A), one("b", "Two", "", A)),
        "declared": (one("a", "One", "", A), replace(one("b", "Two", ""), declared=keys_of(A))),
        "text": (one("a", "One"), one("b", "Two", f"{TEXT} more", days=900)),
        "month": (one("a", "Emoji in your prompt"), one("b", "Emoji in your prompt: a tour", "", days=29)),
        "spelling": (one("a", "Optimizing color queries"), one("b", "Optimising colour queries", "", days=29)),
    }
    for name, (mine, other) in pairs.items():
        (a,), (b,) = at(SITE, mine), at(DEV, other, first_id=2)
        assert len(cluster([a, b]).groups) == 1, name
        for sought, kept in ((a, b), (b, a)):
            look, rows = probes([sought]), index_of(kept)
            shared = max(len(look.samples & rows.samples), len(look.weak & rows.keys))
            assert look.keys & rows.keys or shared >= SHARED, name


def test_titles_with_little_in_common_are_not_looked_for() -> None:
    (mine,) = at(SITE, one("a", "Understanding Kafka without tears", text=""))
    found = {
        title: len(probes([mine]).weak & index_of(other).keys)
        for title in ("Kafka consumers explained", "Tears for Kafka", "Understanding others", "Kafka without tears")
        for other in at(DEV, one("b", title, text=""), first_id=2)
    }
    assert found == {
        "Kafka consumers explained": 0,
        "Tears for Kafka": 2,
        "Understanding others": 2,
        "Kafka without tears": 3,
    }


def test_an_owners_titles_are_nobody_elses() -> None:
    (mine,), (theirs,) = at(SITE, one("a", text="")), at(TEAM, one("b", text=""), first_id=2)
    assert not probes([mine]).keys & index_of(theirs).keys


def test_who_is_told_about_one_address_looks_for_the_other() -> None:
    (mine,) = at(SITE, one("a", url=A))
    assert not probes([mine]).keys.intersection(keys_of(B))
    assert probes([mine], [_keys([A, B])]).keys.issuperset(keys_of(B))
    assert not probes([mine], [_keys([B, C])]).keys.intersection(keys_of(B))


def test_without_a_date_there_is_no_month() -> None:
    (dated,) = at(SITE, one("a", text=""))
    (undated,) = at(SITE, replace(one("a", text=""), published=None, date_precision="unknown"))
    assert {key[:2] for key in index_of(dated).keys} == {"g:", "t:", "mw", "mt", "sw", "st"}
    assert {key[:2] for key in index_of(undated).keys} == {"g:", "t:"}


def test_an_alias_of_a_guid_is_no_address() -> None:
    (copy,) = at(SITE, one("a", url=A))
    assert addresses(replace(copy, aliases=("g:asha/site:old", "u:old.example/a"))) == {*keys_of(A), "u:old.example/a"}


def test_a_long_text_is_found_by_few_numbers() -> None:
    (copy,) = at(SITE, one("a", text=prose("long", 2000)))
    assert 100 < len(samples_of(copy.entry)) < 220


# ── what a stranger may send by the thousand ────────────────────────────────────────────────────────────────────────

LONG = "A title of which a platform shows no more than the beginning"
HORDES: dict[str, Callable[[int], Entry]] = {
    "all the same": lambda n: one(f"{n}", url=f"{A}/{n}"),
    "all the same, at one address": lambda n: one(f"{n}", url=A),
    "all the same, undated": lambda n: replace(one(f"{n}"), published=None, date_precision="unknown"),
    "one text": lambda n: one(f"{n}", prose(f"title {n}", 5)),
    "one title": lambda n: one(f"{n}", text=prose(f"text {n}", 40)),
    "one title, no text": lambda n: one(f"{n}", text=""),
    "one beginning of a title": lambda n: one(f"{n}", f"{LONG} {prose(f'title {n}', 3)}", prose(f"text {n}", 40)),
}


@pytest.mark.parametrize("what", HORDES)
def test_what_thousands_share_is_not_compared_each_with_each(what: str) -> None:
    horde = at(DEV, *(HORDES[what](n) for n in range(400)))
    assert len(cluster(horde).findings) <= len(horde) * AHEAD


@pytest.mark.parametrize("words", ["A lease is a promise", "A lease is a promise {n}", "A lease of {n} promises"])
def test_titles_and_a_month_tell_nothing_where_two_sources_send_hundreds(words: str) -> None:
    hordes = [
        copy
        for number, place in enumerate((DEV, MEDIUM))
        for copy in at(place, *(one(f"{n}", words.format(n=n), "") for n in range(300)), first_id=1000 * number + 1)
    ]
    assert len(cluster(hordes).findings) <= len(hordes) * AHEAD


def test_a_horde_of_the_same_keeps_others_from_nothing() -> None:
    """Whoever copies a text by the thousand does not part those that it belongs to."""
    horde = at(DEV, *(one(f"h{n}", prose(f"title {n}", 5)) for n in range(MANY + 1)), first_id=10)
    assert ["m", "s"] in guids([*at(SITE, one("s")), *at(MEDIUM, one("m"), first_id=2), *horde])


def test_a_few_that_are_the_same_are_one() -> None:
    assert guids(at(DEV, *(one(f"{n:02}") for n in range(MANY)))) == [[f"{n:02}" for n in range(MANY)]]
