"""Draws the last year of a source: what it posted week by week, and when polls of it failed; geometry only.

The log holds polls that changed something or failed in a new way, so a failure lasts until the next entry that is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.model import Polled
from aggregator.render.dates import day

WEEKS = 52
YEAR = timedelta(weeks=WEEKS)
STEP, BAR = 5.0, 3.6  # from one week to the next, and how wide a bar is
WIDTH, HEIGHT = WEEKS * STEP, 44.0
TALL = 30.0  # of the highest bar
LINE = 39.0  # where the line of the polls runs
FEW = 2  # posts in one week that would fill the height, if no week has more
NARROW = 2.4  # the least that can be seen
TICK = 0.6  # half a tick: that of a moment ago stands inside the picture, too

_GOOD = ("changed", "recovered")


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: a week with posts, or a time in which polls failed."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture, and the same in words."""

    posts: tuple[Bar, ...]
    failed: tuple[Bar, ...]
    news: tuple[float, ...]  # x of polls that brought something
    watched_from: float  # x from which on the source is known
    words: str


def chart(posts: Sequence[datetime], polls: Sequence[Polled], since: datetime, bad: bool, now: datetime) -> Chart:
    """The year of one source.

    ``posts``, ``polls``: of that year, oldest first. ``since``: when the source came into the config. ``bad``: whether
    its last poll failed.
    """
    begin = now - YEAR
    weeks = Counter(min(WEEKS - 1, (at - begin) // timedelta(weeks=1)) for at in posts if begin <= at <= now)
    most = max(FEW, *weeks.values()) if weeks else FEW
    spans = tuple(_spans(polls, max(since, begin), bad, now))
    return Chart(
        posts=tuple(_bar(week, count / most) for week, count in sorted(weeks.items())),
        failed=tuple(_failed(a, b, begin) for a, b in spans),
        news=tuple(sorted({_tick(one.at, begin) for one in polls if one.new or one.updated})),
        watched_from=_x(max(since, begin), begin),
        words=_words(sum(weeks.values()), posts, spans, now),
    )


def _x(at: datetime, begin: datetime) -> float:
    return round(min(1.0, max(0.0, (at - begin) / YEAR)) * WIDTH, 1)


def _tick(at: datetime, begin: datetime) -> float:
    return min(max(TICK, _x(at, begin)), WIDTH - TICK)


def _bar(week: int, share: float) -> Bar:
    height = round(max(NARROW, share * TALL), 1)
    return Bar(round(week * STEP + (STEP - BAR) / 2, 1), round(TALL + 2 - height, 1), BAR, height)


def _failed(a: datetime, b: datetime, begin: datetime) -> Bar:
    left, right = _x(a, begin), _x(b, begin)
    left = min(left, WIDTH - NARROW)
    return Bar(left, LINE - 2, round(max(NARROW, right - left), 1), 4)


def _spans(polls: Sequence[Polled], since: datetime, bad: bool, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From when to when polls failed."""
    began = since if polls and polls[0].outcome == "recovered" else None
    for one in polls:
        if one.outcome in _GOOD:
            if began is not None:
                yield began, one.at
            began = None
        elif began is None:
            began = max(one.at, since)
    if began is not None or bad:
        yield began or since, now


def _words(count: int, posts: Sequence[datetime], spans: Sequence[tuple[datetime, datetime]], now: datetime) -> str:
    said = f"{count} {'post' if count == 1 else 'posts'} in the last year"
    if posts and count:
        said += f", the last on {day(posts[-1])}"
    if spans and spans[-1][1] == now:
        said += f"; failing since {day(spans[-1][0])}"
    elif spans:
        said += f"; polls failed {len(spans)} {'time' if len(spans) == 1 else 'times'}, last until {day(spans[-1][1])}"
    return said + "."
