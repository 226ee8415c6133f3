"""Writes down the place where a page ended, so that what is added above it shifts nothing."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from aggregator.model import Cursor
from aggregator.publish.address import BadRequestError

_RANK_MAX = 2**31  # of an INTEGER column


def write(last: Cursor) -> str:
    """An opaque word for a place in an order; equal places give equal words."""
    at, published_at = (moment.astimezone(UTC).isoformat() for moment in (last.at, last.published_at))
    text = f"{at} {published_at} {last.rank} {last.ulid}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(word: str) -> Cursor:
    """The place that ``write`` wrote.

    Raises:
        BadRequestError: nobody gave out such a word.
    """
    try:
        at, published_at, rank, ulid = (
            base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode("ascii").split(" ")
        )
        cursor = Cursor(_moment(at), _moment(published_at), int(rank), ulid)
        if ulid.isalnum() and -_RANK_MAX < cursor.rank < _RANK_MAX:
            return cursor
    except (ValueError, OverflowError, binascii.Error):
        pass
    raise BadRequestError(f'cursor "{word[:60]}" was not given out by this service; leave it off to begin anew')


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)
