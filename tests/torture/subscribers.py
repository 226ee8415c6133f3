"""Ten thousand subscribers on keep-alive connections against the real service, while its articles change."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import resident_mb, run, running
from tests.shell.acceptance.stage import FETCH, config_text
from tests.torture.report import Figure

CLIENTS = 10_000
SLOW = 50  # that read nothing of what they asked for
CHANGES = 3
QUERIES = 1000
DOCUMENTS = ("rss.xml", "atom.xml", "feed.json", "index.json")
_TAG = re.compile(rb"\r\netag: ([^\r]+)", re.IGNORECASE)
_SIZE = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_RENDERED = re.compile(r'^aggregator_render_duration_seconds_count\{document="([^"]+)"\} ([\d.]+)', re.MULTILINE)


@dataclass(slots=True)
class Seen:
    """What all subscribers together were answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    bodies: dict[tuple[str, bytes], bytes] = field(default_factory=dict)  # by document and entity tag
    wrong: int = 0  # bodies that are not the ones that others got under the tag
    lost: int = 0  # connections that broke


@dataclass(slots=True)
class Client:
    """One subscriber: it holds what it got and asks whether that is current."""

    document: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tag: bytes = b""

    async def ask(self, seen: Seen) -> None:
        """Ask once, and hold the answer against everybody's."""
        condition = b"If-None-Match: %b\r\n" % self.tag if self.tag else b""
        try:
            self.writer.write(f"GET /{self.document} HTTP/1.1\r\nHost: x\r\n".encode() + condition + b"\r\n")
            head = await self.reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            size = _SIZE.search(head)
            body = await self.reader.readexactly(int(size[1])) if size and status != 304 else b""
        except (OSError, asyncio.IncompleteReadError):
            seen.lost += 1
            return
        seen.statuses[status] += 1
        if status == 200 and (tag := _TAG.search(head)):
            self.tag = tag[1]
            seen.wrong += seen.bodies.setdefault((self.document, self.tag), body) != body


async def _all(clients: Iterable[Client], seen: Seen) -> None:
    await asyncio.gather(*(client.ask(seen) for client in clients))


async def _get(url: str, path: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head[9:12]), body


async def _rendered(url: str) -> dict[str, int]:
    _, text = await _get(url, "/metrics")
    return {name: int(float(count)) for name, count in _RENDERED.findall(text.decode())}


def _feed(count: int) -> str:
    items = [Item(f"Post {n}", f"https://asha.example/{n}", prose(f"s{n}", 400)) for n in range(count)]
    return rss("Asha", "https://asha.example/", items)


@dataclass(slots=True)
class Found:
    """What came of it."""

    seen: Seen
    renders: list[int] = field(default_factory=list)  # of each change and document
    grown_mb: float = 0.0
    queries: Counter[int] = field(default_factory=Counter)
    queries_grown_mb: float = 0.0
    starved_ms: float = 0.0  # the slowest ready answer while the queries came
    cut_after_s: float = 0.0


async def visited(count: int, queries: int = QUERIES, changes: int = CHANGES) -> Found:
    """Let so many subscribe, change the articles under them, and ask in a thousand ways."""
    found, chance = Found(Seen()), random.Random(6)
    async with Web() as web:
        with tempfile.TemporaryDirectory(prefix="torture-") as name:
            folder = Path(name)
            web.page("/feed.xml", _feed(20))
            owners = (
                f"  - id: asha\n    name: Asha\n    sources:\n      - {{feed: '{web.url('/feed.xml')}', id: blog}}\n"
            )
            path = folder / "aggregator.yaml"
            path.write_text(config_text(f"sqlite:///{folder}/aggregator.db", owners, FETCH), encoding="utf-8")
            words = ("serve", "--port", "0", "--clients", str(count + SLOW + 100), "--config", str(path))
            async with running(*words, cwd=folder) as program:
                url = await program.address()
                await program.says("asha/blog: ")
                cutting = asyncio.create_task(_slow_headers(url))
                for document in DOCUMENTS:
                    await _get(url, f"/{document}")
                before = resident_mb(program.process.pid)
                clients = await _connected(url, count)
                slow = await _connected(url, SLOW)
                for client in slow:  # ask over and over, and take nothing
                    client.writer.write(f"GET /{client.document} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 20)
                await _all(clients, found.seen)
                for change in range(changes):
                    earlier = await _rendered(url)
                    web.page("/feed.xml", _feed(21 + change))
                    said = await run("poll", "--force", "--json", "--config", str(path), cwd=folder)
                    assert json.loads(said.out)[0]["new"] == 1, said.err
                    await asyncio.sleep(2.5)  # until the service has heard of it, whoever polled
                    await _all(clients, found.seen)
                    later = await _rendered(url)
                    found.renders += [later[document] - earlier[document] for document in DOCUMENTS]
                found.grown_mb = resident_mb(program.process.pid) - before
                await _asked_in_many_ways(url, queries, found, clients[: len(DOCUMENTS)], chance, program.process.pid)
                found.cut_after_s = await cutting
                for client in (*clients, *slow):
                    client.writer.transport.abort()
    return found


async def _connected(url: str, count: int) -> list[Client]:
    parts, clients = urlsplit(url), []
    for number in range(count):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        clients.append(Client(DOCUMENTS[number % len(DOCUMENTS)], reader, writer))
        if number % 500 == 499:  # before the service takes them for slow, they ask something
            await _all(clients[-500:], Seen())
    return clients


async def _slow_headers(url: str) -> float:
    """How long somebody may send one header after the other."""
    parts, began = urlsplit(url), time.monotonic()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    ended = asyncio.ensure_future(reader.read(1))
    while not ended.done() and time.monotonic() - began < 60:
        writer.write(b"X-More: 1\r\n")
        await asyncio.wait([ended], timeout=1)
    writer.transport.abort()
    await asyncio.wait([ended])
    ended.exception()  # a reset is an end, too
    return time.monotonic() - began


async def _asked_in_many_ways(
    url: str, count: int, found: Found, clients: list[Client], chance: random.Random, pid: int
) -> None:
    before, asking = resident_mb(pid), True

    async def ready() -> None:
        while asking:
            began = time.monotonic()
            await _all(clients[:1], found.seen)
            found.starved_ms = max(found.starved_ms, 1000 * (time.monotonic() - began))
            await asyncio.sleep(0.01)

    waiting = asyncio.create_task(ready())
    gate = asyncio.Semaphore(20)

    async def one(number: int) -> None:
        async with gate:
            query = f"limit={number % 200 + 1}&q={chance.choice('abcdefgh')}{number}"
            status, _ = await _get(url, f"/{chance.choice(DOCUMENTS)}?{query}")
            found.queries[status] += 1

    await asyncio.gather(*(one(number) for number in range(count)))
    asking = False
    await waiting
    found.queries_grown_mb = resident_mb(pid) - before


def main() -> list[Figure]:
    """Play it with as many as are wanted."""
    count = int(os.environ.get("TORTURE_CLIENTS") or CLIENTS)
    found = asyncio.run(visited(count))
    seen = found.seen
    failed = sum(number for status, number in seen.statuses.items() if status >= 500) + found.queries[500]
    answers = sum(seen.statuses.values())
    return [
        Figure("subscribers at once, and answers", f"{CLIENTS:,}", f"{count:,}; {answers:,}", count >= CLIENTS),
        Figure("of the answers: 304", "most", f"{seen.statuses[304]:,}", seen.statuses[304] > 0),
        Figure("wrong bodies", "0", f"{seen.wrong}", seen.wrong == 0),
        Figure("answers of 500 and above, connections lost", "0, 0", f"{failed}, {seen.lost}", failed + seen.lost == 0),
        Figure("renders of a document for one change", "1", f"{max(found.renders)}", set(found.renders) == {1}),
        Figure("memory for all of them", "<= 300 MB", f"{found.grown_mb:.0f} MB", found.grown_mb <= 300),
        Figure(
            "memory for 1,000 query strings",
            "<= 80 MB",
            f"{found.queries_grown_mb:.0f} MB",
            found.queries_grown_mb <= 80,
        ),
        Figure("slowest ready answer meanwhile", "<= 1 s", f"{found.starved_ms:.0f} ms", found.starved_ms <= 1000),
        Figure(
            "headers of a line each second are cut off after",
            "10 s",
            f"{found.cut_after_s:.0f} s",
            found.cut_after_s < 15,
        ),
    ]
