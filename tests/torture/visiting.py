"""A subscriber in a process of its own that asks at an even pace and tells how long each answer took."""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import sys
import time
from urllib.parse import urlsplit

EVERY_S = 0.025
PATHS = ("/asha/rss.xml", "/asha/index.json", "/asha/feed.json", "/asha/atom.xml", "/asha/")
_TAG = re.compile(rb"\r\netag: ([^\r]+)", re.IGNORECASE)
_SIZE = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


def ask(connection: socket.socket, path: str, tag: bytes) -> tuple[int, bytes]:
    """One answer, read to its end: status and entity tag."""
    condition = b"If-None-Match: %b\r\n" % tag if tag else b""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() + condition + b"\r\n")
    got = b""
    while b"\r\n\r\n" not in got:
        got += _received(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    status, size = int(head[9:12]), _SIZE.search(head)
    missing = int(size[1]) - len(body) if size and status != 304 else 0
    while missing > 0:
        missing -= len(_received(connection))
    found = _TAG.search(head)
    return status, found[1] if found else b""


def _received(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 18)
    if not piece:
        raise ConnectionError("the service closed the connection")
    return piece


def visit(url: str) -> dict[str, list[float]]:
    """Ask until nobody listens any more: milliseconds by status. Every other request is conditional.

    Counted from the moment at which it was to be asked: one that waits for a slow answer before it is late, too.
    """
    parts = urlsplit(url)
    took: dict[str, list[float]] = {}
    tags: dict[str, bytes] = {}
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        planned, number = time.monotonic(), 0
        while not select.select([sys.stdin], [], [], max(0.0, planned - time.monotonic()))[0]:
            path = PATHS[number % len(PATHS)]
            status, tags[path] = ask(connection, path, tags.get(path, b"") if number % 2 else b"")
            took.setdefault(str(status), []).append(1000 * (time.monotonic() - planned))
            planned, number = planned + EVERY_S, number + 1
    return took


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        print(json.dumps(visit(sys.argv[1])))  # noqa: T201
