"""2,000 sources, two workers and two API processes on one PostgreSQL; workers killed at random, the server restarted.

The long form of what `tests/shell/machines` tests: it prints what happened, and which promises were kept.
"""

from __future__ import annotations

import asyncio
import contextlib
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
SLOW, SLOW_S = 20, 4.0  # every so manieth source takes so long to answer: who is killed is in the middle of something
IN_TIME_S = 60.0
AGREE_S = 2.0
DUE = "UPDATE sources SET next_poll_at = now() WHERE key = %s"
POLLED = "SELECT array_agg(key) FROM sources WHERE key = ANY(%s) AND next_poll_at > now() AND lease_by IS NULL"
HELD = "SELECT array_agg(key) FROM sources WHERE lease_by LIKE %s"


@dataclass(slots=True)
class Due:
    """A source that was let be due."""

    since: float
    asked: bool = False
    cut_at: float = 0.0  # when somebody was last killed who polled it, or another source of its host


@dataclass(slots=True)
class Seen:
    """What was found out on the way."""

    late: list[float] = field(default_factory=list)  # seconds from due to asked
    written: list[float] = field(default_factory=list)  # and until what came of it was in the database, to the second
    again: list[float] = field(default_factory=list)  # the same from the kill on, for those whom one cut off or held up
    agreed: list[float] = field(default_factory=list)  # seconds from commit to the same bytes everywhere
    unlike: int = 0
    kills: int = 0
    cut: int = 0  # polls that were under way in those who were killed
    restarts: int = 0
    restarted_at: float = 0.0
    due: dict[str, Due] = field(default_factory=dict)


def main() -> None:
    """Let it run for some minutes (`BENCH_MINUTES`) on a server of one's own."""
    with cluster() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(server, Path(folder)))


async def _run(server: Cluster, folder: Path) -> None:
    hosts, seen = ManyHosts(HOSTS, EACH), Seen()
    async with hosts.listening():
        hosts.slow.update(dict.fromkeys(hosts.names[::SLOW], SLOW_S))
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
        await _settle(server, hosts, seen)
        _report(hosts, seen)
        for one in (*workers, *apis):
            one.end()
        print(f"   tracebacks in the logs: {_tracebacks(folder)}")


def _tracebacks(folder: Path) -> int:
    return sum(log.read_text().count("Traceback") for log in folder.glob("*.log"))


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
        seen.due |= {key.partition("/")[2]: Due(now) for key in taken or ()}
        await _note(server, hosts, seen)
        await asyncio.sleep(1)


async def _note(server: Cluster, hosts: ManyHosts, seen: Seen) -> None:
    """Who was asked meanwhile, and of whom it is written down: a poll that died with its worker is none."""
    for name, one in seen.due.items():
        last = hosts.asked_at.get(name, [0.0])[-1]
        if not one.asked and last > one.since - 0.05:
            one.asked = True
            seen.late.append(max(0.0, last - one.since))
    keys = [f"asha/{name}" for name, one in seen.due.items() if one.asked]
    with contextlib.suppress(psycopg.Error):  # the server is being restarted
        done = await asyncio.to_thread(server.ask, POLLED, keys)
        now = time.monotonic()
        for one in [seen.due.pop(key.partition("/")[2]) for key in done or ()]:
            (seen.again if one.cut_at else seen.written).append(now - max(one.since, one.cut_at))


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
            if seen.agreed[-1] > AGREE_S:
                since = f"{committed - seen.restarted_at:.0f} s after" if seen.restarted_at else "before"
                load = f"load {os.getloadavg()[0]:.1f}"
                print(f"   a change took {seen.agreed[-1]:.1f} s, {since} the restart; {load}", flush=True)
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
        _cut(seen, await asyncio.to_thread(server.ask, HELD, f"%:{dying.popen.pid}:%") or ())
        workers.append(start(folder, "worker"))
        if not seen.restarts and time.monotonic() > half:
            seen.restarted_at = time.monotonic()
            await asyncio.to_thread(server.restart)
            seen.restarts += 1


def _cut(seen: Seen, held: Sequence[str]) -> None:
    """Note whom a kill touched: whom the dead worker polled, and who waits behind them on the same host."""
    hosts = {key.partition("/")[2].partition("s")[0] for key in held}
    seen.cut += len(held)
    for name, one in seen.due.items():
        if name.partition("s")[0] in hosts:
            one.cut_at = time.monotonic()


async def _settle(server: Cluster, hosts: ManyHosts, seen: Seen) -> None:
    """Wait for those that are still due."""
    for _ in range(90):
        await _note(server, hosts, seen)
        if not seen.due:
            return
        await asyncio.sleep(1)
    seen.again += [IN_TIME_S * 2] * len(seen.due)


def _report(hosts: ManyHosts, seen: Seen) -> None:
    kills = f"{seen.kills} workers killed in the middle of {seen.cut} polls"
    print(f"   {kills}, {seen.restarts} restart of PostgreSQL, {len(seen.written) + len(seen.again):,} polls asked for")
    told = {"due to asked": seen.late, "due to written down": seen.written, "a kill to written down": seen.again}
    for what, found in told.items():
        times = sorted(found) or [0.0]  # a kill may have touched nobody
        of_99 = times[len(times) * 99 // 100]
        print(
            f"   from {what}: {len(found):,}, median {median(times):.1f} s, 99 % {of_99:.1f} s, most {times[-1]:.1f} s"
        )
    kept = "kept" if max([*seen.written, *seen.again]) <= IN_TIME_S else "BROKEN"
    print(f"   every source polled within {IN_TIME_S:.0f} s, of being due or of the last kill that touched it: {kept}")
    print(f"   a host asked twice at once: {hosts.twice} ({'kept' if not hosts.twice else 'BROKEN'})")
    agreed = sorted(seen.agreed)
    times = f"median {median(agreed):.2f} s, most {agreed[-1]:.2f} s after commit"
    print(f"   {len(agreed)} changes shown by both API processes: {times}")
    kept = "kept" if agreed[-1] <= AGREE_S and not seen.unlike else "BROKEN"
    print(f"   the same bytes within {AGREE_S:.0f} s: {kept}; {seen.unlike} times unlike at first sight")
