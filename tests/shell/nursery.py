"""Reader processes that are forked from one that has the imports behind it: a house of its own costs a test little."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

from aggregator.poll.workers import Readers
from tests.shell import command


class _Forked:
    def __init__(self, started: command.Command) -> None:
        self.pid = started.pid
        self.returncode: int | None = None
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._started = started
        self._loop.add_reader(started.told, self._end)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        self._loop.remove_reader(self._started.told)
        self.returncode = self._started.wait(0)
        self._ended.set()


async def _fork(theirs: socket.socket) -> _Forked:
    with open(os.devnull, "wb") as nothing:  # noqa: ASYNC230, PTH123
        streams = (theirs.fileno(), nothing.fileno(), nothing.fileno())
        module = "aggregator.poll.child"
        return _Forked(await asyncio.to_thread(command.start, ["0"], Path.cwd(), os.environ, streams, module))


def readers() -> Readers:
    """A pool of them. What a reader costs to start, and what one may cost, is asked of `Readers` itself."""
    return Readers(spawn=_fork)
