"""Reads the dates that feeds and pages write, and never makes up a part that is not there.

Libraries guess: `2026-05` becomes today's day, `12:30` becomes today, an epoch becomes the year 1780 (measured: traps
T17, libraries 1.4). So a string must first have the shape of a date here; a library then only does the calendar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from dateutil import parser as dateutil_parser

from aggregator.model import Precision

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MAX_LENGTH = 100
_SPACE = re.compile(r"\s+")

# RFC 822 section 5.1 and what feeds write beside it, in hours. Where a name has several meanings (IST, CST, BST) it is
# the one most blogs mean; a name that is not here costs the time of day, never the day.
_HOURS = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "MET": 1,
    "MEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "IST": 5.5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3,
}  # fmt: skip
_ZONES = {name: timedelta(hours=hours) for name, hours in _HOURS.items()}

_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,? )?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?P<clock>(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:[.,][0-9]{1,9})?)?)"
_ZONE = r"(?: ?(?P<zone>(?:(?:UTC|GMT)?[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?|[A-Z]{1,5}))(?: ?\([^()]*\))?)?"


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + r"\Z", re.IGNORECASE | re.ASCII)


_RFC822 = _shape(
    rf"{_WEEKDAY}(?P<day>{_DAY})[ -](?P<month>{_MONTH})[ -](?P<year>[0-9]{{4}}|[0-9]{{2}}),? {_CLOCK}{_ZONE}"
)
_ISO = _shape(rf"(?P<date>[0-9]{{4}}(?P<sep>[-/.])[0-9]{{2}}(?P=sep)[0-9]{{2}})(?:(?:T|,? ){_CLOCK}{_ZONE})?")
_ISO_BASIC = _shape(rf"(?P<date>[0-9]{{8}})(?:T(?P<clock>(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?){_ZONE})?")
_ISO_MONTH = _shape(r"(?P<year>[0-9]{4})(?:[-/](?P<month>0[1-9]|1[0-2]))?")
_CJK = re.compile(r"(?P<year>[0-9]{4}) ?[年년] ?(?P<month>[0-9]{1,2}) ?[月월](?: ?(?P<day>[0-9]{1,2}) ?[日일])?\Z")
_NUMBERS = _shape(
    rf"(?P<first>[0-9]{{1,2}})(?P<sep>[-/.])(?P<second>[0-9]{{1,2}})(?P=sep)(?P<year>[0-9]{{4}})(?:,? {_CLOCK}{_ZONE})?"
)
_ORDINAL = rf"(?P<day>{_DAY})(?:st|nd|rd|th)?"
_TIME = rf"(?:,? (?:at )?{_CLOCK}(?P<half> ?[ap]\.?m\.?)?{_ZONE})?"
_WORDS = tuple(
    _shape(_WEEKDAY + shape)
    for shape in (
        rf"(?P<month>{_MONTH}) {_ORDINAL},? (?P<year>[0-9]{{4}}){_TIME}",  # May 19, 2026 (and JavaScript's Date)
        rf"{_ORDINAL}[ -](?:of )?(?P<month>{_MONTH}),?[ -](?P<year>[0-9]{{4}}){_TIME}",  # 19 May 2026
        rf"(?P<month>{_MONTH}) {_ORDINAL} {_CLOCK}{_ZONE} (?P<year>[0-9]{{4}})",  # asctime, date(1)
        rf"(?P<year>[0-9]{{4}})[ -](?P<month>{_MONTH})[ -]{_ORDINAL}",  # 2026 May 19
        rf"(?P<month>{_MONTH}),? (?P<year>[0-9]{{4}})",  # May 2026
    )
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A moment and how much of it was written; below the precision it is the first day, the first second, in UTC."""

    at: datetime  # aware, UTC
    precision: Precision


def parse(value: str | None) -> Dated | None:
    """Read one date (RFC 822, RFC 3339, ISO 8601, English words, 年月日); None for whatever is not certainly one.

    A moment without a zone is taken as UTC. Numbers alone, times alone, impossible days, offsets beyond 15:59 and words
    of other languages are None; so is `05/04/2026`, which two continents read as two days.
    """
    if not value or len(value) > _MAX_LENGTH:
        return None
    text = _SPACE.sub(" ", value).strip()
    try:
        return _rfc822(text) or _iso(text) or _numbers(text) or _words(text)
    except (ValueError, OverflowError):  # the calendar has no such day, or UTC falls outside years 1 to 9999
        return None


def plausible(at: datetime, now: datetime) -> bool:
    """Tell whether an article may have been published then: from 1990 to one day ahead of `now` (both aware)."""
    return _EARLIEST <= at <= now + timedelta(days=1)


def _rfc822(text: str) -> Dated | None:
    match = _RFC822.match(text)
    if match is None:
        return None
    month = match["month"][:3]
    return _dated(parsedate_to_datetime(f"{match['day']} {month} {match['year']} {_seconds(match['clock'])}"), match)


def _iso(text: str) -> Dated | None:
    match = _ISO.match(text) or _ISO_BASIC.match(text)
    if match is not None:
        date = match["date"].replace("/", "-").replace(".", "-")
        if match["clock"] is None:
            return Dated(datetime.fromisoformat(date).replace(tzinfo=UTC), "day")
        clock = match["clock"].replace(",", ".")
        if ":" in clock:
            date, clock = date.replace("-", ""), _seconds(clock).rjust(8, "0").replace(":", "")
        return _dated(datetime.fromisoformat(f"{date}T{clock}"), match)
    match = _ISO_MONTH.match(text) or _CJK.match(text)
    if match is None:
        return None
    found = match.groupdict()
    precision: Precision = "day" if found.get("day") else "month" if found["month"] else "year"
    day, month = int(found.get("day") or 1), int(found["month"] or 1)
    return Dated(datetime(int(found["year"]), month, day, tzinfo=UTC), precision)


def _numbers(text: str) -> Dated | None:
    """Day and month in the order of the country: certain only where one of them cannot be a month."""
    match = _NUMBERS.match(text)
    if match is None:
        return None
    first, second = int(match["first"]), int(match["second"])
    if first <= 12 and second <= 12 and first != second:
        return None
    day, month = (first, second) if second <= 12 else (second, first)
    date = datetime(int(match["year"]), month, day)  # noqa: DTZ001 - the zone is read below
    if match["clock"] is None:
        return Dated(date.replace(tzinfo=UTC), "day")
    return _dated(datetime.fromisoformat(f"{date:%Y-%m-%d}T{_seconds(match['clock'])}"), match)


def _words(text: str) -> Dated | None:
    match = next(filter(None, (shape.match(text) for shape in _WORDS)), None)
    if match is None:
        return None
    found = match.groupdict()
    written = f"{found.get('day') or 1} {match['month']} {match['year']}"
    if found.get("clock"):
        return _dated(dateutil_parser.parse(f"{written} {_seconds(match['clock'])}{found.get('half') or ''}"), match)
    at = dateutil_parser.parse(written, default=datetime(1, 1, 1)).replace(tzinfo=UTC)  # noqa: DTZ001 - set here
    return Dated(at, "day" if found.get("day") else "month")


def _seconds(clock: str) -> str:
    """A leap second is the last one that Python has."""
    return clock[:-2] + "59" if clock.endswith(":60") else clock


def _dated(local: datetime, match: re.Match[str]) -> Dated:
    """Apply the zone as written. A zone that nobody knows leaves the day as its author wrote it."""
    zone = (match["zone"] or "UTC").upper()
    if zone[-1].isdigit():
        zone = zone.removeprefix("UTC").removeprefix("GMT")
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return Dated((local - (-offset if zone[0] == "-" else offset)).replace(tzinfo=UTC), "second")
    if zone in _ZONES:
        return Dated((local - _ZONES[zone]).replace(tzinfo=UTC), "second")
    return Dated(local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC), "day")
