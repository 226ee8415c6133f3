"""Reads what was asked for: the path and the query of a document become a selection in one canonical spelling."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Literal, TypeVar
from urllib.parse import urlencode

from aggregator.errors import AggregatorError
from aggregator.model import Config, Cursor, Order, Owner
from aggregator.store import terms

T = TypeVar("T")
Content = Literal["full", "summary", "title"]
LIMIT = 30
LIMIT_MAX = 200

_TERMS = ("tag", "source", "author", "section", "year", "lang")  # parameters of which any value will do
PARAMETERS = (
    *_TERMS,
    *("tag_all", "exclude_tag", "exclude_source", "kind", "category", "track", "q"),
    *("featured", "exclude_featured", "since", "updated_since", "sort", "limit", "cursor", "content"),
)
_VERBATIM = ("cursor", "q")  # a comma in these is a comma


class BadRequestError(AggregatorError):
    """A parameter or a value that does not exist: answered with 400 and these words."""


class UnknownViewError(AggregatorError):
    """An owner or a narrowing that does not exist: answered with 404."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One view as it was asked for. Two spellings of one view are equal."""

    path: str  # "" | "/asha" | "/asha/tag/kafka"
    query: str  # canonical, without cursor defaults
    owner: str | None
    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    limit: int = LIMIT
    order: Order | None = None  # None: what the format calls for
    content: Content = "full"
    cursor: Cursor | None = None
    since: datetime | None = None
    updated_since: datetime | None = None
    featured: bool | None = None
    tracks: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    narrowed: tuple[str, str] | None = None  # ("tag", "kafka") from the path
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read(config: Config, segments: Sequence[str], query: Iterable[tuple[str, str]]) -> Asked:
    """The view behind the path segments before the document's name, and the query's pairs.

    Raises:
        BadRequestError: unknown parameter or value.
        UnknownViewError: no such owner or narrowing.
    """
    owner, narrowed = _scope(config, segments)
    values = _parameters(query)
    any_of: list[tuple[str, ...]] = []
    if narrowed is not None and narrowed[0] != "track":
        any_of.append(_narrowing(config, owner, *narrowed))
    any_of += [
        tuple(term for value in values[name] for term in _terms(config, owner, name, value))
        for name in _TERMS
        if name in values
    ]
    any_of.extend((_tag(config, owner, value),) for value in values.get("tag_all", ()))
    if "category" in values:
        any_of.append(tuple(term for value in values["category"] for term in _category(config, owner, value)))
    kinds = values.get("kind", () if narrowed and narrowed[0] == "kind" else ("article",))
    if kinds and "all" not in kinds:
        any_of.append(tuple(terms.kind(kind) for kind in kinds))
    none_of = [_tag(config, owner, value) for value in values.get("exclude_tag", ())]
    none_of += [term for value in values.get("exclude_source", ()) for term in _sources(config, owner, value)]
    return Asked(
        path="".join(f"/{segment}" for segment in segments),
        query=canonical(values),
        owner=owner.id if owner else None,
        any_of=tuple(any_of),
        none_of=tuple(none_of),
        limit=_limit(values),
        order=_one(values, "sort", {"published": "published", "updated": "updated", "announced": "announced"}, None),
        content=_one(values, "content", {"full": "full", "summary": "summary", "title": "title"}, "full") or "full",
        cursor=read_cursor(values["cursor"][0]) if "cursor" in values else None,
        since=_moment(values, "since"),
        updated_since=_moment(values, "updated_since"),
        featured=_flag(values),
        tracks=_tracks(config, owner, narrowed, values.get("track", ())),
        words=tuple(word for said in values.get("q", ()) for word in said.split()),
        narrowed=narrowed,
        parameters=values,
    )


def canonical(values: Mapping[str, Sequence[str]]) -> str:
    """The one spelling of these parameters: by name, values joined by commas, defaults left out."""
    said = {name: ",".join(found) for name, found in sorted(values.items())}
    for name, default in (("limit", str(LIMIT)), ("content", "full"), ("kind", "article")):
        if said.get(name) == default:
            del said[name]
    return urlencode(said, safe=",:~")


def with_cursor(asked: Asked, last: Cursor) -> str:
    """The query string of the page that begins at ``last``."""
    return canonical({**asked.parameters, "cursor": (write_cursor(last),)})


def write_cursor(last: Cursor) -> str:
    """An opaque place in a list: keyset, so that what is added above it shifts nothing."""
    text = f"{last.at.isoformat()} {last.published_at.isoformat()} {last.rank} {last.ulid}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(value: str) -> Cursor:
    """The place that ``write_cursor`` wrote."""
    try:
        at, published_at, rank, ulid = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode().split(" ")
        cursor = Cursor(datetime.fromisoformat(at), datetime.fromisoformat(published_at), int(rank), ulid)
        if cursor.at.tzinfo and cursor.published_at.tzinfo and ulid.isascii() and ulid.isalnum() and len(rank) < 10:
            return cursor
    except (ValueError, binascii.Error):
        pass
    raise BadRequestError(f'cursor "{value[:60]}" was not given out by this service; leave it off to begin anew')


# ── scope ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _scope(config: Config, segments: Sequence[str]) -> tuple[Owner | None, tuple[str, str] | None]:
    rest = list(segments)
    owner = next((one for one in config.owners if rest and one.id == rest[0]), None)
    if owner is not None:
        rest.pop(0)
    if not rest:
        return owner, None
    if len(rest) == 2 and rest[0] in ("tag", "category", "track", "source", "kind") and rest[1]:
        return owner, (rest[0], rest[1])
    raise UnknownViewError(f'there is no owner "{rest[0]}" here; owners are {_list(one.id for one in config.owners)}')


def _narrowing(config: Config, owner: Owner | None, by: str, value: str) -> tuple[str, ...]:
    match by:
        case "tag":
            return (_tag(config, owner, value),)
        case "source":
            return _sources(config, owner, value)
        case "kind":
            return (terms.kind(value),)
        case _:
            return _category(config, owner, value)


def _owners(config: Config, owner: Owner | None) -> tuple[Owner, ...]:
    return (owner,) if owner else config.owners


def _category(config: Config, owner: Owner | None, value: str) -> tuple[str, ...]:
    found = [one for person in _owners(config, owner) for one in person.categories if one.id == value]
    if not found:
        raise UnknownViewError(f'there is no category "{value}" here')
    return tuple(terms.tag(tag) for one in found for tag in one.tags)


def _tracks(
    config: Config, owner: Owner | None, narrowed: tuple[str, str] | None, asked: Sequence[str]
) -> tuple[str, ...]:
    wanted = (*asked, *((narrowed[1],) if narrowed and narrowed[0] == "track" else ()))
    known = {one.id for person in _owners(config, owner) for one in person.tracks}
    for value in wanted:
        if value not in known:
            raise UnknownViewError(f'there is no track "{value}" here')
    return wanted


def _tag(config: Config, owner: Owner | None, value: str) -> str:
    """The term of a tag, by its own name or one of its aliases."""
    tag = value.casefold().strip()
    return terms.tag(next((one.tag_aliases[tag] for one in _owners(config, owner) if tag in one.tag_aliases), tag))


def _sources(config: Config, owner: Owner | None, value: str) -> tuple[str, ...]:
    """Sources are named by id; without an owner, everybody's source of that name, or one as "owner/id"."""
    found = [one.key for person in _owners(config, owner) for one in person.sources if value in (one.id, one.key)]
    return tuple(map(terms.source, found)) or (terms.source(f"{owner.id}/{value}" if owner else value),)


def _terms(config: Config, owner: Owner | None, name: str, value: str) -> tuple[str, ...]:
    """The store's terms for one value of a parameter."""
    match name:
        case "source":
            return _sources(config, owner, value)
        case "tag":
            return (_tag(config, owner, value),)
        case "author":
            return (terms.author(value),)
        case "section":
            return (terms.section(value),)
        case "lang":
            return (terms.language(value),)
        case _:
            if not (value.isascii() and value.isdigit() and len(value) == 4):
                raise BadRequestError(f'year is a number of four digits, not "{value[:60]}"')
            return (terms.year(int(value)),)


# ── parameters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _parameters(query: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    for name, value in query:
        if name not in PARAMETERS:
            near = get_close_matches(name, PARAMETERS, 1)
            hint = f'; did you mean "{near[0]}"?' if near else f"; there are {_list(PARAMETERS)}"
            raise BadRequestError(f'there is no parameter "{name[:60]}"{hint}')
        parts = [value] if name in _VERBATIM else [part for part in value.split(",") if part]
        if not parts:
            raise BadRequestError(f'parameter "{name}" has no value')
        values.setdefault(name, []).extend(parts)
    return {name: tuple(sorted(set(found))) for name, found in values.items()}


def _limit(values: Mapping[str, Sequence[str]]) -> int:
    value = values.get("limit", (str(LIMIT),))
    if len(value) == 1 and value[0].isascii() and value[0].isdigit() and 1 <= int(value[0]) <= LIMIT_MAX:
        return int(value[0])
    raise BadRequestError(f'limit is a number from 1 to {LIMIT_MAX}, not "{",".join(value)[:60]}"')


def _one(values: Mapping[str, Sequence[str]], name: str, known: Mapping[str, T], default: T | None) -> T | None:
    found = values.get(name)
    if not found:
        return default
    if len(found) == 1 and found[0] in known:
        return known[found[0]]
    raise BadRequestError(f'{name} is one of {_list(known)}, not "{",".join(found)[:60]}"')


def _flag(values: Mapping[str, Sequence[str]]) -> bool | None:
    said = {"1": True, "true": True, "0": False, "false": False}
    only, without = (_one(values, name, said, False) for name in ("featured", "exclude_featured"))
    if only and without:
        raise BadRequestError("featured and exclude_featured leave nothing; send one of them")
    return True if only else False if without else None


def _moment(values: Mapping[str, Sequence[str]], name: str) -> datetime | None:
    found = values.get(name)
    if not found:
        return None
    try:
        moment = datetime.fromisoformat(found[0].replace(" ", "+"))
    except ValueError as error:
        raise BadRequestError(
            f'{name} is a date like 2026-05-19 or 2026-05-19T09:34:58Z, not "{found[0][:60]}"'
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
