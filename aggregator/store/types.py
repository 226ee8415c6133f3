"""How a moment, a JSON value and a list of ids travel to SQLite and PostgreSQL and come back the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Text,
    TypeDecorator,
    bindparam,
    column,
    func,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from aggregator.store.codec import plain

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Compared byte by byte on both engines, whatever locale the PostgreSQL cluster was made with: ranges of terms and
# the order of ulids must not depend on it.
Key = Text().with_variant(Text(collation="C"), "postgresql")

# SQLite makes a column the rowid only under the exact name INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware moment: ``timestamptz`` on PostgreSQL, microseconds since 1970 on SQLite (8 bytes, sortable).

    Raises ValueError for a naive datetime; what comes back is UTC.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The engine's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Python to database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value!r}")
        return value.astimezone(UTC) if dialect.name == "postgresql" else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=int(value))


class Json(TypeDecorator[Any]):
    """Any JSON value as text, written by orjson: the same bytes on both engines, keys in the order they came."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Python to database; datetimes become RFC 3339, dataclasses objects."""
        return None if value is None else orjson.dumps(value, default=plain).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Database to Python."""
        return None if value is None else orjson.loads(value)


_GIVEN = "given"


class _Listed(TypeDecorator[list[Any]]):
    """Many values in one bound parameter: an array on PostgreSQL, JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The engine's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(BigInteger() if self.numbers else Text()))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        """Python to database."""
        return value if value is None or dialect.name == "postgresql" else orjson.dumps(value).decode()


class _Among(FunctionElement[bool]):
    """``column IN (many values)`` as one statement text for any number of values."""

    inherit_cache = True
    name = "among"


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    left, right = (compiler.process(clause, **kw) for clause in element.clauses)
    return "".join(("(", left, " IN (SELECT value FROM json_each(", right, ")))"))


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    left, right = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({left} = ANY ({right}))"


def among(wanted: ColumnElement[Any], values: Collection[str] | Collection[int]) -> ColumnElement[bool]:
    """Whether ``wanted`` is one of ``values`` (all text or all numbers).

    One bound parameter, however many values: neither engine's limit on parameters is ever near, the statement
    text stays the same, and so stays prepared.
    """
    return _Among(wanted, _bound(values, isinstance(wanted.type, Integer)))


def given(wanted: ColumnElement[Any], name: str = _GIVEN) -> ColumnElement[bool]:
    """``among`` the values that come with the execution, as ``chosen`` names them.

    For statements that are made once: to make one and to see that it was compiled before takes SQLAlchemy twice as long
    as all the rest (measured: 0.12 ms against 0.04), and a new article takes thirty.
    """
    return _Among(wanted, bindparam(name, type_=_Listed(isinstance(wanted.type, Integer))))


def chosen(values: Collection[str] | Collection[int], name: str = _GIVEN) -> dict[str, list[Any]]:
    """The values for a statement made with ``given``."""
    return {name: sorted(values)}


def listed(connection: Connection, values: Collection[str]) -> ColumnElement[str]:
    """A column of these values, to be selected from."""
    if connection.dialect.name == "sqlite":
        return func.json_each(_bound(values, False)).table_valued(column("value", Key)).c.value
    return func.unnest(_bound(values, False)).table_valued(column("value", Key)).render_derived().c.value


def _bound(values: Collection[str] | Collection[int], numbers: bool) -> BindParameter[list[Any]]:
    # the column says what they are: of no values at all PostgreSQL must know it, too
    ordered: list[Any] = sorted(values)
    return bindparam(None, ordered, type_=_Listed(numbers), unique=True)
