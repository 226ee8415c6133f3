"""Takes the address of a document apart: path segments, the document's name, the pairs of the query."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from aggregator.errors import AggregatorError

Query = tuple[tuple[str, str], ...]

LONGEST_PATH = 1024  # bytes, as sent
LONGEST_QUERY = 2048
MOST_FIELDS = 64

# No name and no word holds one, and PostgreSQL takes no NUL.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_BUT_SPACE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # a form may send lines


class BadRequestError(AggregatorError):
    """A parameter or a value that does not exist, or an address that cannot be read: 400 and these words."""


class TooLongError(BadRequestError):
    """An address longer than any of ours: 414."""


class UnknownViewError(AggregatorError):
    """An owner or a narrowing that does not exist: 404."""


def segments(raw_path: bytes) -> tuple[str, ...]:
    """Everything between the slashes after the first, decoded; ``%2F`` is a character, no separator.

    Raises:
        BadRequestError: no percent-encoded UTF-8, or a control character in it.
    """
    if len(raw_path) > LONGEST_PATH:
        raise TooLongError(f"the path is longer than {LONGEST_PATH} bytes")
    try:
        found = tuple(unquote_to_bytes(one).decode() for one in raw_path.removeprefix(b"/").split(b"/"))
    except UnicodeDecodeError as error:
        raise BadRequestError("the path cannot be read: it is not percent-encoded UTF-8") from error
    if any(map(_CONTROL.search, found)):
        raise BadRequestError("the path has a control character in it")
    return found


def path(names: tuple[str, ...]) -> str:
    """The path of these segments, each percent-encoded: "" for none, else with a leading slash."""
    return "".join(f"/{quote(name, safe='')}" for name in names)


def pairs(query: bytes) -> Query:
    """Names and values of a query, decoded (WHATWG URL, application/x-www-form-urlencoded).

    Raises:
        BadRequestError: no percent-encoded UTF-8, a control character in it, or far too many of them.
    """
    if not query:
        return ()
    if len(query) > LONGEST_QUERY:
        raise TooLongError(f"the query is longer than {LONGEST_QUERY} bytes")
    try:
        text = query.decode("ascii")
        found = tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise BadRequestError(
            f"the query cannot be read: it is percent-encoded UTF-8 with at most {MOST_FIELDS} parameters"
        ) from error
    if any(_CONTROL_BUT_SPACE.search(part) for pair in found for part in pair):
        raise BadRequestError("the query has a control character in it")
    return found
