"""The ids of new articles: the same again from the same database, unlike those of any other, never one twice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from aggregator.dedupe.minting import new_ulid
from aggregator.model import Copy
from tests.core.dedupe.made import copies, entry, html, prose, source
from tests.core.ingest_memory import House

SITE, DEV = source("site"), source("dev", kind="dev")
SECRET = b"secret"


def first(url: str | None = "https://site.example/a", guid: str = "a", canonical: str | None = None) -> Copy:
    return copies(SITE, [entry("Leases", prose("a"), url, guid, canonical=canonical)])[0]


def test_an_id_is_a_ulid() -> None:
    ulid = new_ulid(first(), SECRET, ())
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", ulid), "26 characters of 5 bits are 128 bits up to a 7"


def test_the_same_copy_has_the_same_id_at_any_time() -> None:
    ulid = new_ulid(first(), SECRET, ())
    later = replace(first(guid="made anew"), id=99, first_seen_at=first().first_seen_at + timedelta(days=3))
    redated = replace(later, published_at=later.first_seen_at, entry=replace(later.entry, title="Leases, again"))
    assert new_ulid(redated, SECRET, ()) == ulid
    assert new_ulid(first("http://www.site.example/a?utm_source=rss"), SECRET, ()) == ulid


def test_other_databases_and_other_articles_have_other_ids() -> None:
    made = {
        new_ulid(first(), SECRET, ()),
        new_ulid(first(), b"another", ()),
        new_ulid(first("https://site.example/b"), SECRET, ()),
        new_ulid(first(None), SECRET, ()),
        new_ulid(first(None, guid="b"), SECRET, ()),
    }
    assert len(made) == 5


def test_a_copy_that_names_its_original_gives_the_id_that_the_original_would() -> None:
    """Whichever of the two is polled first after a backup was put back."""
    there = first("https://dev.to/asha/leases-4k2d", canonical="https://site.example/a")
    assert new_ulid(there, SECRET, ()) == new_ulid(first(), SECRET, ())


def test_what_many_works_share_names_none() -> None:
    crowded = replace(first(), crowded=first().entry.keys)
    other = replace(crowded, entry=replace(crowded.entry, guid="b"))
    assert len({new_ulid(one, SECRET, ()) for one in (first(), crowded, other)}) == 3


def test_an_id_that_is_taken_is_not_given_again() -> None:
    taken: list[str] = []
    for _ in range(5):
        taken.append(new_ulid(first(), SECRET, taken))
    assert len(set(taken)) == 5
    crowded = replace(first(), crowded=first().entry.keys)
    assert new_ulid(crowded, SECRET, ()) == taken[1], "crowded now or taken then: the same name"


def test_an_address_that_goes_over_to_another_work_takes_no_id_along() -> None:
    house = House()
    house.poll(SITE, [entry("Leases", html(prose("a")), "https://site.example/now", "a")])
    before = house.article(SITE, "a").ulid
    house.now += timedelta(days=1)
    house.poll(SITE, [entry("Leases", html(prose("a")), "https://site.example/leases", "a")])
    house.poll(SITE, [entry("Buttons", html(prose("b")), "https://site.example/now", "b")])
    assert house.article(SITE, "a").ulid == before
    assert house.article(SITE, "b").ulid != before


def test_what_came_after_a_backup_has_the_same_id_when_it_comes_again() -> None:
    """In another order, at another time, and what was split off has the id that it would have had alone."""
    backup, other = House(), House()
    documents = [
        (SITE, [entry(f"Post {n}", html(prose(f"{n}")), f"https://site.example/{n}", f"{n}") for n in range(6)]),
        (DEV, [entry("Post 9", html(prose("9")), "https://dev.to/asha/post-9-4k2d")]),
    ]
    for place, entries in documents:
        backup.poll(place, entries)
    other.now += timedelta(days=40)
    for place, entries in reversed(documents):
        other.poll(place, entries[::-1])
    assert {(one.url, one.id) for one in backup.memory.articles.values()} == {
        (one.url, one.id) for one in other.memory.articles.values()
    }
