"""``aggregator export`` as somebody runs it who has a second thought, where several processes share the work."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from aggregator.export.names import PRIVATE
from tests.shell.acceptance.program import run, running, tree, until

TAGS = "".join(f"      t{number}: {{label: T{number}}}\n" for number in range(80))  # two views each: worth a crew
CONFIG = f"""\
site: {{base_url: https://feeds.example}}
database_url: sqlite:///a.db
owners:
  - id: asha
    name: Asha Rao
    tags:
{TAGS}    sources:
      - feed: https://asha.example/feed.xml
"""
several = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: an export has no second process")


@several
async def test_ctrl_c_leaves_the_folder_as_it_was_and_no_process(tmp_path: Path) -> None:
    (tmp_path / "aggregator.yaml").write_text(CONFIG)
    words = ("export", "out", "--config", "aggregator.yaml")
    workshop = tmp_path / "out" / PRIVATE
    async with running(*words, cwd=tmp_path) as program:
        await until(lambda: workshop.is_dir() and len([*workshop.iterdir()]) > 50)
        processes = tree(program.process.pid)
        assert len(processes) > 2
        os.killpg(program.process.pid, signal.SIGINT)  # as a terminal does it: to all of them
        assert await program.process.wait() == 130
    assert (program.out, program.err) == ([], ["", "Stopped."])
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes))
    assert not [*(tmp_path / "out").iterdir()]
    ended = await run(*words, cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert (tmp_path / "out/asha/tag/t79/rss.xml").exists()
