"""Poll jobs per second with 1, 2 and 4 workers, and how soon others poll what a killed worker was polling."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path

from bench._machines import Cluster, ManyHosts, Process, cluster, known, start, ticks_of, until, written

HOSTS = int(os.environ.get("BENCH_SOURCES") or 1000)
WORKERS = (1, 2, 4)
KILLED = 20  # polls under way in the one that is killed


def main() -> None:
    """Measure on a PostgreSQL server of one's own, with real processes and real requests on loopback."""
    with cluster() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(server, Path(folder)))


async def _measure(server: Cluster, folder: Path) -> None:
    hosts = ManyHosts(HOSTS, 1)
    print(f"   {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it began")
    async with hosts.listening():
        known(written(folder, hosts, server.url))
        workers = await _started(folder, 1)
        for count in WORKERS:
            workers += await _started(folder, count - len(workers))
            await _rate(server, hosts, workers)
        for one in workers[2:]:
            one.end()
        await _recovery(server, hosts, workers[:2])
        (living,) = (one for one in workers[:2] if one.popen.poll() is None)
        print(f"   a worker ends within {living.end():.1f} s of SIGTERM")
    print(f"   two polls of one host at once: {hosts.twice}")


async def _started(folder: Path, count: int) -> list[Process]:
    begun = [start(folder, "worker") for _ in range(count)]
    for one in begun:
        await until(lambda one=one: one.says("working"), 300)
    return begun


def _left(server: Cluster) -> int:
    return int(
        server.ask("SELECT count(*) FROM sources WHERE enabled AND (next_poll_at <= now() OR lease_by IS NOT NULL)")
    )


def _processor_s(workers: list[Process]) -> float:
    """What the workers used so far, without their children that read documents."""
    return sum(ticks_of(one.popen.pid) for one in workers)


async def _rate(server: Cluster, hosts: ManyHosts, workers: list[Process]) -> None:
    count = len(workers)
    before = sum(map(len, hosts.asked_at.values()))
    spent, of_server, of_web = _processor_s(workers), server.processor_s(), time.process_time()
    server.ask("UPDATE sources SET next_poll_at = now() WHERE enabled")
    took = await until(lambda: _left(server) == 0, 600, 0.2)
    asked = sum(map(len, hosts.asked_at.values())) - before
    note = "" if asked == HOSTS else f"; {asked} requests for {HOSTS} sources"
    cost, theirs = (_processor_s(workers) - spent) / HOSTS * 1000, (server.processor_s() - of_server) / HOSTS * 1000
    web = (time.process_time() - of_web) / HOSTS * 1000
    said = (
        f"{HOSTS / took:6.0f} poll jobs a second; each takes {cost:.1f} ms of processor time in the worker, "
        f"{theirs:.1f} in PostgreSQL, {web:.1f} in the web that is asked"
    )
    print(f"   {count} worker{'s' if count > 1 else ' '}  {said}{note}", flush=True)


async def _recovery(server: Cluster, hosts: ManyHosts, workers: list[Process]) -> None:
    """Kill one in the middle of slow polls: seconds until somebody else asks again."""
    slow = hosts.names[:KILLED]
    hosts.slow.update(dict.fromkeys(slow, 25.0))
    before = {name: len(hosts.asked_at[name]) for name in slow}
    server.ask("UPDATE sources SET next_poll_at = now() WHERE split_part(key, '/', 2) = ANY(%s)", slow)
    await until(lambda: all(len(hosts.asked_at[name]) > before[name] for name in slow), 60)
    dying = max(workers, key=lambda one: len(_held(server, one)))
    held = _held(server, dying)
    hosts.slow.clear()
    killed = asyncio.get_running_loop().time()
    dying.end(signal.SIGKILL)
    names = [key.partition("/")[2] for key in held]
    await until(lambda: all(len(hosts.asked_at[name]) > before[name] + 1 for name in names), 120)
    again = sorted(hosts.asked_at[name][before[name] + 1] - killed for name in names)
    print(
        f"   after SIGKILL in the middle of {len(names)} polls: asked again after {again[0]:.0f} to {again[-1]:.0f} s"
    )


def _held(server: Cluster, one: Process) -> list[str]:
    found = server.ask("SELECT array_agg(key) FROM sources WHERE lease_by LIKE %s", f"%:{one.popen.pid}:%")
    return list(found or [])
