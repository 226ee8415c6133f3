"""What politeness costs: polls per day and delay of the cadence, per kind of source, a year in one go."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean, quantiles

from aggregator import cadence
from aggregator.model import FetchPolicy, Freshness, NotModified, PollState, Source, Validators

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365
SOURCES = 4
UNCHANGED = NotModified(validators=Validators(), freshness=Freshness())
SOURCE = Source(key="bench/blog", owner="bench", id="blog", kind="feed", feed_url="https://blog.example/feed.xml")


def posts(gap_days: float, chance: random.Random) -> list[datetime]:
    """Return the moments of posting of three years, oldest first, at random with `gap_days` between two on average."""
    at, moments = START - timedelta(days=2 * DAYS), []
    while at < START + timedelta(days=DAYS):
        at += timedelta(days=chance.expovariate(1 / gap_days))
        moments.append(at)
    return moments


def year(gap_days: float, chance: random.Random) -> tuple[int, list[float]]:
    """Return the polls of one year and, per post of that year, the hours until a poll saw it."""
    moments = posts(gap_days, chance)
    state = PollState(source_key=SOURCE.key, next_poll_at=START)
    seen, polls, delays = sum(at < START for at in moments), 0, []
    while state.next_poll_at < START + timedelta(days=DAYS):
        now = state.next_poll_at
        before, seen = seen, bisect_right(moments, now)
        delays += [(now - at).total_seconds() / 3600 for at in moments[before:seen]]
        state = cadence.after(
            replace(state, unconditional_at=now),
            UNCHANGED,
            None,
            FetchPolicy(),
            SOURCE,
            moments[max(0, seen - 60) : seen],
            now,
            chance.random(),
        )
        polls += 1
    return polls, delays


def main() -> None:
    """Print one line per rhythm of posting."""
    chance = random.Random(2026)
    print(f"   {'one post in':>12} {'polls/day':>10} {'mean delay':>11} {'p95':>8}")
    for gap_days in (0.5, 1, 7, 30, 90, 365):
        polls, delays = 0, list[float]()
        for _ in range(SOURCES):
            one, late = year(gap_days, chance)
            polls += one
            delays += late
        p95 = quantiles(delays, n=20)[-1]
        print(f"   {gap_days:>10} d {polls / DAYS / SOURCES:>10.2f} {mean(delays):>9.2f} h {p95:>6.1f} h")
