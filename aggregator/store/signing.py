"""Makes the signatures of all texts anew after a migration that said so: hashes of two makes have nothing in common,
and a text that is read again would seem to be another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from sqlalchemy import Connection, delete, select

from aggregator import sources as kinds
from aggregator.dedupe.index import index_of
from aggregator.dedupe.signature import sign
from aggregator.model import WRITTEN, Copy
from aggregator.store import changes
from aggregator.store.candidates import copies_where_id
from aggregator.store.schema import copies, state

_UNSIGNED = "unsigned"  # the row of `state` by which a migration says so
_TOGETHER = 50  # about what one document holds: what stands in three of them is furniture


def renew(connection: Connection) -> None:
    """Sign every kept text, if it must be, and write under what it is looked for."""
    if connection.scalar(select(state.c.value).where(state.c.name == _UNSIGNED)) is None:
        return
    for ids in _documents(connection):
        changes.rewrite(connection, _signed(copies_where_id(connection, ids)), index_of)
    connection.execute(delete(state).where(state.c.name == _UNSIGNED))


def _documents(connection: Connection) -> Iterator[Sequence[int]]:
    """Ids of copies of one source that came one after the other."""
    rows = connection.execute(select(copies.c.source_key, copies.c.id).order_by(copies.c.source_key, copies.c.id)).all()
    starts = [at for at, row in enumerate(rows) if at == 0 or rows[at - 1].source_key != row.source_key]
    for start, end in pairwise((*starts, len(rows))):
        for first in range(start, end, _TOGETHER):
            yield [row.id for row in rows[first : min(end, first + _TOGETHER)]]


def _signed(kept: Sequence[Copy]) -> list[Copy]:
    boilerplate = () if kept[0].kind == WRITTEN else kinds.boilerplate()
    entries = sign([copy.entry for copy in kept], boilerplate)
    return [replace(copy, entry=entry) for copy, entry in zip(kept, entries, strict=True)]
