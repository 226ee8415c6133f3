"""The disk of a running service fails in every way that can be had: full, failing writes and syncs, held, damaged."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests.torture.report import ROOT, Figure

LOCKED_S = 40  # longer than a writer waits
FAULTS = {
    "full_disk": "a full disk, until there is room again",
    "writes_that_fail": "every write fails, until they work again",
    "writes_to_for_long": f"another process writes for {LOCKED_S} s",
    "held_for_too_long": "a file held for too long is told",
    "make_sure_of": "a commit whose fsync fails did not happen",
    "damaged": "damage in the header, the middle, the end: refused, restored",
}


def main() -> list[Figure]:
    """Run the tests of storage faults, with a lock that outlasts patience, and count what held."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        report = Path(folder, "report.xml")
        tests = "tests/shell/acceptance/test_storage_faults.py"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", tests],
            cwd=ROOT,
            env={**os.environ, "LOCKED_S": str(LOCKED_S)},
            check=False,
        )
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    return [_figure(what, [case for case in cases if name in case.get("name", "")]) for name, what in FAULTS.items()]


def _figure(what: str, cases: list[ElementTree.Element]) -> Figure:
    held = sum(not list(case) for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    measured = f"{held} of {len(cases)}" + (f", {skipped} not possible here" if skipped else "")
    return Figure(what, "told, survived, nothing lost", measured, held == len(cases) > 0)
