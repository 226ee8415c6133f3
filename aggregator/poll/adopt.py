"""Makes the store agree with a config: entries written by hand, and everything the owner says about matching."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from itertools import islice

from aggregator.model import Config, Copy, Owner, Source
from aggregator.poll.entries import take, written_source
from aggregator.poll.mint import merged
from aggregator.poll.steering import Steering, round_of, steering
from aggregator.poll.told import heed
from aggregator.poll.wanted import wanted
from aggregator.store import Store

WORKER = "config"
CHUNK = 500  # copies that are grouped anew in one transaction


def with_written(config: Config) -> Config:
    """The config with a source for every owner who has written entries."""
    owners = tuple(
        replace(owner, sources=(*owner.sources, written_source(owner))) if owner.entries else owner
        for owner in config.owners
    )
    return replace(config, owners=owners)


def adopt(config: Config, store: Store, now: datetime) -> None:
    """Write what the config says by hand, and group anew what it says differently about matching."""
    steer = steering(config)
    with store.merging(WORKER) as unit:
        unit.seal(steer.authority, now)  # from the first day on, so that the first backup carries it
    for owner in config.owners:
        take(owner, steer, store, WORKER, now)
    heed(config, store, round_of(steer, now), now)
    digest = _digest(config)
    if store.note("steering", digest):
        for owner in config.owners:
            _regroup(owner, steer, store, now)


def _regroup(owner: Owner, steer: Steering, store: Store, now: datetime) -> None:
    """Every component of the owner's copies, judged again under what the config says now."""
    sites = {source.key: source for source in owner.sources}
    with store.merging(WORKER) as unit:
        ids = [id_ for source in owner.sources for id_ in unit.copy_ids(source.key)]
    done: set[int] = set()
    for chunk in _chunks(ids):
        left = frozenset(chunk) - done
        if not left:
            continue
        with store.merging(WORKER) as unit:
            known = unit.component(left)
            done.update(copy.id for copy in known.copies)
            placed = [(copy, sites[copy.source_key]) for copy in known.copies if copy.source_key in sites]
            changed = [moved for copy, source in placed if (moved := _moved(copy, source)) != copy]
            changes = merged(unit, known, changed, round_of(steer, now))
            if changed:
                changes = changes if changes.copies else merged(unit, known, (), round_of(steer, now))
            # what was the only place of its owner may have an original elsewhere by now
            unit.apply(changes, None, None, now, wanted=wanted(known.copies, (), steer))


def _moved(copy: Copy, source: Source) -> Copy:
    return replace(copy, own_site=source.own_site, kind=source.kind, source_id=source.id)


def _chunks(ids: Iterable[int]) -> Iterable[Sequence[int]]:
    left = iter(ids)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _digest(config: Config) -> str:
    said = [(owner.id, owner.prefer, owner.canonical, owner.tag_aliases, owner.tag_labels) for owner in config.owners]
    places = [(source.key, source.own_site, source.kind) for source in config.sources]
    return blake2b(f"{said!r} {places!r} {config.fetch.allow_private!r}".encode(), digest_size=16).hexdigest()
