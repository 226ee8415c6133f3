"""Takes everything from one database into another, of whichever engine: the same ids, dates and bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Column, Connection, MetaData, Table, Text, delete, func, insert, select, text

from aggregator.errors import StoreError
from aggregator.store import engine, files, fulltext, prepared, publication, versions
from aggregator.store.schema import HEAD, article_counts, metadata, state
from aggregator.store.types import Json
from aggregator.store.upserts import insert_pairs

Noticed = Callable[[int, int], None]
"""Is told how many rows are done, of how many."""

_AT_ONCE = 2000  # rows
_AT_ONCE_WITH_TEXT = 50  # of which each may hold a whole article
_PATIENCE_S = 600  # for another process that is upgrading the target

_LEFT = (state, article_counts)  # what migrations and an interrupted start leave in a database is no loss

# By the name that engine.connect gives its connections.
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name = :name"
)


def copy(source: URL, target: URL, noticed: Noticed = lambda done, total: None) -> Mapping[str, int]:
    """Copy every row of ``source`` into the empty database ``target``; rows by table.

    One transaction: afterwards ``target`` holds everything, counted, or what it held before. Of a table only some rows
    are in memory at a time. JSON goes over as the text that it is.

    Raises:
        StoreError: a database cannot be used, ``source`` is at another revision, or ``target`` holds something.
    """
    versions.require_head(source)
    if versions.current(target) not in (None, HEAD):
        raise StoreError(f"{target.render_as_string(hide_password=True)} is not empty: name an empty database")
    engine.prepare(target)
    binds = engine.connect(source), engine.connect(target, busy_s=_PATIENCE_S)
    try:
        with (
            engine.explained(source),
            engine.reading(binds[0]).connect() as reading,
            engine.explained(target),
            engine.writing(binds[1]).begin() as writing,
        ):
            versions.upgrade_within(writing)
            _refuse_full(writing)
            return _copied(reading, writing, noticed)
    finally:
        for bind in binds:
            bind.dispose()


def refuse_running(url: URL) -> None:
    """Raises StoreError when a service, or another command, works with this database."""
    if url.get_backend_name() == "sqlite":
        if versions.current(url) is not None:
            files.settle(files.path_of(url))
        return
    bind = engine.connect(url)
    try:
        with engine.explained(url), bind.connect() as connection:
            others = connection.scalar(_OTHERS, {"name": engine.APPLICATION})
    finally:
        bind.dispose()
    if others:
        name = url.render_as_string(hide_password=True)
        raise StoreError(f"{name} is in use ({others} connections of aggregator): stop the service and try again")


def _refuse_full(target: Connection) -> None:
    for table in metadata.sorted_tables:
        if table not in _LEFT and target.execute(select(*table.primary_key).limit(1)).first() is not None:
            name = target.engine.url.render_as_string(hide_password=True)
            raise StoreError(f"{name} is not empty, there are rows in {table.name}: name an empty database")


def _copied(source: Connection, target: Connection, noticed: Noticed) -> Mapping[str, int]:
    if publication.noted(source, fulltext.VERSION_NAME) != prepared.VERSION:
        raise StoreError("the full text is of another version: run `aggregator db upgrade` first")
    for table in _LEFT:
        target.execute(delete(table))
    tables = [_plain(table) for table in metadata.sorted_tables]
    counts = {table.name: _count(source, table) for table in tables}
    total, done = sum(counts.values()), 0
    for table in tables:
        for rows in _read(source, table):
            _write(target, table, rows)
            done += len(rows)
            noticed(done, total)
        if _count(target, table) != counts[table.name]:
            raise StoreError(f"not every row of {table.name} arrived: nothing was kept")
    if target.dialect.name == "postgresql":  # before the full text: it looks up what has just come
        target.execute(text("ANALYZE"))
    fulltext.restate(target)
    return counts


def _plain(table: Table) -> Table:
    """The same table with JSON as the text that it is: decoding it and writing it again gains nothing."""
    columns = (
        Column(one.name, Text() if isinstance(one.type, Json) else one.type, primary_key=one.primary_key)
        for one in table.c
    )
    return Table(table.name, MetaData(), *columns)


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _read(source: Connection, table: Table) -> Iterator[Sequence[Any]]:
    most = _AT_ONCE_WITH_TEXT if "content_html" in table.c else _AT_ONCE
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=most)
    with engine.explained(source.engine.url), source.execute(statement) as rows:
        yield from rows.partitions(most)


def _write(target: Connection, table: Table, rows: Sequence[Any]) -> None:
    if table.name in ("copy_keys", "copy_samples"):  # by far the most rows
        insert_pairs(target, table, [(first, second) for first, second in rows])
    else:
        target.execute(insert(table), [row._asdict() for row in rows])
