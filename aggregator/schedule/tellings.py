"""Begins what tells others: ends weeks, looks whether output changed, and takes what happened to its receivers."""

from __future__ import annotations

from aggregator.model import Config
from aggregator.notify.courier import Courier
from aggregator.notify.listener import Listener
from aggregator.schedule.weeks import Weeks

PATIENCE_S = 5.0


class Tellings:
    """What every driver does beside polling; any number of processes may."""

    def __init__(self, courier: Courier, listener: Listener, weeks: Weeks) -> None:
        self._courier = courier
        self._weeks = weeks
        self._listener = listener

    def take(self, config: Config) -> None:
        """Go by another config from now on."""
        self._courier.take(config)
        self._listener.take(config)

    async def begin(self) -> None:
        """Begin whatever is due.

        Raises:
            StoreError: the database refused.
        """
        await self._weeks.turn()
        self._listener.begin()
        await self._courier.begin()

    async def round(self) -> None:
        """Do whatever is due, and wait for it.

        Raises:
            StoreError: the database refused.
        """
        await self._weeks.turn()
        await self._listener.begin()
        await self._courier.round()

    async def stop(self, patience_s: float = PATIENCE_S) -> None:
        """Let what is under way finish for a while, then give it up; it is due again later."""
        await self._courier.stop(patience_s)
        await self._listener.stop()
