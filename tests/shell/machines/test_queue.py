"""The queue of lanes on PostgreSQL, and the leases that hold whatever it does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path

import pytest

from aggregator.bootstrap import House, house
from aggregator.schedule.pgqueue import PgQueue, dsn
from aggregator.schedule.queue import QueueAway, Stats
from aggregator.schedule.shift import Shift
from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import until
from tests.shell.acceptance.stage import Clock, configured
from tests.shell.machines.conftest import value

pytestmark = pytest.mark.postgresql

ONE = "fetch:\n  allow_private: [127.0.0.0/8]\n  per_host: {concurrency: 1, interval: 0s}\n"
EACH, SLOW_S = 4, 0.1


def feed(name: str, count: int = 1) -> bytes:
    items = [
        Item(f"{name} number {one}", f"https://s.example/{name}/{one}", prose(f"{name} {one}")) for one in range(count)
    ]
    return rss(name, "https://s.example/", items).encode()


def written(*webs: Web) -> str:
    """The same number of sources on each of these hosts."""
    lines = []
    for number, web in product(range(EACH), webs):
        name = f"h{webs.index(web)}s{number}"
        address = web.script(f"/{number}.xml", Answer(feed(name), delay_s=SLOW_S))
        lines.append(f"      - {{feed: '{address}', id: {name}}}\n")
    return f"  - id: asha\n    name: Asha Rao\n    sources:\n{''.join(lines)}"


def one_by_one(web: Web) -> bool:
    return all(later.at - earlier.at >= SLOW_S for earlier, later in pairwise(web.log))


@asynccontextmanager
async def on_shift(rooms: House, url: str) -> AsyncIterator[Shift]:
    shift = Shift(PgQueue(url), rooms.lanes, rooms.holds, rooms.hubs, rooms.tellings)
    working = asyncio.create_task(shift.work())
    try:
        yield shift
    finally:
        shift.end()
        await working


async def count(queue: PgQueue) -> Stats | None:
    try:
        return await queue.stats()
    except QueueAway:
        return None


async def stands(queue: PgQueue, wanted: Stats) -> None:
    """Wait until this is what stands in the queue."""
    async with asyncio.timeout(30):
        while await count(queue) != wanted:  # noqa: ASYNC110 - it is the database that knows
            await asyncio.sleep(0.05)


async def test_a_lane_stands_in_the_queue_once_until_it_is_done(url: str) -> None:
    queue, go = PgQueue(url), asyncio.Event()
    done: list[tuple[str, bool]] = []

    async def work(lane: str, urgent: bool) -> None:
        await go.wait()
        done.append((lane, urgent))
        if lane == "b":
            raise RuntimeError("a lane that breaks stops nobody")

    with pytest.raises(QueueAway):
        await queue.stats()
    running = asyncio.create_task(queue.run(work))
    await stands(queue, Stats(0, 0))
    assert await queue.enqueue(["a", "b"], urgent=True) == 2
    assert await queue.enqueue(["b", "c", "a"], urgent=False) == 1
    assert await queue.enqueue([], urgent=True) == 0
    await stands(queue, Stats(queued=0, running=3))
    assert await queue.enqueue(["a"], urgent=True) == 0
    go.set()
    await until(lambda: len(done) == 3)
    assert sorted(done) == [("a", True), ("b", True), ("c", False)]
    await stands(queue, Stats(0, 0))
    assert await queue.enqueue(["a"], urgent=True) == 1
    await queue.stop(5)
    await running


async def test_two_workers_poll_everything_once_and_each_host_one_by_one(url: str, tmp_path: Path) -> None:
    async with Web() as one, Web() as two, Web() as three, AsyncExitStack() as stack:
        webs = (one, two, three)
        config = configured(tmp_path, url, written(*webs), ONE)
        for _ in range(2):
            rooms = await stack.enter_async_context(house(config))
            await stack.enter_async_context(on_shift(rooms, url))
        await until(lambda: sum(len(web.log) for web in webs) == EACH * len(webs))
        states = rooms.store.states
        await until(lambda: all(state.last_success_at for state in states().values()))
        for web in webs:
            assert Counter(seen.path for seen in web.log) == {f"/{number}.xml": 1 for number in range(EACH)}
            assert one_by_one(web)


async def test_who_was_frozen_writes_nothing(url: str, tmp_path: Path) -> None:
    """Its lease has run out meanwhile, another polled the source: what the first one brings home is not written."""
    async with Web() as web, AsyncExitStack() as stack:
        late, soon = Answer(feed("late", 3), delay_s=1), Answer(feed("soon", 2))
        address = web.script("/feed.xml", late, soon)
        clock = Clock()
        config = configured(
            tmp_path, url, f"  - id: asha\n    name: A\n    sources: [{{feed: '{address}', id: s}}]\n", ONE
        )
        first = await stack.enter_async_context(house(config, clock))
        other = await stack.enter_async_context(house(config, clock))
        (frozen,) = await first.claims.begin()
        await until(lambda: len(web.log) == 1)
        assert await other.claims.begin() == []
        clock.forward(seconds=41)
        assert await first.claims.begin() == [], "nobody begins a second poll of what he polls"
        (taken,) = await other.claims.begin()
        result, lost = await taken, await frozen
        assert (result and result.what, result and result.new) == ("changed", 2)
        assert (lost and lost.what) == "lost"
        state = other.store.states()["asha/s"]
        assert (other.store.sources_rows()[0].copies, state.last_change_at) == (2, clock.at)


async def test_a_long_poll_keeps_its_lease(url: str, tmp_path: Path) -> None:
    async with Web() as web, AsyncExitStack() as stack:
        address = web.script("/feed.xml", Answer(feed("slow"), delay_s=1))
        clock = Clock()
        config = configured(
            tmp_path, url, f"  - id: asha\n    name: A\n    sources: [{{feed: '{address}', id: s}}]\n", ONE
        )
        first = await stack.enter_async_context(house(config, clock))
        other = await stack.enter_async_context(house(config, clock))
        (poll,) = await first.claims.begin()
        clock.forward(seconds=30)
        worker = str(value(url, "SELECT lease_by FROM sources WHERE key = 'asha/s'"))
        assert first.store.lanes.renew(["asha/s", "asha/none"], worker, clock.at + timedelta(seconds=60)) == {"asha/s"}
        assert other.store.lanes.renew(["asha/s"], "somebody", clock.at) == frozenset()
        clock.forward(seconds=40)
        assert await other.claims.begin() == []
        result = await poll
        assert result and result.what == "changed"


def test_the_address_says_what_each_driver_understands() -> None:
    address = "postgresql://asha:s%40cret@db.example:5433/feeds?sslmode=require&connect_timeout=3&keepalives=1"
    assert dsn(address) == "postgresql://asha:s%40cret@db.example:5433/feeds?sslmode=require"
