"""Answers at the addresses that readers and crawlers try without being told: feeds of a site, and robots.txt."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.publish.well_known import FEEDS, ROBOTS, ROBOTS_CACHE


class WellKnown:
    """ASGI application around another one, for which a well-known address is that of the document behind it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; ASGI 3."""
        document = FEEDS.get(scope["path"]) if scope["type"] == "http" else None
        if document is not None:
            scope = {**scope, "path": document, "raw_path": document.encode()}
        await self._app(scope, receive, send)


def add_robots(app: FastAPI) -> None:
    """Let ``/robots.txt`` say what is not for crawlers (RFC 9309)."""

    @app.get("/robots.txt", include_in_schema=False)
    async def robots() -> PlainTextResponse:
        """What crawlers leave alone."""
        return PlainTextResponse(ROBOTS, headers={"cache-control": ROBOTS_CACHE})
