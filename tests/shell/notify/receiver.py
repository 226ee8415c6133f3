"""A receiver on loopback that writes down what it is sent, and answers as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Got:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return orjson.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """Answers at every path with what was scripted for it, the last one for ever; 200 if nothing was."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    _scripts: dict[str, list[Reply]] = field(default_factory=dict)

    def url(self, path: str = "/hook", *replies: Reply) -> str:
        """An address here, and what is answered there from now on."""
        if replies:
            self._scripts[path] = list(replies)
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str = "/hook") -> list[Got]:
        """What came there so far."""
        return [one for one in self.got if one.path == path]

    def types(self, path: str = "/hook") -> list[str]:
        """The types of the events that came there."""
        return [one.json()["type"] for one in self.at(path)]

    async def _answer(self, request: web.Request) -> web.Response:
        self.got.append(Got(request.path, request.headers.copy(), await request.read()))
        script = self._scripts.get(request.path, [Reply()])
        reply = script.pop(0) if len(script) > 1 else script[0]
        await asyncio.sleep(reply.delay_s)
        return web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver._answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()
