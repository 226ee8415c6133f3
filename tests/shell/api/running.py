"""The real application on uvicorn, and a visitor who sends addresses exactly as they are written."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import aiohttp
import uvicorn
from multidict import CIMultiDictProxy
from starlette.types import ASGIApp
from yarl import URL

from aggregator.api.app import create_app
from aggregator.api.audience import Audience
from aggregator.api.status.actions import Desk
from aggregator.model import Config
from aggregator.publish.publisher import KEPT_BYTES, Publisher
from aggregator.store import Store
from tests.shell.api.library import BASE, CONFIG

_ADDRESS = re.compile(r"\(https://\w+\.example/\w+/(\d+)\)")
_GROUP = re.compile(r'id="article-01JZ8Q5T0*(\d+)"')
_NUMBER = re.compile(r"article/01JZ8Q5T0*(\d+)\b")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, not decompressed."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def numbers(self) -> list[int]:
        """Which works a document holds, in its order."""
        without_ids = {"text/markdown; charset=utf-8": _ADDRESS, "image/svg+xml": _GROUP}
        if (pattern := without_ids.get(self.headers["Content-Type"])) is not None:
            return [int(one) for one in pattern.findall(self.body.decode())]
        if self.body.startswith(b"{"):
            ids = [item["id"] for item in self.json()["items"]]
        elif self.body.startswith(b"<?xml"):
            root = ElementTree.fromstring(self.body)
            ids = [found.text or "" for found in root.iter() if found.tag.endswith(("guid", "}id"))]
        elif b'id="article-' in self.body:
            return [int(one) for one in _GROUP.findall(self.body.decode())]
        else:
            ids = re.findall(r'"@id":"([^"]+)"', self.body.decode())
        return [int(found[1]) for one in ids if (found := _NUMBER.search(one))]

    @property
    def links(self) -> dict[str, str]:
        """Addresses of the Link header by relation."""
        found = re.findall(r'<([^>]*)>; rel="(\w+)"', self.headers.get("Link", ""))
        return {relation: url for url, relation in found}

    @property
    def problem(self) -> str:
        """What went wrong, of an answer that must be a problem."""
        assert self.headers["Content-Type"] == "application/problem+json"
        body = self.json()
        assert body.keys() == {"type", "title", "status", "detail"}
        assert body["status"] == self.status
        return str(body["detail"])


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who asks a running service."""

    url: str
    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """One request; no redirect is followed."""
        address = URL(self.url + path.removeprefix(BASE), encoded=True)
        skip = {"Accept-Encoding"}  # what the visitor does not say is not said
        async with self.session.request(
            method, address, headers=headers, allow_redirects=False, skip_auto_headers=skip
        ) as response:
            return Reply(response.status, response.headers, await response.read())

    async def get(self, path: str, **headers: str) -> Reply:
        """GET, with header names spelled with underscores; an address below the base leads here, too."""
        return await self.ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    async def head(self, path: str, **headers: str) -> Reply:
        """HEAD, likewise."""
        return await self.ask("HEAD", path, {name.replace("_", "-"): value for name, value in headers.items()})

    async def numbers(self, path: str) -> list[int]:
        """Which works a document holds, in its order."""
        reply = await self.get(path)
        assert reply.status == 200, reply.body
        return reply.numbers

    async def raw(self, request: bytes) -> bytes:
        """What comes back for these very bytes, until the connection is closed."""
        url = URL(self.url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(request)
        found = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return found


@dataclass(frozen=True, slots=True)
class Service(Visitor):
    """A service of this process, with the parts behind it."""

    store: Store
    publisher: Publisher


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """The application on a free port; its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as open_socket:
        # asyncio sets it for sockets that it makes itself; without it every body waits 40 ms behind its headers
        open_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1)
        )
        running = asyncio.create_task(server.serve([open_socket]))
        try:
            yield f"http://127.0.0.1:{open_socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def visiting() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without a limit, that leaves codings alone."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        yield session


@asynccontextmanager
async def serving(
    store: Store, config: Config = CONFIG, kept_bytes: int = KEPT_BYTES, desk: Desk | None = None
) -> AsyncIterator[Service]:
    """The service on top of a store."""
    publisher = Publisher(config, store, kept_bytes)
    audience = Audience(store.overview.fetched, lambda: datetime.now(UTC))
    try:
        async with listening(create_app(config, store, publisher, desk, audience)) as url, visiting() as session:
            yield Service(url, session, store, publisher)
    finally:
        publisher.close()
        audience.close()
