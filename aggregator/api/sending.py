"""Sends a ready document: no rendering, no compression, and as little else as its request lets be."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from aggregator.api.conditional import choose, held, unmodified
from aggregator.publish.document import Document, Headers, http_date

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Said = list[bytes | None]
"""The values of those headers of a request that matter here, at their places; None: it has no such header."""

ENCODING, TAGS, SINCE, AGENT, DESTINATION = range(5)
_PLACES = {
    b"accept-encoding": ENCODING,
    b"if-none-match": TAGS,
    b"if-modified-since": SINCE,
    b"user-agent": AGENT,
    b"sec-fetch-dest": DESTINATION,
}
_SENSIBLE = 256  # bytes of an Accept-Encoding header: there are not that many codings, and what it says is remembered


class Ready(Response):
    """A ready document as the answer of a route: with its validators, in the coding that the client likes best."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; ASGI 3."""
        await send_document(scope, send, self._document)


def said(headers: Headers) -> Said:
    """What the headers of a request say; one that came twice is one list (RFC 9110 section 5.3)."""
    found: Said = [None] * len(_PLACES)
    for name, value in headers:
        place = _PLACES.get(name)
        if place is not None:
            before = found[place]
            found[place] = value if before is None else b"%b, %b" % (before, value)
    return found


def is_looked_at(request: Said) -> bool:
    """Whether a browser is about to show what it asks for to a person (Fetch Metadata, Sec-Fetch-Dest)."""
    return request[DESTINATION] == b"document"


async def send_document(scope: Scope, send: Send, document: Document, request: Said | None = None) -> int:
    """Answer with a ready document: in the coding that the client likes best, or that it holds it already.

    ``request``: what ``said`` makes of the headers, where that is known already. Gives the status of the answer.
    """
    request = request or said(scope["headers"])
    accepted, tags, since = request[ENCODING], request[TAGS], request[SINCE]
    accept_encoding = None if accepted is None else accepted[:_SENSIBLE].decode("latin-1")
    coding = choose(accept_encoding, document.codings)
    unchanged = None
    if tags is not None:  # it stands above If-Modified-Since (RFC 9110 section 13.2.2)
        unchanged = held(tags.decode("latin-1"), document.etag, document.codings, coding, accept_encoding)
    elif since is not None and unmodified(since.decode("latin-1"), document.last_modified):
        unchanged = coding
    variant = document.variants[unchanged or coding]
    headers = variant.unchanged if unchanged else variant.fresh
    if document.modified_s > (now := time.time()):
        headers = _not_in_the_future(headers, now)
    status = 304 if unchanged else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = b"" if unchanged or scope["method"] == "HEAD" else variant.body
    await send({"type": "http.response.body", "body": body})
    return status


def _not_in_the_future(headers: Headers, now: float) -> Headers:
    """Last-Modified as of now: many changes in one second each take the next one (RFC 9110 section 8.8.2.1)."""
    replaced = (b"last-modified", http_date(datetime.fromtimestamp(now, UTC)).encode())
    return tuple(replaced if name == b"last-modified" else (name, value) for name, value in headers)
