"""Makes the ids of new copies, and lets a merge make those of new articles."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from aggregator import ingest
from aggregator.model import Changes, Copy, Known, Seal


class Mint:
    """Makes 63-bit ids of copies: never the same twice, and greater from one to the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_id = 0

    def copy_id(self) -> int:
        """43 bits of milliseconds and 20 random bits."""
        with self._lock:
            fresh = int(time.time() * 1000) << 20 | secrets.randbits(20)
            self._last_id = max(fresh, self._last_id + 1)
            return self._last_id


class Transaction(Protocol):
    """The open transaction in which a merge runs: `store.Unit`, or `store.Planning` for a trial."""

    def seal(self, authority: str, now: datetime) -> Seal:
        """What this database makes ids with."""

    def taken(self, ulids: Collection[str]) -> frozenset[str]:
        """Those of these ids that an article has, or had."""


def merged(
    unit: Transaction,
    known: Known,
    drafts: Sequence[Copy],
    round_: ingest.Round,
    withdrawn: frozenset[int] = frozenset(),
) -> Changes:
    """`ingest.merge`, with ids for new articles that nothing in this database has.

    Two articles come to the same id when an address, or a guid, went from one to another: then the merge is done again
    without that id. Within one transaction, so that nobody else can take it meanwhile.
    """
    seal = unit.seal(round_.authority, round_.now)
    taken: frozenset[str] = frozenset()
    while True:
        changes = ingest.merge(known, drafts, round_, seal, withdrawn, taken)
        found = unit.taken(changes.minted)
        if not found:
            return changes
        taken |= found
