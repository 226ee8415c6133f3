"""Dates: what is written is read, and what is not written is not made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Precision
from aggregator.text.dates import Dated, parse, plausible, within

NOW = datetime(2026, 5, 19, 12, tzinfo=UTC)

MOMENTS = [
    # RFC 822 and what became of it
    ("Tue, 19 May 2026 09:34:58 GMT", "2026-05-19T09:34:58"),
    ("Tue, 19 May 2026 09:34:58 +0000", "2026-05-19T09:34:58"),
    ("Tue, 19 May 2026 09:34:58 -0000", "2026-05-19T09:34:58"),
    ("Tue, 19 May 2026 09:34:58 +0530", "2026-05-19T04:04:58"),
    ("Tue, 19 May 2026 09:34:58 -08:00", "2026-05-19T17:34:58"),
    ("Tue, 19 May 2026 09:34:58 Z", "2026-05-19T09:34:58"),
    ("Tue, 19 May 2026 09:34:58 UT", "2026-05-19T09:34:58"),
    ("Tue, 19 May 2026 09:34:58 EST", "2026-05-19T14:34:58"),
    ("Tue, 19 May 2026 09:34:58 EDT", "2026-05-19T13:34:58"),
    ("Tue, 19 May 2026 09:34:58 PST", "2026-05-19T17:34:58"),
    ("Tue, 19 May 2026 09:34:58 CEST", "2026-05-19T07:34:58"),
    ("Tue, 19 May 2026 09:34:58 IST", "2026-05-19T04:04:58"),
    ("Tue, 19 May 2026 09:34:58 +0200 (CEST)", "2026-05-19T07:34:58"),
    ("Tue, 19 May 2026 09:34:58", "2026-05-19T09:34:58"),
    ("Tue, 19 May 2026 09:34 GMT", "2026-05-19T09:34:00"),
    ("Tue, 19 May 2026 9:34:58 GMT", "2026-05-19T09:34:58"),
    ("Wed, 19 May 2026 09:34:58 GMT", "2026-05-19T09:34:58"),  # a Tuesday; the day of the month is what counts
    ("19 May 2026 09:34:58 GMT", "2026-05-19T09:34:58"),
    ("19 May 26 09:34:58 GMT", "2026-05-19T09:34:58"),
    ("Tue, 19 May 99 09:34:58 GMT", "1999-05-19T09:34:58"),
    ("Tuesday, 19-May-26 09:34:58 GMT", "2026-05-19T09:34:58"),
    ("Tues, 9 Sept 2025 09:34:58 GMT", "2025-09-09T09:34:58"),
    ("Thurs, 3 July 2025 09:34:58 GMT", "2025-07-03T09:34:58"),
    ("tue, 19 may 2026 09:34:58 gmt", "2026-05-19T09:34:58"),
    ("  Tue,  19\n May 2026\t09:34:58 GMT ", "2026-05-19T09:34:58"),
    ("Tue, 19 May 2026 09:34:58.250 GMT", "2026-05-19T09:34:58.250000"),
    ("Wed, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59"),
    # RFC 3339 and ISO 8601
    ("2026-05-19T09:34:58Z", "2026-05-19T09:34:58"),
    ("2026-05-19t09:34:58z", "2026-05-19T09:34:58"),
    ("2026-05-19T09:34:58+02:00", "2026-05-19T07:34:58"),
    ("2026-05-19T09:34:58+0200", "2026-05-19T07:34:58"),
    ("2026-05-19T09:34:58+02", "2026-05-19T07:34:58"),
    ("2026-05-19T09:34:58-03:30", "2026-05-19T13:04:58"),
    ("2026-05-19T09:34:58", "2026-05-19T09:34:58"),
    ("2026-05-19T09:34Z", "2026-05-19T09:34:00"),
    ("2026-05-19T09:34:58.123456Z", "2026-05-19T09:34:58.123456"),
    ("2026-05-19T09:34:58.1234567Z", "2026-05-19T09:34:58.123456"),
    ("2026-05-19T09:34:58.5Z", "2026-05-19T09:34:58.500000"),
    ("2026-05-19T09:34:58,5Z", "2026-05-19T09:34:58.500000"),
    ("2026-05-19 09:34:58", "2026-05-19T09:34:58"),
    ("2026-05-19 09:34:58 +0200", "2026-05-19T07:34:58"),
    ("2026-05-19 09:34:58 UTC", "2026-05-19T09:34:58"),
    ("2026-05-19 09:34:58 EST", "2026-05-19T14:34:58"),
    ("2026-05-19, 09:34:58", "2026-05-19T09:34:58"),
    ("2026/05/19 09:34:58 +0000", "2026-05-19T09:34:58"),
    ("20260519T093458Z", "2026-05-19T09:34:58"),
    ("20260519T093458+0200", "2026-05-19T07:34:58"),
    ("20260519T0934", "2026-05-19T09:34:00"),
    ("2026-01-01T00:30:00+02:00", "2025-12-31T22:30:00"),
    # programs that print dates for people
    ("Tue May 19 09:34:58 2026", "2026-05-19T09:34:58"),
    ("Tue May 19 09:34:58 UTC 2026", "2026-05-19T09:34:58"),
    ("Tue May  5 09:34:58 EDT 2026", "2026-05-05T13:34:58"),
    ("Tue May 19 2026 09:34:58 GMT+0200 (Central European Summer Time)", "2026-05-19T07:34:58"),
    ("May 19, 2026 9:34 AM EST", "2026-05-19T14:34:00"),
    ("May 19, 2026 at 9:34 pm", "2026-05-19T21:34:00"),
    ("May 19, 2026, 12:05 a.m.", "2026-05-19T00:05:00"),
    ("19 May 2026, 09:34", "2026-05-19T09:34:00"),
    ("25/12/2025 18:00", "2025-12-25T18:00:00"),
    # templates that write the months of their own language
    ("mar., 19 mai 2026 09:34:58 GMT", "2026-05-19T09:34:58"),
    ("lun, 12 ene 2026 10:00:00 +0100", "2026-01-12T09:00:00"),
    ("Mo., 12. März 2024 um 10:30 Uhr", "2024-03-12T10:30:00"),
]

DATES = [
    ("2026-05-19", "2026-05-19", "day"),
    ("2026/05/19", "2026-05-19", "day"),
    ("2026.05.19", "2026-05-19", "day"),
    ("20260519", "2026-05-19", "day"),
    ("May 19, 2026", "2026-05-19", "day"),
    ("May 19 2026", "2026-05-19", "day"),
    ("May 19th, 2026", "2026-05-19", "day"),
    ("Sept. 3, 2025", "2025-09-03", "day"),
    ("19 May 2026", "2026-05-19", "day"),
    ("1st of May 2026", "2026-05-01", "day"),
    ("19-May-2026", "2026-05-19", "day"),
    ("Tuesday, May 19, 2026", "2026-05-19", "day"),
    ("Tue, 19 May 2026", "2026-05-19", "day"),
    ("2026 May 19", "2026-05-19", "day"),
    ("2026-May-19", "2026-05-19", "day"),
    ("19/05/2026", "2026-05-19", "day"),
    ("05/19/2026", "2026-05-19", "day"),
    ("19.5.2026", "2026-05-19", "day"),
    ("05/05/2026", "2026-05-05", "day"),
    ("2026年5月19日", "2026-05-19", "day"),
    ("2026年05月19日", "2026-05-19", "day"),
    ("2026년 5월 19일", "2026-05-19", "day"),
    ("05.04.2026", "2026-04-05", "day"),
    ("mardi 19 mai 2026", "2026-05-19", "day"),
    ("le 1er août 2025", "2025-08-01", "day"),
    ("14 févr. 2026", "2026-02-14", "day"),
    ("19. Mai 2026", "2026-05-19", "day"),
    ("Montag, 12. März 2024", "2024-03-12", "day"),
    ("19 de mayo de 2026", "2026-05-19", "day"),
    ("mayo 19, 2026", "2026-05-19", "day"),
    ("1º de maio de 2024", "2024-05-01", "day"),
    ("31 ott 2025", "2025-10-31", "day"),
    ("19 мая 2026", "2026-05-19", "day"),
    ("5 марта 2026 г.", "2026-03-05", "day"),
    ("12 października 2025", "2025-10-12", "day"),
    ("2024. március 5.", "2024-03-05", "day"),
    ("12 Mayıs 2024", "2024-05-12", "day"),
    ("5 במרץ 2024", "2024-03-05", "day"),
    ("5 مارس 2024", "2024-03-05", "day"),
    ("2026年3月1日(日)", "2026-03-01", "day"),
    ("März 2024", "2024-03-01", "month"),
    ("marzo de 2024", "2024-03-01", "month"),
    ("9999-12-31", "9999-12-31", "day"),  # read as it stands; `plausible` is for the rest
    # a zone that nobody knows costs the time of day, never the day
    ("Tue, 19 May 2026 23:34:58 XYZT", "2026-05-19", "day"),
    ("2026-05-19 23:34:58 A", "2026-05-19", "day"),
    ("2026-05", "2026-05-01", "month"),
    ("2026/05", "2026-05-01", "month"),
    ("May 2026", "2026-05-01", "month"),
    ("December, 2018", "2018-12-01", "month"),
    ("2026年5月", "2026-05-01", "month"),
    ("2018", "2018-01-01", "year"),
]

NO_DATES = [
    None,
    "",
    "   ",
    "yesterday",
    "Kapitel 12 März 2024",
    "12 listopad 2025",
    "31 février 2025",
    "Release 2024",
    "05/04/2026",
    "3 days ago",
    "Invalid Date",
    "null",
    "0",
    "12:30",
    "09:34:58 GMT",
    "1779183298",
    "1779183298000",
    "1779183298.5",
    "-1779183298",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "0000-00-00T00:00:00Z",
    "-0001-11-30T00:00:00+00:00",
    "Wed, 30 Nov -0001 00:00:00 +0000",
    "2026-02-30",
    "2026-02-30T09:34:58Z",
    "Mon, 30 Feb 2026 09:34:58 GMT",
    "Feb 30, 2026",
    "2025-02-29",
    "2026-13-01",
    "2026-00-10",
    "20261301",
    "2026-05-19T25:00:00Z",
    "2026-05-19T24:00:00Z",
    "2026-05-19T09:61:00Z",
    "Tue, 19 May 2026 09:34:58 +9900",
    "2026-05-19T09:34:58+99:00",
    "2026-05-19T09:34:58+02:75",
    "9999-12-31T23:59:59-10:00",
    "0001-01-01T00:00:00+05:00",
    "05-04-2026",
    "1.2.26",
    "19/05/26",
    "31/31/2026",
    "2026-W20",
    "2026-W20-2",
    "2026-139",
    "202605",
    "May 19",
    "May 26",
    "19 May",
    "Tuesday",
    "令和8年5月19日",
    "2026年13月1日",
    "٢٠٢٦-٠٥-١٩",
    "２０２６-05-19",
    "2026-05-19T09:34:58Z trailing",
    "posted 2026-05-19",
    "2026-05-19" + " " * 200,
    "9" * 5000,
    "2026-05-19T09:34:58.\x00Z",
]


@pytest.mark.parametrize(("written", "moment"), MOMENTS)
def test_a_moment(written: str, moment: str) -> None:
    assert parse(written) == Dated(datetime.fromisoformat(moment).replace(tzinfo=UTC), "second")


@pytest.mark.parametrize(("written", "date", "precision"), DATES)
def test_a_date_is_as_precise_as_it_is_written(written: str, date: str, precision: Precision) -> None:
    assert parse(written) == Dated(datetime.fromisoformat(date).replace(tzinfo=UTC), precision)


@pytest.mark.parametrize("written", NO_DATES)
def test_no_date(written: str | None) -> None:
    assert parse(written) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(1989, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (datetime(1990, 1, 1, tzinfo=UTC), True),
        (NOW, True),
        (NOW + timedelta(days=1), True),
        (NOW + timedelta(days=1, seconds=1), False),
        (datetime(9999, 12, 31, tzinfo=UTC), False),
        (datetime(1990, 1, 1, 5, tzinfo=timezone(timedelta(hours=5, minutes=30))), False),
    ],
)
def test_plausible(at: datetime, expected: bool) -> None:
    assert plausible(at, NOW) is expected


moments = st.datetimes(
    min_value=datetime.fromisoformat("1901-01-01"),
    max_value=datetime.fromisoformat("2199-12-31"),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(moments)
def test_what_rfc_3339_and_rfc_5322_write_comes_back(at: datetime) -> None:
    expected = at.astimezone(UTC)
    assert parse(at.isoformat()) == Dated(expected, "second")
    assert parse(format_datetime(at)) == Dated(expected.replace(microsecond=0), "second")
    assert parse(at.date().isoformat()) == Dated(datetime(at.year, at.month, at.day, tzinfo=UTC), "day")


scraps = st.sampled_from(
    [*"0123456789 :-/+.,TZ年月日", "May", "Tue,", "2026", "GMT", "EST", "19", "05", "am", "(x)", "\xa0"]
)


@given(st.one_of(st.text(max_size=40), st.lists(scraps, max_size=16).map("".join), st.lists(scraps).map(" ".join)))
def test_reading_never_fails_and_never_makes_up_a_year(written: str) -> None:
    dated = parse(written)
    if dated is None:
        return
    assert dated.at.tzinfo is UTC
    local = {(dated.at + timedelta(hours=hours)).year for hours in (-16, 0, 16)}
    assert any(f"{year:04d}" in written or f"{year % 100:02d}" in written for year in local)
    if dated.precision != "second":
        assert (dated.at.hour, dated.at.minute, dated.at.second, dated.at.microsecond) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Publié le 12 mars 2024 par Anne", "12 mars 2024"),
        ("Posted on March 12, 2024 in Storage", "March 12, 2024"),
        ("von Anna am 3. März 2026 · 5 Min.", "3. März 2026"),
        ("by Asha | 13/05/2026 | 4 min", "13/05/2026"),
        ("Volume 12, 2024, of 2024-03-05", "2024-03-05"),
        ("2026年3月1日 公開", "2026年3月1日"),
        ("Lecture 12 Notes 2024", None),
        ("https://asha.example/2024-03-05", None),
        ("a release of 2024", None),
        ("", None),
    ],
)
def test_a_date_within_a_text(text: str, found: str | None) -> None:
    assert within(text) == found
