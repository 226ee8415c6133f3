"""Gives every answer behind the documents what all answers have: open to every origin, HEAD wherever there is GET."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aggregator.publish.document import OPEN

ALLOW = "GET, HEAD, OPTIONS"
_PREFLIGHT = {
    "allow": ALLOW,
    "access-control-allow-methods": ALLOW,
    "access-control-allow-headers": "*",
    "access-control-max-age": "86400",
}
_DEFAULTS = (*OPEN, (b"cache-control", b"no-cache"))


class Openness:
    """ASGI application around another one (contract section 3)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight; hand on everything else, HEAD as the GET of which only the head is wanted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wants_head = scope["method"] == "HEAD"

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_defaults(message.get("headers", []))}
            elif wants_head:
                message = {**message, "body": b""}
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, opened)
        else:
            await self._app({**scope, "method": "GET"} if wants_head else scope, receive, opened)


def _with_defaults(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    said = {name.lower() for name, _ in headers}
    return [*headers, *(one for one in _DEFAULTS if one[0] not in said)]
