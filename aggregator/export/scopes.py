"""Every view that is exported: each scope, and each narrowing of it that there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.model import Config, Owner, Selection
from aggregator.publish.address import UnknownViewError
from aggregator.publish.request import read
from aggregator.publish.steered import Steered
from aggregator.publish.values import KINDS
from aggregator.store import Store


@dataclass(frozen=True, slots=True)
class Scope:
    """A view by its path segments. ``articles``: about how many it holds, to begin with the largest."""

    segments: tuple[str, ...]
    articles: int


def scopes(config: Config, store: Store, steer: Steered) -> tuple[Scope, ...]:
    """Everything, every owner, and of each of them every tag, category, track, source and kind.

    Owner by owner, because their views show the same articles; of each the largest first.

    Raises:
        StoreError: the database cannot be read.
    """
    found: dict[tuple[str, ...], Scope] = {}
    for owner in (None, *config.owners):
        for one in sorted(_of(config, owner, store, steer), key=lambda one: (-one.articles, one.segments)):
            found.setdefault(one.segments, one)
    return tuple(found.values())


def _of(config: Config, owner: Owner | None, store: Store, steer: Steered) -> Iterator[Scope]:
    every = Selection(owner=owner.id if owner else None, hidden=steer.hidden, limit=0)
    counted = store.facet_counts(every, ("tag", "source", "kind"))
    tags, keys, kinds = (dict(counted[by]) for by in ("tag", "source", "kind"))
    total = sum(kinds.values())
    people = (owner,) if owner else config.owners
    base = (owner.id,) if owner else ()
    yield Scope(base, total)
    # also what an owner names, or named once: somebody may have subscribed to it before the first article
    for tag in dict.fromkeys((*tags, *(tag for one in people for tag in (*one.tag_labels, *one.tag_aliases)))):
        yield Scope((*base, "tag", tag), tags.get(tag, 0))
    for id_ in dict.fromkeys(category.id for one in people for category in one.categories):
        yield Scope((*base, "category", id_), total)
    for id_ in dict.fromkeys(track.id for one in people for track in one.tracks):
        yield Scope((*base, "track", id_), 0)
    polled = {source.key: 0 for one in people for source in one.sources}
    for key, count in (polled | keys).items():
        whose, _, id_ = key.partition("/")
        segments = (*base, "source", id_)
        if whose in {one.id for one in people} and _there(config, segments):
            yield Scope(segments, count)
    for kind in (*KINDS, "all"):
        yield Scope((*base, "kind", kind), total if kind == "all" else kinds.get(kind, 0))


def _there(config: Config, segments: tuple[str, ...]) -> bool:
    try:
        read(config, segments, ())
    except UnknownViewError:
        return False
    return True
