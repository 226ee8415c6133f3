"""What is an incident: not one bad poll, not a holiday, and what comes and goes is told once a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.incidents import broken, emptied, silence, silent
from aggregator.model import Entry, ParsedFeed, PollState, Reading, Skipped
from aggregator.store.happened import of_source

NOW = datetime(2026, 5, 19, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = PollState("asha/dev", NOW, last_poll_at=NOW)


def played(marks: str, every: timedelta = HOUR) -> list[str]:
    """The events of polls that fail ("F") or are fine ("."), as `cadence.after` leaves the states."""
    told, state = [], START
    for number, mark in enumerate(marks):
        at = NOW + number * every
        if mark == "F":
            after = replace(state, last_poll_at=at, state="failing", failures=state.failures + 1, error="no")
        else:
            over = at if broken(state) else state.recovered_at
            after = replace(state, last_poll_at=at, state="ok", failures=0, error=None, recovered_at=over)
        told += [f"{number} {one.type.removeprefix('source.')}" for one in of_source(state, after)]
        state = after
    return told


@pytest.mark.parametrize(
    ("marks", "every", "told"),
    [
        ("F.FF.F", HOUR, []),
        (".FFFFF..", HOUR, ["3 failing", "6 recovered"]),
        ("FFF.FFF.FFF.FFF.", HOUR, ["2 failing", "3 recovered"]),  # it comes and goes
        ("FFF.FFFFFFF.", HOUR, ["2 failing", "3 recovered", "9 failing", "11 recovered"]),
        ("FFF.FFF.", DAY, ["2 failing", "3 recovered", "6 failing", "7 recovered"]),
    ],
)
def test_failing_is_told_once_and_once_when_it_is_over(marks: str, every: timedelta, told: list[str]) -> None:
    assert played(marks, every) == told


def weekly(count: int, last: timedelta) -> list[datetime]:
    return [NOW - last - timedelta(weeks=number) for number in range(count)]


@pytest.mark.parametrize(
    ("posted", "found"),
    [
        ([], False),
        (weekly(5, timedelta(days=300)), False),  # no habit
        (weekly(20, timedelta(days=20)), False),  # a holiday
        (weekly(20, timedelta(days=22)), True),
        ([NOW - 60 * DAY * number for number in range(1, 9)], False),
        ([NOW - 121 * DAY - 60 * DAY * number for number in range(8)], True),
        ([NOW - 22 * DAY] * 30, True),
        ([*weekly(20, timedelta(days=22)), NOW + DAY], True),  # dated ahead
    ],
)
def test_silence_is_measured_by_the_habit(posted: list[datetime], found: bool) -> None:
    assert silent(posted[::-1], NOW) == (max(one for one in posted if one <= NOW) if found else None)


def test_a_silence_begins_while_somebody_listens_and_ends_with_a_post() -> None:
    ended = weekly(20, timedelta(days=500))
    assert silence(replace(START, last_success_at=None), ended, NOW) is None
    assert silence(replace(START, last_success_at=NOW - DAY), ended, NOW) is None, "it had ended long before"
    posted = weekly(20, timedelta(days=21, hours=1))
    heard = replace(START, last_success_at=NOW - DAY)
    since = silence(heard, posted, NOW)
    assert since == posted[0]
    after = replace(heard, silent_since=since)
    assert [one.type for one in of_source(heard, after)] == ["source.silent"]
    assert silence(after, posted, NOW + DAY) == since
    assert of_source(after, replace(after, last_poll_at=NOW + DAY)) == ()
    assert silence(after, [NOW, *posted], NOW + DAY) is None
    assert [one.type for one in of_source(after, replace(after, silent_since=None))] == ["source.recovered"]


def test_a_move_and_a_gap_are_told_when_they_come() -> None:
    moved = replace(START, feed_url="https://asha.example/new.xml", gap=True)
    told = of_source(START, moved)
    assert [one.type for one in told] == ["source.moved", "source.gap"]
    assert told[0].data["feed_url"] == "https://asha.example/new.xml"
    assert of_source(moved, replace(moved, last_poll_at=NOW + DAY)) == ()


LISTED = ParsedFeed("rss20", "https://asha.example/feed.xml")
NOTHING = Reading(LISTED, ())


@pytest.mark.parametrize(
    ("reading", "failures", "empty"),
    [
        (NOTHING, 0, 3),
        (None, 0, 3),  # not modified
        (None, 1, 2),  # nobody answered
        (Reading(replace(LISTED, complete=False), ()), 0, 2),
        (Reading(LISTED, (Entry("1", None, "One"),)), 0, 0),
        (Reading(LISTED, (), (Skipped("One", "a filter leaves it out"),)), 0, 0),
    ],
)
def test_answers_without_an_entry_are_counted(reading: Reading | None, failures: int, empty: int) -> None:
    before = replace(START, last_change_at=NOW - DAY, empty=2)
    assert emptied(before, replace(before, failures=failures), reading) == empty


def test_who_had_no_entries_is_not_empty() -> None:
    assert emptied(START, START, NOTHING) == 0
    had_some = replace(START, last_change_at=NOW - DAY)
    assert emptied(had_some, had_some, None) == 0
