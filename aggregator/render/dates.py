"""Dates as people read them, exactly as precise as they are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.model import Article
from aggregator.render.facts import published
from aggregator.render.wire import rfc3339

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class ShownDate:
    """The date of an article, twice."""

    machine: str  # HTML `datetime` attribute, exactly as precise as the date is
    human: str


def dated(article: Article) -> ShownDate | None:
    """As much of the date as is known; the day is the day in UTC, where the documents have it too."""
    at = published(article)
    match article.date_precision:
        case "second":
            return ShownDate(rfc3339(at), day(at))
        case "day":
            return ShownDate(f"{at.year:04}-{at.month:02}-{at.day:02}", day(at))
        case "month":
            return ShownDate(f"{at.year:04}-{at.month:02}", f"{MONTHS[at.month - 1]} {at.year}")
        case "year":
            return ShownDate(f"{at.year:04}", str(at.year))
        case "unknown":
            return None


def day(at: datetime) -> str:
    """``19 May 2026``, in no locale."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def until(moment: datetime | None, now: datetime) -> str:
    """A moment as a distance from now: "in 2 h", "5 min ago"; "–" for none."""
    if moment is None:
        return "–"
    distance = moment - now
    words = _span(abs(distance))
    return f"in {words}" if distance > timedelta(0) else f"{words} ago"


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{round(seconds / size)} {name}"
    return f"{round(seconds)} s"
