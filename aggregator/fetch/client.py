"""Asks for one document and brings home what came of it as a value, whatever a server does."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from aggregator import sources, traces
from aggregator.errors import BadRedirect, FetchError, ForbiddenAddress, Refused, TooLarge, TooSlow
from aggregator.fetch import answers, decode, posting, sentences
from aggregator.fetch.guard import Guard, Lookup, SystemLookup
from aggregator.fetch.lanes import Lanes
from aggregator.model import (
    Failed,
    Fetched,
    FetchPolicy,
    Freshness,
    Gone,
    NotModified,
    Outcome,
    Request,
    Sending,
    Sent,
    Throttled,
    Validators,
)
from aggregator.text.urls import host

_MAX_HOPS = 5
_PERMANENT = {301, 308}
_REDIRECTS = _PERMANENT | {302, 303, 307}
_LARGE = 1024 * 1024  # a body above this needs one of the few large places: what bounds the memory of a whole round
_LARGE_PLACES = 8
_READ = 16 * 1024
_ON_THE_WIRE = 2  # times what a body may have: for the frames of chunks


@dataclass(frozen=True, slots=True)
class _Hop:
    """One address on the way, and how the way went so far."""

    url: URL
    before: tuple[URL, ...] = ()
    permanent: bool = True  # nothing but 301 and 308 led here

    @property
    def moved_to(self) -> str | None:
        return str(self.url) if self.before and self.permanent else None

    @property
    def given_by(self) -> str | None:
        """What validators from here remember as their address."""
        return str(self.url) if self.before else None

    def sends(self, held: Validators) -> Validators:
        """Those of ``held`` that this very address gave: no server is asked with another's (traps section 4)."""
        return held if held.url in {self.given_by, str(self.url)} else Validators()


class Fetcher:
    """The one function for everything that leaves the house; an async context manager, for many fetches at once.

    At most ``policy.concurrency`` bodies are held at a time, each of at most 1 MiB as it comes over the wire or in one
    of eight places of ``policy.max_bytes``; one body is unpacked at a time. ``lookup`` stands in for the system's
    name resolution: names of a loopback web in tests.
    """

    def __init__(self, policy: FetchPolicy, version: str, *, lookup: Lookup | None = None) -> None:
        self._policy = policy
        contact = "".join(filter(str.isprintable, policy.contact or ""))
        self._user_agent = f"article-aggregator/{version}" + (f" (+{contact})" if contact else "")
        self._session: aiohttp.ClientSession | None = None
        self._large = asyncio.Semaphore(_LARGE_PLACES)
        self._unpacking = asyncio.Lock()
        self._lanes = Lanes(policy.concurrency, policy.host_concurrency, policy.host_interval_s, sources.spacing_s)
        self._guard = Guard(policy.allow_private, lookup or SystemLookup())

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=self._guard.connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": decode.ACCEPTED},
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),  # one budget over all hops, kept here
            read_bufsize=_READ,
            max_field_size=32 * 1024,
            max_headers=256,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, request: Request) -> Outcome:
        """Ask once, redirects included. What a server does, or fails to do, is a value; only cancelling raises."""
        # Of the address only the host is told, and of what failed no sentence: some addresses hold a secret.
        with traces.step("fetch", part="asks") as step:
            outcome = await self._asked(request)
            if traces.on():
                step.tell({"server.address": host(request.url), "http.response.status_code": answers.status(outcome)})
                if not isinstance(outcome, Fetched | NotModified):
                    step.fail(outcome.code if isinstance(outcome, Failed) else type(outcome).__name__)
        return outcome

    async def _asked(self, request: Request) -> Outcome:
        try:
            return await self._follow(request)
        except Refused as error:
            return Failed("Refused", str(error), error.status, error.retry_after_s)
        except FetchError as error:
            return Failed(type(error).__name__, str(error))

    async def send(self, sending: Sending) -> Sent:
        """Send something out, once, without redirects; whatever comes of it is a value."""
        if self._session is None:
            raise RuntimeError("Fetcher is used outside of `async with`")
        return await posting.send(self._session, self._guard, self._lanes, sending)

    async def _follow(self, request: Request) -> Outcome:
        hop = _Hop(_starting_point(request.url))
        left = self._policy.timeout_s
        while True:
            queue = sources.lane(str(hop.url), request.kind)
            async with self._lanes.turn(queue) as rest:
                if rest > 0:
                    seconds = int(rest) + 1
                    return Throttled(429, seconds, sentences.resting(hop.url, seconds))
                result, left = await self._in_lane(queue, hop, request, left)
            if not isinstance(result, _Hop):
                return result
            hop = result

    async def _in_lane(self, queue: str, hop: _Hop, request: Request, left: float) -> tuple[Outcome | _Hop, float]:
        """Ask the address of ``hop`` and follow it as far as it stays in ``queue``, within ``left`` seconds.

        A redirect within a platform does not queue again behind everybody else who waits for that platform.
        """
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()  # waiting for a turn is our own doing and is not held against the server
            try:
                async with asyncio.timeout(left):
                    result = await self._ask(hop, request)
            except TimeoutError:
                raise TooSlow(sentences.too_slow(hop.url, self._policy.timeout_s)) from None
            left -= loop.time() - started
            if isinstance(result, Throttled) and result.retry_after_s is not None:
                self._lanes.close(queue, result.retry_after_s)
            if not isinstance(result, _Hop) or sources.lane(str(result.url), request.kind) != queue:
                return result, left
            hop = result
            await self._lanes.step(queue)

    async def _ask(self, hop: _Hop, request: Request) -> Outcome | _Hop:
        """Ask the address of ``hop`` and nothing else."""
        if self._session is None:
            raise RuntimeError("Fetcher is used outside of `async with`")
        sent = hop.sends(request.validators)
        headers = {"Accept": request.accept}
        if sent.etag is not None:
            headers["If-None-Match"] = sent.etag
        if sent.last_modified is not None:
            headers["If-Modified-Since"] = sent.last_modified
        with self._guard.asking(hop.url) as asked:
            try:
                method, form = ("POST", request.form) if request.form else ("GET", None)
                async with self._session.request(
                    method, hop.url, headers=headers, data=form, allow_redirects=False
                ) as response:
                    self._guard.check_peers(asked)
                    self._guard.let_in(response, _ON_THE_WIRE * self._policy.max_bytes)
                    if form and 200 <= response.status < 300:
                        return Fetched(str(hop.url), response.status, b"", "", Validators(), Freshness())
                    return await self._judge(response, hop, sent)
            except TimeoutError:
                raise
            except (aiohttp.ClientError, OSError, ValueError) as error:
                if asked.barred is not None:
                    raise ForbiddenAddress(sentences.forbidden(asked.name, asked.port, asked.barred)) from error
                raise sentences.translated(error, hop.url) from error

    async def _judge(self, response: aiohttp.ClientResponse, hop: _Hop, sent: Validators) -> Outcome | _Hop:
        """What one answer means, its status and headers read in the order in which they matter."""
        status, headers, url = response.status, response.headers, hop.url
        now = datetime.now(UTC)
        if status in _REDIRECTS:
            return _next(hop, headers, permanent=status in _PERMANENT)
        retry_after_s = answers.retry_after(headers, now)
        if status == 429 or (status == 503 and retry_after_s is not None):
            return Throttled(status, retry_after_s, sentences.throttled(url, status, retry_after_s))
        if answers.challenged(status, headers):
            raise Refused(sentences.walled(url, status), status, retry_after_s)
        if status in {404, 410}:
            return Gone(status, sentences.gone(url, status))
        if status == 304 and (sent.etag is not None or sent.last_modified is not None):
            return _not_modified(headers, hop, sent, now)
        if status not in {200, 203}:
            raise Refused(sentences.refused(url, status), status, retry_after_s)
        return Fetched(
            url=str(url),
            status=status,
            body=await self._body(response, sentences.named(url)),
            content_type=answers.printable(headers.get("Content-Type", "")),
            validators=answers.validators(headers, hop.given_by),
            freshness=answers.freshness(headers, now),
            permanent_url=hop.moved_to,
            links=answers.links(headers, url),
        )

    async def _body(self, response: aiohttp.ClientResponse, where: str) -> bytes:
        """The complete body, decoded. Raises TooLarge, Unreachable, aiohttp.ClientError where it breaks off."""
        limit = self._policy.max_bytes
        packed = decode.codings(response.headers.getall("Content-Encoding", ()), where)
        if response.content_length is not None and response.content_length > limit:
            raise TooLarge(sentences.too_large(where, limit))
        raw = bytearray()
        async with AsyncExitStack() as places:
            held = False
            async for piece in response.content.iter_any():
                raw += piece
                if len(raw) > limit:
                    raise TooLarge(sentences.too_large(where, limit))
                if len(raw) > _LARGE and not held:
                    await places.enter_async_context(self._large)
                    held = True
            if not packed or not raw:
                return bytes(raw)
            async with self._unpacking:
                return await self._unpack(raw, packed, where)

    async def _unpack(self, raw: bytearray, packed: tuple[str, ...], where: str) -> bytes:
        body = bytearray()
        for piece in decode.unpack(raw, packed, self._policy.max_bytes, where):
            body += piece
            await asyncio.sleep(0)  # a large body is unpacked between the work of others, never instead of it
        return bytes(body)


def _not_modified(headers: answers.Headers, hop: _Hop, sent: Validators, now: datetime) -> NotModified:
    fresh = answers.validators(headers, hop.given_by)
    return NotModified(
        # A 304 need not repeat what has not changed (RFC 9110 section 15.4.5).
        validators=Validators(fresh.etag or sent.etag, fresh.last_modified or sent.last_modified, hop.given_by),
        freshness=answers.freshness(headers, now),
        permanent_url=hop.moved_to,
    )


def _starting_point(text: str) -> URL:
    try:
        url = URL(text).with_fragment(None)
    except ValueError as error:
        raise ForbiddenAddress(f"{text[:200]!r} is no address that can be asked ({error}).") from error
    _check(url, ForbiddenAddress)
    return url


def _next(hop: _Hop, headers: answers.Headers, *, permanent: bool) -> _Hop:
    """Where a redirect leads. Raises BadRedirect."""
    location = answers.printable(headers.get("Location", "")).strip()
    if not location:
        raise BadRedirect(f"{sentences.named(hop.url)} redirects without saying where to. It is asked again later.")
    try:
        url = hop.url.join(URL(location)).with_fragment(None)
    except ValueError as error:
        raise BadRedirect(
            f"{sentences.named(hop.url)} redirects to {location[:200]!r}, which is no address."
        ) from error
    _check(url, BadRedirect)
    before = (*hop.before, hop.url)
    if url in before:
        raise BadRedirect(sentences.circle(before[0], url))
    if len(before) > _MAX_HOPS:
        raise BadRedirect(sentences.too_many_hops(before[0], _MAX_HOPS))
    return _Hop(url, before, hop.permanent and permanent)


def _check(url: URL, error: type[FetchError]) -> None:
    try:
        host, port = url.host, url.port
    except ValueError as problem:
        raise error(f"{str(url)[:200]!r} is no address that can be asked ({problem}).") from problem
    if url.scheme not in {"http", "https"} or not host or not port:
        raise error(f"{str(url)[:200]!r} was not asked: only http:// and https:// addresses with a host are.")
    if url.raw_user is not None or url.raw_password is not None:
        raise error(f"The address at {host} carries a user name or password and was not asked: use one without.")
