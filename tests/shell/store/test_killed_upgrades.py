"""An upgrade that is killed leaves the old schema or the new one; the long form kills before every statement."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.shell.command import ROOT

ASK = """
import json, sys
from tests.torture.migrations import short
print(json.dumps(short(sys.argv[1], [1, 37, 88, 9999])))
"""


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_old_or_new_never_between(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "postgresql":
        request.getfixturevalue("postgresql")  # skipped where there is no server
    # a process without threads: it is copied for every kill
    said = subprocess.run([sys.executable, "-c", ASK, engine], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout.splitlines()[-1]) == [[True, True, True, False], True]
