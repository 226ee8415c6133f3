"""Finds the document at an address, and has it made where it is not ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response

from aggregator.api.openness import ALLOW
from aggregator.api.problems import broken, no_database, not_allowed, problem
from aggregator.api.sending import AGENT, is_looked_at, said, send_document
from aggregator.errors import StoreError
from aggregator.publish.address import BadRequestError, TooLongError, UnknownViewError, pairs
from aggregator.publish.document import OPEN, Document
from aggregator.publish.publisher import Place, Publisher, Wanted
from aggregator.render import formats
from aggregator.render.browser import in_browser

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

Came = Callable[[bytes, bytes, int], None]
"""Is told of every answer: path, User-Agent, status."""

STEP_S, STEPS = 0.5, 20  # how long somebody waits for a document to be made anew while an older one is at hand
_REMEMBERED = 512  # bytes of an address whose meaning is worth remembering


class Documents:
    """ASGI application: answers for the addresses of documents, hands everything else on."""

    def __init__(self, publisher: Publisher, rest: ASGIApp, came: Came = lambda path, agent, status: None) -> None:
        self._publisher = publisher
        self._rest = rest
        self._came = came

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve documents; ASGI 3."""
        found = await self._look_for(scope) if scope["type"] == "http" and scope["method"] != "OPTIONS" else None
        if isinstance(found, Document):
            self._count(scope, await send_document(scope, send, found))
        elif found is not None:
            self._count(scope, found.status_code)
            await found(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    def _count(self, scope: Scope, status: int) -> None:
        self._came(scope["raw_path"], said(scope["headers"])[AGENT] or b"", status)

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
            if is_looked_at(said(scope["headers"])) and (form := in_browser(formats()[place.document])):
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
