"""Decides which new articles go to subscribers at once, and which wait for the owner's word or stay in the index.

A feed can send its archive again under other addresses, ids and texts, so that nothing of it is recognised: bursts of
8 to 19 old posts were measured, and subscribers saw each of them as new. The reasons for the figures stand in
docs/notes/floods.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.dedupe.canonical import date_of
from aggregator.model import Copy, Waiting

MANY = 10  # new articles at once are nothing to wonder about, however seldom a source posts ...
TIMES = 3  # ... nor are so many times what its habit lets expect
LATE = 5  # of those, so many may be old or undated: drafts that appear late, a post found at last
WAIT = timedelta(days=1)  # after this what is recent goes out without the owner's word


@dataclass(frozen=True, slots=True)
class Habit:
    """What a source that is known would bring at this poll if it went on as before."""

    since: datetime  # its last poll that succeeded
    expected: float  # articles


def first_news(
    fresh: Mapping[str, Sequence[Copy]], announce_days: int, announce_entries: int, now: datetime
) -> frozenset[str]:
    """The articles of a new source's first fill that go to subscribers: the newest of the recent ones, by ulid."""
    since = now - timedelta(days=announce_days)
    # Of undated entries those that stand first in the document are the newest.
    order = {ulid: (date_of(group)[0], -min(copy.id for copy in group)) for ulid, group in fresh.items()}
    recent = sorted((ulid for ulid in fresh if order[ulid][0] >= since), key=order.__getitem__, reverse=True)
    return frozenset(recent[:announce_entries])


def flood(fresh: Mapping[str, Sequence[Copy]], habit: Habit, announce_days: int, now: datetime) -> Mapping[str, bool]:
    """The new articles of a known source that are held back, by ulid, and whether each is recent; most times none.

    Recent is what was posted since the last poll or within ``announce_days``. If there is more of it than the habit
    of the source lets expect, nothing goes out; if only too much is old, the recent ones do.
    """
    most = max(MANY, TIMES * habit.expected)
    recent = _recent(fresh, min(habit.since, now - timedelta(days=announce_days)), most)
    old = fresh.keys() - recent
    held = fresh.keys() if len(recent) > most else old if len(old) > LATE else ()
    return {ulid: ulid in recent for ulid in sorted(held)}


def _recent(fresh: Mapping[str, Sequence[Copy]], since: datetime, most: float) -> frozenset[str]:
    """The articles whose date says that they are news; many without a date, or of one moment, are more likely not."""
    dates = {ulid: date_of(group) for ulid, group in fresh.items()}
    undated = {ulid for ulid, (_, precision) in dates.items() if precision == "unknown"}
    shared = Counter(at for ulid, (at, _) in dates.items() if ulid not in undated)
    return frozenset(
        ulid
        for ulid, (at, _) in dates.items()
        if (len(undated) <= LATE if ulid in undated else at >= since and shared[at] <= most)
    )


def released(waiting: Sequence[Waiting], hidden: Collection[str]) -> frozenset[str]:
    """Those of the articles held back that a word of the owner brings to subscribers, by ulid.

    Not what they know as part of another article, and not what the owner hides: it would empty places in the feeds.
    """
    return frozenset(one.hold.ulid for one in waiting if not one.known and one.hold.ulid not in hidden)
