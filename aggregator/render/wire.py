"""Moments as the formats spell them, and parts of JSON that every reader takes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypeVar

import orjson

from aggregator.render.carry import scrubbed

T = TypeVar("T")

# how control characters, U+FFFE and U+FFFF look in JSON; a backslash before a letter in a text does too, and costs time
_SUSPECT = (rb"\u00", rb"\b", rb"\f", b"\xef\xbf\xbe", b"\xef\xbf\xbf")


def json(value: T, said: Callable[[T], object]) -> orjson.Fragment:
    """What is ``said`` of a value in bytes, for a larger document.

    JSON can carry control characters; what reads it and puts it into XML or PostgreSQL cannot.
    """
    with suppress(orjson.JSONEncodeError):  # a lone surrogate
        data = orjson.dumps(said(value))
        if not any(mark in data for mark in _SUSPECT):
            return orjson.Fragment(data)
    return orjson.Fragment(orjson.dumps(said(scrubbed(value))))


def rfc3339(at: datetime) -> str:
    """``2026-05-19T09:34:58Z`` (RFC 3339). Raises ValueError for a moment without a zone."""
    return _utc(at).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def rfc822(at: datetime) -> str:
    """``Tue, 19 May 2026 09:34:58 GMT`` (RFC 822 with a four-digit year, in no locale). Raises ValueError likewise."""
    return format_datetime(_utc(at), usegmt=True)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at if at.tzinfo is UTC else at.astimezone(UTC)
