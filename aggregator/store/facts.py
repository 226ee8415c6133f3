"""What platforms said of the articles of sources beside their feeds: one note for each source that has such a place."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from aggregator.model import Facts
from aggregator.store.codec import build, fields_of
from aggregator.store.schema import state
from aggregator.store.upserts import upsert


def _name(source_key: str) -> str:
    return f"facts:{source_key}"


def of(connection: Connection, source_key: str) -> Facts:
    """What is remembered of this source."""
    value = connection.scalar(select(state.c.value).where(state.c.name == _name(source_key)))
    return build(Facts, value) if value is not None else Facts()


def keep(connection: Connection, source_key: str, facts: Facts) -> None:
    """Remember these in place of those."""
    upsert(connection, state, [{"name": _name(source_key), "value": fields_of(facts)}])


def forget(connection: Connection, source_key: str) -> None:
    """Remember nothing of this source."""
    connection.execute(delete(state).where(state.c.name == _name(source_key)))
