"""What about a source is an incident: worth a word to its owner when it begins, and another one when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import pairwise

from aggregator.model import PollState, Reading

BROKEN_AFTER = 3  # failures in a row: one failed poll is no incident
CALM = timedelta(days=1)  # after it has recovered, twice as many failures: what comes and goes is told once a day

EMPTY_AFTER = 3  # answers in a row without one entry: a build that failed, a category that was renamed

_LOOKED_AT = 30  # posts, the newest
_HABIT = 6  # fewer of them show no habit
_LONGER = 2  # times the longest pause so far ...
_AT_LEAST = timedelta(days=21)  # ... and so long: nobody is missed after a holiday


def broken(state: PollState) -> bool:
    """Whether a source is so far gone that its owner should know."""
    recovered, at = state.recovered_at, state.last_poll_at
    shaky = recovered is not None and at is not None and at - recovered < CALM
    return state.state == "gone" or state.failures >= BROKEN_AFTER * (2 if shaky else 1)


def silent(posted: Sequence[datetime], now: datetime) -> datetime | None:
    """Since when a source is silent beyond its habit: its last post; None: it is not, or shows no habit.

    ``posted`` are the dates of what it carried, in any order.
    """
    last = nlargest(_LOOKED_AT, (at for at in posted if at <= now))
    if len(last) < _HABIT:
        return None
    longest = max(newer - older for newer, older in pairwise(last))
    return last[0] if now - last[0] > max(_LONGER * longest, _AT_LEAST) else None


def silence(before: PollState, posted: Sequence[datetime], now: datetime) -> datetime | None:
    """What to remember in ``silent_since`` after a poll that was fine.

    A silence begins while somebody listens: a blog that had ended when it came into the config is no news.
    """
    since = silent(posted, now)
    if since is None or before.silent_since is not None:
        return since
    heard = before.last_success_at
    return since if heard is not None and silent(posted, heard) is None else None


def emptied(before: PollState, after: PollState, reading: Reading | None) -> int:
    """How many answers in a row had no entry: what to remember in ``empty`` after a poll.

    ``reading`` is None where nothing new was read: then the last document stands. What a filter leaves out is there.
    """
    if after.failures or (reading is not None and not reading.feed.complete):
        return before.empty
    if reading is None:
        return before.empty + 1 if before.empty else 0
    return 0 if reading.entries or reading.skipped or before.last_change_at is None else before.empty + 1
