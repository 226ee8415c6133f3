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
        self._due: asyncio.TimerHandle | None = None
        self._serves = self.app

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._waited()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the rest of a further request."""
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Serve it, if there is room."""
        self._waited()
        self.app = _too_many if len(self.connections) > self.clients else self._serves
        super().on_headers_complete()

    def _wait(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(self.headers_s, self.transport.abort)

    def _waited(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def patient(clients: int, headers_s: float = HEADERS_S) -> type[Patience]:
    """Connections of which there may be ``clients`` at once, each of which has ``headers_s`` for its headers."""
    return type("Patient", (Patience,), {"clients": clients, "headers_s": headers_s})


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    """429, and when to come back; the connection ends, so that there is room."""
    said = "Too many clients are connected; ask again a little later."
    headers = {"retry-after": str(RETRY_AFTER_S), "connection": "close"}
    await problem(429, said, headers=headers)(scope, receive, send)
