"""Reads documents in processes that can be killed, so that a hostile one costs its own source one poll and no more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from aggregator.errors import Malformed, ParseError, TooComplex
from aggregator.model import (
    BackfillPart,
    Candidate,
    Circumstances,
    Fetched,
    PageFacts,
    Past,
    Piece,
    RawEntry,
    Reading,
    Rule,
    Source,
    Unpacked,
)
from aggregator.poll.child import LENGTH, dumps, loads

MEMORY_BYTES = (
    224 * 1024**2
)  # of data; with code and libraries below 256 MiB of resident memory (measured in the tests)
_MOST_CHILDREN = 4  # 45 MB each: the store, not reading, is what a round waits for, also on a machine with 64 cores
_START_LIMIT_S = 60.0
_REPLY_LIMIT = 64 * 1024**2
_JOBS_PER_CHILD = 1000  # then a fresh one: what libraries leak ends here
# A child that reads what strangers wrote is not handed the secrets that the config takes from the environment.
_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "TZ", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONHASHSEED")
_ENVIRONMENT_PREFIXES = ("LC_", "LD_", "DYLD_")
_PAGES = "aggregator.parse.page:read_page"
_UNPACK = "aggregator.past.unpack:unpack"
_PAST = "aggregator.past.pages:read_past"
_FACTS = "aggregator.sources:facts"
_CANDIDATES = "aggregator.parse.discover:candidates"
_SITEMAPS = "aggregator.parse.sitemap:children"
_JOINED = "aggregator.parse.sitemap:joined"
_PAGE_BYTES = 2 * 1024**2  # of a page are read; the rest need not travel

T = TypeVar("T")


class Process(Protocol):
    """The process of a reader, as far as its pool has to do with it."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def returncode(self) -> int | None:
        """None as long as it runs."""

    def kill(self) -> None:
        """End it now. Raises ProcessLookupError."""

    async def wait(self) -> int:
        """Its exit status, once it has ended."""


async def fresh(theirs: socket.socket) -> Process:
    """A Python of its own that reads what comes over ``theirs``."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(Path(__file__).with_name("child.py")),
        str(theirs.fileno()),
        pass_fds=(theirs.fileno(),),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in a terminal goes to this process only
        env=_environment(),
    )


@dataclass(slots=True)
class _Child:
    process: Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    jobs: int = 0

    async def ask(self, value: object) -> object:
        """Send one value, wait for one. Raises EOFError, ConnectionError, ValueError if the other end is not itself."""
        self.writer.write(dumps(value))
        await self.writer.drain()
        (size,) = LENGTH.unpack(await self.reader.readexactly(LENGTH.size))
        if size > _REPLY_LIMIT:
            raise ValueError(f"a reply of {size:,} bytes")
        return loads(await self.reader.readexactly(size))


class Readers:
    """A pool of at most ``count`` reader processes, started when first needed; an async context manager.

    Without a ``count`` one for each core, at most four.

    ``target`` names the function that reads feeds, as ``module:function``; it takes what ``read`` takes. Processes are
    started fresh (never forked from this one with its threads) and end when this process does, however it ends.
    """

    def __init__(
        self,
        count: int | None = None,
        *,
        target: str = "aggregator.ingest:read",
        time_limit_s: float = 10.0,
        memory_bytes: int = MEMORY_BYTES,
        spawn: Callable[[socket.socket], Awaitable[Process]] = fresh,
    ) -> None:
        self._places = asyncio.Semaphore(count or min(os.cpu_count() or 1, _MOST_CHILDREN))
        self._target = target
        self._time_limit_s = time_limit_s
        self._memory_bytes = memory_bytes
        self._spawn = spawn
        self._idle: list[_Child] = []
        self._children: dict[int, _Child] = {}  # by process id
        self._ending: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._idle.clear()
        for child in list(self._children.values()):
            self._discard(child)
        await asyncio.gather(*self._ending)

    @property
    def pids(self) -> tuple[int, ...]:
        """Processes that run now."""
        return tuple(self._children)

    async def read(
        self,
        fetched: Fetched,
        source: Source,
        now: datetime,
        rule: Rule | None = None,
        said: tuple[RawEntry, ...] = (),
    ) -> Reading:
        """Read one document in a process of its own, with what ``ingest.read`` takes.

        Raises the ParseError that reading raises, and TooComplex where it took too long or too much memory. A document
        on which our own code fails is Malformed, with the trace as a note.
        """
        more = (rule, said) if said else (rule,) if rule is not None else ()
        arguments = (fetched, source, now, *more)
        return await self._run(self._target, arguments, Reading, f"{source.key} ({fetched.url})")

    async def facts(self, fetched: Fetched, source: Source) -> tuple[RawEntry, ...]:
        """What a platform says of a source's articles beside the feed. Raises as ``read`` does."""
        found = await self._run(_FACTS, (source, fetched), tuple, fetched.url)
        return tuple(one for one in found if isinstance(one, RawEntry))

    async def read_page(self, fetched: Fetched) -> PageFacts:
        """Read an article's own page in such a process. Raises as ``read`` does."""
        arguments = (fetched.body[:_PAGE_BYTES], fetched.content_type, fetched.url)
        return await self._run(_PAGES, arguments, PageFacts, fetched.url)

    async def past(
        self, fetched: Fetched, source: Source, now: datetime, rule: Rule | None, part: BackfillPart, folder: str
    ) -> Past:
        """Read one page of a source's history in such a process. Raises as ``read`` does."""
        arguments = (fetched, source, now, rule, part, folder)
        return await self._run(_PAST, arguments, Past, f"{source.key} ({fetched.url})")

    async def unpack(
        self, format_: str, pieces: Sequence[Piece], source: Source, circumstances: Circumstances
    ) -> Unpacked:
        """Read items of an export in such a process. Raises as ``read`` does."""
        arguments = (format_, tuple(pieces), source, circumstances)
        return await self._run(_UNPACK, arguments, Unpacked, pieces[0].name)

    async def candidates(self, fetched: Fetched) -> tuple[Candidate, ...]:
        """Where the site of a page may have a feed, best first. Raises as ``read`` does."""
        arguments = (fetched.body[:_PAGE_BYTES], fetched.content_type, fetched.url, fetched.links)
        found = await self._run(_CANDIDATES, arguments, tuple, fetched.url)
        return tuple(one for one in found if isinstance(one, Candidate))

    async def sitemaps(self, fetched: Fetched) -> tuple[str, ...]:
        """Of a list of sitemaps those with the articles; () for any other document. Raises as ``read`` does."""
        arguments = (fetched.body, fetched.content_type, fetched.url)
        found = await self._run(_SITEMAPS, arguments, tuple, fetched.url)
        return tuple(one for one in found if isinstance(one, str))

    async def joined(self, bodies: Sequence[bytes], name: str) -> bytes:
        """Several sitemaps as one. Raises as ``read`` does."""
        return await self._run(_JOINED, (tuple(bodies),), bytes, name)

    async def _run(self, target: str, arguments: tuple[object, ...], expected: type[T], name: str) -> T:
        async with self._places:
            child = await self._take()
            kept = False
            try:
                kind, value = await self._ask(child, (target, arguments), name)
                kept = kind != "exhausted" and child.jobs < _JOBS_PER_CHILD
            finally:
                if kept:
                    self._idle.append(child)
                else:
                    self._discard(child)
        return _judged(kind, value, expected, name)

    async def _take(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.process.returncode is None and not child.reader.at_eof():
                return child
            self._discard(child)  # ended while it had nothing to do: no document is to blame
        return await self._start()

    async def _start(self) -> _Child:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await self._spawn(theirs)
        except BaseException:
            ours.close()
            raise
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=1024**2)
        child = self._children[process.pid] = _Child(process, reader, writer)
        path = [entry or str(Path.cwd()) for entry in sys.path]
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                kind, value = _pair(await child.ask((path, self._target, self._memory_bytes, self._time_limit_s)))
            if kind != "ready":
                raise RuntimeError(f"A reader process cannot run {self._target}:\n{value}")
        except BaseException:
            self._discard(child)
            raise
        return child

    async def _ask(self, child: _Child, job: tuple[str, tuple[object, ...]], name: str) -> tuple[str, object]:
        child.jobs += 1
        try:
            async with asyncio.timeout(self._time_limit_s):
                return _pair(await child.ask(job))
        except TimeoutError:
            raise TooComplex(
                f"{name} could not be read within {self._time_limit_s:g} seconds, so it was given up. "
                "What was published from it before stays; look at the document if this goes on."
            ) from None
        except (EOFError, ConnectionError, ValueError, pickle.UnpicklingError) as error:
            raise TooComplex(
                f"{name} could not be read: it took more memory than one document may have, or broke the process that "
                f"reads it ({await _end_of(child.process, error)}). What was published from it before stays."
            ) from error

    def _discard(self, child: _Child) -> None:
        """End ``child`` now, whatever it does; it is waited for aside, so that nobody's cancelling leaves a zombie."""
        if self._children.pop(child.process.pid, None) is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.process.kill()
        child.writer.transport.abort()
        task = asyncio.get_running_loop().create_task(_reap(child.process))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _judged(kind: str, value: object, expected: type[T], name: str) -> T:
    if kind == "value" and isinstance(value, expected):
        return value
    if kind == "error" and isinstance(value, ParseError):
        raise value
    if kind == "exhausted":
        raise TooComplex(f"{name} could not be read: it takes {value}. What was published from it before stays.")
    fault = Malformed(
        f"{name} could not be read because of a fault in this program. Please report it with the document."
    )
    fault.add_note(str(value))
    raise fault


def _pair(value: object) -> tuple[str, object]:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return value[0], value[1]
    raise ValueError("no reply of a reader")


async def _end_of(process: Process, error: Exception) -> str:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):  # its pipe ends a moment before it does
            code = await process.wait()
            return signal.Signals(-code).name if code < 0 else f"exit status {code}"
    return type(error).__name__


async def _reap(process: Process) -> None:
    await process.wait()


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES)
    }
