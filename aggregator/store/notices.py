"""Hears from PostgreSQL at once when another process changed what is published."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from aggregator.store import engine
from aggregator.store.publication import CHANNEL

log = structlog.get_logger(__name__)

AGAIN_S = 2.0
# A connection that only listens would never find out that the other end is gone.
_ALIVE: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


async def attend(url: str, noticed: Callable[[], None]) -> None:
    """Call ``noticed`` at every change of what is published, until cancelled; on SQLite there is nobody to hear.

    It is called after every break of the connection, too: nobody knows what was said meanwhile.
    """
    address = engine.address(url)
    if address.get_backend_name() != "postgresql":
        return
    import psycopg  # ten megabytes that SQLite does not need

    dsn = address.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            await _listen(dsn, noticed)
        except psycopg.Error as error:
            log.warning("changes are looked for every second until the database answers", error=str(error).strip())
        await asyncio.sleep(AGAIN_S)


async def _listen(dsn: str, noticed: Callable[[], None]) -> None:
    import psycopg
    from psycopg import sql

    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True, connect_timeout=10, **_ALIVE) as connection:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        noticed()
        async for _ in connection.notifies():
            noticed()
