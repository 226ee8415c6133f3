"""What the loopback web can answer: a page as any server would send it, or a hand on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

Wire = Callable[[web.BaseRequest, asyncio.Transport], Awaitable[None]]  # writes what it likes, then lets go or aborts


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. With ``etag`` or ``last_modified`` it is a 304 to whoever holds the same."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "application/rss+xml; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    delay_s: float = 0.0
    wire: Wire | None = None  # instead of everything above
    endless: bytes = b""  # after the body, for as long as somebody reads

    def headers_sent(self) -> dict[str, str]:
        """Every header of this answer."""
        named = {"Content-Type": self.content_type, "ETag": self.etag, "Last-Modified": self.last_modified}
        return {name: value for name, value in named.items() if value is not None} | dict(self.headers)

    def is_held_by(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request with ``headers`` shows that the asker has this already (RFC 9110 section 13.2.2)."""
        asked_etag = headers.get("If-None-Match")
        if asked_etag is not None:
            return self.etag is not None and self.etag in [etag.strip() for etag in asked_etag.split(",")]
        return self.last_modified is not None and headers.get("If-Modified-Since") == self.last_modified
