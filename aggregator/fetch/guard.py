"""Looks at every address before it is connected to, so that no name, redirect or notation reaches the inside."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from aggregator.errors import ForbiddenAddress
from aggregator.fetch import sentences
from aggregator.fetch.addresses import allowances, is_public, parse
from aggregator.fetch.meter import Metered

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]  # (name, port) -> numeric addresses; raises OSError

AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


@dataclass(slots=True)
class Asked:
    """The name and port one hop is for, and what the guard has seen of it."""

    name: str
    port: int
    barred: str | None = None  # the address that was not let through
    sockets: list[Metered] = field(default_factory=list)


# Which hop a socket is opened for: the connector tells its socket factory the address but not the name. Tasks that the
# connector starts inherit it; where it is missing, nothing is connected to.
_ASKED: ContextVar[Asked] = ContextVar("asked")


class SystemLookup:
    """Asks the system's resolver without ever holding up the loop or the end of the process.

    A lookup in C cannot be cancelled: it gets a daemon thread, and its place is free again only when it is over.
    """

    def __init__(self, threads: int = 32) -> None:
        self._places = asyncio.Semaphore(threads)

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        """Numeric addresses of ``name``, as the system orders them. Raises OSError."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def settle(found: Sequence[str] | OSError) -> None:
            self._places.release()
            if answer.done():
                return
            if isinstance(found, OSError):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def ask() -> None:
            found = _addresses(name, port)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, found)

        threading.Thread(target=ask, name=f"lookup {name}", daemon=True).start()
        return await answer


class Guard(AbstractResolver):
    """Resolver and socket factory of the connector; both let only public or expressly allowed addresses through.

    The resolver hands on exactly the addresses it has checked, and the socket factory checks the address that is
    about to be connected to once more: a literal never passes the resolver, and a name may change its answer.
    """

    def __init__(self, allow_private: Sequence[str], lookup: Lookup) -> None:
        self._opened: WeakValueDictionary[int, Metered] = WeakValueDictionary()  # by file descriptor
        self._allowed = allowances(allow_private)
        self._lookup = lookup

    def connector(self) -> aiohttp.TCPConnector:
        """Build a connector in which no connection comes to be but through this guard."""
        return aiohttp.TCPConnector(
            resolver=self,
            socket_factory=self.open_socket,
            use_dns_cache=False,  # an answer is checked and used at once, never kept
            limit=0,  # lanes count requests
        )

    @contextlib.contextmanager
    def asking(self, url: URL) -> Iterator[Asked]:
        """Say which address the connections made inside this block are for."""
        asked = Asked(url.raw_host or "", url.port or 0)
        token = _ASKED.set(asked)
        try:
            yield asked
        finally:
            _ASKED.reset(token)

    def permits(self, address: str, name: str, port: int) -> bool:
        """Tell whether ``address`` may be connected to on behalf of ``name:port``."""
        parsed = parse(address)
        return parsed is not None and (
            is_public(parsed) or any(allowance.covers(parsed, name, port) for allowance in self._allowed)
        )

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of ``host`` that may be connected to. Raises ForbiddenAddress if none of them may."""
        answers = await self._lookup(host, port)
        if not answers:
            raise OSError(f"{host} has no address")
        permitted = [answer for answer in answers if self.permits(answer, host, port)]
        if not permitted:
            raise ForbiddenAddress(sentences.forbidden(host, port, answers[0]))
        return [
            ResolveResult(
                hostname=host,
                host=answer,
                port=port,
                family=socket.AF_INET6 if ":" in answer else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for answer in permitted
        ]

    def open_socket(self, addr_info: AddrInfo) -> socket.socket:
        """Open the socket that ``addr_info`` is about to be connected with. Raises PermissionError."""
        family, kind, protocol, _, address = addr_info
        target, port = str(address[0]), address[1]
        asked = _ASKED.get(None)
        if asked is None or port != asked.port or not self.permits(target, asked.name, asked.port):
            if asked is not None:
                asked.barred = target
            raise PermissionError(f"{target} is not public")
        opened = Metered(family, kind, protocol)
        self._opened[opened.fileno()] = opened
        asked.sockets.append(opened)
        return opened

    def let_in(self, response: aiohttp.ClientResponse, count: int) -> None:
        """Take so many bytes over the wire for the body of an answer."""
        transport = response.connection.transport if response.connection else None  # None: it is all here already
        there = transport.get_extra_info("socket") if transport else None
        if there is not None and (opened := self._opened.get(there.fileno())):
            opened.more(count)

    def check_peers(self, asked: Asked) -> None:
        """Look at who is really at the other end of the connections made for ``asked``. Raises ForbiddenAddress."""
        for opened in asked.sockets:
            try:
                peer = str(opened.getpeername()[0])
            except OSError:  # already closed
                continue
            if not self.permits(peer, asked.name, asked.port):
                raise ForbiddenAddress(sentences.forbidden(asked.name, asked.port, peer))

    async def close(self) -> None:
        """Nothing is kept."""


def _addresses(name: str, port: int) -> Sequence[str] | OSError:
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError as error:  # a label that IDNA cannot encode
        return OSError(str(error))
    return [str(answer[4][0]) for answer in answers]
