"""`explain` finds an article by whatever one has of it, says why its copies are one, and helps when there is none."""

from __future__ import annotations

import json

import pytest

from aggregator.sources import keys_of
from aggregator.store import Store
from tests.shell.cli.conftest import Town

SITE = "https://mira.example/2026/backpressure/"
DEV = "https://dev.to/mirasolheim/your-service-never-says-no-that-is-the-bug-4h7e"
NEAR = "https://mira.example/2025/on-call/"
NEAR_ON_DEV = "https://dev.to/mirasolheim/notes-from-the-on-call-week-2o5d"


def id_of(town: Town, url: str) -> str:
    store = Store.open(town.database_url)
    try:
        (ulid,) = store.find(keys_of(url))
        found = store.article(ulid)
        assert found is not None
        return found[0].id
    finally:
        store.close()


def test_every_spelling_leads_to_the_same_answer(town: Town) -> None:
    whole = town.run("explain", SITE)
    assert (whole.code, whole.err) == (0, "")
    id_ = id_of(town, SITE)
    for asked in (
        f"{SITE}?utm_source=feed&utm_medium=rss",
        SITE.replace("https://", "http://www.").rstrip("/"),
        SITE.removeprefix("https://"),
        DEV,
        id_,
        id_.rpartition("/")[2],
        id_.rpartition("/")[2].lower(),
    ):
        again = town.run("explain", asked)
        assert (again.code, again.out) == (0, whole.out), asked


def test_a_person_reads_the_reasons(town: Town) -> None:
    shown = town.type("explain", SITE)
    assert (shown.code, shown.wide()) == (0, [])
    assert "Published 2026-10-28 06:12, in the index since " in shown.out
    assert f" * mira/site  {SITE}\n     canonical: site is preferred to dev\n" in shown.out
    assert 'titled "Your service never says no? That is the bug"' in shown.out
    assert "\n   100 % of the shorter text is in the other; titles are 32 % alike\n" in shown.out
    assert "100 % of the shorter text in the other (enough: 80 %)" in " ".join(shown.out.split())
    assert f"     {SITE}\n     {DEV}\n     decided 20" in shown.out
    assert shown.out.endswith("settles it for\ngood.\n")


def test_near_misses_are_told_too(town: Town) -> None:
    shown = town.run("explain", NEAR)
    assert "Close, and kept apart\n   not alike enough (same title; the texts have nothing in common)\n" in shown.out
    assert f"     {NEAR}\n     {NEAR_ON_DEV}\n" in shown.out
    (pair,) = json.loads(town.run("explain", NEAR, "--json").out)["evidence"]
    assert (pair["a"], pair["b"], pair["joined"], pair["doubtful"]) == (NEAR, NEAR_ON_DEV, False, True)
    town.run("dupes", "--different", NEAR, NEAR_ON_DEV)
    told = town.run("explain", NEAR).out
    assert "Close, and kept apart\n   the config says that they are different\n" in told


def test_an_id_that_retired_leads_to_the_article_it_is_part_of(town: Town) -> None:
    before = {id_of(town, NEAR), id_of(town, NEAR_ON_DEV)}
    town.run("dupes", "--same", NEAR, NEAR_ON_DEV)
    older = id_of(town, NEAR)
    (younger,) = before - {older}
    facts = json.loads(town.run("explain", younger, "--json").out)
    assert facts["id"] == older
    assert "the config says that they are the same" in town.run("explain", younger).out


@pytest.mark.parametrize(
    ("asked", "near", "said"),
    [
        (SITE.replace("pressure", "presure"), [SITE], "Did you mean"),
        ("https://elsewhere.example/nothing-of-ours", [], "Is its source in the config, and polled?"),
        ("Backpressure FEEL", [SITE], "Backpressure you can feel"),
        ("https://mira.example/", [], "is shared by many articles (a home page, a list); name one of them."),
        ("tag:x,2026:article/01M7WF5S92EDQVPXQ717TJ8SDW", [], "No article here"),
        ("javascript:alert(1)", [], "No article here"),
        ("", [], "No article here"),
        ("\x1b[31m%", [], "No article here"),
    ],
)
def test_what_is_not_known_is_told_with_the_nearest(town: Town, asked: str, near: list[str], said: str) -> None:
    shown = town.run("explain", asked)
    assert (shown.code, shown.out) == (1, "")
    assert said in shown.err
    facts = town.run("explain", asked, "--json")
    assert facts.code == 1
    found = json.loads(facts.out)
    assert (found["asked"], found["articles"]) == (asked, [])
    assert [one["url"] for one in found["nearest"]] == near
