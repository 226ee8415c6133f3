"""ISO weeks (ISO 8601, UTC): what a digest counts in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from aggregator.model import Article
from aggregator.render.dates import MONTHS

Week = tuple[int, int]  # year and number


def week_of(at: datetime) -> Week:
    """The week of a moment."""
    year, number, _ = at.astimezone(UTC).isocalendar()
    return year, number


def spelled(week: Week) -> str:
    """``2026-W48``."""
    return f"{week[0]:04}-W{week[1]:02}"


def end(week: Week) -> datetime:
    """The first moment after it."""
    monday = datetime.combine(date.fromisocalendar(*week, 1), datetime.min.time(), UTC)
    return monday + timedelta(days=7)


def days(week: Week) -> str:
    """``23 to 29 Nov 2026``, as short as it can be said."""
    first, last = date.fromisocalendar(*week, 1), date.fromisocalendar(*week, 7)
    month = f" {MONTHS[first.month - 1]}" if first.month != last.month else ""
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day}{month}{year} to {last.day} {MONTHS[last.month - 1]} {last.year}"


def closed(articles: Iterable[Article], open_week: str | None, cut: bool) -> tuple[Article, ...]:
    """Those of the weeks before the open one that are here as a whole; ``cut``: of the oldest some may be missing.

    The articles stand in the order of their announcement, newest first.
    """
    before = open_week or ""
    over = [one for one in articles if one.announced_at and spelled(week_of(one.announced_at)) < before]
    if not cut or not over:
        return tuple(over)
    oldest = [week_of(one.announced_at) for one in over if one.announced_at][-1]
    return tuple(one for one in over if one.announced_at and week_of(one.announced_at) > oldest)
