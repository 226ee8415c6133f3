"""A flood is held back and news never is: whatever comes, however it is dated, whatever becomes of it later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import cadence
from aggregator.dedupe.news import LATE, MANY, TIMES, Habit, flood, released
from aggregator.model import Copy, Hold, Precision, Waiting
from tests.core.dedupe.effort import examples
from tests.core.dedupe.made import copies, entry, prose, source
from tests.core.ingest_memory import NOW, House

SITE, DEV = source("site", own_site=True), source("dev", kind="dev")
BASE = copies(SITE, [entry("x")])[0]
QUIET = Habit(NOW - timedelta(hours=4), 0.01)
DAYS = 7


def article(place: int, at: datetime, precision: Precision = "second") -> tuple[str, Sequence[Copy]]:
    return f"{place:026d}", (replace(BASE, id=place, published_at=at, date_precision=precision),)


def dated(*ages: float) -> Mapping[str, Sequence[Copy]]:
    """Articles so many days old; None of them shares its moment with another."""
    return dict(article(place, NOW - timedelta(days=age, seconds=place)) for place, age in enumerate(ages))


def undated(count: int) -> Mapping[str, Sequence[Copy]]:
    return dict(article(100 + place, NOW, "unknown") for place in range(count))


def held(fresh: Mapping[str, Sequence[Copy]], habit: Habit = QUIET, days: int = DAYS) -> tuple[int, int]:
    """How many are held back, and how many of them are recent."""
    found = flood(fresh, habit, days, NOW)
    assert found.keys() <= fresh.keys()
    return len(found), sum(found.values())


# ── what it is made for ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", range(8, 20))
def test_a_burst_of_old_posts_is_held_back(count: int) -> None:
    """Twelve bursts of 8 to 19 were measured."""
    assert held(dated(*range(30, 30 + count))) == (count, 0)


def test_the_new_posts_beside_a_burst_go_out() -> None:
    fresh = dated(0.1, 2, *range(30, 45))
    assert flood(fresh, QUIET, DAYS, NOW).keys() == set(list(fresh)[2:])


@pytest.mark.parametrize("count", range(1, 6))
def test_what_somebody_publishes_after_a_holiday_goes_out(count: int) -> None:
    """New posts, drafts that carry the day on which they were written, and posts without a date."""
    assert held(dated(*[0.05] * count)) == (0, 0)
    assert held(dated(*range(10, 10 + count))) == (0, 0)
    assert held(undated(count)) == (0, 0)
    assert held({**dated(*[1] * count, *range(10, 10 + count)), **undated(min(count, 4))}) == (0, 0)


def test_more_than_a_handful_without_a_date_are_no_news() -> None:
    """A page whose new layout is read as other articles; nothing tells when they are from."""
    assert held(undated(LATE + 1)) == (LATE + 1, 0)
    assert held({**undated(30), **dated(0.1)}) == (30, 0)


def test_an_archive_that_is_dated_anew_is_held_back_for_good() -> None:
    """Every post carries the moment of the build: more of one moment than anybody writes."""
    fresh = dict(article(place, NOW - timedelta(hours=1)) for place in range(30))
    assert held(fresh) == (30, 0)


def test_more_news_than_a_source_ever_had_waits_a_day() -> None:
    assert held(dated(*[0.1] * MANY)) == (0, 0)
    assert held(dated(*[0.1] * (MANY + 1))) == (MANY + 1, MANY + 1)
    assert held(dated(*[0.1] * (MANY + 1), 400)) == (MANY + 2, MANY + 1), "the old one waits with them"


def test_a_busy_source_goes_on() -> None:
    """Forty posts after a weekend of an account that writes twenty a day."""
    posted = [NOW - timedelta(days=2, hours=1.2 * n) for n in range(60)]
    since = NOW - timedelta(days=2)
    habit = Habit(since, cadence.expected(posted, since, NOW))
    assert held(dated(*(n / 20 for n in range(40))), habit) == (0, 0)


def test_what_was_posted_while_a_source_could_not_be_read_is_news() -> None:
    """Sixty days of failures; two posts a week came meanwhile."""
    since = NOW - timedelta(days=60)
    posted = [since - timedelta(days=3.5 * n) for n in range(40)]
    habit = Habit(since, cadence.expected(posted, since, NOW))
    assert held(dated(*(3.5 * n for n in range(17))), habit) == (0, 0)
    assert held(dated(*(3.5 * n for n in range(17))), QUIET) == (15, 0), "they would be old, had it been read"


def test_an_owner_who_announces_nothing_of_new_sources_has_news_all_the_same() -> None:
    assert held(dated(*[0.1] * 8), days=0) == (0, 0)


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────────────────────

AGES = st.lists(st.floats(0, 4000) | st.floats(0, 9) | st.none(), max_size=60)
HABITS = st.builds(Habit, st.timedeltas(timedelta(0), timedelta(days=400)).map(NOW.__sub__), st.floats(0, 40))


def made(ages: Sequence[float | None]) -> dict[str, Sequence[Copy]]:
    return {
        **dated(*(age for age in ages if age is not None)),
        **undated(sum(1 for age in ages if age is None)),
    }


@examples(200)
@given(AGES, HABITS, st.integers(0, 30))
def test_however_much_comes_subscribers_get_no_flood(ages: list[float | None], habit: Habit, days: int) -> None:
    fresh = made(ages)
    kept = flood(fresh, habit, days, NOW)
    line = min(habit.since, NOW - timedelta(days=days))
    out = [group[0] for ulid, group in fresh.items() if ulid not in kept]
    without = [copy for copy in out if copy.date_precision == "unknown"]
    old = [copy for copy in out if copy.date_precision != "unknown" and copy.published_at < line]
    assert len(old) <= LATE
    assert len(without) <= LATE
    assert len(out) - len(old) <= max(MANY, TIMES * habit.expected)
    assert all(fresh[ulid][0].published_at >= line for ulid, recent in kept.items() if recent)


@examples(200)
@given(AGES, HABITS, st.randoms())
def test_the_order_in_which_they_stand_says_nothing(ages: list[float | None], habit: Habit, chance: Random) -> None:
    fresh = made(ages)
    order = list(fresh)
    chance.shuffle(order)
    assert flood({ulid: fresh[ulid] for ulid in order}, habit, DAYS, NOW) == flood(fresh, habit, DAYS, NOW)


@examples(100)
@given(AGES.filter(lambda ages: len(ages) <= LATE), HABITS)
def test_a_handful_is_never_held_back(ages: list[float | None], habit: Habit) -> None:
    assert flood(made(ages), habit, DAYS, NOW) == {}


@examples(200)
@given(gap_h=st.floats(0.5, 24 * 90), away_h=st.floats(1, 24 * 120), phase=st.floats(0, 1))
def test_who_goes_on_as_ever_is_never_held_back(gap_h: float, away_h: float, phase: float) -> None:
    """However often somebody posts, and however long the source could not be read."""
    since = NOW - timedelta(hours=away_h)
    posted = [since - timedelta(hours=gap_h * (n + phase)) for n in range(80)]
    habit = Habit(since, cadence.expected(posted, since, NOW))
    ages = [gap_h * (n + 1 - phase) for n in range(int(away_h / gap_h) + 1) if gap_h * (n + 1 - phase) < away_h]
    assert held(dated(*((away_h - age) / 24 for age in ages)), habit) == (0, 0)


# ── what becomes of it ──────────────────────────────────────────────────────────────────────────────────────────────


def flooded(count: int = 8) -> House:
    """A site that was read, and sends its archive under names that nobody knows."""
    house = House()
    house.poll(SITE, [entry("first", prose("first"), guid="first")], founding=True)
    house.habit = QUIET
    old = [entry(f"post {n}", prose(f"post {n}"), guid=f"p{n}", at=NOW - timedelta(days=90 + n)) for n in range(count)]
    house.poll(SITE, old)
    return house


def test_what_is_held_back_is_there_and_stands_in_no_feed() -> None:
    house = flooded()
    states = [house.article(SITE, f"p{n}") for n in range(8)]
    assert {state.announced_at for state in states} == {None}
    assert set(house.memory.held) == {state.ulid for state in states}
    assert {(hold.source_key, hold.at, hold.recent) for hold in house.memory.held.values()} == {(SITE.key, NOW, False)}


def test_a_first_fill_and_what_comes_from_history_never_wait() -> None:
    house = House(habit=QUIET)
    old = [entry(f"post {n}", prose(f"post {n}"), guid=f"p{n}", at=NOW - timedelta(days=90 + n)) for n in range(30)]
    assert house.poll(SITE, old).held == ()
    assert house.regroup().held == ()


def test_a_new_copy_announces_nothing_and_ends_no_wait() -> None:
    house = flooded()
    house.poll(DEV, [entry("other", prose("other"), guid="d")])
    house.poll(DEV, [entry("post 3", prose("post 3"), guid="d3")])
    state = house.article(DEV, "d3")
    assert state == house.article(SITE, "p3")
    assert state.announced_at is None
    assert house.memory.waits(state)


def test_a_part_that_splits_off_waits_with_the_rest() -> None:
    house = flooded()
    house.poll(DEV, [entry("other", prose("other"), guid="d")])
    house.poll(DEV, [entry("post 3", prose("post 3"), "https://dev.example/3", guid="d3")])
    whole = house.article(SITE, "p3")
    told = house.told(different=[frozenset({f"u:{key}" for key in ("dev.example/3", "site.example/3")})])
    (mine,) = (copy for copy in house.memory.copies_of(SITE.key) if copy.entry.guid == "p3")
    house.memory.copies[mine.id] = replace(mine, aliases=("u:site.example/3",))
    told.regroup()
    part = told.article(DEV, "d3")
    assert part.ulid != whole.ulid
    assert told.memory.waits(part)
    assert told.memory.held[part.ulid] == replace(told.memory.held[whole.ulid], ulid=part.ulid)


def test_what_met_an_announced_article_keeps_its_row_and_waits_again_after_a_split() -> None:
    house = flooded()
    before = house.article(SITE, "p3")
    first = house.article(SITE, "first")
    told = house.told(same=[frozenset({"u:site.example/first", "u:site.example/3"})])
    for guid in ("first", "p3"):
        (copy,) = (one for one in house.memory.copies_of(SITE.key) if one.entry.guid == guid)
        key = f"u:site.example/{'3' if guid == 'p3' else guid}"
        house.memory.copies[copy.id] = replace(copy, aliases=(key,))
    told.regroup()
    assert told.article(SITE, "p3").ulid == first.ulid
    house.regroup()
    again = house.article(SITE, "p3")
    assert (again.ulid, again.announced_at) == (before.ulid, None)
    assert house.memory.waits(again)


def test_what_subscribers_know_and_what_is_hidden_is_not_announced() -> None:
    state = flooded().article(SITE, "p0")
    waiting = [Waiting(Hold(ulid, SITE.key, NOW, True), replace(state, ulid=ulid), known=ulid == "B") for ulid in "ABC"]
    assert released(waiting, {"C"}) == {"A"}
