"""Whatever happens to feeds and service: ids and dates never change, nothing comes back into a feed; on real stores."""

from __future__ import annotations

from hypothesis.stateful import run_state_machine_as_test

from tests.core.dedupe.effort import histories
from tests.shell.histories.database import SqliteFile
from tests.shell.histories.machine import Histories


class OnSqlite(Histories):
    """Every history on a file of its own."""

    database = SqliteFile


def test_on_sqlite() -> None:
    run_state_machine_as_test(OnSqlite, settings=histories(25, steps=15))
