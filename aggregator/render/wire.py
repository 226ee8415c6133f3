"""Moments as the formats spell them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime


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
