"""Durations, sizes and rules: what is read as what, and which patterns are refused."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from aggregator.config.fields import Date, RuleSet, Seconds, Size

SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)
SIZE: TypeAdapter[int] = TypeAdapter(Size)
DATE: TypeAdapter[str] = TypeAdapter(Date)
RULES: TypeAdapter[tuple[tuple[str, str], ...]] = TypeAdapter(RuleSet)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1h", 3600),
        ("30s", 30),
        ("7d", 604_800),
        ("1h30m", 5400),
        ("1w", 604_800),
        ("500ms", 0.5),
        ("1.5h", 5400),
        (90, 90),
        ("90", 90),
        (0.5, 0.5),
        (0, 0),
    ],
)
def test_durations(written: object, seconds: float) -> None:
    assert SECONDS.validate_python(written) == seconds


@pytest.mark.parametrize("written", ["", "h", "1 hour", "1x", "-1h", -1, True, None, [], "1h ago", float("nan"), 1e10])
def test_what_is_no_duration(written: object) -> None:
    with pytest.raises(ValidationError):
        SECONDS.validate_python(written)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("10MiB", 10 * 2**20),
        ("5MB", 5_000_000),
        ("512KiB", 2**19),
        ("1GiB", 2**30),
        (2048, 2048),
        ("1.5 MiB", 1_572_864),
    ],
)
def test_sizes(written: object, size: int) -> None:
    assert SIZE.validate_python(written) == size


@pytest.mark.parametrize("written", ["10 parsecs", "-1MB", 0, 10, "9GiB", True, 1.5, "MiB"])
def test_what_is_no_size(written: object) -> None:
    with pytest.raises(ValidationError):
        SIZE.validate_python(written)


@pytest.mark.parametrize(
    ("written", "date"),
    [
        (2018, "2018"),
        ("2018", "2018"),
        ("2018-12", "2018-12"),
        ("2018-12-31", "2018-12-31"),
        ("2018-12-31T09:30:00Z", "2018-12-31T09:30:00Z"),
        ("2018-12-31T09:30:00+05:30", "2018-12-31T09:30:00+05:30"),
    ],
)
def test_dates(written: object, date: str) -> None:
    assert DATE.validate_python(written) == date


@pytest.mark.parametrize(
    "written", ["2018-13", "2018-02-30", "31.12.2018", "18", 18, "2018-12-31T09:30:00", "2018-1", True, None, "0000"]
)
def test_what_is_no_date(written: object) -> None:
    with pytest.raises(ValidationError):
        DATE.validate_python(written)


def test_rules() -> None:
    assert RULES.validate_python({"title": "kafka", "tag": ["a", "b"]}) == (
        ("title", "kafka"),
        ("tag", "a"),
        ("tag", "b"),
    )
    assert RULES.validate_python([{"url": "^https://a"}, {"author": "Asha"}]) == (
        ("url", "^https://a"),
        ("author", "Asha"),
    )
