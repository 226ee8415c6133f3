"""A few of the kills of `make torture ARGS=kills`, and that its ledger sees damage."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.shell.command import ROOT
from tests.torture.kills import Ledger

ASK = """
import dataclasses, json, sys
from tests.torture.kills import short
print(json.dumps(dataclasses.asdict(short(sys.argv[1], int(sys.argv[2])))))
"""


@pytest.mark.parametrize(
    ("engine", "kills"), [("sqlite", 8), pytest.param("postgresql", 4, marks=pytest.mark.postgresql)]
)
def test_nothing_is_lost_and_nothing_comes_twice(engine: str, kills: int, request: pytest.FixtureRequest) -> None:
    if engine == "postgresql":
        request.getfixturevalue("postgresql")  # skipped where there is no server
    # a process without threads: it is copied for every kill
    command = [sys.executable, "-c", ASK, engine, str(kills)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    tally = json.loads(said.stdout.splitlines()[-1])
    assert (tally["kills"], tally["damage"]) == (kills, [])


def seen(*numbers: int, feed: tuple[str, ...], **changed: Any) -> dict[str, Any]:
    items = [{"title": f"Post {n}", "id": f"id-{n}", "date": "2026-01-01", "copies": 2} | changed for n in numbers]
    return {"items": items, "total": len(numbers), "feed": list(feed)}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (seen(1, 2, feed=("id-2",)), "lost: Post 0"),
        (seen(0, 1, 2, 2, feed=("id-2",)), "twice: Post 2"),
        (seen(0, 1, 2, feed=("id-2",), date="2026-01-02"), "Post 0: was"),
        (seen(0, 1, 2, feed=("id-2",), copies=1), "Post 1: not one with its copy"),
        (seen(0, 1, 2, feed=("id-0", "id-2")), "came back into the feed: id-0"),
        (seen(0, 1, 2, feed=("id-1",)), "never in the feed: Post 2"),
        (seen(0, 1, 2, feed=("id-2", "id-2")), "twice in the feed"),
    ],
)
def test_the_ledger_sees_damage(found: dict[str, Any], said: str) -> None:
    ledger = Ledger(1)
    assert ledger.damage(seen(0, feed=("id-0",))) == []
    ledger.rounds = 2
    assert ledger.damage(seen(0, 1, feed=("id-1",))) == []
    ledger.rounds = 3
    assert any(one.startswith(said) for one in ledger.damage(found))
