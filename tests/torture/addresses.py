"""Canaries on the real special addresses in a network namespace, and the table on every Python that is here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.shell.fetch.special import PUBLIC, SPECIAL, SPELLINGS
from tests.torture.report import ROOT, Figure

# The table needs nothing but the standard library; reading `allow_private` needs yarl, which another Python may lack.
_ASK = """
import importlib.util, json, sys, types
sys.modules["yarl"] = types.SimpleNamespace(URL=None)
spec = importlib.util.spec_from_file_location("addresses", sys.argv[1])
sys.modules["addresses"] = table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(table)
print(json.dumps([sys.version.split()[0], [one for one in sys.argv[2:] if table.is_public(table.parse(one))]]))
"""


def _pythons() -> list[str]:
    names = [f"python3.{minor}" for minor in range(11, 16)]
    found = [sys.executable, *(path for name in names if (path := shutil.which(name)))]
    found += map(str, sorted(Path.home().glob(".pyenv/versions/3.1[1-9]*/bin/python3")))
    return found


def _tables() -> dict[str, list[str]]:
    """Version -> what its table lets through."""
    answers = {}
    for python in _pythons():
        file = str(ROOT / "aggregator" / "fetch" / "addresses.py")
        asked = subprocess.run(
            [python, "-c", _ASK, file, *SPECIAL, *PUBLIC], capture_output=True, text=True, check=False
        )
        if asked.returncode == 0:
            version, public = json.loads(asked.stdout)
            answers[version] = public
    return answers


def main() -> list[Figure]:
    """Ask every Python here; visit every address where that is possible."""
    answers = _tables()
    same = all(public == list(PUBLIC) for public in answers.values())
    figures = [Figure("Pythons whose table is the same", "all", ", ".join(sorted(answers)), same and len(answers) > 0)]
    unshare = shutil.which("unshare")
    command = [str(unshare), "--net", sys.executable, "-m", "tests.shell.fetch.canaries"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, check=False) if unshare else None
    if said is None or said.returncode != 0:
        return [*figures, Figure("canaries", "on every address", "not possible here: run as root", held=False)]
    report = json.loads(said.stdout)
    reached = sum(visits > 0 for visits in report["reached"].values())
    visits = sum(report["guarded"].values())
    return [
        *figures,
        Figure("special addresses tried, each in eleven ways", "61", f"{len(report['guarded'])}", held=True),
        Figure("of them, with a canary that answers where it is allowed", "all that can", f"{reached}", reached > 45),
        Figure("connections to them", "0", f"{visits}", visits == 0),
        Figure(f"connections through {len(SPELLINGS)} spellings", "0", f"{report['spelled']}", report["spelled"] == 0),
    ]
