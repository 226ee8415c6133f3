"""Counts by which values a view can be narrowed further, and names them as people would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

from aggregator.model import Config, Facet, Order, Owner, Selection
from aggregator.publish.reading import Reading
from aggregator.publish.request import NARROWINGS, Asked, terms_of
from aggregator.publish.steered import Facets, Steered
from aggregator.publish.values import KINDS, People
from aggregator.store import terms

Counts = tuple[tuple[str, int], ...]

_COUNTED = {"tags": "tag", "sources": "source", "years": "year", "languages": "lang", "sections": "section"}


def facets(
    config: Config, owner: Owner | None, store: Reading, selection: Selection, asked: Asked, steer: Steered
) -> Facets:
    """Every facet of all pages of ``selection``, by its name in index.json."""
    order: Order = "announced" if selection.order == "announced" else "published"  # who is not announced does not count
    every_page = replace(selection, after=None, limit=0, order=order, with_content=False)
    return steer.facets(every_page, lambda: _counted(config, owner, store, every_page, asked, steer))


def _counted(
    config: Config, owner: Owner | None, store: Reading, every_page: Selection, asked: Asked, steer: Steered
) -> Facets:
    """Kinds are counted whatever kind is asked for: from a list of articles one must find the talks."""
    people = (owner,) if owner else config.owners
    scope = f"{config.site.base_url}/{owner.id}" if owner else config.site.base_url
    counted = dict(store.facet_counts(every_page, tuple(_COUNTED.values())))
    counted |= store.facet_counts(replace(every_page, any_of=asked.any_of), ("kind",))
    return {
        "tags": _facets(scope, "tag", counted["tag"], tag_labels(people, owner, store, counted["tag"])),
        "sources": _sources(scope, people, counted["source"], steer),
        "kinds": _facets(scope, "kind", counted["kind"], KINDS),
        "years": _facets(scope, "year", sorted(counted["year"], reverse=True), {}),
        "languages": _facets(scope, "lang", counted["lang"], {}),
        "sections": _facets(scope, "section", counted["section"], _sections(people)),
        "categories": _categories(scope, people, store, every_page),
        "tracks": _tracks(scope, asked, store, every_page, steer),
    }


def tag_labels(
    people: People, owner: Owner | None, store: Reading, tags: Iterable[tuple[str, int]]
) -> Mapping[str, str]:
    """How each of these tags is written: as the config says, else as the newest article has it."""
    configured = {tag: label for one in reversed(people) for tag, label in one.tag_labels.items()}
    unnamed = [tag for tag, _ in tags if tag not in configured]
    return {**(store.tag_labels(owner.id if owner else None, unnamed) if unnamed else {}), **configured}


def _facets(scope: str, by: str, counts: Iterable[tuple[str, int]], labels: Mapping[str, str]) -> tuple[Facet, ...]:
    return tuple(Facet(value, labels.get(value) or value, count, _url(scope, by, value)) for value, count in counts)


def _sections(people: People) -> Mapping[str, str]:
    """How the config writes each section that it names."""
    polled = (one.section for person in people for one in person.sources)
    written = (one.section for person in people for one in person.entries)
    return {terms.slug(one): one for one in (*polled, *written) if one}


def _sources(scope: str, people: People, counts: Counts, steer: Steered) -> tuple[Facet, ...]:
    """By id where that says enough, by "owner/id" among several owners."""
    names = {one.id: one.name for one in people}
    found = []
    for key, count in counts:
        owner, _, id_ = key.partition("/")
        if len(people) == 1 and owner != people[0].id:
            continue  # the other places of an article that two owners share
        value = id_ if len(people) == 1 else key
        label = steer.titles.get(key) or names.get(owner, owner)  # without a title: written by hand
        found.append(Facet(value, label, count, _url(scope, "source", value)))
    return tuple(found)


def _categories(scope: str, people: People, store: Reading, selection: Selection) -> tuple[Facet, ...]:
    """As the config has them, the empty ones too; one entry where several owners have one of that name."""
    named = {one.id: one for person in reversed(people) for one in person.categories}
    order = dict.fromkeys(one.id for person in people for one in person.categories)
    found = []
    for one in map(named.__getitem__, order):
        narrower = replace(selection, any_of=(*selection.any_of, terms_of(people, "category", one.id)))
        url = _url(scope, "category", one.id)
        found.append(Facet(one.id, one.label, _total(store, narrower), url, one.description))
    return tuple(found)


def _tracks(scope: str, asked: Asked, store: Reading, selection: Selection, steer: Steered) -> tuple[Facet, ...]:
    titles: dict[str, str] = {}
    for one in steer.followed(asked.owner):
        titles.setdefault(one.track.id, one.track.title)
    found = []
    for id_, title in titles.items():
        inside = steer.in_tracks(asked.owner, (id_,))
        only = inside if selection.only is None else inside & selection.only
        found.append(Facet(id_, title, _total(store, replace(selection, only=only)), _url(scope, "track", id_)))
    return tuple(found)


def _total(store: Reading, selection: Selection) -> int:
    """How many articles a selection has: each is of exactly one kind."""
    return sum(count for _, count in store.facet_counts(selection, ("kind",))["kind"])


def _url(scope: str, by: str, value: str) -> str:
    """The page of one narrowing: a path where there is one, else a parameter."""
    if by == "source" and "/" in value:  # among several owners: the owner's own page
        owner, _, value = value.partition("/")
        scope = f"{scope}/{owner}"
    if by in NARROWINGS:
        return f"{scope}/{by}/{quote(value, safe='')}/"
    return f"{scope}/?{by}={quote(value, safe='')}"
