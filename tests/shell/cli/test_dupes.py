"""`dupes` asks about what evidence cannot settle; an answer is a line in the config, counts at once, and can go."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from aggregator.model import Selection
from aggregator.sources import keys_of
from aggregator.store import Store
from tests.shell.cli.conftest import Town

A = "https://mira.example/2025/on-call/"
B = "https://dev.to/mirasolheim/notes-from-the-on-call-week-2o5d"
REASON = "not alike enough (same title; the texts have nothing in common)"
# these are one article by evidence
C = "https://mira.example/2026/backpressure/"
D = "https://dev.to/mirasolheim/your-service-never-says-no-that-is-the-bug-4h7e"


@dataclass(frozen=True)
class Now:
    """What two addresses lead to."""

    a: str  # ids of articles
    b: str
    copies: int  # of both articles together
    shown: frozenset[str]  # addresses of all of Mira's articles


def now(town: Town, a: str = A, b: str = B) -> Now:
    store = Store.open(town.database_url)
    try:
        (first,), (second,) = store.find(keys_of(a)), store.find(keys_of(b))
        found = [store.article(ulid) for ulid in sorted({first, second})]
        everything = store.select(Selection(owner="mira", limit=200)).articles
        states = {one[0].ulid: one for one in found if one is not None}
        return Now(
            states[first][0].id,
            states[second][0].id,
            sum(len(one[1]) for one in states.values()),
            frozenset(one.url or "" for one in everything),
        )
    finally:
        store.close()


def leads_to(town: Town, id_: str) -> str:
    """The id of the article that is found under the last part of an id."""
    store = Store.open(town.database_url)
    try:
        found = store.article(store.follow(id_.rpartition("/")[2]))
        assert found is not None
        return found[0].id
    finally:
        store.close()


def test_same_different_and_forget_change_articles_at_once_and_back(town: Town) -> None:
    text, start = town.config.read_text(), now(town)
    assert start.a != start.b

    same = town.run("dupes", "--same", A, B)
    assert (same.code, same.err) == (0, "")
    assert f"       - [{A}, {B}]" in same.out
    assert "They are one article now" in same.out
    joined = now(town)
    (older,) = {joined.a, joined.b}
    (younger,) = {start.a, start.b} - {older}
    assert joined.copies == start.copies
    assert leads_to(town, younger) == older
    assert len(joined.shown) == len(start.shown) - 1

    different = town.run("dupes", "--different", B, A, "--json")
    assert different.code == 0
    assert json.loads(different.out)["articles"] == sorted([older, younger])
    assert now(town) == start  # the one that split off has its own id again
    assert leads_to(town, younger) == younger
    assert f"different:\n      - [{B}, {A}]\n" in town.config.read_text()
    assert "same:" not in town.config.read_text()

    forget = town.run("dupes", "--forget", A, B)
    assert (forget.code, forget.err) == (0, "")
    assert now(town) == start
    assert town.config.read_text() == text


def test_what_evidence_joined_comes_apart_and_together_again(town: Town) -> None:
    text, start = town.config.read_text(), now(town, C, D)
    assert start.a == start.b
    apart = town.run("dupes", "--different", f"{C}?utm_source=feed", D)
    assert (apart.code, apart.err) == (0, "")
    assert f"- [{C}, {D}]" in apart.out  # as the copies have it
    parted = now(town, C, D)
    assert start.a in (parted.a, parted.b)
    assert parted.a != parted.b
    assert parted.shown - start.shown == {D}
    back = town.run("dupes", "--forget", D, C, "--json")
    facts = json.loads(back.out)
    (new,) = {parted.a, parted.b} - {start.a}
    assert facts["one_article"] is True
    assert facts["redirects"] == {new.rpartition("/")[2]: start.a.rpartition("/")[2]}
    assert now(town, C, D) == start
    assert town.config.read_text() == text


def test_the_answers_of_a_person_at_a_terminal(town: Town) -> None:
    asks = "[q]uit"
    first = town.type("dupes", types=[(asks, "what?\n"), (asks, "k\n")])
    assert first.code == 0
    assert first.wide() == []
    assert "1 of 1, by mira\n" in first.out
    assert f"  2025-09-15  Notes from the on-call week\n              {A}\n" in first.out
    assert f"  2026-06-22  Notes from the on-call week\n              {B}\n              {REASON}\n" in first.out
    assert town.config.read_text() == town.text()

    second = town.type("dupes", types=[(asks, "d\n")])
    assert second.code == 0
    assert "They are two articles." in second.out
    assert f"different:\n      - [{A}, {B}]\n" in town.config.read_text()
    third = town.type("dupes")
    assert third.code == 0
    assert "you answered about all of them" in " ".join(third.out.split())


def test_facts_and_a_list_for_scripts(town: Town) -> None:
    facts = town.run("dupes", "--json")
    assert facts.code == 0
    (pair,) = json.loads(facts.out)
    assert (pair["owner"], pair["why"], pair["closeness"]) == ("mira", REASON, 1.0)
    assert [(one["url"], one["source"], one["date_published"]) for one in pair["articles"]] == [
        (A, "mira/site", "2025-09-15T08:20:00Z"),
        (B, "mira/dev", "2026-06-22T06:30:00Z"),
    ]
    listed = town.run("dupes")
    assert listed.code == 0
    assert listed.out.splitlines()[-1] == "1 pair. `aggregator dupes --same A B` or `--different A B` settles one."


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--same", A, f"{B}-typo"], 1, f"No article here has a copy at {B}-typo. Is it spelled right"),
        (["--same", A, f"http://www.{A.removeprefix('https://')}?utm_source=x"], 2, "are one address; name two"),
        (["--forget", A, C], 1, "says nothing about these two; there is nothing to forget."),
        (["--same", A, B, "--forget", A, B], 2, "one of --same, --different and --forget at a time"),
    ],
)
def test_mistakes_change_nothing(town: Town, words: list[str], code: int, said: str) -> None:
    text, start = town.config.read_text(), now(town)
    ended = town.run("dupes", *words)
    assert ended.code == code
    assert said in ended.err
    assert (town.config.read_text(), now(town)) == (text, start)
