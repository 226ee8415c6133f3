"""How long a visitor may take to ask, and how many may be connected: what uvicorn leaves open."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aggregator.api.problems import problem

HEADERS_S = 10.0
"""Seconds from the connection, or from the first byte of a further request, to the end of its headers."""

CLIENTS = 2000
"""Connections at once, if nothing else is said."""

RETRY_AFTER_S = 5


class Patience(HttpToolsProtocol):
    """A connection that is cut off when its headers do not come, and told to come back when there are too many."""

    clients = CLIENTS
    headers_s = HEADERS_S

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._since: float | None = None  # when it began to wait for headers, by the loop's clock
        self._look_again: asyncio.TimerHandle | None = None
        self._serves = self.app

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._since = self.loop.time()
        self._look_again = self.loop.call_later(self.headers_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        if self._look_again is not None:
            self._look_again.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the rest of a further request."""
        if self._since is None:
            self._since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Serve it, if there is room."""
        self._since = None
        self.app = _too_many if len(self.connections) > self.clients else self._serves
        super().on_headers_complete()

    def _look(self) -> None:
        """Cut off whoever is late. Each connection has one timer: one for each request cost a tenth of the answer."""
        left = self.headers_s if self._since is None else self._since + self.headers_s - self.loop.time()
        if left <= 0:
            self.transport.abort()
        else:
            self._look_again = self.loop.call_later(left, self._look)


def patient(clients: int, headers_s: float = HEADERS_S) -> type[Patience]:
    """Connections of which there may be ``clients`` at once, each of which has ``headers_s`` for its headers."""
    return type("Patient", (Patience,), {"clients": clients, "headers_s": headers_s})


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    """429, and when to come back; the connection ends, so that there is room."""
    said = "Too many clients are connected; ask again a little later."
    headers = {"retry-after": str(RETRY_AFTER_S), "connection": "close"}
    await problem(429, said, headers=headers)(scope, receive, send)
