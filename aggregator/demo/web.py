"""Serves the sample sites over real HTTP on loopback, each on a port of its own, with validators as real servers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from types import TracebackType

from aiohttp import ETag, web

from aggregator.demo.feeds import changed, feed
from aggregator.demo.portfolios import pages
from aggregator.demo.post import Place

PATHS: Mapping[Place, str] = {
    "site": "/feed.atom",
    "dev": "/feed/mirasolheim",
    "medium": "/feed/@mirasolheim",
    "layla": "/feed/",
    "aoi": "/index.xml",
    "arun": "/feed/arunsen",
    "elena": "/rss.xml",
    "elena-medium": "/feed/@elenamarchetti",
}
_TYPES: Mapping[Place, str] = {
    "site": "application/atom+xml; charset=utf-8",
    "dev": "application/rss+xml; charset=utf-8",
    "medium": "text/xml; charset=UTF-8",
    "layla": "application/rss+xml; charset=UTF-8",
    "aoi": "application/xml",
    "arun": "application/rss+xml; charset=utf-8",
    "elena": "application/rss+xml",
    "elena-medium": "text/xml; charset=UTF-8",
}
_FRESH_S: Mapping[Place, int] = {
    "site": 600,
    "dev": 600,
    "medium": 900,
    "layla": 3600,
    "aoi": 3600,
    "arun": 600,
    "elena": 3600,
    "elena-medium": 900,
}


@dataclass(frozen=True, slots=True)
class _Document:
    body: bytes
    content_type: str
    modified: datetime
    max_age_s: int


class DemoWeb:
    """The sample sites while the context is open.

    ``base_urls`` tells where each place is, without a trailing slash: ``{"dev": "http://127.0.0.1:40123", ...}``. What
    is served is the same every time, but for the ports in the addresses of pictures. ``asked`` counts requests by path.
    """

    def __init__(self) -> None:
        self.base_urls: dict[str, str] = {}
        self.asked: dict[str, int] = {}
        self._documents: dict[tuple[str, str], _Document] = {}
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> DemoWeb:
        try:
            for place in (*PATHS, "nadia"):
                await self._open(place)
        except BaseException:
            await self._close()
            raise
        images = f"{self.base_urls['site']}/images"
        for place, path in PATHS.items():
            body = feed(place, images)
            self._documents[place, path] = _Document(body, _TYPES[place], changed(place), _FRESH_S[place])
        for path, body in pages().items():
            page = _Document(body, "text/html; charset=utf-8", datetime(2026, 8, 30, tzinfo=UTC), 600)
            self._documents["nadia", path] = page
        for image in files("aggregator.demo").joinpath("images").iterdir():
            document = _Document(image.read_bytes(), "image/svg+xml", datetime(2025, 1, 1, tzinfo=UTC), 86_400)
            self._documents["site", f"/images/{image.name}"] = document
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    def feed_url(self, place: Place) -> str:
        """Address of the feed of one place."""
        return self.base_urls[place] + PATHS[place]

    async def _open(self, place: str) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            return self._answer(place, request)

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.base_urls[place] = f"http://{host}:{port}"

    async def _close(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    def _answer(self, place: str, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] = self.asked.get(request.path, 0) + 1
        document = self._documents.get((place, request.path))
        if document is None:
            return web.Response(status=404, text="Nothing here.\n")
        tag = hashlib.blake2b(document.body, digest_size=12).hexdigest()
        if _is_current(request, tag, document.modified):
            response = web.Response(status=304)
        else:
            response = web.Response(body=document.body, headers={"Content-Type": document.content_type})
            response.enable_compression()
        response.etag = ETag(tag, is_weak=True)  # the same for every encoding, as DEV and Medium have it
        response.last_modified = document.modified
        response.headers["Cache-Control"] = f"public, max-age={document.max_age_s}"
        return response


def _is_current(request: web.Request, tag: str, modified: datetime) -> bool:
    """RFC 9110 section 13.2.2: an entity tag, where there is one, decides alone."""
    if request.if_none_match is not None:
        return any(known.value in (tag, "*") for known in request.if_none_match)
    return request.if_modified_since is not None and modified <= request.if_modified_since
