"""Sends ready documents, in front of everything else: no routing, validation, rendering or compression per request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import structlog
from starlette.responses import RedirectResponse

from aggregator.api.conditional import choose, http_date, unchanged
from aggregator.api.problems import problem
from aggregator.errors import StoreError
from aggregator.publish.publisher import Publisher
from aggregator.publish.request import BadRequestError, UnknownViewError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from aggregator.publish.document import Document

log = structlog.get_logger(__name__)

OPEN = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Last-Modified"),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_QUERY_MAX = 2048
_FIELDS_MAX = 32


class Documents:
    """ASGI application: answers for the addresses of documents, hands everything else on."""

    def __init__(self, publisher: Publisher, rest: ASGIApp) -> None:
        self._publisher = publisher
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve GET and HEAD of a document; ASGI 3."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._rest(scope, receive, send)
            return
        where = self._publisher.place(scope["path"])
        if where is None:
            await self._rest(scope, receive, send)
            return
        if where.redirect is not None:
            query = scope["query_string"].decode("latin-1")
            target = where.redirect + (f"?{query}" if query else "")
            await RedirectResponse(target, 308, {"Access-Control-Allow-Origin": "*"})(scope, receive, send)
            return
        try:
            query = _query(scope["query_string"])
            document = self._publisher.at_hand(where, query)
            if document is None:
                document = await asyncio.to_thread(self._publisher.document, where, query)
        except BadRequestError as error:
            await problem(400, str(error), "parameter")(scope, receive, send)
        except UnknownViewError as error:
            await problem(404, str(error), "view")(scope, receive, send)
        except StoreError as error:
            log.error("document.unavailable", path=scope["path"], error=str(error))
            answer = problem(503, "The database cannot be read right now; try again in a minute.", "database")
            answer.headers["Retry-After"] = "60"
            await answer(scope, receive, send)
        else:
            await _send(scope, send, document)


def _query(raw: bytes) -> tuple[tuple[str, str], ...]:
    if not raw:
        return ()
    if len(raw) > _QUERY_MAX:
        raise BadRequestError(f"the query is longer than {_QUERY_MAX} bytes")
    try:
        return tuple(
            parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS_MAX, errors="strict")
        )
    except ValueError as error:
        raise BadRequestError("the query cannot be read: percent-encoded UTF-8, at most 32 parameters") from error


async def _send(scope: Scope, send: Send, document: Document) -> None:
    asked = _asked(scope["headers"])
    encoding = choose(asked.get("accept-encoding"), document.encodings)
    headers = _headers(document, encoding)
    if unchanged(asked, document.etag, document.last_modified):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = document.encoded(encoding)
    headers += [(b"content-type", document.media_type.encode()), (b"content-length", str(len(body)).encode())]
    if encoding != "identity":
        headers.append((b"content-encoding", encoding.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


_READ = {
    b"accept-encoding": "accept-encoding",
    b"if-none-match": "if-none-match",
    b"if-modified-since": "if-modified-since",
}


def _asked(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        if name in _READ:
            key, text = _READ[name], value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _headers(document: Document, encoding: str) -> list[tuple[bytes, bytes]]:
    headers = [
        *OPEN,
        (b"etag", document.tag(encoding).encode()),
        (b"last-modified", http_date(document.last_modified).encode()),
        (b"cache-control", document.cache_control.encode()),
        (b"vary", b"Accept-Encoding"),
    ]
    if document.links:
        headers.append((b"link", ", ".join(document.links).encode("ascii", "ignore")))
    if document.policy:
        headers.append((b"content-security-policy", document.policy.encode()))
    return headers
