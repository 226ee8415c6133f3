"""What is stored comes back equal, whatever stands in it."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from aggregator.errors import StoreError
from aggregator.model import ArticleState, Changes, Copy, PollState, Probes, Selection, Verdict
from aggregator.store import Store
from tests.shell.store.made import NOW, WORKER, article, claimed, config, copy, fill, raw, rows, source

# NUL cannot be stored in PostgreSQL text and lone surrogates in no UTF-8: text.html.xml_safe takes them out upstream.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-11, minutes=-30))])
MOMENTS = st.datetimes(datetime(1800, 1, 1), datetime(2300, 1, 1), timezones=ZONES)  # noqa: DTZ001
NUMBERS = st.integers(0, 2**31 - 1)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: NUMBERS,
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=40),
    datetime: MOMENTS,
    types.NoneType: st.none(),
}
FRESH = count(2**62)  # ids that no earlier example has written to the same store
MANY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of this type; a field that is added to the model is covered without a word here."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if is_dataclass(hint) and isinstance(hint, type):
        return made(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values, arguments))
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=4)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(TEXT, values(arguments[1]), max_size=3)
    raise AssertionError(f"no strategy for {hint}")


def made(cls: Any, **given_: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    drawn = {one.name: values(hints[one.name]) for one in fields(cls) if one.name not in given_}
    return st.builds(cls, **drawn, **given_)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Copy, ArticleState]:
    state: ArticleState = draw(made(ArticleState))
    carried: Copy = draw(made(Copy))
    return carried, state


def fresh(pair: tuple[Copy, ArticleState]) -> tuple[Copy, ArticleState]:
    carried, state = pair
    id_ = next(FRESH)
    entry = replace(carried.entry, guid=f"{carried.entry.guid} {id_}")
    return replace(carried, id=id_, article=f"{id_:026}", entry=entry), replace(state, ulid=f"{id_:026}", canonical=id_)


@MANY
@given(pair=pairs())
def test_copies_and_articles_come_back_equal(store: Store, pair: tuple[Copy, ArticleState]) -> None:
    carried, state = fresh(pair)
    fill(store, [state], [carried])
    assert store.article(state.ulid) == (state, (carried,), ())


@MANY
@given(pair=pairs(), order=st.sampled_from(["published", "announced", "updated"]))
def test_an_article_is_shown_as_it_is_kept(store: Store, pair: tuple[Copy, ArticleState], order: Any) -> None:
    carried, state = fresh(pair)
    fill(store, [state], [carried])
    selection = Selection(only=frozenset({state.ulid}), order=order, with_content=True)
    shown = store.select(selection).articles
    if order == "announced" and state.announced_at is None:
        assert shown == ()
        return
    (found,) = shown
    same = {one.name for one in fields(found)} & {one.name for one in fields(state)}
    assert {name: getattr(found, name) for name in same} == {name: getattr(state, name) for name in same}
    assert [ref.url for ref in found.copies] == [carried.entry.url]
    assert found.source.id == carried.source_id


@MANY
@given(state=made(PollState, source_key=st.just("asha/blog")))
def test_poll_states_come_back_equal(store: Store, state: PollState) -> None:
    store.sync(config(source("asha/blog")), NOW)
    claimed(store, "asha/blog")
    assert store.record([state], WORKER) == frozenset()
    assert store.states() == {"asha/blog": state}


@MANY
@given(verdict=made(Verdict, a=st.just(1), b=st.just(2)))
def test_verdicts_come_back_equal(store: Store, verdict: Verdict) -> None:
    fill(
        store,
        [article("A", 1), article("B", 2)],
        index=(rows(1, ["k"]), rows(2, ["k"])),
        verdicts=(verdict,),
        judged=frozenset({1, 2}),
    )
    with store.merging(WORKER) as unit:
        assert unit.candidates("asha/blog", Probes(frozenset({"k"}))).verdicts == (verdict,)


@pytest.mark.parametrize("length", [999, 1000, 1001, 50_000])
def test_a_guid_or_key_of_any_length_is_kept_and_found(store: Store, length: int) -> None:
    guid, key = "g" * length, "é" * length
    kept = replace(copy(1, "A"), entry=replace(copy(1, "A").entry, guid=guid))
    other = replace(copy(2, "B"), entry=replace(copy(2, "B").entry, guid=guid + "x"))
    fill(store, [article("A", 1), article("B", 2)], [kept, other], index=(rows(1, [key]), rows(2, [key + "x"])))
    with store.merging(WORKER) as unit:
        found = unit.candidates("asha/blog", Probes(frozenset({key})))
    assert found.copies == (kept,)
    assert store.find([key + "x"]) == ["B"]


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StoreError, match="without a zone"), store.merging(WORKER) as unit:
        unit.apply(Changes(articles=(article("A", announced_at=naive),)), None, None, NOW)


def test_what_was_stored_before_a_field_came_gets_its_default(store: Store, database_url: str) -> None:
    fill(store, [article("A", 1, slug="post")])
    with raw(database_url) as connection:
        value = connection.scalar(text("SELECT value FROM articles"))
        older = value.replace('"slug":"post",', "")
        assert older != value
        connection.execute(text("UPDATE articles SET value = :value"), {"value": older})
        connection.commit()
    kept = store.article("A")
    assert kept is not None
    assert kept[0] == article("A", 1, slug="")
