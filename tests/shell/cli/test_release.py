"""`release` lists what is held back, announces it, or keeps it out of the feeds; `status` and `poll` tell of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.model import ArticleState, Changes, Hold, Selection
from aggregator.store import Store
from tests.shell.cli.conftest import Town

KEY = "mira/site"
NOW = datetime.now(UTC)


@contextmanager
def opened(town: Town) -> Iterator[Store]:
    store = Store.open(town.database_url)
    try:
        yield store
    finally:
        store.close()


def feed(town: Town) -> list[str]:
    """The ids of Mira's articles, as her feeds have them."""
    with opened(town) as store:
        return [one.id for one in store.select(Selection(owner="mira", order="announced")).articles]


def state_of(store: Store, ulid: str) -> ArticleState:
    found = store.article(ulid)
    assert found is not None
    return found[0]


@pytest.fixture
def flooded(town: Town) -> tuple[str, ...]:
    """The ids of four of Mira's articles, as they would be in the index if they had come in a flood."""
    with opened(town) as store:
        shown = store.select(Selection(owner="mira", any_of=((f"source:{KEY}",),), order="announced")).articles
        states = [state_of(store, one.ulid) for one in shown[-4:]]
        with store.merging("test") as unit:
            placed = tuple(replace(state, announced_at=None) for state in states)
            holds = tuple(
                Hold(state.ulid, KEY, NOW - timedelta(hours=5), recent=place < 1) for place, state in enumerate(states)
            )
            unit.apply(Changes(articles=placed, held=holds), None, None, NOW)
        return tuple(state.id for state in states)


def test_it_lists_and_changes_nothing(town: Town, flooded: tuple[str, ...]) -> None:
    before = feed(town)
    listed = town.run("release")
    assert (listed.code, listed.err) == (0, "")
    assert listed.out.count("announced in 19 h") == 1
    assert listed.out.count("index only in 19 h") == 3
    told = json.loads(town.run("release", "--json").out)
    assert {one["id"]: one["announced_by_itself"] for one in told} == {
        id_: place < 1 for place, id_ in enumerate(flooded)
    }
    assert all(one["title"] in listed.out for one in told)
    assert {one["source"] for one in told} == {KEY}
    assert feed(town) == before


def test_it_announces(town: Town, flooded: tuple[str, ...]) -> None:
    assert not set(flooded) & set(feed(town))
    ended = town.run("release", "mira/site")
    assert (ended.code, ended.err) == (0, "")
    assert "4 articles announced." in ended.out
    assert set(feed(town)[:4]) == set(flooded)
    again = town.run("release", "mira", "--json")
    assert (again.code, json.loads(again.out)) == (0, {"announced": [], "index_only": []})


def test_it_keeps_out_of_the_feeds(town: Town, flooded: tuple[str, ...]) -> None:
    before = feed(town)
    ended = town.run("release", "--all", "--index-only", "--json")
    assert ended.code == 0
    told = json.loads(ended.out)
    assert (told["announced"], {one["id"] for one in told["index_only"]}) == ([], set(flooded))
    assert feed(town) == before
    assert "Nothing is held back." in town.run("release").out


def test_status_tells_of_it_in_words_and_facts(town: Town, flooded: tuple[str, ...]) -> None:
    said = " ".join(town.run("status").out.split())
    assert "mira/site: 4 new articles held back 5 h ago" in said
    assert "`aggregator release mira/site` announces them" in said
    assert "By itself, in 19 h: 1 goes out, 3 stay in the index only." in said
    told = {one["key"]: one["held"] for one in json.loads(town.run("status", "--json").out)}
    assert {key for key, held in told.items() if held} == {KEY}
    assert (told[KEY]["count"], told[KEY]["recent"]) == (4, 1)
    assert datetime.fromisoformat(told[KEY]["until"]) == NOW + timedelta(hours=19)


def test_a_poll_ends_what_has_waited_for_a_day(town: Town, flooded: tuple[str, ...]) -> None:
    with opened(town) as store, store.merging("test") as unit:
        holds = unit.held(NOW, None)
        unit.apply(Changes(held=tuple(replace(one, at=NOW - timedelta(days=1)) for one in holds)), None, None, NOW)
    ended = town.run("poll", "aoi")
    assert ended.code == 0
    assert set(feed(town)) & set(flooded) == {flooded[0]}
    assert feed(town)[0] == flooded[0]


def test_a_terminal_of_80_columns_is_wide_enough(town: Town, flooded: tuple[str, ...]) -> None:
    assert flooded
    for words in (["release"], ["status"], ["release", "mira/site", "--index-only"]):
        assert town.type(*words).wide() == [], words


WRONG: list[tuple[list[str], Callable[[str], bool]]] = [
    (["mira/sit"], lambda said: 'did you mean "mira/site"?' in said),
    (["mira", "--all"], lambda said: "names or --all, not both" in said),
    (["--index-only"], lambda said: "--all" in said),
]


@pytest.mark.parametrize(("words", "told"), WRONG)
def test_a_wrong_call_changes_nothing(
    town: Town, flooded: tuple[str, ...], words: list[str], told: Callable[[str], bool]
) -> None:
    before = feed(town)
    ended = town.run("release", *words)
    assert (ended.code, ended.out) == (2, "")
    assert told(ended.err), ended.err
    assert feed(town) == before
    assert flooded
