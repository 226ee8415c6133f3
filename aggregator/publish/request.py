"""Reads what was asked for: the path and the query of a document become a selection in one canonical spelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from aggregator.model import Config, Cursor, Order, Owner
from aggregator.publish import address, cursor, values
from aggregator.publish.address import BadRequestError, UnknownViewError
from aggregator.publish.values import People
from aggregator.render import links
from aggregator.store import terms

Content = Literal["full", "summary", "title"]
Values = Mapping[str, tuple[str, ...]]

PARAMETERS = tuple(values.READ)
NARROWINGS = ("tag", "category", "track", "source", "kind")
VALUES_MAX = 50  # in one query: each is a probe for every article that comes into question

_ANY = ("tag", "source", "author", "category", "section", "year", "lang")  # of the terms of their values any will do
_DEFAULTS = {"limit": str(values.LIMIT), "content": "full", "featured": "false", "exclude_featured": "false"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that the config does not know. It exists if an article stands under one of its terms.

    What the config had once: the articles of a source that was taken out stay published (contract section 1).
    """

    terms: tuple[str, ...]
    message: str
    in_path: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One view as it was asked for. Every spelling of one view has the same ``path`` and ``query``."""

    path: str  # "" | "/asha" | "/asha/tag/kafka"; percent-encoded
    query: str  # canonical: by name, values in order, defaults left out
    owner: str | None
    any_of: tuple[tuple[str, ...], ...] = ()  # groups of terms; of each group at least one
    none_of: tuple[str, ...] = ()
    kinds: tuple[tuple[str, ...], ...] = ()  # like any_of, of kinds; apart, because facets look past them
    tracks: tuple[tuple[str, ...], ...] = ()  # like any_of, of ids of tracks
    limit: int = values.LIMIT
    order: Order | None = None  # None: what the format calls for
    content: Content = "full"
    cursor: Cursor | None = None
    since: datetime | None = None
    updated_since: datetime | None = None
    featured: bool | None = None
    q: str = ""
    narrowed: tuple[str, str] | None = None  # ("tag", "kafka") from the path
    parameters: Values = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def read(config: Config, segments: Sequence[str], query: Iterable[tuple[str, str]]) -> Asked:
    """The view behind the path segments before the document's name, and the query's pairs, both decoded.

    Raises:
        BadRequestError: unknown parameter or value.
        UnknownViewError: no such owner or narrowing.
    """
    segments, query = _page(segments, query)
    owner = next((one for one in config.owners if segments and one.id == segments[0]), None)
    people = (owner,) if owner else config.owners
    narrowed = _narrowed(config, owner, segments[1:] if owner else segments)
    said = _values(people, query, narrowed)
    groups = [(by, said[by], False) for by in _ANY if by in said]
    if narrowed and narrowed[0] in _ANY:
        groups.insert(0, (narrowed[0], (narrowed[1],), True))
    excluded = said.get("exclude_source", ())
    return Asked(
        path=address.path(((owner.id,) if owner else ()) + (narrowed or ())),
        query=canonical(said),
        owner=owner.id if owner else None,
        any_of=(
            *(tuple(term for value in found for term in terms_of(people, by, value)) for by, found, _ in groups),
            *(terms_of(people, "tag", value) for value in said.get("tag_all", ())),
        ),
        none_of=(
            *(term for value in said.get("exclude_tag", ()) for term in terms_of(people, "tag", value)),
            *(term for value in excluded for term in terms_of(people, "source", value)),
        ),
        kinds=tuple(group for group in _kinds(said, narrowed) if "all" not in group),
        tracks=tuple(filter(None, ((narrowed[1],) if narrowed and narrowed[0] == "track" else (), said.get("track")))),
        limit=int(_one(said, "limit") or values.LIMIT),
        order=_order(_one(said, "sort")),
        content=_content(_one(said, "content")),
        cursor=cursor.read(said["cursor"][0]) if "cursor" in said else None,
        since=_moment(said, "since"),
        updated_since=_moment(said, "updated_since"),
        featured=True if "featured" in said else False if "exclude_featured" in said else None,
        q=_one(said, "q") or "",
        narrowed=narrowed,
        parameters=said,
        doubts=tuple(_doubts(people, [*groups, ("source", excluded, False)])),
    )


def _page(segments: Sequence[str], query: Iterable[tuple[str, str]]) -> tuple[Sequence[str], Iterable[tuple[str, str]]]:
    """Where a page begins may stand in the path: what no host of files can find by a query, it can find there."""
    if len(segments) < 2 or segments[-2] != links.AFTER:
        return segments, query
    try:
        return segments[:-2], [*query, ("cursor", cursor.write(cursor.read(segments[-1])))]
    except BadRequestError as error:
        raise UnknownViewError(str(error)) from error


def canonical(said: Values) -> str:
    """The query string of these values."""
    return urlencode({name: ",".join(found) for name, found in sorted(said.items())}, safe=",:~")


def with_cursor(asked: Asked, last: Cursor) -> str:
    """The query string of the page that begins after ``last``."""
    return canonical({**asked.parameters, "cursor": (cursor.write(last),)})


# ── scope ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _narrowed(config: Config, owner: Owner | None, rest: Sequence[str]) -> tuple[str, str] | None:
    if not rest:
        return None
    if owner is None and rest[0] not in NARROWINGS:
        raise UnknownViewError(values.missing("owner", rest[0], (one.id for one in config.owners)))
    if rest[0] not in NARROWINGS:
        raise UnknownViewError(values.missing("narrowing", rest[0], NARROWINGS))
    if len(rest) != 2 or not rest[1]:
        raise UnknownViewError(f"a {rest[0]} is named by one segment: /{rest[0]}/name/")
    try:
        return rest[0], values.READ[rest[0]]((owner,) if owner else config.owners, rest[1])
    except BadRequestError as error:
        raise UnknownViewError(str(error)) from error


def terms_of(people: People, by: str, value: str) -> tuple[str, ...]:
    """The store's terms for one value: an article under any of them is meant."""
    match by:
        case "tag":
            # an owner's alias is another name of the tag for this owner's articles only
            return tuple(dict.fromkeys(terms.tag(one.tag_aliases.get(value, value)) for one in people)) or (
                terms.tag(value),
            )
        case "category":
            found = ((person, one) for person in people for one in person.categories if one.id == value)
            tags = dict.fromkeys(person.tag_aliases.get(tag, tag) for person, one in found for tag in one.tags)
            return tuple(map(terms.tag, tags))
        case "source":
            # "dev" is everybody's; what the config does not name, anybody may have had once
            keys = [one.key for person in people for one in person.sources if value in (one.id, one.key)]
            once = [value] if "/" in value else [f"{one.id}/{value}" for one in people]
            return tuple(map(terms.source, keys or once))
        case "author":
            return (terms.author(value),)
        case "section":
            return (terms.section(value),)
        case "lang":
            return (terms.language(value),)
        case _:
            return (terms.year(int(value)),)


def _doubts(people: People, groups: Iterable[tuple[str, Sequence[str], bool]]) -> Iterator[Doubt]:
    for by, found, in_path in groups:
        known = _known(people, by)
        if known is not None:
            for value in found:
                if value not in known:
                    yield Doubt(terms_of(people, by, value), values.missing(by, value, known), in_path)


def _known(people: People, by: str) -> list[str] | None:
    """What the config knows of sources and sections; None: of anything else it knows either all or nothing."""
    if by == "source":
        found = [one for person in people for one in person.sources]
        return [*(one.id for one in found), *(one.key for one in found)]
    if by == "section":
        polled = (one.section for person in people for one in person.sources)
        written = (one.section for person in people for one in person.entries)
        return [terms.slug(one) for one in (*polled, *written) if one]
    return None


# ── parameters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _values(people: People, query: Iterable[tuple[str, str]], narrowed: tuple[str, str] | None) -> Values:
    """Every parameter with its values in their one spelling, sorted, each once; defaults left out."""
    found: dict[str, set[str]] = {}
    count = 0
    for name, value in query:
        if name not in values.READ:
            raise BadRequestError(values.missing("parameter", name, PARAMETERS))
        parts = [value] if name in values.VERBATIM else [part for one in value.split(",") if (part := one.strip())]
        count += len(parts)
        if not parts:
            raise BadRequestError(f'parameter "{name}" has no value; leave it off instead')
        if count > VALUES_MAX:
            raise BadRequestError(f"the query has more than {VALUES_MAX} values")
        found.setdefault(name, set()).update(values.READ[name](people, part) for part in parts)
    for name in values.ONCE & found.keys():
        if len(found[name]) > 1:
            raise BadRequestError(f'parameter "{name}" is given once, not as {", ".join(sorted(found[name]))[:120]}')
    if {"featured", "exclude_featured"} <= {name for name, one in found.items() if "true" in one}:
        raise BadRequestError("featured and exclude_featured leave nothing; send one of them")
    if "all" in found.get("kind", ()):
        found["kind"] = {"all"}
    defaults = {**_DEFAULTS, "kind": "all" if narrowed and narrowed[0] == "kind" else "article", "q": ""}
    return {name: tuple(sorted(one)) for name, one in found.items() if one != {defaults.get(name)}}


def _kinds(said: Values, narrowed: tuple[str, str] | None) -> list[tuple[str, ...]]:
    if narrowed and narrowed[0] == "kind":
        return [(narrowed[1],), said.get("kind", ("all",))]
    return [said.get("kind", ("article",))]


def _one(said: Values, name: str) -> str | None:
    return said[name][0] if name in said else None


def _moment(said: Values, name: str) -> datetime | None:
    return datetime.fromisoformat(said[name][0]) if name in said else None


def _order(word: str | None) -> Order | None:
    match word:
        case "published" | "updated" | "announced" | "relevance":
            return word
        case _:
            return None


def _content(word: str | None) -> Content:
    match word:
        case "summary" | "title":
            return word
        case _:
            return "full"
