"""Runs the real command in processes of its own, watches them, and ends them as a user would."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.shell import command
from tests.shell.command import Ended, Forked

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, without anything that this house would read from it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AGGREGATOR_", "OTEL_"))}
    return kept | {"NO_COLOR": "1", "COLUMNS": "200"} | dict(extra or {})


async def run(*arguments: str, cwd: Path, extra: Mapping[str, str] | None = None, limit_s: float = 60) -> Ended:
    """``aggregator`` with these arguments, to its end."""
    return await asyncio.to_thread(command.run, arguments, cwd, environment(extra), limit_s)


@dataclass(slots=True)
class Program:
    """A command that runs."""

    process: Forked
    started: float
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """Everything it said so far, wherever to."""
        return [*self.out, *self.err]

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.started

    async def address(self, limit_s: float = 60) -> str:
        """The address that it says it serves."""
        async with asyncio.timeout(limit_s):
            while True:
                for line in self.lines:
                    if found := _ADDRESS.search(line):
                        return found[0]
                assert self.process.returncode is None, self.lines
                await asyncio.sleep(0.05)

    async def says(self, *words: str, limit_s: float = 60) -> None:
        """Wait until each of these words was said."""
        async with asyncio.timeout(limit_s):
            while not all(any(word in line for line in self.lines) for word in words):
                assert self.process.returncode is None, self.lines
                await asyncio.sleep(0.05)

    async def end(self, number: signal.Signals = signal.SIGTERM, limit_s: float = 30) -> int:
        """Send it a signal; its exit status."""
        self.process.send_signal(number)
        async with asyncio.timeout(limit_s):
            return await self.process.wait()


@asynccontextmanager
async def running(*arguments: str, cwd: Path, extra: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """``aggregator`` with these arguments, until the block ends."""
    (out, says), (err, complains) = os.pipe(), os.pipe()
    with open(os.devnull, "rb") as nothing:  # noqa: ASYNC230, PTH123
        streams = (nothing.fileno(), says, complains)
        process = Forked(await asyncio.to_thread(command.start, arguments, cwd, environment(extra), streams))
    os.close(says)
    os.close(complains)
    program = Program(process, time.monotonic())
    readers = [asyncio.create_task(_read(out, program.out)), asyncio.create_task(_read(err, program.err))]
    try:
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await asyncio.gather(*readers)


async def _read(pipe: int, lines: list[str]) -> None:
    stream = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    opened = os.fdopen(pipe, "rb")
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), opened)
    async for line in stream:
        lines += [line.decode().rstrip("\n")]  # one by one: others look at what was said so far
    transport.close()


async def until(holds: Callable[[], bool], limit_s: float = 60) -> None:
    """Wait until this holds, looking again and again: what is waited for is in another process."""
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


# ── what the system knows of processes ──────────────────────────────────────────────────────────────────────────────


def tree(pid: int) -> list[int]:
    """A process and everything below it that is there now."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def alive(pid: int) -> bool:
    """Whether there is such a process, zombies too."""
    return Path(f"/proc/{pid}").exists()


def resident_mb(pid: int) -> float:
    """Resident memory of a process; 0 when it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0
