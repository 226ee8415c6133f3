"""What a feed says about its own rhythm: RSS's ttl, skipHours and skipDays, and the syndication module."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_PERIODS: Final = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400, "monthly": 30 * 86400, "yearly": 365 * 86400}
_DAYS: Final = {
    name: day
    for day, names in enumerate(
        ("monday mon", "tuesday tue", "wednesday wed", "thursday thu", "friday fri", "saturday sat", "sunday sun")
    )
    for name in names.split()
}


def seconds(ttl: str, period: str, frequency: str) -> int | None:
    """How long the feed asks to be left alone: ``ttl`` in minutes (RSS 2.0), else period divided by frequency (sy:)."""
    minutes = _number(ttl)
    if minutes:
        return minutes * 60
    length = _PERIODS.get(period.strip().lower())
    if length is None:
        return None
    return max(1, length // max(1, _number(frequency) or 1))


def hours(values: Iterable[str]) -> frozenset[int]:
    """Hours of ``skipHours``, 0 to 23 UTC; 24 is midnight, as old documents write it."""
    found = {number for value in values if (number := _number(value)) is not None}
    return frozenset(number % 24 for number in found if number <= 24)


def days(values: Iterable[str]) -> frozenset[int]:
    """Days of ``skipDays``, Monday = 0."""
    return frozenset(_DAYS[name] for value in values if (name := value.strip().lower()) in _DAYS)


def _number(value: str) -> int | None:
    value = value.strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 7 else None
