"""Remembers that an edit of the config was refused, so that whoever looks can be told: in another process, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from aggregator.store import Store

NOTE = "config_refused"
MOST = 50  # problems


@dataclass(frozen=True, slots=True)
class Refused:
    """An edit that is not live, because it is not right."""

    at: datetime
    where: str  # the machine that refused it
    problems: tuple[str, ...]


def refuse(store: Store, problems: Sequence[str], where: str, now: datetime) -> None:
    """Note that the config as it stands in its file is not live. Raises StoreError."""
    before = refused(store)
    said = tuple(problems[:MOST])
    if before is None or (before.where, before.problems) != (where, said):
        store.note(NOTE, orjson.dumps({"at": now.isoformat(), "where": where, "problems": said}).decode())


def accept(store: Store) -> None:
    """Note that the config as it stands in its file is live. Raises StoreError."""
    if store.noted(NOTE):
        store.note(NOTE, "")


def refused(store: Store) -> Refused | None:
    """The edit that is not live; None: what stands in the file is. Raises StoreError."""
    note = store.noted(NOTE)
    if not note:
        return None
    said = orjson.loads(note)
    return Refused(datetime.fromisoformat(said["at"]), said["where"], tuple(said["problems"]))
