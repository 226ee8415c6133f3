"""Commands that print facts print nothing else on stdout: what happened on the way is on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CONFIG = """\
database_url: sqlite:///{folder}/aggregator.db
owners:
  - id: asha
    name: Asha Rao
    sources:
      - dev: asharao
{more}"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AGGREGATOR_")}
    command = [sys.executable, "-m", "aggregator", *words, "--config", str(folder / "aggregator.yaml")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ, check=False)


def write(folder: Path, more: str) -> None:
    (folder / "aggregator.yaml").write_text(CONFIG.format(folder=folder, more=more), encoding="utf-8")


def test_a_removed_source_is_told_beside_the_facts_and_a_row_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, f"      - feed: https://asha.example/{'long-' * 60}feed.xml\n        id: site\n")
    before = run(tmp_path, "status")
    assert before.returncode == 0
    assert [line.split()[0] for line in before.stdout.splitlines()[2:]] == ["asha/dev", "asha/site"]
    assert all(line == line.rstrip() for line in before.stdout.splitlines())
    write(tmp_path, "")
    after = run(tmp_path, "status", "--json")
    facts = json.loads(after.stdout)
    assert {fact["key"]: fact["removed"] for fact in facts} == {"asha/dev": False, "asha/site": True}
    assert "asha/site" in after.stderr
