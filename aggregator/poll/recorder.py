"""Saves the polls that brought nothing new, many in one transaction: most polls are of this kind."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

import structlog

from aggregator.errors import StoreError
from aggregator.model import PollState
from aggregator.store import Store

log = structlog.get_logger(__name__)

WAIT_S = 0.2  # how long a state may wait for others
AGAIN_S = 5.0  # after the database refused
MOST = 500


class Recorder:
    """A short queue in front of ``Store.record``.

    What is lost in a crash is polled again, conditionally; so no state is lost in which a server asked for rest.
    """

    def __init__(self, store: Store, worker: str, writer: Executor, again_s: float = AGAIN_S) -> None:
        self._store = store
        self._worker = worker
        self._writer = writer
        self._again_s = again_s
        self._waiting: list[PollState] = []
        self._flushing: asyncio.Task[None] | None = None
        self._alone = asyncio.Lock()  # who comes while a transaction is written goes into the next one

    async def record(self, state: PollState, *, at_once: bool) -> None:
        """Take a state to be saved within ``WAIT_S`` seconds; ``at_once``: before this returns."""
        self._waiting.append(state)
        try:
            if len(self._waiting) >= MOST or at_once:
                await self._flush()
        finally:
            if self._waiting and (self._flushing is None or self._flushing.done()):
                self._flushing = asyncio.create_task(self._later())

    async def close(self) -> None:
        """Save what is waiting."""
        if self._flushing is not None:
            self._flushing.cancel()
            await asyncio.gather(self._flushing, return_exceptions=True)
        await self._flush()

    async def _later(self) -> None:
        """Save until nothing waits: also what came while a transaction was written, and what was refused before."""
        wait_s = WAIT_S
        while self._waiting:
            await asyncio.sleep(wait_s)
            try:
                await asyncio.shield(self._flush())
                wait_s = WAIT_S
            except StoreError as error:
                log.error("record.failed", error=str(error))
                wait_s = self._again_s

    async def _flush(self) -> None:
        async with self._alone:
            states, self._waiting = self._waiting, []
            if not states:
                return
            try:
                loop = asyncio.get_running_loop()
                lost = await loop.run_in_executor(self._writer, self._store.record, states, self._worker)
            except StoreError:
                self._waiting = [*states, *self._waiting]
                raise
        if lost:
            log.warning("lease.lost", sources=sorted(lost))
