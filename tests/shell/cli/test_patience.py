"""Who is slow to ask is cut off; one too many is told when to come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from aggregator.cli.patience import patient

Opened = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def serving(clients: int, headers_s: float) -> AsyncIterator[Opened]:
    config = uvicorn.Config(
        PlainTextResponse("hello"),
        port=0,
        http=patient(clients, headers_s),
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    writers = []

    async def opened() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    yield opened
    for writer in writers:
        writer.close()
    server.should_exit = True
    await running


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].split()[0])
    return head + await reader.readexactly(size)


@pytest.mark.parametrize("before", [False, True])
async def test_headers_that_do_not_come_to_an_end_are_cut_off(before: bool) -> None:
    async with serving(10, 0.3) as opened:
        reader, writer = await opened()
        if before:  # the same on a connection that has had an answer
            writer.write(ASK)
            assert (await answer(reader)).endswith(b"hello")
            await asyncio.sleep(0.4)  # nothing asked yet: this is what the other limit is for
        writer.write(ASK[:-2])
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)


async def test_whoever_asks_in_time_is_served_again_and_again() -> None:
    async with serving(10, 0.3) as opened:
        reader, writer = await opened()
        for _ in range(4):
            writer.write(ASK)
            assert (await answer(reader)).endswith(b"hello")
            await asyncio.sleep(0.15)


async def test_one_too_many_is_told_when_to_come_back_and_makes_room() -> None:
    async with serving(2, 5) as opened:
        pairs = [await opened() for _ in range(3)]
        for _, writer in pairs[:2]:
            await writer.drain()
        pairs[2][1].write(ASK)
        said = await answer(pairs[2][0])
        assert said.startswith(b"HTTP/1.1 429 ")
        assert b"retry-after: 5\r\n" in said.lower()
        assert b"application/problem+json" in said
        assert await pairs[2][0].read() == b""  # let go
        pairs[0][1].write(ASK)
        assert (await answer(pairs[0][0])).endswith(b"hello")
