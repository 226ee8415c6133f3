"""Many rows at once, the way each engine takes them fastest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import Connection, Table, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.sql.dml import Insert

from aggregator.store.values import Values


def upsert(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert ``rows``, which all have the same columns; where the primary key is there already, replace them."""
    if rows:
        connection.execute(_statement(table, frozenset(rows[0]), connection.dialect.name), rows)


# `values([...])` would be compiled anew for every number of rows (measured: 4 to 8 times slower, speed.md).
@cache
def _statement(table: Table, columns: frozenset[str], engine: str) -> Insert:
    keys = [column.name for column in table.primary_key]
    statement = sqlite.insert(table) if engine == "sqlite" else postgresql.insert(table)
    others = [name for name in table.c.keys() if name in columns and name not in keys]  # noqa: SIM118
    if not others:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in others}
    )


def add_up(
    connection: Connection, table: Table, rows: Sequence[Values], sums: Collection[str], greatest: Collection[str]
) -> None:
    """Insert ``rows``; where the primary key is there already, add up ``sums`` and keep the ``greatest``."""
    lite = connection.dialect.name == "sqlite"
    statement = sqlite.insert(table) if lite else postgresql.insert(table)
    new, most = statement.excluded, func.max if lite else func.greatest
    merged = {name: table.c[name] + new[name] for name in sums}
    merged |= {name: most(table.c[name], new[name]) for name in greatest}
    keys = [column.name for column in table.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=merged), rows)


def insert_pairs(connection: Connection, table: Table, pairs: Collection[tuple[int | str, int]]) -> None:
    """Insert the rows of a table of two columns: thousands of tiny ones, for which SQLAlchemy's work on each row would
    be most of the cost. In order of the key, so that neighbours go to the same page.
    """
    if not pairs:
        return
    ordered = sorted(pairs)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_plain_insert(table), ordered)
    else:
        connection.execute(_insert_arrays(table), {"first": [a for a, _ in ordered], "second": [b for _, b in ordered]})


@cache
def _plain_insert(table: Table) -> str:
    return str(insert(table).compile(dialect=pysqlite.dialect()))


@cache
def _insert_arrays(table: Table) -> Insert:
    names = table.c.keys()
    columns = zip(("first", "second"), table.c, strict=True)
    arrays = (bindparam(name, type_=postgresql.ARRAY(column.type)) for name, column in columns)
    rows = func.unnest(*arrays).table_valued(*names).render_derived()
    return insert(table).from_select(names, select(rows))
