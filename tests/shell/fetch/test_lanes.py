"""One host is never crowded, nobody waits for another host, and nothing is remembered for ever."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from aggregator.fetch.lanes import Lanes


async def starts(lanes: Lanes, host: str, count: int, busy_s: float = 0.0) -> list[float]:
    """Loop times at which ``count`` requests to one host, all wanted at once, begin."""
    begun: list[float] = []

    async def one() -> None:
        async with lanes.turn(host):
            begun.append(asyncio.get_running_loop().time())
            await asyncio.sleep(busy_s)

    await asyncio.gather(*(one() for _ in range(count)))
    return begun


async def test_starts_are_spaced() -> None:
    begun = await starts(Lanes(64, 4, 0.05), "asha.example", 5)
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(begun))
    assert begun[-1] - begun[0] < 0.6


async def test_a_slow_request_delays_the_next_but_adds_no_pause() -> None:
    begun = await starts(Lanes(64, 1, 0.02), "asha.example", 3, busy_s=0.06)
    assert all(0.059 <= later - earlier < 0.12 for earlier, later in pairwise(begun))


async def test_the_longer_distance_counts() -> None:
    lanes = Lanes(64, 4, 0.02, lambda name: 0.1 if name == "medium" else 0.001)
    slow, usual = await asyncio.gather(starts(lanes, "medium", 3), starts(lanes, "dev", 3))
    assert all(later - earlier >= 0.099 for earlier, later in pairwise(slow))
    assert all(0.019 <= later - earlier < 0.09 for earlier, later in pairwise(usual))


async def test_a_step_within_a_turn_keeps_the_owner_s_distance_and_moves_the_next_turn() -> None:
    lanes = Lanes(64, 1, 0.02, lambda name: 0.1)
    clock = asyncio.get_running_loop().time
    async with lanes.turn("medium"):
        first = clock()
        await lanes.step("medium")
        second = clock()
    (third,) = await starts(lanes, "medium", 1)
    assert 0.019 <= second - first < 0.09
    assert third - second >= 0.099


async def test_hosts_do_not_wait_for_each_other() -> None:
    lanes = Lanes(64, 1, 5.0)
    async with asyncio.timeout(1):
        await asyncio.gather(*(starts(lanes, f"{n}.example", 1) for n in range(200)))


async def test_only_so_many_at_once() -> None:
    lanes = Lanes(3, 2, 0.0)
    now = {"a": 0, "b": 0}
    most = {"a": 0, "b": 0, "all": 0}

    async def one(host: str) -> None:
        async with lanes.turn(host):
            now[host] += 1
            most[host] = max(most[host], now[host])
            most["all"] = max(most["all"], sum(now.values()))
            await asyncio.sleep(0.005)
            now[host] -= 1

    await asyncio.gather(*(one(host) for host in "ab" * 10))
    assert most == {"a": 2, "b": 2, "all": 3}


async def test_who_waits_for_a_busy_host_keeps_no_place_in_the_house() -> None:
    lanes = Lanes(2, 1, 30.0)
    await starts(lanes, "busy.example", 1)
    waiting = [asyncio.create_task(starts(lanes, "busy.example", 1)) for _ in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await starts(lanes, "free.example", 1)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_cancelling_gives_every_place_back() -> None:
    lanes = Lanes(1, 1, 0.0)
    tasks = [asyncio.create_task(starts(lanes, "asha.example", 1, busy_s=30)) for _ in range(20)]
    await asyncio.sleep(0.01)
    for task in reversed(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(1):
        assert len(await starts(lanes, "asha.example", 3)) == 3


async def test_a_failure_gives_its_place_back() -> None:
    lanes = Lanes(1, 1, 0.0)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            async with lanes.turn("asha.example"):
                raise ValueError("no")


async def test_a_host_that_asks_for_rest_gets_it() -> None:
    lanes = Lanes(4, 1, 0.001)
    async with lanes.turn("asha.example") as rest:
        assert rest == 0
        lanes.close("asha.example", 60)
    async with asyncio.timeout(1), lanes.turn("asha.example") as rest:
        assert 59 < rest <= 60
    async with lanes.turn("other.example") as rest:
        assert rest == 0


async def test_a_host_of_ones_own_rests_address_by_address() -> None:
    lanes = Lanes(4, 1, 0.0)
    async with lanes.turn("asha.example"):
        lanes.close("asha.example", 60)
    async with lanes.turn("asha.example") as rest:
        assert rest == 0


async def test_ten_thousand_hosts_are_not_remembered() -> None:
    lanes = Lanes(64, 1, 0.0)
    for n in range(10_000):
        async with lanes.turn(f"{n}.example"):
            pass
    assert len(lanes) <= 512
