"""Which of a document's dates can be believed; what cannot is left to first sight (traps.md T17)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from aggregator.model import Precision, RawEntry
from aggregator.normalize.lines import line
from aggregator.text import dates

_LONGEST = 100  # characters of what is no date


class Dates(NamedTuple):
    """The two dates of an entry, aware, UTC; and the string that stands in place of the first and is none."""

    published: datetime | None
    precision: Precision
    updated: datetime | None
    said: str | None = None


def dates_of(raw: RawEntry, now: datetime) -> Dates:
    """The entry's dates as of ``now``.

    A date that is missing counts as the update's, since Atom demands only that one (GitHub's releases have no other);
    one that is there and cannot be true is not replaced. An update before publication is dropped.
    """
    published, updated = believed(raw.published, now), believed(raw.updated, now)
    first = published if (raw.published or "").strip() else updated
    if first is None:
        return Dates(None, "unknown", updated.at if updated else None, line(raw.published or "", _LONGEST) or None)
    later = updated.at if updated and updated.at >= first.at else None
    return Dates(first.at, first.precision, later)


def believed(value: str | None, now: datetime) -> dates.Dated | None:
    """A date as somebody wrote it; None if it is none, or none on which an article may have been published."""
    dated = dates.parse(value)
    return dated if dated and dates.plausible(dated.at, now) else None
