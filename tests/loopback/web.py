"""The loopback web itself: one port, any number of paths and host names, and a log of who asked for what."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web
from multidict import CIMultiDictProxy

from tests.loopback.answer import Answer
from tests.loopback.hostile import KINDS

Play = Callable[["Seen"], Answer]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str  # with its query
    host: str  # as in the Host header, without the port
    headers: CIMultiDictProxy[str]
    at: float  # seconds, monotonic


class Web:
    """``async with Web() as web``: everything that is not scripted is a 404.

    Every page may be given for one host name only; ``lookup`` makes all names lead here when a Fetcher is given it.
    """

    def __init__(self) -> None:
        self.log: list[Seen] = []
        self.port = 0
        self._plays: dict[tuple[str | None, str], Play] = {}
        self._reserved: list[socket.socket] = []
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        server = web.Server(self._serve, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.05)
        await self._runner.setup()
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = listening.getsockname()[1]
        await web.SockSite(self._runner, listening).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        for reserved in self._reserved:
            reserved.close()

    async def also(self, address: str) -> None:
        """Be there at another address of loopback, too, on the same port: a host of its own."""
        if self._runner is None:
            raise RuntimeError("the web is not open")
        await web.SockSite(self._runner, socket.create_server((address, self.port), backlog=1024)).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Address of ``path`` here, under any host name."""
        return f"http://{host}:{self.port}{path}"

    async def lookup(self, name: str, port: int) -> Sequence[str]:
        """Name resolution in which every name is this web: for ``Fetcher(..., lookup=web.lookup)``."""
        return ["127.0.0.1"]

    def page(
        self,
        path: str,
        body: bytes | str,
        *,
        content_type: str = "application/rss+xml; charset=utf-8",
        headers: Mapping[str, str] | None = None,
        status: int = 200,
        etag: str | None = None,
        last_modified: str | None = None,
        host: str | None = None,
    ) -> str:
        """Serve ``body`` at ``path`` from now on. Returns the address."""
        content = body.encode() if isinstance(body, str) else body
        answer = Answer(content, status, content_type, headers or {}, etag, last_modified)
        return self.script(path, answer, host=host)

    def redirect(self, path: str, location: str, status: int = 302, *, host: str | None = None) -> str:
        """Redirect ``path`` to ``location`` from now on. Returns the address."""
        return self.script(path, Answer(status=status, content_type=None, headers={"Location": location}), host=host)

    def script(self, path: str, *answers: Answer, host: str | None = None) -> str:
        """Answer at ``path`` with one after the other; the last one stays. Returns the address."""
        if not answers:
            raise ValueError("a script needs an answer")
        left = list(answers)
        return self.play(path, lambda seen: left.pop(0) if len(left) > 1 else left[0], host=host)

    def play(self, path: str, answer: Play, *, host: str | None = None) -> str:
        """Answer at ``path`` with whatever ``answer`` makes of the request. Returns the address."""
        self._plays[host, path] = answer
        return self.url(path, host or "127.0.0.1")

    def hostile(self, kind: str, path: str, *, host: str | None = None) -> str:
        """Misbehave at ``path`` in one of KINDS. Returns the address to ask, which may be on a port of its own."""
        make = KINDS[kind].answer
        if make is not None:
            return self.script(path, make(path), host=host)
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there, but not listening itself
        self._reserved.append(closed)
        return f"http://{host or '127.0.0.1'}:{closed.getsockname()[1]}{path}"

    def asked(self, path: str, host: str | None = None) -> list[Seen]:
        """Requests for ``path`` so far, in order."""
        return [seen for seen in self.log if seen.path == path and host in {None, seen.host}]

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        host = (request.host or "").rsplit(":", 1)[0]
        seen = Seen(request.method, request.path_qs, host, request.headers, asyncio.get_running_loop().time())
        self.log.append(seen)
        play = self._find(host, request)
        answer = play(seen) if play is not None else Answer(b"nothing here", 404, "text/plain")
        await asyncio.sleep(answer.delay_s)
        if answer.wire is not None:
            return await _wired(request, answer)
        if answer.endless:
            return await _endless(request, answer)
        if answer.is_held_by(request.headers):
            kept = {name: value for name, value in answer.headers_sent().items() if name != "Content-Type"}
            return web.Response(status=304, headers=kept)
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers_sent())

    def _find(self, host: str, request: web.BaseRequest) -> Play | None:
        for place in ((host, request.path_qs), (host, request.path), (None, request.path_qs), (None, request.path)):
            if place in self._plays:
                return self._plays[place]
        return None


async def _wired(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    transport = request.transport
    if answer.wire is not None and transport is not None:
        await answer.wire(request, transport)
    return web.Response()  # to nobody: the connection is closed


async def _endless(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers_sent())
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        await response.write(answer.body)
        while True:
            await response.write(answer.endless)
    return response
