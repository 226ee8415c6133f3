"""Sends ready documents, in front of everything else: no routing, validation, rendering or compression per request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response

from aggregator.api.conditional import choose, held, unmodified
from aggregator.api.openness import ALLOW
from aggregator.api.problems import broken, no_database, not_allowed, problem
from aggregator.errors import StoreError
from aggregator.publish.address import BadRequestError, TooLongError, UnknownViewError, pairs
from aggregator.publish.document import OPEN, Document, Headers, http_date
from aggregator.publish.publisher import Place, Publisher, Wanted
from aggregator.render import formats
from aggregator.render.browser import in_browser

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

Came = Callable[[bytes, bytes, int], None]  # is told of every answer: path, User-Agent, status

STEP_S, STEPS = 0.5, 20  # how long somebody waits for a document to be made anew while an older one is at hand
_SENSIBLE = 256  # bytes of an Accept-Encoding header: there are not that many codings, and what it says is remembered
_REMEMBERED = 512  # bytes of an address whose meaning is worth remembering


class Documents:
    """ASGI application: answers for the addresses of documents, hands everything else on."""

    def __init__(self, publisher: Publisher, rest: ASGIApp, came: Came = lambda path, agent, status: None) -> None:
        self._publisher = publisher
        self._rest = rest
        self._came = came

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve documents; ASGI 3."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and not _is_looked_at(scope):
            document = self._publisher.known(scope["raw_path"], scope["query_string"])
            if document is not None:
                self._count(scope, await send_document(scope, send, document))
                return
        found = await self._look_for(scope) if scope["type"] == "http" and scope["method"] != "OPTIONS" else None
        if isinstance(found, Document):
            self._count(scope, await send_document(scope, send, found))
        elif found is not None:
            self._count(scope, found.status_code)
            await found(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    def _count(self, scope: Scope, status: int) -> None:
        agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
        self._came(scope["raw_path"], agent, status)

    async def _look_for(self, scope: Scope) -> Document | Response | None:
        """What stands at an address; None: nothing of ours."""
        try:
            place = self._publisher.place(scope["raw_path"])
            if place is None:
                return None
            if scope["method"] not in ("GET", "HEAD"):
                return not_allowed(scope["method"], ALLOW)
            if place.redirect is not None:
                return _redirect(place.redirect, scope["query_string"])
            if _is_looked_at(scope) and (form := in_browser(formats()[place.document])):
                wanted = self._publisher.wanted(place, pairs(scope["query_string"]), form)
                return self._publisher.at_hand(wanted) or await self._made(wanted)
            return await self._document(scope["raw_path"], scope["query_string"], place)
        except Exception as error:
            return _refusal(scope["path"], error)

    async def _document(self, raw_path: bytes, query: bytes, place: Place) -> Document:
        wanted = self._publisher.wanted(place, pairs(query))
        document = self._publisher.at_hand(wanted) or await self._made(wanted)
        if len(raw_path) + len(query) <= _REMEMBERED:
            self._publisher.remember(raw_path, query, wanted)
        return document

    async def _made(self, wanted: Wanted) -> Document:
        """The current document; an older one if making it takes too long. Others may wait for the same."""
        making = asyncio.wrap_future(self._publisher.making(wanted))
        making.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to see it
        older = self._publisher.outdated(wanted)
        if older is None:
            await asyncio.wait({making})
            return making.result()
        for _ in range(STEPS):
            await asyncio.wait({making}, timeout=STEP_S)
            if making.done():
                return making.result()
            document = self._publisher.at_hand(wanted)
            if document is not None:  # the database has been found to hang
                return document
        log.warning("document.late", path=wanted.path)
        return older


def _is_looked_at(scope: Scope) -> bool:
    """Whether a browser is about to show what it asks for to a person (Fetch Metadata, Sec-Fetch-Dest)."""
    return (b"sec-fetch-dest", b"document") in scope["headers"]


def _redirect(target: str, query: bytes) -> Response:
    """To where a scope really is: relative, so that it holds behind every proxy and repeats no Host header (T19)."""
    location = f"{target}?{query.decode('ascii', 'ignore')}" if query else target
    headers = {name.decode(): value.decode() for name, value in OPEN}
    return Response(b"", 308, {**headers, "location": location, "cache-control": "public, max-age=3600"})


def _refusal(path: str, error: Exception) -> Response:
    match error:
        case TooLongError():
            return problem(414, f"This address cannot be right: {error}.", "address")
        case BadRequestError():
            return problem(400, str(error), "parameter")
        case UnknownViewError():
            return problem(404, str(error), "view")
        case StoreError():
            log.error("document.unavailable", path=path, error=str(error))
            return no_database()
        case _:
            log.error("document.broken", path=path, exc_info=error)
            return broken()


class Ready(Response):
    """A ready document as the answer of a route: with its validators, in the coding that the client likes best."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; ASGI 3."""
        await send_document(scope, send, self._document)


async def send_document(scope: Scope, send: Send, document: Document) -> int:
    """Answer with a ready document: in the coding that the client likes best, or that it holds it already.

    Gives the status that it was answered with.
    """
    accept_encoding, if_none_match, if_modified_since = _conditions(scope["headers"])
    coding = choose(accept_encoding, document.codings)
    if if_none_match is not None:  # it stands above If-Modified-Since (RFC 9110 section 13.2.2)
        unchanged = held(if_none_match, document.etag, document.codings, coding, accept_encoding)
    elif if_modified_since is not None and unmodified(if_modified_since, document.last_modified):
        unchanged = coding
    else:
        unchanged = None
    variant = document.variants[unchanged or coding]
    headers = variant.unchanged if unchanged else variant.fresh
    if document.modified_s > (now := time.time()):
        headers = _not_in_the_future(headers, now)
    status = 304 if unchanged else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = b"" if unchanged or scope["method"] == "HEAD" else variant.body
    await send({"type": "http.response.body", "body": body})
    return status


def _conditions(headers: Headers) -> tuple[str | None, str | None, str | None]:
    """Accept-Encoding, If-None-Match and If-Modified-Since; a header that came twice is one list."""
    accept_encoding: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    for name, value in headers:
        if name == b"accept-encoding":
            text = value[:_SENSIBLE].decode("latin-1")
            accept_encoding = text if accept_encoding is None else f"{accept_encoding}, {text}"
        elif name == b"if-none-match":
            text = value.decode("latin-1")
            if_none_match = text if if_none_match is None else f"{if_none_match}, {text}"
        elif name == b"if-modified-since":
            if_modified_since = value.decode("latin-1")
    return accept_encoding, if_none_match, if_modified_since


def _not_in_the_future(headers: Headers, now: float) -> Headers:
    """Last-Modified as of now: many changes in one second each take the next one (RFC 9110 section 8.8.2.1)."""
    replaced = (b"last-modified", http_date(datetime.fromtimestamp(now, UTC)).encode())
    return tuple(replaced if name == b"last-modified" else (name, value) for name, value in headers)
