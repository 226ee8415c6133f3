"""Reads the values of parameters and narrowings, each into its one spelling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from aggregator.config.problems import listed, suggestion
from aggregator.model import Owner
from aggregator.normalize.tags import slug as tag_slug
from aggregator.publish import cursor
from aggregator.publish.address import BadRequestError
from aggregator.store import terms
from aggregator.text import language, query

People = tuple[Owner, ...]  # whose articles are asked for
Read = Callable[[People, str], str]

LIMIT = 30
LIMIT_MAX = 200
PIECES_MAX = 10  # of a `q`: each is looked up several times
WORDS_MAX = 60  # in all of them; of scripts without spaces pairs of characters
SORTS = ("published", "updated", "announced", "relevance")
CONTENTS = ("full", "summary", "title")
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "article": "Articles",
        "story": "Stories",
        "publication": "Publications",
        "talk": "Talks",
        "award": "Awards",
        "project": "Projects",
    }
)
"""Every kind of article there is, with what a list of them is called."""


def missing(what: str, value: str, known: Iterable[str]) -> str:
    """That there is no such thing here, what comes nearest, and what there is."""
    names = list(dict.fromkeys(known))
    near = suggestion(value, names)
    rest = f"; there are {listed(names[:20])}{', ...' if len(names) > 20 else ''}" if names else ""
    return f'there is no {what} "{value[:60]}" here{near}{"" if near else rest}'


def _among(what: str, value: str, known: Iterable[str]) -> str:
    names = list(known)
    if value not in names:
        raise BadRequestError(missing(what, value, names))
    return value


def _tag(_: People, value: str) -> str:
    found = tag_slug(value)
    if not found:
        raise BadRequestError(f'"{value[:60]}" is no tag: it has neither letters nor digits')
    return found


def _name(what: str) -> Read:
    def read(_: People, value: str) -> str:
        found = terms.slug(value)
        if not found:
            raise BadRequestError(f'"{value[:60]}" is no {what}: it has neither letters nor digits')
        return found

    return read


def _source(people: People, value: str) -> str:
    """By id; "owner/id" where several owners are asked for."""
    return value.removeprefix(f"{people[0].id}/") if len(people) == 1 else value


def _category(people: People, value: str) -> str:
    return _among("category", value, (one.id for person in people for one in person.categories))


def _track(people: People, value: str) -> str:
    return _among("track", value, (one.id for person in people for one in person.tracks))


def _kind(_: People, value: str) -> str:
    return _among("kind", value.lower(), (*KINDS, "all"))


def _year(_: People, value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) == 4):
        raise BadRequestError(f'year is a number of four digits, not "{value[:60]}"')
    return value


def _language(_: People, value: str) -> str:
    found = language.tag(value)
    if found is None:
        raise BadRequestError(f'lang is a language tag such as en or pt-BR, not "{value[:60]}"')
    return found.partition("-")[0].lower()  # articles are found by their language, whatever the country


def _flag(_: People, value: str) -> str:
    if value.lower() not in ("1", "true", "0", "false"):
        raise BadRequestError(f'a flag is true or false, not "{value[:60]}"')
    return "true" if value.lower() in ("1", "true") else "false"


def _moment(_: People, value: str) -> str:
    try:
        moment = datetime.fromisoformat(value.strip().replace(" ", "+"))  # a "+" in a query is a space
        utc = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadRequestError(
            f'a moment is a date like 2026-05-19 or 2026-05-19T09:34:58Z, not "{value[:60]}"'
        ) from error
    return utc.isoformat().replace("+00:00", "Z")


def _query(_: People, value: str) -> str:
    found = query.parse(value)
    if len(found.pieces) > PIECES_MAX or sum(len(piece.words) for piece in found.pieces) > WORDS_MAX:
        raise BadRequestError(f"q has more than {PIECES_MAX} words and phrases, or more than {WORDS_MAX} words in them")
    # signs alone are a search that finds nothing, not the absence of one
    return str(found) or " ".join(value.split())


def _limit(_: People, value: str) -> str:
    if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= LIMIT_MAX:
        return str(int(value))
    raise BadRequestError(f'limit is a number from 1 to {LIMIT_MAX}, not "{value[:60]}"')


READ: Mapping[str, Read] = MappingProxyType(
    {
        "tag": _tag,
        "tag_all": _tag,
        "exclude_tag": _tag,
        "source": _source,
        "exclude_source": _source,
        "author": _name("author"),
        "category": _category,
        "track": _track,
        "kind": _kind,
        "section": _name("section"),
        "year": _year,
        "lang": _language,
        "featured": _flag,
        "exclude_featured": _flag,
        "q": _query,
        "since": _moment,
        "updated_since": _moment,
        "sort": lambda _, value: _among("sort", value.lower(), SORTS),
        "limit": _limit,
        "cursor": lambda _, value: cursor.write(cursor.read(value)),
        "content": lambda _, value: _among("content", value.lower(), CONTENTS),
    }
)
"""Every parameter of a document (contract section 3) with what brings a value of it into its one spelling.

Each takes the owners in question and the value, and raises BadRequestError for a value that does not exist.
"""

ONCE = frozenset(("q", "featured", "exclude_featured", "since", "updated_since", "sort", "limit", "cursor", "content"))
"""Parameters of which two values would contradict each other."""

VERBATIM = frozenset(("cursor", "q"))
"""Parameters in which a comma is a comma."""
