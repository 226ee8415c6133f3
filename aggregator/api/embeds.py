"""Sends what stands below ``/embed/``: the same for everybody, ready before it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from aggregator.api.openness import ALLOW
from aggregator.api.problems import not_allowed
from aggregator.api.sending import send_document
from aggregator.embed import documents
from aggregator.publish.document import OPEN
from aggregator.publish.publisher import Publisher

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Embeds:
    """ASGI application around another one. Queries are ignored: people append them to get past a cache."""

    def __init__(self, publisher: Publisher, rest: ASGIApp) -> None:
        self._publisher = publisher
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is there, hand everything else on; ASGI 3."""
        if scope["type"] != "http" or not scope["path"].startswith("/embed") or scope["method"] == "OPTIONS":
            await self._rest(scope, receive, send)
            return
        found = documents(self._publisher.config)
        document = found.get(scope["path"])
        if scope["method"] not in ("GET", "HEAD") and document is not None:
            await not_allowed(scope["method"], ALLOW)(scope, receive, send)
        elif document is not None:
            await send_document(scope, send, document)
        elif f"{scope['path']}/" in found:
            headers = {name.decode(): value.decode() for name, value in OPEN}
            moved = Response(b"", 308, {**headers, "location": "./embed/", "cache-control": "public, max-age=3600"})
            await moved(scope, receive, send)
        else:
            await self._rest(scope, receive, send)
