"""Says what a source would bring now if it went on as before: more than that, or older, is a flood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aggregator import cadence
from aggregator.dedupe.news import Habit
from aggregator.model import PollState

FOUNDING = timedelta(hours=24)  # how long after its owner a source may take to deliver its first fill


def habit(before: PollState, posted: Sequence[datetime], now: datetime) -> Habit | None:
    """The habit of a source of which this is remembered, and which carried entries of these dates; None: it was never
    read."""
    since = before.last_success_at
    return Habit(since, cadence.expected(posted, since, now)) if since is not None else None
