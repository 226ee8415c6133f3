"""Builds a view: what the config says about a selection, and what the store holds of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from aggregator import sources
from aggregator.model import Article, Category, Config, Facet, Owner, Selection, Track, TrackRef, View
from aggregator.publish.request import Asked, with_cursor
from aggregator.render.format import Format
from aggregator.store import Store

_FACETS = {"tags": "tag", "sources": "source", "kinds": "kind", "years": "year", "languages": "lang"}
_WORDED = {
    "article": "Articles",
    "story": "Stories",
    "publication": "Publications",
    "talk": "Talks",
    "award": "Awards",
    "project": "Projects",
}


@dataclass(frozen=True, slots=True)
class Steered:
    """What the config says of single articles, resolved to the articles that are there."""

    hidden: frozenset[str]
    featured: frozenset[str]
    tracks: Mapping[str, tuple[tuple[Track, str, tuple[str | None, ...]], ...]]  # owner id -> (track, owner, ulids)


def steered(config: Config, store: Store) -> Steered:
    """Look up the articles behind the addresses in ``hide``, ``featured`` and ``tracks``."""

    def ulids(addresses: Iterable[str]) -> frozenset[str]:
        return frozenset(ulid for address in addresses for ulid in store.find(sources.keys_of(address)))

    def first(address: str) -> str | None:
        return next(iter(store.find(sources.keys_of(address))), None)

    return Steered(
        hidden=ulids(address for owner in config.owners for address in owner.hide),
        featured=ulids(address for owner in config.owners for address in owner.featured),
        tracks={
            owner.id: tuple((track, owner.id, tuple(map(first, track.entries))) for track in owner.tracks)
            for owner in config.owners
        },
    )


def build(config: Config, store: Store, asked: Asked, form: Format, steer: Steered) -> View:
    """The view behind one document."""
    owner = next((one for one in config.owners if one.id == asked.owner), None)
    selection = _selection(asked, form, steer)
    selected = store.select(selection)
    articles = tuple(_told(article, steer) for article in selected.articles)
    base = config.site.base_url
    title = _title(config, owner, asked)
    return View(
        base_url=base,
        path=asked.path,
        query=asked.query,
        title=title,
        description=_description(config, owner),
        home_page_url=(owner.home_page_url if owner and owner.home_page_url else None) or f"{base}{asked.path}/",
        owner=owner.id if owner else None,
        owner_url=owner.home_page_url if owner else None,
        articles=articles,
        total=selected.total,
        updated_at=store.changed_at(asked.owner),
        next_query=with_cursor(asked, selected.last) if selected.last else None,
        content=asked.content,
        language=_language(articles),
        facets=_facets(config, owner, store, selection, asked, steer) if not form.feed else {},
        owner_names={one.id: one.name for one in config.owners},
    )


def _selection(asked: Asked, form: Format, steer: Steered) -> Selection:
    only: frozenset[str] | None = None
    if asked.featured is True:
        only = steer.featured
    for name in asked.tracks:
        wanted = {
            ulid for _, track, ulids in _all_tracks(steer, asked.owner) if track.id == name for ulid in ulids if ulid
        }
        only = frozenset(wanted) if only is None else only & wanted
    hidden = steer.hidden | (steer.featured if asked.featured is False else frozenset())
    return Selection(
        owner=asked.owner,
        any_of=asked.any_of,
        none_of=asked.none_of,
        order=asked.order or ("announced" if form.feed else "published"),
        limit=asked.limit,
        after=asked.cursor,
        hidden=hidden,
        only=only,
        since=asked.since,
        updated_since=asked.updated_since,
        words=asked.words,
        with_content=form.feed and asked.content == "full",
    )


def _all_tracks(steer: Steered, owner: str | None) -> list[tuple[str, Track, tuple[str | None, ...]]]:
    return [
        (of, track, ulids)
        for tracks in (steer.tracks.values() if owner is None else [steer.tracks.get(owner, ())])
        for track, of, ulids in tracks
    ]


def _told(article: Article, steer: Steered) -> Article:
    """The article with what the config says of it."""
    track = next(
        (_in_track(article, track, ulids) for _, track, ulids in _all_tracks(steer, None) if article.ulid in ulids),
        None,
    )
    featured = article.ulid in steer.featured
    return article if not featured and track is None else replace(article, featured=featured, track=track)


def _in_track(article: Article, track: Track, ulids: tuple[str | None, ...]) -> TrackRef:
    place = ulids.index(article.ulid)
    return TrackRef(
        id=track.id,
        title=track.title,
        position=place + 1,
        total=len(track.entries),
        previous=track.entries[place - 1] if place else None,
        next=track.entries[place + 1] if place + 1 < len(track.entries) else None,
    )


def _title(config: Config, owner: Owner | None, asked: Asked) -> str:
    scope = owner.name if owner else config.site.title
    if asked.narrowed is None:
        return scope
    by, value = asked.narrowed
    people = (owner,) if owner else config.owners
    labels = {
        "tag": {tag: label for one in people for tag, label in one.tag_labels.items()},
        "category": {one.id: one.label for person in people for one in person.categories},
        "track": {one.id: one.title for person in people for one in person.tracks},
        "kind": _WORDED,
        "source": {one.id: one.title or one.id for person in people for one in person.sources},
    }[by]
    return f"{scope}: {labels.get(value, value)}"


def _description(config: Config, owner: Owner | None) -> str:
    who = owner.name if owner else " and ".join(_names(config))
    return f"Everything {who} published, wherever it appeared: each article once, with its best address."


def _names(config: Config) -> list[str]:
    names = [one.name for one in config.owners]
    return names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} others"]


def _language(articles: Iterable[Article]) -> str | None:
    """The language of the view, if all of it is in one."""
    languages = {article.language for article in articles}
    return languages.pop() if len(languages) == 1 else None


# ── facets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _facets(
    config: Config, owner: Owner | None, store: Store, selection: Selection, asked: Asked, steer: Steered
) -> Mapping[str, tuple[Facet, ...]]:
    counted = store.facet_counts(replace(selection, after=None), tuple(_FACETS.values()))
    people = (owner,) if owner else config.owners
    scope = f"{config.site.base_url}/{owner.id}" if owner else config.site.base_url
    labels = _labels(people)
    facets: dict[str, tuple[Facet, ...]] = {}
    for name, prefix in _FACETS.items():
        values = [(value, count) for value, count in counted.get(prefix, ())]
        if prefix == "year":
            values.sort(reverse=True)
        facets[name] = tuple(
            Facet(
                value=_value(prefix, value, owner),
                label=labels.get((prefix, value)) or value,
                count=count,
                url=_url(scope, prefix, _value(prefix, value, owner)),
            )
            for value, count in values
        )
    tags = dict(counted.get("tag", ()))
    facets["categories"] = tuple(
        Facet(one.id, one.label, _in_category(store, selection, one), f"{scope}/category/{one.id}/", one.description)
        for person in people
        for one in person.categories
        if tags or one.tags
    )
    facets["tracks"] = tuple(
        Facet(track.id, track.title, sum(1 for ulid in ulids if ulid), f"{scope}/track/{track.id}/")
        for _, track, ulids in _all_tracks(steer, asked.owner)
    )
    return facets


def _in_category(store: Store, selection: Selection, category: Category) -> int:
    terms = tuple(f"tag:{tag}" for tag in category.tags)
    narrower = replace(selection, after=None, limit=1, any_of=(*selection.any_of, terms))
    return store.select(narrower).total if terms else 0


def _labels(people: Iterable[Owner]) -> dict[tuple[str, str], str]:
    labels: dict[tuple[str, str], str] = {("kind", kind): label for kind, label in _WORDED.items()}
    for person in people:
        labels.update({("tag", tag): label for tag, label in person.tag_labels.items()})
        labels.update({("source", one.key): one.title or one.id for one in person.sources})
    return labels


def _value(prefix: str, value: str, owner: Owner | None) -> str:
    return value.partition("/")[2] if prefix == "source" and owner is not None else value


def _url(scope: str, prefix: str, value: str) -> str:
    """The page of one narrowing: a path where there is one, else a parameter."""
    if prefix in ("tag", "kind") or (prefix == "source" and "/" not in value):
        return f"{scope}/{prefix}/{quote(value, safe='')}/"
    return f"{scope}/?{prefix}={quote(value, safe='')}"
