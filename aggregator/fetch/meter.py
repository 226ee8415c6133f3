"""Counts what comes over the wire, so that a server that sends for ever, and never a document, is left."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

FLOODED = "more came than any answer needs"
"""What the error says, and whatever a library makes of it."""

HEAD_BYTES = 1024 * 1024
"""Of what comes before a body; what was read ahead of it counts, too."""


class Metered(socket.socket):
    """A socket that takes so many bytes since something was last sent on it, and then fails: few, until ``more``.

    Limits of a body do not see headers, interim answers and the frames of chunks. A flood of them, read for as long as
    a poll may last, takes a whole processor.
    """

    def __init__(self, family: int, kind: int, protocol: int) -> None:
        super().__init__(family, kind, protocol)
        self._left = HEAD_BYTES

    def more(self, count: int) -> None:
        """The head of an answer is there: its body may have so many bytes on the wire."""
        self._left += count

    def send(self, *arguments: Any) -> int:
        """As of socket: with a request, what comes is counted anew."""
        self._left = HEAD_BYTES
        return super().send(*arguments)

    def sendmsg(self, buffers: Iterable[Any], *arguments: Any) -> int:
        """As of socket; so do event loops of newer Pythons."""
        self._left = HEAD_BYTES
        return super().sendmsg(buffers, *arguments)

    def recv(self, *arguments: int) -> bytes:
        """As of socket. Raises OSError: FLOODED."""
        data = super().recv(*arguments)
        self._spend(len(data))
        return data

    def recv_into(self, *arguments: Any) -> int:
        """As of socket; so do connections under TLS. Raises OSError: FLOODED."""
        count = super().recv_into(*arguments)
        self._spend(count)
        return count

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise OSError(FLOODED)
