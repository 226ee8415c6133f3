"""Forgets the sources that the config no longer has: their copies go, and with them the articles without another one.

A little at a time, each part whole: whoever stops in the middle has forgotten some of it, and can go on later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import Changes, Config
from aggregator.poll.mint import merged
from aggregator.poll.steering import round_of, steering
from aggregator.store import Store

WORKER = "prune"
CHUNK = 200  # copies that are forgotten in one transaction, and those that are tied to them


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten."""

    copies: int = 0
    articles: int = 0


def prune(
    config: Config,
    store: Store,
    keys: Collection[str],
    now: datetime,
    told: Callable[[int], None] = lambda copies: None,
    chunk: int = CHUNK,
) -> Pruned:
    """Forget those of these sources that the config does not have; ``told`` hears how many copies went.

    Ids, dates and places in the feeds of articles with another copy stay; an article without one leaves its place in
    the feeds empty, as one that its owner took back.

    Raises:
        StoreError: the database refused; what was forgotten before is.
    """
    steer = steering(config)
    done = Pruned()
    while True:
        with store.merging(WORKER) as unit:
            gone = unit.still_gone(keys)
            ids = unit.ids_of(gone, chunk)
            known = unit.component(ids)
            # all of a component at once: an article whose copies go one by one would change in between
            withdrawn = frozenset(copy.id for copy in known.copies if copy.source_key in gone)
            changes = merged(unit, known, (), round_of(steer, now), withdrawn) if withdrawn else Changes()
            unit.apply(changes, None, None, now)
            if not ids:
                unit.forget(gone, [owner.id for owner in config.owners])
                return done
        done = Pruned(done.copies + len(withdrawn), done.articles + len(changes.gone))
        told(len(withdrawn))
