"""Whatever was found of two copies is told in a sentence that an owner understands, and with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from aggregator.dedupe.cluster import cluster
from aggregator.dedupe.evidence import STRENGTH
from aggregator.dedupe.wording import Figure, figures, why
from aggregator.model import Entry, Verdict
from aggregator.sources import keys_of
from tests.core.dedupe.made import copies, entry, prose, source

TITLES: dict[str, Any] = {"title_a": "Kafka at night", "title_b": "Kafka by night", "likeness_of_titles": 0.93}
TEXTS: dict[str, Any] = {"shared_text": 0.876, "likeness_of_texts": 0.62, "runs": 312}


def named(a: str, b: str, likeness: float = 0.9) -> dict[str, Any]:
    return {"title_a": a, "title_b": b, "likeness_of_titles": likeness}


def joined(rule: str, **said: Any) -> Verdict:
    return Verdict(1, 2, rule, linked=True, joined=True, evidence=said)


def apart(against: str, rule: str = "none", **said: Any) -> Verdict:
    return Verdict(1, 2, rule, linked=rule != "none", joined=False, evidence={**said, "against": against})


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (joined("same", told="same"), "the config says that they are the same"),
        (joined("key", address="medium:8c1d2e3f4a5b"), "same Medium post id (8c1d2e3f4a5b)"),
        (joined("key", address="stackoverflow:7@so"), "same Stack Overflow id (7@so)"),
        (joined("key", address="u:asha.example/kafka"), "same address (asha.example/kafka)"),
        (
            joined("link", address="u:asha.example/kafka", both_name_it=False),
            "one names the other as its original (asha.example/kafka)",
        ),
        (
            joined("link", address="u:asha.example/kafka", both_name_it=True),
            "both name the same original (asha.example/kafka)",
        ),
        (
            joined("body", **TITLES, **TEXTS),
            '87 % of the shorter text is in the other; titles differ by one word: "at" and "by"',
        ),
        (joined("title", **named("Kafka", "KAFKA!"), **TEXTS), "same title; 87 % of the shorter text is in the other"),
        (
            joined("title", **named("Kafka", "Kafka"), **{**TEXTS, "runs": 0, "shared_text": 0.0}),
            "same title; one has no text to compare",
        ),
        (
            joined("title and text", **named("Kafka: a tour", "Kafka: a long tour of it all", 0.6), **TEXTS),
            "titles are 60 % alike; 87 % of the shorter text is in the other",
        ),
        (
            joined("lead", **TITLES, summary_in_opening=0.91),
            '91 % of one\'s summary opens the other\'s text; titles differ by one word: "at" and "by"',
        ),
        (
            joined("title and date", **named("Kafka", "Kafka again")),
            'one title has one word more: "again"; published within 30 days of each other, and one has no text',
        ),
        (
            apart("not alike enough", **named("Kafka", "Kafka"), **{**TEXTS, "shared_text": 0.0}),
            "not alike enough (same title; the texts have nothing in common)",
        ),
        (
            apart("the numbers in the titles differ", **named("Kafka, part 1", "Kafka, part 2")),
            'the numbers in the titles differ (titles differ by one number: "1" and "2")',
        ),
        (
            apart("one address, but other titles and other texts", address="u:x.example/a", **named("Ducks", "")),
            "one address, but other titles and other texts (same address (x.example/a); one has no title)",
        ),
        (apart("the config says that they are different", told="different"), "the config says that they are different"),
        (
            apart("another item of the same source is in that article", "key", address="dev:kafka-1abc"),
            "same DEV article (kafka-1abc); kept apart: another item of the same source is in that article",
        ),
        (
            Verdict(1, 2, "none", linked=False, joined=True, evidence={**TITLES, "against": "not alike enough"}),
            'a third copy is the same as both; by themselves: titles differ by one word: "at" and "by"',
        ),
        (Verdict(1, 2, "none", linked=False, joined=False, evidence={}), "nothing in common"),
        (joined("title", **named("上の約束", "下の約束")), 'titles differ by one character: "上" and "下"'),
        (joined("title", **named("night Kafka", "Kafka night")), "titles have the same words in another order"),
        (joined("title", **named("", "Kafka")), "one has no title"),
        (joined("title", **named("🎉", "🎉")), "both have no title"),
        (joined("title", **named("x" * 300, "y" * 300)), f'titles differ by one word: "{"x" * 40}…" and "{"y" * 40}…"'),
        (
            joined(
                "title",
                **named(
                    "The long way from a monolith to many small serv…",
                    "The long way from a monolith to many small services, and back",
                ),
            ),
            "one title is the other, cut off",
        ),
    ],
)
def test_the_sentence(verdict: Verdict, sentence: str) -> None:
    assert why(verdict) == sentence


@pytest.mark.parametrize("rule", [*STRENGTH, "none"])
def test_every_rule_has_a_sentence_and_figures(rule: str) -> None:
    verdict = joined(rule, address="u:a.example/b", summary_in_opening=0.8, both_name_it=False, **TITLES, **TEXTS)
    assert why(verdict)
    measured = {"87 %", "62 %", "312", "93 %", "80 %"}
    assert measured == {figure.value for figure in figures(verdict)} & measured


def test_the_figures_of_a_pair_that_its_text_would_have_joined() -> None:
    found = apart("the numbers in the titles differ", **named("Kafka, part 1", "Kafka, part 2", 0.92), **TEXTS)
    assert figures(found) == (
        Figure("likeness of the titles", "92 %", "86 %, with 30 % of the text"),
        Figure("of the shorter text in the other", "87 %", "80 %"),
        Figure("of both texts in common", "62 %", "50 %"),
        Figure("runs of five words in the shorter text", "312", "40"),
        Figure("of the words of the titles in common", "91 %", "55 %"),
        Figure("of both texts in common, to overrule the titles", "62 %", "97 %"),
    )


def test_what_was_not_measured_has_no_figure() -> None:
    without_text = joined("title", **named("Kafka", "Kafka", 1.0), shared_text=0.0, likeness_of_texts=0.0, runs=0)
    assert figures(without_text) == (Figure("likeness of the titles", "100 %", "the same, or one cut off"),)
    assert figures(joined("same", told="same")) == ()


def test_what_is_just_not_enough_does_not_look_like_enough() -> None:
    found = apart("not alike enough", **TITLES, shared_text=0.799, likeness_of_texts=0.499, runs=80)
    assert {figure.value for figure in figures(found)} == {"93 %", "79 %", "49 %", "80"}


# ── what forbids a link is named as it is ───────────────────────────────────────────────────────────────────────────


SITE, DEV, TEAM = source("site", own_site=True), source("dev", kind="dev"), source("team")
HOME, ON_DEV, ON_TEAM = "https://asha.example/lease", "https://dev.to/asharao/lease-3k2f", "https://team.example/lease"
TITLE = "A lease is a promise"


def refused(*groups: frozenset[str], site: Sequence[Entry], dev: Entry, team: Entry | None = None) -> list[str]:
    found = cluster(
        [*copies(SITE, site), *copies(DEV, [dev], 20), *copies(TEAM, [team] if team else [], 40)], different=groups
    )
    back = cluster(
        [*copies(SITE, site, 60), *copies(DEV, [dev], 20), *copies(TEAM, [team] if team else [], 2)], different=groups
    )
    assert sorted(found.refused.values()) == sorted(back.refused.values()), "whatever came first"
    return list(found.refused.values())


def test_a_source_has_one_item_in_an_article() -> None:
    text = prose("lease")
    again = entry(f"{TITLE}, once more", text, "https://asha.example/again")
    on_dev = entry(TITLE, text, ON_DEV, canonical=HOME)
    said = refused(site=[entry(TITLE, prose("other"), HOME), again], dev=on_dev)
    assert said == ["another item of the same source is in that article"]


def test_the_owners_word_about_a_third_copy() -> None:
    text = prose("lease")
    on_team = entry(TITLE, text, ON_TEAM, canonical=ON_DEV)
    said = refused(
        frozenset((*keys_of(HOME), *keys_of(ON_TEAM))),
        site=[entry(TITLE, text, HOME)],
        dev=entry(TITLE, text, ON_DEV),
        team=on_team,
    )
    assert said == ["the config says that two of the copies are different"]


def test_the_parts_of_a_series_do_not_meet_in_a_third_copy() -> None:
    text, first, second = prose("lease"), prose("first", 60), prose("second", 60)
    said = refused(
        site=[entry("Leases, part 1", f"{text} {first}", HOME)],
        dev=entry("", f"{text} {first} {second}", ON_DEV),
        team=entry("Leases, part 2", f"{text} {second}", ON_TEAM),
    )
    assert said == ["a copy in that article has other numbers in its title"]
