"""Each rule by which a pair is joined, each veto that keeps it apart, and that neither copy is the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.editions import editions
from aggregator.dedupe.evidence import STRENGTH, Finding, judge
from aggregator.dedupe.index import title_name
from aggregator.dedupe.wording import why
from aggregator.model import Copy, Entry, Source, Verdict
from tests.core.dedupe.effort import examples
from tests.core.dedupe.made import ISSUED, copies, entry, prose, source
from tests.core.dedupe.test_any_order import appearances
from tests.core.dedupe.test_apart import PAIRS as APART
from tests.core.dedupe.test_together import PAIRS as TOGETHER

SITE, DEV, TEAM = source("site", own_site=True), source("dev", kind="dev"), source("blog", owner="team")
HOME = "https://asha.example/leases"
TEXT = prose("lease", 300)
TITLE = "A lease is a promise"


def first(count: int, text: str = TEXT) -> str:
    return " ".join(text.split()[:count])


def judged(a: Entry, b: Entry, here: Source = SITE, there: Source = DEV, crowded: Iterable[str] = ()) -> Finding:
    if here == there:
        one, other = copies(here, [a, b])
    else:
        (one,), (other,) = copies(here, [a]), copies(there, [b], first_id=2)
    return judge(one, other, frozenset(crowded))


def later(days: float) -> datetime:
    return ISSUED + timedelta(days=days)


# ── the rules ───────────────────────────────────────────────────────────────────────────────────────────────────────

RULES: dict[str, tuple[Entry, Entry]] = {
    "key": (entry("One", "", HOME), entry("Two", "", f"{HOME}?utm_source=x")),
    "link": (entry("One", "", HOME), entry("Two", prose("two"), canonical=HOME)),
    "body": (entry("One", TEXT), entry("Something else", f"{TEXT} {prose('call', 20)}")),
    "title": (entry(TITLE, TEXT), entry(TITLE, "", at=later(200))),
    "title and text": (entry(TITLE, TEXT), entry(f"{TITLE}: a tour", f"{first(130)} {prose('x', 150)}")),
    "lead": (entry(TITLE, TEXT), entry("On promises", "", summary=first(40))),
    "title and date": (entry(TITLE, TEXT), entry(f"{TITLE}: a tour", "", at=later(10))),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule(rule: str) -> None:
    found = judged(*RULES[rule])
    assert (found.rule, found.against) == (rule, None)


def test_the_surest_rule_is_named() -> None:
    both = entry(TITLE, TEXT, HOME)
    assert judged(both, both).rule == "key"
    assert sorted(STRENGTH, key=lambda rule: -STRENGTH[rule])[1:] == list(RULES)


@pytest.mark.parametrize("rule", ["key", "link", "body"])
def test_across_owners(rule: str) -> None:
    assert judged(*RULES[rule], there=TEAM).rule == rule


@pytest.mark.parametrize("rule", ["title", "title and text", "lead", "title and date"])
def test_not_across_owners(rule: str) -> None:
    assert judged(*RULES[rule], there=TEAM).rule is None


@pytest.mark.parametrize("rule", ["link", "body", "title", "title and text", "lead", "title and date"])
def test_not_within_one_source(rule: str) -> None:
    assert judged(*RULES[rule], there=SITE).rule is None


# ── what stands against them ────────────────────────────────────────────────────────────────────────────────────────

VETOES: dict[str, tuple[Entry, Entry, str]] = {
    "link, other numbers": (
        entry("Raft, part 1", prose("r1"), HOME),
        entry("Raft, part 2", prose("r2"), canonical=HOME),
        "the numbers in the titles differ",
    ),
    "body, other numbers": (
        entry("Raft, part 1", TEXT),
        entry("Raft, part 2", f"{first(240)} {prose('r2', 60)}"),
        "the numbers in the titles differ",
    ),
    "body, another word": (
        entry("Deploying Django", TEXT),
        entry("Deploying Rails", f"{first(240)} {prose('r2', 60)}"),
        "the titles differ in the word that matters",
    ),
    "body, short": (
        entry("One thing", first(70)),
        entry("Another matter", first(70)),
        "the texts are short and the titles have little in common",
    ),
    "body, a part of it": (
        entry("One thing", first(140)),
        entry("Another matter", f"{prose('before', 200)} {first(140)}"),
        "one text stands in the other, under a title that has little in common with it",
    ),
    "one address, strangers": (
        entry("Cooking with salt", prose("salt"), HOME),
        entry("Sailing by night", prose("sail"), HOME),
        "one address, but other titles and other texts",
    ),
    "near titles, other numbers": (
        entry("Advent of Code, day 4", ""),
        entry("Advent of Code, day 5", ""),
        "the numbers in the titles differ",
    ),
    "near titles, another word": (
        entry("Getting started with Svelte", ""),
        entry("Getting started with SvelteKit", ""),
        "the titles differ in the word that matters",
    ),
    "near titles, other texts": (entry(TITLE, prose("a")), entry(TITLE, prose("b")), "not alike enough"),
}


@pytest.mark.parametrize("name", VETOES)
def test_what_stands_against(name: str) -> None:
    a, b, against = VETOES[name]
    found = judged(a, b)
    assert (found.rule, found.against) == (None, against)


def test_a_copy_of_a_part_that_lost_its_number_is_one() -> None:
    assert judged(entry("Raft, part 1", TEXT), entry("Raft", f"{TEXT} {prose('call', 20)}")).rule == "body"


def test_a_copy_with_something_behind_it_is_one_under_any_title() -> None:
    assert (
        judged(entry("Deploying Django", TEXT), entry("Deploying Rails", f"{TEXT} {prose('call', 30)}")).rule == "body"
    )


def test_one_source_gives_one_address_to_two_texts() -> None:
    found = judged(entry("One", prose("a"), HOME), entry("Two", prose("b"), HOME, guid="b"), there=SITE)
    assert (found.rule, found.against) == (None, "one source gives one address to two texts")
    again = judged(entry("One", TEXT, HOME), entry("One more", TEXT, HOME, guid="b"), there=SITE)
    assert (again.rule, again.reissue) == ("key", True)


def test_a_platforms_id_joins_strangers_too() -> None:
    post = "https://medium.com/@asha/salt-8c1d2e3f4a5b"
    assert judged(entry("Cooking with salt", prose("salt"), post), entry("Sailing", prose("sail"), post)).rule == "key"


def test_a_crowded_address_and_a_crowded_title_join_nothing() -> None:
    a, b = RULES["key"]
    assert judged(a, b, crowded=a.keys).rule is None
    a, b = RULES["link"]
    assert judged(a, b, crowded=a.keys).rule is None
    a, b = RULES["title"]
    name = title_name("asha", "a lease is a promise")
    assert judged(a, b, crowded=[name]).rule is None
    assert judged(a, replace(b, published=later(2)), crowded=[name]).rule == "title"
    assert (
        judged(a, replace(b, published=later(2)), crowded=[title_name("team", "a lease is a promise")]).rule == "title"
    )


# ── dates ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("days", "joined"), [(0, True), (29, True), (31, False), (-31, False)])
def test_a_short_title_needs_the_month(days: int, joined: bool) -> None:
    found = judged(entry("My desk", prose("desk")), entry("My desk", "", at=later(days)))
    assert (found.rule == "title") is joined


def test_the_moment_of_first_sight_is_no_date() -> None:
    assert judged(entry("My desk", prose("desk")), entry("My desk", "", at=None)).rule is None
    assert judged(entry(TITLE, prose("desk")), entry(TITLE, "", at=None)).rule == "title"


@pytest.mark.parametrize(
    ("precision", "days", "joined"),
    [("day", 30.5, True), ("day", 32, False), ("month", 60, True), ("month", 62, False), ("year", 390, True)],
)
def test_a_rough_date_is_as_long_as_it_is_rough(precision: str, days: float, joined: bool) -> None:
    rough = entry("My desk", "", precision="day" if precision == "day" else "month" if precision == "month" else "year")
    found = judged(rough, entry("My desk", prose("desk"), at=later(days)))
    assert (found.rule == "title") is joined


# ── one source ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_editions_of_one_slug() -> None:
    stub, whole = entry("Emoji", "", "https://a.example/emoji"), entry("Emoji!", TEXT, "https://a.example/emoji-2")
    one, other = copies(SITE, [stub, whole])
    assert editions(one, other)
    both, texts = copies(SITE, [replace(whole, url="https://a.example/emoji-3", guid="x"), whole])
    assert not editions(both, texts)
    same, again = copies(SITE, [stub, replace(stub, guid="x", title="Another")])
    assert not editions(same, again), "an address with two titles is no edition"


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pairs() -> list[tuple[Copy, Copy]]:
    return [
        (copies(SITE, [a])[0], copies(there, [b], first_id=2)[0])
        for (a, b), there in product([*APART.values(), *TOGETHER.values(), *RULES.values()], [DEV, TEAM])
    ]


@pytest.mark.parametrize("pair", _pairs(), ids=lambda pair: pair[0].entry.title[:20])
def test_neither_is_the_first(pair: tuple[Copy, Copy]) -> None:
    a, b = pair
    assert judge(a, b) == judge(b, a)


@examples(60)
@given(st.integers(0, 10**9))
def test_neither_of_any_two_is_the_first(seed: int) -> None:
    found = [
        copies(one.place, [one.entry], number)[0]
        for number, one in enumerate(appearances(Random(seed), furnished=True), start=1)
    ]
    for a in found:
        for b in found:
            if a.id != b.id:
                finding = judge(a, b)
                assert finding == judge(b, a)
                assert finding.rule is None or finding.against is None
                assert judge(replace(a, id=b.id), replace(b, id=a.id)) == finding, "ids say nothing"


@pytest.mark.parametrize("pair", _pairs(), ids=lambda pair: pair[0].entry.title[:20])
def test_every_finding_can_be_said_in_words(pair: tuple[Copy, Copy]) -> None:
    found = judge(*pair)
    evidence = {**found.evidence, **({"against": found.against} if found.against else {})}
    said = why(Verdict(1, 2, found.rule or "none", found.rule is not None, found.rule is not None, evidence))
    if found.rule or found.against:
        assert said
        assert not said.endswith(".")
        assert "{" not in said
