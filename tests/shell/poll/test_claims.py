"""Claims: sources of one host are polled one after the other, all of them, and keep nobody else waiting."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

from aggregator.bootstrap import house
from aggregator.schedule.heartbeat import Heartbeat
from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import until
from tests.shell.acceptance.stage import configured

ONE = "fetch:\n  allow_private: [127.0.0.0/8]\n  per_host: {concurrency: 1, interval: 0s}\n"
SLOW_S, MANY = 0.2, 6


def written(web: Web, other: Web) -> str:
    """Six sources on a slow host, due before the one on another."""
    lines = []
    for number in range(MANY + 1):
        at = other if number == MANY else web
        body = rss("S", "https://s.example/", [Item(f"N{number}", f"https://s.example/{number}", prose(str(number)))])
        url = at.script(f"/{number}.xml", Answer(body.encode(), delay_s=0 if number == MANY else SLOW_S))
        lines.append(f"      - {{feed: '{url}', id: s{number}}}\n")
    return f"  - id: asha\n    name: Asha Rao\n    sources:\n{''.join(lines)}"


def one_by_one(web: Web) -> bool:
    """Whether no request began before the one before it was answered."""
    return all(later.at - earlier.at >= SLOW_S for earlier, later in pairwise(web.log))


async def test_a_round_asks_a_host_one_by_one_and_leaves_nobody_out(database_url: str, tmp_path: Path) -> None:
    async with Web() as slow, Web() as quick:
        config = configured(tmp_path, database_url, written(slow, quick), ONE)
        async with house(config) as rooms:
            keys = [source.key for source in config.sources]
            polled = [result.source_key async for result in rooms.claims.round(keys, False)]
        assert sorted(polled) == keys
        assert polled.index("asha/s6") < 2, "the quick host did not wait for the slow one"
        assert one_by_one(slow)


async def test_a_beating_heart_does_not_wait_for_its_next_beat(database_url: str, tmp_path: Path) -> None:
    async with Web() as slow, Web() as quick:
        config = configured(tmp_path, database_url, written(slow, quick), ONE)
        async with house(config) as rooms:
            heart = Heartbeat(rooms.claims, rooms.visits, rooms.backfills, rooms.holds)
            heart.start()
            await until(lambda: len(slow.log) == MANY)
            await heart.stop()
        assert one_by_one(slow)
        assert len(quick.log) == 1


async def test_a_stop_gives_back_what_was_begun(database_url: str, tmp_path: Path) -> None:
    async with Web() as slow, Web() as quick:
        config = configured(tmp_path, database_url, written(slow, quick), ONE)
        async with house(config) as rooms:
            await rooms.claims.begin()
            await asyncio.sleep(SLOW_S / 4)
            await rooms.claims.stop(0)
        async with house(config) as rooms:
            assert len(await rooms.claims.begin()) >= 1, "nobody holds the host any more"
