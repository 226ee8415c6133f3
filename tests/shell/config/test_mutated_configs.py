"""Damaged configs are refused, each mistake with file and line; the good one stays live (``make torture`` for more)."""

from __future__ import annotations

import asyncio
from itertools import islice
from pathlib import Path

from aggregator.bootstrap import house
from aggregator.cli.live import follow
from aggregator.config import load
from tests.torture.config import ENVIRON, GOOD, mutations, refused, told

KINDS = 14  # of damage; they come by turns


def test_each_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.yaml"
    assert refused(path, GOOD.encode()) is None
    for kind, body in islice(mutations(), 10 * KINDS):
        problems = refused(path, body)
        assert problems, (kind, body)
        assert [problem for problem in problems if not told(problem, body)] == [], kind


async def test_the_last_good_one_stays_live(tmp_path: Path) -> None:
    path, good = tmp_path / "aggregator.yaml", f"database_url: sqlite:///{tmp_path / 'a.db'}\n{GOOD}"
    path.write_text(good, encoding="utf-8")
    async with house(load(path, ENVIRON)) as rooms:
        following = asyncio.create_task(follow(path, rooms, lambda: load(path, ENVIRON)))
        for _, body in islice(mutations(good), KINDS):
            path.write_bytes(body)
            await asyncio.sleep(0.1)
            assert rooms.publisher.config.site.title == "Feeds"
        path.write_text(good.replace("title: Feeds", "title: Mended"), encoding="utf-8")
        for _ in range(300):
            if rooms.publisher.config.site.title == "Mended":
                break
            await asyncio.sleep(0.1)
        assert rooms.publisher.config.site.title == "Mended"
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
