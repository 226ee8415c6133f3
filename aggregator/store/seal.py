"""What the ids of this database are made with: made once, kept in it, and carried by every backup of it."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, union_all

from aggregator.model import Seal
from aggregator.store.schema import articles, retired, state
from aggregator.store.types import chosen, given
from aggregator.store.upserts import upsert

_NAME = "seal"
_TAKEN = union_all(*(select(table.c.ulid).where(given(table.c.ulid)) for table in (articles, retired)))
_SEAL = select(state.c.value).where(state.c.name == _NAME)


def seal(connection: Connection, authority: str, now: datetime, *, keep: bool) -> Seal:
    """The seal of this database; what is missing of it is made, and written if it is to be kept.

    The year stands beside each authority since the first id under it: minted again after New Year, an id is the same.
    """
    value = connection.scalar(_SEAL)
    known = value or {"secret": secrets.token_hex(32), "years": {}}
    if authority not in known["years"]:
        known = {**known, "years": {**known["years"], authority: now.year}}
        if keep:
            upsert(connection, state, [{"name": _NAME, "value": known}])
    return Seal(bytes.fromhex(known["secret"]), f"{authority},{known['years'][authority]}")


def taken(connection: Connection, ulids: Collection[str]) -> frozenset[str]:
    """Those of these ids that an article has, or that lead to one."""
    if not ulids:
        return frozenset()
    return frozenset(connection.scalars(_TAKEN, chosen(ulids)))
