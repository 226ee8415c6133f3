"""Sends one request that carries something out of the house, under the same guard as everything that is fetched."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

import aiohttp
from yarl import URL

from aggregator.errors import FetchError
from aggregator.fetch import answers, sentences
from aggregator.fetch.guard import Guard
from aggregator.fetch.lanes import Lanes
from aggregator.model import Sending, Sent

TIMEOUT_S = 20.0  # Standard Webhooks: 15 to 30 seconds
MOST_BYTES = 64 * 1024  # of an answer; the rest is not read
_REFUSED_BEFORE = (aiohttp.ClientConnectorError, aiohttp.InvalidURL)


async def send(session: aiohttp.ClientSession, guard: Guard, lanes: Lanes, sending: Sending) -> Sent:
    """What came of it, as a value; only cancelling raises. No redirect is followed: what it says counts.

    One request at a time per host, in a lane of its own: who is polled and who is told do not wait for each other.
    """
    try:
        url = URL(sending.url).with_fragment(None)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("no web address")
    except ValueError:
        return Sent(None, "It was not asked: that is no http(s) address.", arrived=False)
    lane = f"to {url.host}:{url.port}"
    async with lanes.turn(lane) as rest:
        if rest > 0:
            seconds = int(rest) + 1
            said = f"{url.host} has asked to be left alone for another {seconds:,} seconds."
            return Sent(None, said, retry_after_s=seconds, arrived=False)
        sent = await _ask(session, guard, url, sending)
        if sent.status in (429, 503) and sent.retry_after_s:
            lanes.close(lane, sent.retry_after_s)
        return sent


async def _ask(session: aiohttp.ClientSession, guard: Guard, url: URL, sending: Sending) -> Sent:
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", **sending.headers}  # bodies are read as they are
    with guard.asking(url) as asked:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                async with session.request(
                    sending.method, url, data=sending.body or None, headers=headers, allow_redirects=False
                ) as response:
                    guard.check_peers(asked)
                    body = await _beginning(response)
                    now = datetime.now(UTC)
                    retry_after_s = answers.retry_after(response.headers, now)
                    return Sent(response.status, _phrase(response.status), body, retry_after_s)
        except TimeoutError:
            return Sent(None, f"{url.host} did not answer within {TIMEOUT_S:g} seconds.")
        except (FetchError, aiohttp.ClientError, OSError, ValueError) as error:
            if asked.barred is not None:
                said = sentences.forbidden(asked.name, asked.port, asked.barred)
                return Sent(None, said, arrived=False)
            if isinstance(error, FetchError):
                return Sent(None, str(error), arrived=False)
            said = f"{url.host} could not be reached: {_reason(error)}."
            return Sent(None, said, arrived=not isinstance(error, _REFUSED_BEFORE))


def _reason(error: Exception) -> str:
    """Without the address, which may hold a secret."""
    inner = getattr(error, "os_error", None) or error
    number = getattr(inner, "errno", None)
    return (os.strerror(number) if isinstance(number, int) and number > 0 else type(inner).__name__).lower()


def _phrase(status: int) -> str:
    said = f"It answered {answers.phrase(status)}."
    return f"{said} Redirects are not followed here: use the address that it leads to." if 300 <= status < 400 else said


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """As much of the body as anybody wants; one that breaks off changes nothing about the answer."""
    body = bytearray()
    try:
        async for piece in response.content.iter_any():
            body += piece
            if len(body) >= MOST_BYTES:
                break
    except (aiohttp.ClientError, OSError):
        return bytes(body[:MOST_BYTES])
    return bytes(body[:MOST_BYTES])
