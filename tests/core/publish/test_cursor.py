"""A cursor is a place in an order, and nothing that anybody makes up is taken for one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Cursor
from aggregator.publish import cursor
from aggregator.publish.address import BadRequestError

AT = datetime(2026, 5, 19, 9, 34, 58, 120, tzinfo=UTC)
ULID = "01JZ8Q5T00000000000000000A"
_moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_cursors = st.builds(Cursor, _moments, _moments, st.integers(-10_000, 10_000), st.just(ULID))


def word(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(_cursors)
def test_what_is_written_is_read(place: Cursor) -> None:
    assert cursor.read(cursor.write(place)) == place


def test_equal_places_have_equal_words() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    there = Cursor(AT.astimezone(east), AT.astimezone(east), 0, ULID)
    assert cursor.write(there) == cursor.write(Cursor(AT, AT, 0, ULID))


@pytest.mark.parametrize(
    "made_up",
    [
        "",
        "x",
        "%%%",
        "é",
        word("hello"),
        word(f"2026-05-19 2026-05-19 0 {ULID}"),
        word(f"{AT.isoformat()} {AT.isoformat()} zero {ULID}"),
        word(f"{AT.isoformat()} {AT.isoformat()} 99999999999 {ULID}"),
        word(f"{AT.isoformat()} {AT.isoformat()} 0 x'y"),
        word(f"{AT.isoformat()} {AT.isoformat()} 0 "),
        word(f"0001-01-01T00:00:00+14:00 {AT.isoformat()} 0 {ULID}"),
        word(f"9999-12-31T23:59:59-14:00 {AT.isoformat()} 0 {ULID}"),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_is_made_up_is_refused(made_up: str) -> None:
    with pytest.raises(BadRequestError, match="was not given out by this service"):
        cursor.read(made_up)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        cursor.read(text)
    except BadRequestError as error:
        assert "cursor" in str(error)
