"""Stands before everything else and answers with what is ready, so that such a request passes nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.api.documents import Came
from aggregator.api.sending import AGENT, is_looked_at, said, send_document
from aggregator.publish.publisher import Publisher

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Front:
    """ASGI application: ready documents at addresses that were asked for before; everything else is handed on."""

    def __init__(self, publisher: Publisher, rest: ASGIApp, came: Came) -> None:
        self._publisher = publisher
        self._rest = rest
        self._came = came

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is ready; ASGI 3."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            document = self._publisher.known(scope["raw_path"], scope["query_string"])
            if document is not None and not is_looked_at(request := said(scope["headers"])):
                status = await send_document(scope, send, document, request)
                self._came(scope["raw_path"], request[AGENT] or b"", status)
                return
        await self._rest(scope, receive, send)
