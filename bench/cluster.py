"""2,000 sources, two workers and two API processes on one PostgreSQL; workers killed at random, the server restarted.

The long form of what `tests/shell/machines` tests: it prints what happened, and which promises were kept.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import aiohttp
import psycopg

from bench._machines import Cluster, ManyHosts, Process, cluster, known, start, until, written

HOSTS = int(os.environ.get("BENCH_HOSTS") or 500)
EACH = 4
MINUTES = float(os.environ.get("BENCH_MINUTES") or 4)
DUE_A_SECOND = int(os.environ.get("BENCH_DUE") or 10)
KILL_EVERY_S = 45.0
IN_TIME_S = 60.0
AGREE_S = 2.0
DUE = "UPDATE sources SET next_poll_at = now() WHERE key = %s"


@dataclass(slots=True)
class Seen:
    """What was found out on the way."""

    late: list[float] = field(default_factory=list)  # seconds from due to asked
    agreed: list[float] = field(default_factory=list)  # seconds from commit to the same bytes everywhere
    unlike: int = 0
    kills: int = 0
    restarts: int = 0
    due: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Let it run for some minutes (`BENCH_MINUTES`) on a server of one's own."""
    with cluster() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(server, Path(folder)))


async def _run(server: Cluster, folder: Path) -> None:
    hosts, seen = ManyHosts(HOSTS, EACH), Seen()
    async with hosts.listening():
        known(written(folder, hosts, server.url))
        workers = [start(folder, "worker") for _ in range(2)]
        apis = [start(folder, "api", "--port", "0") for _ in range(2)]
        for one in workers:
            await until(lambda one=one: one.says("working"), 300)
        for one in apis:
            await until(lambda one=one: one.says("serving"), 300)
        urls = [re.findall(r"serving (http\S+)", one.log.read_text())[0] for one in apis]
        print(f"   {HOSTS * EACH:,} sources on {HOSTS} hosts, two workers, two API processes", flush=True)
        over = time.monotonic() + 60 * MINUTES
        await asyncio.gather(
            _demand(server, hosts, seen, over),
            _change(server, hosts, seen, urls, over),
            _trouble(server, folder, seen, workers, over),
        )
        await _settle(hosts, seen)
        _report(hosts, seen)
        for one in (*workers, *apis):
            one.end()
        traces = sum(one.log.read_text().count("Traceback") for one in (*workers, *apis))
        print(f"   tracebacks in the logs: {traces}")


async def _demand(server: Cluster, hosts: ManyHosts, seen: Seen, over: float) -> None:
    """Let some sources be due every second, and see when they are asked."""
    while time.monotonic() < over:
        idle = [name for name in hosts.names if name not in seen.due]
        wanted = random.sample(idle, min(DUE_A_SECOND, len(idle)))
        with_keys = [f"asha/{name}" for name in wanted]
        try:
            statement = "WITH due AS (UPDATE sources SET next_poll_at = now() WHERE key = ANY(%s) AND lease_by IS NULL"
            taken = await asyncio.to_thread(
                server.ask, f"{statement} RETURNING key) SELECT array_agg(key) FROM due", with_keys
            )
        except psycopg.Error:  # the server is being restarted
            await asyncio.sleep(1)
            continue
        now = time.monotonic()
        seen.due |= {key.partition("/")[2]: now for key in taken or ()}
        _note(hosts, seen)
        await asyncio.sleep(1)


def _note(hosts: ManyHosts, seen: Seen) -> None:
    for name, since in list(seen.due.items()):
        last = hosts.asked_at.get(name, [0.0])[-1]
        if last > since - 0.05:
            seen.late.append(last - since)
            del seen.due[name]


async def _change(server: Cluster, hosts: ManyHosts, seen: Seen, urls: Sequence[str], over: float) -> None:
    """Let a feed have news now and then, and see how soon every API process gives the same bytes."""
    number = 0
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < over - 30:
            number += 1
            name, title = random.choice(hosts.names), f"news-{number}"
            hosts.titles.setdefault(name, ["one"]).append(title)
            try:
                await asyncio.to_thread(server.ask, DUE, f"asha/{name}")
                await until(lambda title=title: _stands(server, title), 90)
            except (psycopg.Error, TimeoutError):  # restarted in between: the next news come anyway
                await asyncio.sleep(2)
                continue
            committed = time.monotonic()
            while time.monotonic() - committed < 30:
                bodies = [await _body(session, url) for url in urls]
                if all(title.encode() in body for body in bodies):
                    seen.agreed.append(time.monotonic() - committed)
                    seen.unlike += len(set(bodies)) > 1
                    break
                await asyncio.sleep(0.02)
            else:
                seen.agreed.append(30.0)
            await asyncio.sleep(random.uniform(1, 4))


def _stands(server: Cluster, title: str) -> bool:
    return bool(server.ask("SELECT count(*) FROM copies WHERE guid LIKE %s", f"%-{title}"))


async def _body(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(f"{url}index.json?kind=all&limit=5") as response:
        return await response.read()


async def _trouble(server: Cluster, folder: Path, seen: Seen, workers: list[Process], over: float) -> None:
    """Kill a worker now and then, freeze one, start another, and restart the server once in between."""
    half = time.monotonic() + (over - time.monotonic()) / 2
    while time.monotonic() < over - KILL_EVERY_S:
        await asyncio.sleep(KILL_EVERY_S * random.uniform(0.6, 1.2))
        dying = workers.pop(0)
        await asyncio.to_thread(dying.end, signal.SIGKILL)
        seen.kills += 1
        workers.append(start(folder, "worker"))
        if not seen.restarts and time.monotonic() > half:
            await asyncio.to_thread(server.restart)
            seen.restarts += 1


async def _settle(hosts: ManyHosts, seen: Seen) -> None:
    """Wait for those that are still due."""
    for _ in range(90):
        _note(hosts, seen)
        if not seen.due:
            return
        await asyncio.sleep(1)
    seen.late += [IN_TIME_S * 2] * len(seen.due)


def _report(hosts: ManyHosts, seen: Seen) -> None:
    late = sorted(seen.late)
    print(f"   {seen.kills} workers killed, {seen.restarts} restart of PostgreSQL, {len(late):,} polls asked for")
    of_99 = late[len(late) * 99 // 100]
    print(f"   from due to asked: median {median(late):.1f} s, 99 % {of_99:.1f} s, most {late[-1]:.1f} s")
    kept = "kept" if late[-1] <= IN_TIME_S else "BROKEN"
    print(f"   every source polled within {IN_TIME_S:.0f} s: {kept}")
    print(f"   a host asked twice at once: {hosts.twice} ({'kept' if not hosts.twice else 'BROKEN'})")
    agreed = sorted(seen.agreed)
    times = f"median {median(agreed):.2f} s, most {agreed[-1]:.2f} s after commit"
    print(f"   {len(agreed)} changes shown by both API processes: {times}")
    kept = "kept" if agreed[-1] <= AGREE_S and not seen.unlike else "BROKEN"
    print(f"   the same bytes within {AGREE_S:.0f} s: {kept}; {seen.unlike} times unlike at first sight")
