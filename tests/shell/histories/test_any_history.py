"""Whatever happens to feeds and service: ids and dates never change, nothing comes back into a feed; on real stores."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis.stateful import run_state_machine_as_test

from aggregator.store import Store
from tests.conftest import Server
from tests.core.dedupe.effort import histories, ten_thousand
from tests.shell.histories.database import PostgresqlRows, SqliteFile
from tests.shell.histories.machine import Histories


class OnSqlite(Histories):
    """Every history on a file that is written anew."""

    database = SqliteFile


def test_on_sqlite() -> None:
    run_state_machine_as_test(OnSqlite, settings=ten_thousand(25, steps=12))


@pytest.mark.postgresql
def test_on_postgresql(postgresql: Server) -> None:
    url = postgresql.database("histories")
    Store.upgrade(url)

    class OnPostgresql(Histories):
        """Every history on the same database, emptied before."""

        database = partial(PostgresqlRows, url)

    run_state_machine_as_test(OnPostgresql, settings=histories(4, steps=10))
