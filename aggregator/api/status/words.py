"""Says in words how a source is: one word, how bad that is, and what is the matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from aggregator.api.sources import SourceHealth, trouble

Mood = Literal["bad", "odd", "new", "fine", "off"]

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
        return "Not asked yet", "new"
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


def summary(health: Sequence[SourceHealth]) -> str:
    """The one sentence for who has one look."""
    moods = [state(one)[1] for one in health]
    bad, polled = [one.title for one, mood in zip(health, moods, strict=True) if mood == "bad"], len(moods)
    polled -= moods.count("off")
    if not moods:
        return "There is no source yet: `aggregator add ADDRESS` adds the first."
    if not polled:
        return "No source is polled."
    if len(bad) == 1 and polled > 1:
        return f"{bad[0]} does not work; the other {'source does' if polled == 2 else f'{polled - 1} sources do'}."
    if bad:
        return f"{len(bad)} of {polled} sources do not work." if polled > 1 else f"{bad[0]} does not work."
    if odd := moods.count("odd"):
        return f"No source fails; {odd} {'is' if odd == 1 else 'are'} worth a look."
    if new := moods.count("new"):
        return f"{new} of {polled} {'source was' if polled == 1 else 'sources were'} not asked yet."
    return "The source works." if polled == 1 else f"All {polled} sources work."


def rank(mood: Mood) -> int:
    """Where sources of this mood stand in the list: trouble first."""
    return ("bad", "odd", "new", "fine", "off").index(mood)


def moment(at: datetime) -> str:
    """A moment to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
