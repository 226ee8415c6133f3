"""Documents and answers made to hurt, polled by the real service: what they cost it, its visitors and other sources."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import Program, running, tree
from tests.shell.acceptance.stage import config_text
from tests.torture.harmful import charges, host
from tests.torture.report import ROOT, Figure, forget, remember, remembered
from tests.torture.visiting import EVERY_S

GOOD = 12  # sources of others, asked every so many seconds
INTERVAL_S = 10
IDLE_S = 40.0
READER_MB, GROWN_MB, EACH_S, LATE_S = 256.0, 20.0, 10.0, 5.0
TIMEOUT_S = 8  # of a fetch
WAITS, WAIT_S = "page that names ten slow feeds", 40.0  # the page's robots.txt, the page, and 20 seconds of feeds
FETCH = f"""\
fetch:
  allow_private: [127.0.0.0/8]
  min_interval: {INTERVAL_S}s
  per_host: {{concurrency: 1, interval: 0s}}
  timeout: {TIMEOUT_S}s
"""


@dataclass(slots=True)
class Memory:
    """What the processes of a service hold, looked at again and again."""

    main: int
    readers_mb: float = 0.0  # the most that one of them ever held
    main_mb: float = 0.0  # the most in this while
    last_mb: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Until ``end``; a peak that the system remembers cannot be missed."""
        turn = 0
        readers: list[int] = []
        while not self._over.wait(0.03):
            if turn % 10 == 0:
                readers = tree(self.main)[1:]
            turn += 1
            self.readers_mb = max([self.readers_mb, *(_held_mb(pid, "VmHWM:") for pid in readers)])
            self.last_mb = _held_mb(self.main, "VmRSS:")
            self.main_mb = max(self.main_mb, self.last_mb)

    def end(self) -> None:
        """Look no more."""
        self._over.set()


def used_s(pid: int) -> float:
    """The seconds that a process spent on a processor so far."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _held_mb(pid: int, line: str) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/status").read_text().partition(line)[2].split(maxsplit=1)[0]) / 1024
    return 0.0


@dataclass(slots=True)
class Fort:
    """A running service with good sources, to which others are added."""

    program: Program
    path: Path
    url: str
    good: Web
    port: int  # where those that harm are
    memory: Memory
    asked_at: dict[str, list[float]] = field(default_factory=dict)  # good source -> moments, in seconds since 1970
    read: int = 0  # lines of its log that were looked at

    def take(self, bad: Iterable[tuple[int, str]]) -> None:
        """Let these be its sources, by the number of their host, beside the good ones."""
        self.path.write_text(_config(self.path.parent, self.good, bad, self.port), encoding="utf-8")

    def polls(self) -> list[dict[str, Any]]:
        """Every poll that it told of so far, in order."""
        found = [json.loads(line) for line in self.program.err if line.startswith('{"source": "') or '"poll"' in line]
        return [one for one in found if one["event"] == "poll"]

    def faults(self) -> list[str]:
        """What it said that is a fault of its own."""
        signs = ("fault in this program", "broke this program", "Traceback", "the database refused")
        return [line for line in self.program.err if any(sign in line for sign in signs)]

    async def polled(self, keys: Iterable[str], limit_s: float) -> dict[str, dict[str, Any]]:
        """Wait until each of these was polled; what came of the first poll of each that came home."""
        wanted, until = set(keys), time.monotonic() + limit_s
        while True:
            found = {one["source"]: one for one in reversed(self.polls()) if one["source"] in wanted}
            if len(found) == len(wanted) or time.monotonic() > until:
                return found
            assert self.program.process.returncode is None, self.program.err[-20:]
            await asyncio.sleep(0.2)


def _key(number: int, name: str) -> str:
    return f"bad{list(charges()).index(name)}/b{number}"


def _config(folder: Path, good: Web, bad: Iterable[tuple[int, str]], port: int) -> str:
    known = charges()
    asha = "".join(
        f"      - {{feed: '{good.url('/feed.xml', f'127.0.0.{n + 2}')}', id: g{n}, interval: {INTERVAL_S}s}}\n"
        for n in range(GOOD)
    )
    owners = f"  - id: asha\n    name: Asha\n    sources:\n{asha}"
    of: dict[str, str] = {}  # an owner for each: what one of them writes may be compared with its like only
    for number, name in bad:
        owner, _, id_ = _key(number, name).partition("/")
        source = f"      - {{{known[name].source(f'http://{host(number)}:{port}')}, id: {id_}}}\n"
        of[owner] = of.get(owner, f"  - id: {owner}\n    name: {owner}\n    sources:\n") + source
    owners += "".join(of.values())
    return config_text(f"sqlite:///{folder}/aggregator.db", owners, FETCH)


@asynccontextmanager
async def harming(names: Sequence[str]) -> AsyncIterator[int]:
    """A web that harms, in a process of its own; its port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.torture.harmful"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(list(names)).encode() + b"\n")
    try:
        yield int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def fort(names: Sequence[str]) -> AsyncIterator[Fort]:
    """The real service on the good sources; on other hosts, the n-th the n-th of ``names``, are those that harm."""
    async with Web() as good, harming(names) as port:
        with tempfile.TemporaryDirectory(prefix="torture-") as name:
            folder = Path(name)
            for number in range(GOOD):
                await good.also(f"127.0.0.{number + 2}")
                items = [Item(f"Post {n}", f"https://g{number}.example/{n}", prose(f"{number} {n}")) for n in range(9)]
                feed = rss(f"Good {number}", f"https://g{number}.example", items)
                good.page("/feed.xml", feed, etag=f'"{number}"', host=f"127.0.0.{number + 2}")
            path = folder / "aggregator.yaml"
            path.write_text(_config(folder, good, (), port), encoding="utf-8")
            words = ("serve", "--port", "0", "--config", str(path))
            async with running(*words, cwd=folder, extra={"AGGREGATOR_LOG": "json"}) as program:
                memory = Memory(program.process.pid)
                watching = asyncio.create_task(asyncio.to_thread(memory.watch))
                try:
                    stands = Fort(program, path, await program.address(), good, port, memory)
                    await stands.polled([f"asha/g{n}" for n in range(GOOD)], 60)
                    yield stands
                finally:
                    memory.end()
                    await watching


@asynccontextmanager
async def visited(url: str) -> AsyncIterator[dict[str, list[float]]]:
    """Milliseconds of answers, by status, to somebody who asks while the block lasts; there after it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.torture.visiting", url),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    took: dict[str, list[float]] = {}
    try:
        yield took
    finally:
        said, _ = await process.communicate(b"\n")
        took.update(json.loads(said))


def p99(took: Mapping[str, list[float]]) -> float:
    """Of all answers, in milliseconds."""
    return statistics.quantiles([one for ms in took.values() for one in ms], n=100)[98]


# ── one after the other ─────────────────────────────────────────────────────────────────────────────────────────────


async def singly(names: Sequence[str], known: dict[str, Any]) -> None:
    """Let the service poll each alone, and keep in ``known`` what it took and came to; goes on where it was."""
    async with fort(names) as stands:
        for number, name in enumerate(names):
            if name in known:
                continue
            used, heard = used_s(stands.memory.main), len(stands.faults())
            stands.take([(number, name)])
            key = _key(number, name)
            found = await stands.polled([key], 60)
            poll = found.get(key, {"ms": 60_000, "what": "never", "error": None})
            known[name] = {"ms": poll["ms"], "what": poll["what"], "error": poll["error"]}
            known[name]["main_s"] = used_s(stands.memory.main) - used
            known[name]["readers_mb"], stands.memory.readers_mb = stands.memory.readers_mb, 0.0
            known[name]["faults"] = stands.faults()[heard:]
            remember("bombs", known)


# ── all at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Attack:
    """What it cost."""

    sources: int
    polled: int
    seconds: float
    idle_p99_ms: float
    p99_ms: float
    answers: int
    refused: int  # answers that were not 200 or 304
    readers_mb: float
    grown_mb: float  # main process, afterwards
    most_grown_mb: float  # in between
    late_s: float  # the latest poll of a good source
    good_polls: int
    faults: tuple[str, ...]


async def attacked(names: Sequence[str], idle_s: float, limit_s: float) -> Attack:
    """Let the service take all of these in at once."""
    async with fort(names) as stands:
        async with visited(stands.url) as before:
            await asyncio.sleep(idle_s)
        held_mb = stands.memory.last_mb
        stands.memory.main_mb, seen = 0.0, len(stands.polls())
        began = time.monotonic()
        async with visited(stands.url) as during:
            stands.take(enumerate(names))
            polled = await stands.polled([_key(*one) for one in enumerate(names)], limit_s)
            seconds = time.monotonic() - began
        most_mb, polls = stands.memory.main_mb, stands.polls()
        await asyncio.sleep(5)
        async with visited(stands.url) as after:
            await asyncio.sleep(idle_s)
        idle = {str(n): ms for n, ms in enumerate([*before.values(), *after.values()])}
        late = lateness(polls, seen)
        return Attack(
            sources=len(names),
            polled=len(polled),
            seconds=seconds,
            idle_p99_ms=p99(idle),
            p99_ms=p99(during),
            answers=sum(map(len, during.values())),
            refused=sum(len(ms) for status, ms in during.items() if status not in ("200", "304")),
            readers_mb=stands.memory.readers_mb,
            grown_mb=stands.memory.last_mb - held_mb,
            most_grown_mb=most_mb - held_mb,
            late_s=max(late, default=0.0),
            good_polls=len(late),
            faults=tuple(stands.faults()),
        )


def lateness(polls: Sequence[Mapping[str, Any]], since: int) -> list[float]:
    """By how many seconds good sources were polled later than they were due, of all polls after the first ``since``."""
    due: dict[str, datetime] = {}
    late = []
    for place, one in enumerate(polls):
        if not one["source"].startswith("asha/"):
            continue
        ended = datetime.fromisoformat(one["timestamp"].replace("Z", "+00:00"))
        if place >= since and one["source"] in due:
            late.append((ended - due[one["source"]]).total_seconds())
        due[one["source"]] = datetime.fromisoformat(one["next_poll_at"])
    return late


def main() -> list[Figure]:
    """Each alone, then all of them at once while somebody reads."""
    names = list(charges())
    known = remembered("bombs")
    asyncio.run(singly(names, known))
    if "attack" not in known:
        attack = asyncio.run(attacked(names, IDLE_S, 900))
        known["attack"] = {name: getattr(attack, name) for name in Attack.__slots__}
        remember("bombs", known)
    attack = Attack(**{**known["attack"], "faults": tuple(known["attack"]["faults"])})
    forget("bombs")
    alone = {name: known[name] for name in names}
    faults = [*attack.faults, *(fault for one in alone.values() for fault in one["faults"])]
    for fault in faults[:20]:
        print(f"   {fault}", flush=True)  # noqa: T201
    waited = alone[WAITS]["ms"] / 1000
    slowest = max((name for name in alone if name != WAITS), key=lambda name: alone[name]["ms"])
    busiest = max(alone, key=lambda name: alone[name]["main_s"])
    busy_s = alone[busiest]["main_s"]
    hungriest = max(alone, key=lambda name: alone[name]["readers_mb"])
    slow_s = alone[slowest]["ms"] / 1000
    most_mb = max(attack.readers_mb, alone[hungriest]["readers_mb"])
    on_time = attack.late_s <= LATE_S and attack.good_polls > 0
    grown, most = attack.grown_mb, attack.most_grown_mb
    return [
        Figure("documents and answers", "60", f"{len(alone)}", len(alone) >= 60),
        Figure("the slowest poll of one", f"{EACH_S:g} s", f"{slow_s:.1f} s ({slowest})", slow_s <= EACH_S),
        Figure(f"{WAITS}, waited for", f"{WAIT_S:g} s", f"{waited:.0f} s", waited <= WAIT_S),
        Figure("main process, busy with one", f"{EACH_S:g} s", f"{busy_s:.1f} s ({busiest})", busy_s <= EACH_S),
        Figure("memory of a reader", f"{READER_MB:g} MB", f"{most_mb:.0f} MB ({hungriest})", most_mb <= READER_MB),
        Figure("documents on which the program itself failed", "0", f"{len(faults)}", not faults),
        Figure(
            "all of them at once: polled",
            f"{attack.sources}",
            f"{attack.polled}, in {attack.seconds:.0f} s",
            attack.polled == attack.sources,
        ),
        Figure("main process afterwards", f"+{GROWN_MB:g} MB", f"{grown:+.0f} MB", grown <= GROWN_MB),
        Figure("main process at its largest", f"+{GROWN_MB:g} MB", f"{most:+.0f} MB", most <= GROWN_MB),
        Figure(
            f"99th percentile of answers, {1 / EVERY_S:.0f} a second",
            f"1.5 times idle ({attack.idle_p99_ms:.1f} ms)",
            f"{attack.p99_ms:.1f} ms of {attack.answers:,}",
            attack.p99_ms <= 1.5 * attack.idle_p99_ms and attack.refused == 0,
        ),
        Figure(
            f"{attack.good_polls} polls of {GOOD} other sources, later than due",
            f"{LATE_S:g} s",
            f"{attack.late_s:.1f} s",
            on_time,
        ),
    ]  # fmt: skip
