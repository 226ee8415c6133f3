"""Workers and API processes as they are run, a loopback web of many hosts for them, and a PostgreSQL of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from aiohttp import web

from aggregator.config import load
from aggregator.model import PollState, Validators
from aggregator.store import Store

ITEM = "<item><title>{title}</title><link>https://{name}.example/{title}</link><guid>{name}-{title}</guid></item>"
FEED = "<rss version='2.0'><channel><title>{name}</title><link>https://{name}.example/</link>{items}</channel></rss>"


@dataclass(slots=True)
class ManyHosts:
    """One server behind as many addresses of 127.0.0.0/8 as there are hosts; it sees who asks what at once."""

    hosts: int
    each: int  # sources on one host
    answer_s: tuple[float, float] = (0.02, 0.05)
    port: int = 0
    titles: dict[str, list[str]] = field(default_factory=dict)
    asked_at: dict[str, list[float]] = field(default_factory=dict)  # monotonic
    asking: Counter[str] = field(default_factory=Counter)  # by host
    twice: int = 0  # requests that began while another one to that host was under way
    slow: dict[str, float] = field(default_factory=dict)  # seconds, for single sources

    @property
    def names(self) -> list[str]:
        """Every source."""
        return [f"h{host}s{one}" for host in range(self.hosts) for one in range(self.each)]

    def url(self, name: str) -> str:
        """The address of a source."""
        host, _, _ = name[1:].partition("s")
        number = int(host) + 256
        return f"http://127.{number >> 16}.{number >> 8 & 255}.{number & 255}:{self.port}/{name}.xml"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answer, until the block ends."""
        runner = web.ServerRunner(web.Server(self._serve, access_log=None, handler_cancellation=True))
        await runner.setup()
        with socket.create_server(("0.0.0.0", 0), backlog=4096) as listening:
            self.port = listening.getsockname()[1]
            await web.SockSite(runner, listening).start()
            yield
            await runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.removeprefix("/").removesuffix(".xml")
        host = name.partition("s")[0]
        self.asked_at.setdefault(name, []).append(time.monotonic())
        self.twice += self.asking[host] > 0
        self.asking[host] += 1
        try:
            await asyncio.sleep(self.slow.get(name) or random.uniform(*self.answer_s))
        finally:
            self.asking[host] -= 1
        titles = self.titles.get(name, ["one"])
        etag = f'"{len(titles)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        body = FEED.format(name=name, items="".join(ITEM.format(name=name, title=title) for title in titles))
        return web.Response(text=body, content_type="application/rss+xml", headers={"ETag": etag})


def written(folder: Path, hosts: ManyHosts, url: str) -> Path:
    """A config with every source of these hosts."""
    path = folder / "aggregator.yaml"
    feeds = "".join(f"      - {{feed: '{hosts.url(name)}', id: {name}}}\n" for name in hosts.names)
    path.write_text(
        f"site: {{title: Bench, base_url: https://feeds.example.org}}\ndatabase_url: {url}\n"
        "fetch: {allow_private: [127.0.0.0/8], per_host: {concurrency: 1, interval: 0s}, min_interval: 1m}\n"
        f"owners:\n  - id: asha\n    name: Asha\n    sources:\n{feeds}",
        encoding="utf-8",
    )
    return path


def known(path: Path) -> None:
    """Let the database of a config be as if every source had been read an hour ago: they answer 304 from now on."""
    config, now = load(path, {}), datetime.now(UTC)
    Store.upgrade(config.database_url)
    store = Store.open(config.database_url)
    store.sync(config, now)
    keys = [source.key for source in config.sources]
    store.claim(now, "bench", 600, len(keys), keys, True)
    before, later = now - timedelta(hours=1), now + timedelta(days=1)
    known = PollState("", later, state="ok", validators=Validators('"1"'))
    known = replace(known, last_poll_at=before, last_success_at=before, last_change_at=before)
    states = [replace(known, source_key=key) for key in keys]
    assert not store.record(states, "bench")
    store.close()


_BEGUN: list[Process] = []


@dataclass(slots=True)
class Process:
    """``aggregator`` with some command, and what it says."""

    popen: subprocess.Popen[bytes]
    log: Path

    def says(self, word: str) -> bool:
        """Whether it said this."""
        if self.popen.poll() is not None:
            raise RuntimeError(f"it ended: {self.log.read_text()[-2000:]}")
        return word in self.log.read_text()

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send it a signal; the seconds that it took to end."""
        started = time.monotonic()
        self.popen.send_signal(number)
        self.popen.wait()
        return time.monotonic() - started


def start(folder: Path, *arguments: str) -> Process:
    """Begin a process with the config of this folder."""
    log = Path(tempfile.mkstemp(dir=folder, suffix=".log")[1])
    command = [sys.executable, "-m", "aggregator", *arguments, "--config", str(folder / "aggregator.yaml")]
    with log.open("wb") as out:
        begun = Process(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder), log)
    _BEGUN.append(begun)
    return begun


async def until(holds: Callable[[], bool], limit_s: float, every_s: float = 0.02) -> float:
    """Wait until this holds, looking so often; the seconds that it took."""
    started = time.monotonic()
    async with asyncio.timeout(limit_s):
        while not await asyncio.to_thread(holds):  # noqa: ASYNC110 - it is known in another process
            await asyncio.sleep(every_s)
    return time.monotonic() - started


def ticks_of(pid: str | int, *, ended: bool = False) -> float:
    """Seconds of processor time of a process; with ``ended`` of its children that have ended, too."""
    with contextlib.suppress(OSError):
        said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, said[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")
    return 0.0


# ── the database ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server of one's own, which may be restarted."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Its database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def ask(self, statement: str, *values: object) -> Any:
        """What one statement gives first, if anything."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement.encode(), values or None)
            row = found.fetchone() if found.description else None
            return row[0] if row else None

    def processor_s(self) -> float:
        """What all its processes used so far, those that have ended, too."""
        mother = (self.folder / "data/postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{mother}/task/{mother}/children").read_text().split()
        return ticks_of(mother, ended=True) + sum(ticks_of(one) for one in children)

    def restart(self) -> None:
        """Break every connection and come back."""
        self.control("--mode", "fast", "stop")
        self.begin()

    def begin(self) -> None:
        """Listen."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self.control("--log", str(self.folder / "log"), "--options", options, "start")

    def control(self, *arguments: str) -> None:
        """``pg_ctl`` with these arguments."""
        _as_postgres("pg_ctl", "--pgdata", str(self.folder / "data"), "--silent", "--wait", *arguments)


def _as_postgres(program: str, *arguments: str) -> None:
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    found = shutil.which(program) or str(max(Path("/usr/lib/postgresql").glob("*/bin")) / program)
    subprocess.run([*user, found, *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Such a server, for a while."""
    folder = Path(tempfile.mkdtemp(prefix="aggregator-cluster-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        made = Cluster(folder, probe.getsockname()[1])
    try:
        _as_postgres(
            "initdb", "--pgdata", str(folder / "data"), "--username=postgres", "--auth=trust", "--encoding=UTF8"
        )
        made.begin()
        yield made
    finally:
        for one in _BEGUN:  # a bench that breaks leaves nobody behind
            one.popen.kill()
            one.popen.wait()
        with contextlib.suppress(subprocess.CalledProcessError):
            made.control("--mode", "immediate", "stop")
        shutil.rmtree(folder)
