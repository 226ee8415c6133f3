"""Says in words how a source is: one word, how bad that is, and what is the matter."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aggregator.api.sources import SourceHealth, trouble

Mood = Literal["bad", "odd", "fine", "off"]

_BAD = {"failing": "Failing", "blocked": "Turned away", "gone": "Gone"}


def state(one: SourceHealth) -> tuple[str, Mood]:
    """The state of a source in a word or two, and how bad it is."""
    if one.removed:
        return "No longer in the config", "off"
    if one.imported:
        return "Imported from a file", "off"
    if not one.enabled:
        return "Paused", "off"
    if one.state in _BAD:
        return _BAD[one.state], "bad"
    if one.state == "new":
        return "Not asked yet", "odd"
    return ("Works, but look", "odd") if trouble(one) else ("Fine", "fine")


def matter(one: SourceHealth) -> str:
    """What is the matter with a source and what to do, in sentences; "" if nothing is."""
    if one.removed:
        return "It is not polled any more; its articles stay. `aggregator prune` forgets it, after showing what goes."
    if not one.enabled and not one.imported:
        return "It is not polled until it is resumed; its articles stay."
    if one.state == "blocked" and not one.error:
        return "Its server turns this service away for now."
    return trouble(one)


def summary(moods: list[Mood]) -> str:
    """The one sentence for who has one look."""
    bad, polled = moods.count("bad"), sum(mood != "off" for mood in moods)
    if not moods:
        return "There is no source yet: `aggregator add ADDRESS` adds the first."
    if not polled:
        return "No source is polled."
    if bad:
        return f"{bad} of {polled} {'source' if polled == 1 else 'sources'} {'does' if bad == 1 else 'do'} not work."
    if odd := moods.count("odd"):
        return f"Every source works; {odd} {'is' if odd == 1 else 'are'} worth a look."
    return "The source works." if polled == 1 else f"All {polled} sources work."


def rank(mood: Mood) -> int:
    """Where sources of this mood stand in the list: trouble first."""
    return ("bad", "odd", "fine", "off").index(mood)


def moment(at: datetime) -> str:
    """A moment to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
