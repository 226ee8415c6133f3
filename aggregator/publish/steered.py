"""Finds what the config says of single articles among the articles that are there, once per change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from aggregator import sources
from aggregator.model import Article, Config, Facet, Selection, Track, TrackRef
from aggregator.store import Store

Facets = Mapping[str, tuple[Facet, ...]]

REMEMBERED = 200  # selections with their facets


@dataclass(frozen=True, slots=True)
class Followed:
    """A track of an owner with the articles that are there of it: ulids in its order, None for what is not."""

    track: Track
    ulids: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Steered:
    """What the config says of single articles, and how sources are called, in one state of the store."""

    hidden: frozenset[str]
    featured: frozenset[str]
    tracks: Mapping[str, tuple[Followed, ...]]  # by owner
    titles: Mapping[str, str]  # of sources, by key
    _facets: dict[Selection, Facets] = field(default_factory=dict)

    def facets(self, every_page: Selection, count: Callable[[], Facets]) -> Facets:
        """The facets of a selection, counted once for all its pages and documents."""
        found = self._facets.get(every_page)
        if found is None:
            if len(self._facets) >= REMEMBERED:
                self._facets.clear()
            found = self._facets[every_page] = count()
        return found

    def followed(self, owner: str | None) -> tuple[Followed, ...]:
        """The tracks of an owner (None: of everyone), in config order."""
        if owner is not None:
            return self.tracks.get(owner, ())
        return tuple(one for tracks in self.tracks.values() for one in tracks)

    def in_tracks(self, owner: str | None, ids: Iterable[str]) -> frozenset[str]:
        """Ulids of the articles in any track of these ids."""
        wanted = frozenset(ids)
        found = (one.ulids for one in self.followed(owner) if one.track.id in wanted)
        return frozenset(ulid for ulids in found for ulid in ulids if ulid)

    def places(self, owner: str | None, id_: str) -> Mapping[str, int]:
        """Ulids of the articles in the tracks of this id, each with its place in their order."""
        found = [ulid for one in self.followed(owner) if one.track.id == id_ for ulid in one.ulids if ulid]
        return {ulid: place for place, ulid in reversed(list(enumerate(found)))}

    def told(self, article: Article, track: str | None = None) -> Article:
        """The article with what the config says of it; of several tracks that it is in, ``track`` is meant."""
        featured = article.ulid in self.featured
        inside = [one for one in self.followed(None) if article.ulid in one.ulids]
        followed = next((one for one in inside if one.track.id == track), inside[0] if inside else None)
        if followed is None:
            return replace(article, featured=True) if featured else article
        return replace(article, featured=featured, track=_place(article, followed))


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
            owner.id: tuple(Followed(track, tuple(map(first, track.entries))) for track in owner.tracks)
            for owner in config.owners
        },
        titles=store.source_titles(),
    )


def _place(article: Article, followed: Followed) -> TrackRef:
    track, at = followed.track, followed.ulids.index(article.ulid)
    return TrackRef(
        id=track.id,
        title=track.title,
        position=at + 1,
        total=len(track.entries),
        previous=track.entries[at - 1] if at else None,
        next=track.entries[at + 1] if at + 1 < len(track.entries) else None,
    )
