"""What brought nothing new is saved soon, whatever else is written meanwhile and whatever the database refuses."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from aggregator.bootstrap import house
from aggregator.errors import StoreError
from aggregator.model import PollState
from aggregator.poll.recorder import WAIT_S, Recorder
from aggregator.store import Store
from tests.shell.acceptance.program import until
from tests.shell.acceptance.stage import configured

NOW = datetime.now(UTC) + timedelta(hours=1)  # both are due
THEN = NOW + timedelta(days=1)
WORKER = "one"
OWNER = "  - id: asha\n    name: Asha\n    sources:\n" + "".join(
    f"      - {{feed: 'https://{id_}.example/feed.xml', id: {id_}}}\n" for id_ in "ab"
)


async def test_what_comes_while_others_are_written_does_not_wait_for_the_next(
    database_url: str, tmp_path: Path
) -> None:
    async with house(configured(tmp_path, database_url, OWNER)) as rooms:
        states, gate = claimed(rooms.store), threading.Event()
        with ThreadPoolExecutor(1) as writer:
            recorder = Recorder(rooms.store, WORKER, writer)
            writer.submit(gate.wait, 30)
            await recorder.record(states[0], at_once=False)
            await asyncio.sleep(2 * WAIT_S)  # now it is on its way, behind what the gate holds up
            await recorder.record(states[1], at_once=False)
            assert saved(rooms.store) == []
            gate.set()
            await until(lambda: len(saved(rooms.store)) == 2)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_was_refused_is_saved_when_the_database_is_back(database_url: str, tmp_path: Path) -> None:
    async with house(configured(tmp_path, database_url, OWNER)) as rooms:
        with ThreadPoolExecutor(1) as writer:
            recorder = Recorder(rooms.store, WORKER, writer, again_s=0.1)
            states = claimed(rooms.store)
            other = create_engine(database_url)
            with other.begin() as connection:
                connection.execute(text("ALTER TABLE sources RENAME TO away"))
            with pytest.raises(StoreError):
                await recorder.record(states[0], at_once=True)
            with other.begin() as connection:
                connection.execute(text("ALTER TABLE away RENAME TO sources"))
            await until(lambda: len(saved(rooms.store)) == 1)
            await recorder.record(states[1], at_once=True)
            assert saved(rooms.store) == ["asha/a", "asha/b"]
            other.dispose()


def claimed(store: Store) -> list[PollState]:
    """New states of both sources, which are leased to ``WORKER``."""
    keys = store.claim(NOW, WORKER, 60.0, 2)
    states = store.states(keys)
    return [replace(states[key], next_poll_at=THEN) for key in sorted(keys)]


def saved(store: Store) -> list[str]:
    """Keys of what was saved."""
    return sorted(key for key, state in store.states(["asha/a", "asha/b"]).items() if state.next_poll_at == THEN)
