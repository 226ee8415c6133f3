"""Reads the dates that feeds and pages write, and never makes up a part that is not there.

Libraries guess: `2026-05` becomes today's day, `12:30` becomes today, an epoch becomes the year 1780 (measured: traps
T17, libraries 1.4). So a string must have the shape of a date, and nothing but the calendar is left to a library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

from aggregator.model import Precision
from aggregator.text.months import DAYS, MONTHS, folded

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
_CJK = re.compile(
    r"(?P<year>[0-9]{4}) ?[年년] ?(?P<month>[0-9]{1,2}) ?[月월](?: ?(?P<day>[0-9]{1,2}) ?[日일号號]?"
    r"(?: ?[(（][月火水木金土日월화수목금토일][)）]| ?[月火水木金土日]曜日| ?星期[一二三四五六日天])?)?\Z"
)
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
_WORD = r"[^\W\d_]{3,14}\.?"
_BEFORE = r"(?:(?P<before>[^\W\d_][\w-]{1,14}\.?)(?P<comma>,)? )?"
_ARTICLES = frozenset({"am", "de", "del", "den", "el", "em", "il", "le"})
_NATIVE_DAY = r"(?P<day>[0-9]{1,2})(?:\.|er|[ºª°])?"
_NATIVE = tuple(
    re.compile(_BEFORE + shape)
    for shape in (
        rf"{_NATIVE_DAY} (?:de |d['’]|di )?(?P<month>{_WORD}),?(?: de| del)? (?P<year>[0-9]{{4}})"
        rf"(?: ?(?:г|р|года|року)\b\.?)?(?:,? (?:(?:um|à|a las|às|alle|kl\.?|o|в) )?{_CLOCK}(?: Uhr)?{_ZONE})?\Z",
        rf"(?P<month>{_WORD}) {_NATIVE_DAY},? (?P<year>[0-9]{{4}})\Z",
        rf"(?P<year>[0-9]{{4}})\.? (?P<month>{_WORD}) (?P<day>[0-9]{{1,2}})\.?\Z",
        rf"(?P<month>{_WORD})(?: de| del)?,? (?P<year>[0-9]{{4}})(?: ?(?:г|р)\.?)?\Z",
    )
)
# A date in the middle of a text: whatever could be one, to be read then.
_WITHIN = re.compile(
    r"(?<![\w./-])(?:"
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])|[0-9]{4}([./])[0-9]{1,2}\1[0-9]{1,2}(?!\w)"
    r"|[0-9]{1,2}([./-])[0-9]{1,2}\2[0-9]{4}(?!\w)"
    rf"|{_WORD} [0-9]{{1,2}}(?:st|nd|rd|th|\.)?,? [0-9]{{4}}(?!\w)"
    r"|[0-9]{1,2}(?:st|nd|rd|th|\.|er|[ºª°])?[ -](?:of |de |d['’]|di )?"
    rf"{_WORD},?(?: de| del)?[ -][0-9]{{4}}(?!\w)"
    rf"|[0-9]{{4}}\.?[ -]{_WORD}[ -][0-9]{{1,2}}\.?(?!\w)"
    rf"|{_WORD}(?: de| del)?,? [0-9]{{4}}(?!\w)"
    r"|[0-9]{4} ?[年년] ?[0-9]{1,2} ?[月월](?: ?[0-9]{1,2} ?[日일号號])?)"
)
_LONGEST = 400  # characters of a text in which a date is looked for


@dataclass(frozen=True, slots=True)
class Dated:
    """A moment and how much of it was written; below the precision it is the first day, the first second, in UTC."""

    at: datetime  # aware, UTC
    precision: Precision


def parse(value: str | None) -> Dated | None:
    """Read one date (RFC 822, RFC 3339, ISO 8601, months in words, 年月日); None for whatever is not certainly one.

    A moment without a zone is taken as UTC. Numbers alone, times alone, impossible days and offsets beyond 15:59 are
    None; so is `05/04/2026`, which two continents read as two days. Where full stops stand between, the day is first.
    """
    if not value or len(value) > _MAX_LENGTH:
        return None
    text = _SPACE.sub(" ", value).strip()
    try:
        return _rfc822(text) or _iso(text) or _numbers(text) or _words(text) or _native(text)
    except (ValueError, OverflowError):  # the calendar has no such day, or UTC falls outside years 1 to 9999
        return None


def within(text: str) -> str | None:
    """The first date that stands in a text, as it stands there; None where nothing in it is certainly one."""
    text = _SPACE.sub(" ", text[:_LONGEST]).strip()
    at = 0
    while found := _WITHIN.search(text, at):
        if parse(found[0]) is not None:
            return found[0]
        at = found.start() + 1
    return None


def plausible(at: datetime, now: datetime) -> bool:
    """Tell whether an article may have been published then: from 1990 to one day ahead of `now` (both aware)."""
    return _EARLIEST <= at <= now + timedelta(days=1)


def _rfc822(text: str) -> Dated | None:
    match = _RFC822.match(text)
    return None if match is None else _moment(_named(match["day"], match["month"], match["year"]), match)


def _iso(text: str) -> Dated | None:
    match = _ISO.match(text) or _ISO_BASIC.match(text)
    if match is not None:
        return _moment(date.fromisoformat(match["date"].replace("/", "-").replace(".", "-")), match)
    match = _ISO_MONTH.match(text) or _CJK.match(text)
    if match is None:
        return None
    found = match.groupdict()
    day = date(int(found["year"]), int(found["month"] or 1), int(found.get("day") or 1))
    return _whole(day, "day" if found.get("day") else "month" if found["month"] else "year")


def _numbers(text: str) -> Dated | None:
    """Day and month in the order of the country: certain only where one of them cannot be a month."""
    match = _NUMBERS.match(text)
    if match is None:
        return None
    first, second = int(match["first"]), int(match["second"])
    if match["sep"] != "." and first <= 12 and second <= 12 and first != second:
        return None
    day, month = (first, second) if second <= 12 else (second, first)
    return _moment(date(int(match["year"]), month, day), match)


def _words(text: str) -> Dated | None:
    match = next(filter(None, (shape.match(text) for shape in _WORDS)), None)
    if match is None:
        return None
    found = match.groupdict()
    if "day" not in found:
        return _whole(_named("1", match["month"], match["year"]), "month")
    return _moment(_named(match["day"], match["month"], match["year"]), match)


def _native(text: str) -> Dated | None:
    """Dates with the months of other languages than English."""
    match = next(filter(None, (shape.match(text) for shape in _NATIVE)), None)
    found = match.groupdict() if match is not None else {}
    month = MONTHS.get(folded(found["month"])) if found else None
    if match is None or month is None:
        return None
    if found["before"] and not found["comma"] and folded(found["before"]) not in DAYS | _ARTICLES:
        return None
    if "day" not in found:
        return _whole(date(int(found["year"]), month, 1), "month")
    return _moment(date(int(found["year"]), month, int(found["day"])), match)


def _named(day: str, month: str, year: str) -> date:
    """The calendar, English months and the centuries of two digits are email.utils' (RFC 5322 section 4.3)."""
    return parsedate_to_datetime(f"{day} {month[:3]} {year} 00:00:00").date()


def _whole(day: date, precision: Precision) -> Dated:
    return Dated(datetime.combine(day, time(), UTC), precision)


def _moment(day: date, match: re.Match[str]) -> Dated:
    """Apply clock and zone as written. A zone that nobody knows leaves the day as its author wrote it."""
    found = match.groupdict()
    if not found.get("clock"):
        return _whole(day, "day")
    offset = _offset((found["zone"] or "UTC").upper())
    if offset is None:
        return _whole(day, "day")
    local = datetime.combine(day, _time(found["clock"], (found.get("half") or "").strip().lower()), UTC)
    return Dated(local - offset, "second")


def _time(clock: str, half: str) -> time:
    if ":" not in clock:
        clock = ":".join(clock[place : place + 2] for place in range(0, len(clock), 2))
    hours, minutes, seconds = (*clock.replace(",", ".").split(":"), "0")[:3]
    whole, _, fraction = seconds.partition(".")
    hour = int(hours)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return time(hour, int(minutes), min(int(whole), 59), int(fraction[:6].ljust(6, "0")))  # a leap second is no `time`


def _offset(zone: str) -> timedelta | None:
    if not zone[-1].isdigit():
        return _ZONES.get(zone)
    sign, digits = re.sub(r"[A-Z:]", "", zone)[0], re.sub(r"[^0-9]", "", zone).ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if sign == "-" else offset
