"""Reader processes that are forked from one that has the imports behind it: a house of its own costs a test little."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

from aggregator.poll.workers import Readers
from tests.shell import command


async def _fork(theirs: socket.socket) -> command.Forked:
    with open(os.devnull, "wb") as nothing:  # noqa: ASYNC230, PTH123
        streams = (theirs.fileno(), nothing.fileno(), nothing.fileno())
        module = "aggregator.poll.child"
        started = await asyncio.to_thread(command.start, ["0"], Path.cwd(), os.environ, streams, module)
        return command.Forked(started)


def readers() -> Readers:
    """A pool of them. What a reader costs to start, and what one may cost, is asked of `Readers` itself."""
    return Readers(spawn=_fork)
