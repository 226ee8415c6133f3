"""No order, batch or interleaving of the same documents changes which of them are one article: on a real store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from hypothesis import given

from tests.core.dedupe.effort import examples
from tests.core.dedupe.test_any_order import SEEDS, Document, appearances, documents
from tests.core.ingest_memory import partition
from tests.shell.histories.database import SqliteFile
from tests.shell.histories.house import RealHouse


@examples(6)
@given(SEEDS, SEEDS, SEEDS)
def test_any_batches_give_the_same_articles(seed: int, one: int, two: int) -> None:
    found = appearances(Random(seed), furnished=False)
    assert outcome(documents(Random(one), found), Random(one)) == outcome(documents(Random(two), found), Random(two))


def outcome(found: Sequence[Document], random: Random) -> frozenset[frozenset[str]]:
    """Which entries are one article after these documents came in this order, with pauses and restarts."""
    house = RealHouse(SqliteFile(), list({place.key: place for place, _ in found}.values()))
    try:
        for place, entries in found:
            house.now += timedelta(hours=random.choice([0, 1, 30, 24 * 40]))
            house.poll(place, entries)
            if random.random() < 0.1:
                house.restart()
        return partition(house.memory.copies.values())
    finally:
        house.close()
