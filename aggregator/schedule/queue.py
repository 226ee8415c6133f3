"""The port to the queue over which workers on several machines share out the lanes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aggregator.errors import StoreError


class QueueAway(StoreError):
    """The queue is not connected right now; whoever runs it says why, and connects again."""


Work = Callable[[str, bool], Awaitable[None]]
"""What is done in a lane; the second argument is that of ``Queue.enqueue``."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How many lanes stand in the queue."""

    queued: int  # wait for a worker
    running: int  # some worker has them


class Queue(Protocol):
    """A lane stands in it once, however often it is put there, until the work in it is done.

    It only shares out the work. That nothing is polled twice at once is the matter of leases: a lane may be given to
    two workers when one of them seemed dead.
    """

    async def enqueue(self, lanes: Sequence[str], urgent: bool) -> int:
        """Put lanes into the queue, ``urgent`` ones in front; gives the number of those that were not in it.

        Raises:
            QueueAway: it is not connected.
            StoreError: the database refused.
        """
        ...

    async def run(self, work: Work) -> None:
        """Do ``work(lane, urgent)`` in every lane that this worker is given, many at once, until ``stop``."""
        ...

    async def stats(self) -> Stats:
        """What stands in the queue.

        Raises:
            QueueAway: it is not connected.
            StoreError: the database refused.
        """
        ...

    async def stop(self, patience_s: float) -> None:
        """Take no lane any more; let the work under way finish for ``patience_s`` seconds, then give it up."""
        ...
