"""Writes down the place where a page ended, so that what is added above it shifts nothing."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta

from aggregator.model import Cursor
from aggregator.publish.address import BadRequestError

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_RANK_MAX = 2**31  # of an INTEGER column


def write(last: Cursor) -> str:
    """An opaque word for a place in an order; equal places give equal words.

    It can be part of a path and the name of a file anywhere: lower-case letters, digits, "-" and "_".
    """
    at, published_at = ((moment - _EPOCH) // _MICROSECOND for moment in (last.at, last.published_at))
    return f"{at}_{published_at}_{last.rank}_{last.ulid.lower()}"


def read(word: str) -> Cursor:
    """The place that ``write`` wrote.

    Raises:
        BadRequestError: nobody gave out such a word.
    """
    try:
        cursor = _read(word) if "_" in word and word.isascii() else _read_old(word)
        if cursor.ulid.isalnum() and -_RANK_MAX < cursor.rank < _RANK_MAX:
            return cursor
    except (ValueError, OverflowError, binascii.Error):
        pass
    raise BadRequestError(f'cursor "{word[:60]}" was not given out by this service; leave it off to begin anew')


def _read(word: str) -> Cursor:
    at, published_at, rank, ulid = word.split("_")
    return Cursor(_EPOCH + int(at) * _MICROSECOND, _EPOCH + int(published_at) * _MICROSECOND, int(rank), ulid.upper())


def _read_old(word: str) -> Cursor:
    """As they were written up to version 0.1.0."""
    at, published_at, rank, ulid = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode("ascii").split(" ")
    return Cursor(_moment(at), _moment(published_at), int(rank), ulid)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)
