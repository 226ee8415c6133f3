"""Dialects whose engines share what they compiled: every test opens stores of its own, all of them ask the same things.

A program compiles a statement once in its life; a test of it, each time anew: a sixth of what such tests took.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class _Shared:
    """One dialect of a kind is like the other: there is one server, and one library of SQLite."""

    supports_statement_cache = True
    compiled: ClassVar[dict[Any, Any]]

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls.compiled)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class OnSQLite(_Shared, SQLiteDialect_pysqlite):
    """``sqlite+pysqlite``."""

    supports_statement_cache = True
    compiled: ClassVar[dict[Any, Any]] = {}


class OnPostgreSQL(_Shared, PGDialect_psycopg):
    """``postgresql+psycopg``."""

    supports_statement_cache = True
    compiled: ClassVar[dict[Any, Any]] = {}


def share() -> None:
    """Let every engine that is made from now on share."""
    registry.register("sqlite.pysqlite", __name__, OnSQLite.__name__)
    registry.register("postgresql.psycopg", __name__, OnPostgreSQL.__name__)
