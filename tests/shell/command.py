"""Runs the command ``aggregator`` in a process of its own, forked from one that has the imports behind it."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ONE_BY_ONE = threading.Lock()


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that came to its end."""

    code: int
    out: str
    err: str = ""  # on a terminal both are one
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command that runs."""

    pid: int
    told: int

    def wait(self, limit_s: float) -> int:
        """Its exit status. Raises TimeoutError, and kills it then."""
        if not select.select([self.told], [], [], limit_s)[0]:
            self.kill()
            raise TimeoutError(f"process {self.pid} still runs after {limit_s} s")
        code = int.from_bytes(os.read(self.told, 4), "big", signed=True)
        os.close(self.told)
        return code

    def kill(self) -> None:
        """End it now, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.told)


class Forked:
    """Such a command in an event loop, as ``asyncio.subprocess.Process`` is there."""

    def __init__(self, started: Command) -> None:
        self.pid = started.pid
        self.returncode: int | None = None
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._started = started
        self._loop.add_reader(started.told, self._end)

    def send_signal(self, number: int) -> None:
        """Raises ProcessLookupError where it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError(self.pid)
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it now. Raises ProcessLookupError where it has ended."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        self._loop.remove_reader(self._started.told)
        self.returncode = self._started.wait(0)
        self._ended.set()


@cache
def _template() -> socket.socket:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.shell.template", str(theirs.fileno())],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        start_new_session=True,  # what is typed here is not for it
    )
    theirs.close()

    def leave() -> None:
        ours.close()
        process.wait()

    atexit.register(leave)
    return ours


def start(
    words: Sequence[str],
    cwd: Path,
    environ: Mapping[str, str],
    streams: tuple[int, int, int],
    module: str = "aggregator",
) -> Command:
    """``aggregator`` (or another module) with these words, started in a session of its own, on these streams."""
    told, tells = os.pipe()
    order = json.dumps({"module": module, "words": words, "cwd": str(cwd), "environ": dict(environ)})
    with _ONE_BY_ONE:
        socket.send_fds(_template(), [order.encode()], [*streams, tells])
        os.close(tells)
        pid = os.read(told, 4)
    if not pid:
        raise RuntimeError("the template process has ended")
    return Command(int.from_bytes(pid, "big"), told)


def run(words: Sequence[str], cwd: Path, environ: Mapping[str, str], limit_s: float = 120) -> Ended:
    """``aggregator`` with these words, without a terminal, to its end."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull, "rb") as nothing:  # noqa: PTH123
        code = start(words, cwd, environ, (nothing.fileno(), out.fileno(), err.fileno())).wait(limit_s)
        took = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read().decode(), err.read().decode(), took)
