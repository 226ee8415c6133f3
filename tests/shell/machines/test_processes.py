"""Two workers and two API processes on one PostgreSQL, as they are run: frozen, killed, and their server restarted."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import pytest

from tests.loopback import Answer, Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import Program, run, running, until
from tests.shell.acceptance.stage import Service, configured, visited
from tests.shell.machines.conftest import Cluster, value

pytestmark = pytest.mark.postgresql

HOSTS, EACH, SLOW_S = 6, 5, 0.05
AGREE_S = 2.0
ONE = "fetch:\n  allow_private: [127.0.0.0/8]\n  per_host: {concurrency: 1, interval: 0s}\n  min_interval: 1m\n"
DOCUMENTS = ("/", "/rss.xml", "/feed.json", "/index.json", "/asha/atom.xml")


def feed(name: str, *titles: str) -> bytes:
    items = [
        Item(title, f"https://{name}.example/{title.replace(' ', '-')}", prose(f"{name} {title}")) for title in titles
    ]
    return rss(name, f"https://{name}.example/", items).encode()


@dataclass(frozen=True, slots=True)
class Stage:
    """Some hosts with sources, and the database that everybody works on."""

    webs: Sequence[Web]
    url: str

    def asked(self) -> dict[str, int]:
        """How often each source was asked."""
        return {
            f"h{host}s{one}": len(self.webs[host].asked(f"/{one}.xml"))
            for host, one in product(range(HOSTS), range(EACH))
        }

    def due(self) -> None:
        """Let every source be due now."""
        value(self.url, "UPDATE sources SET next_poll_at = now() WHERE lease_by IS NULL")

    def settled(self) -> bool:
        """Whether nobody polls, and nobody has to."""
        left = "SELECT count(*) FROM sources WHERE enabled AND (lease_by IS NOT NULL OR next_poll_at <= now())"
        return value(self.url, left) == 0

    async def polled(self, times: int) -> None:
        """Wait until every source was polled so often, and see that none was more often, nor two of a host at once."""
        await until(lambda: min(self.asked().values()) >= times and self.settled(), 120)
        assert set(self.asked().values()) == {times}
        for web in self.webs:
            assert all(later.at - earlier.at >= SLOW_S for earlier, later in pairwise(web.log))


@asynccontextmanager
async def staged(url: str, folder: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        webs = [await stack.enter_async_context(Web()) for _ in range(HOSTS)]
        lines = []
        for host, one in product(range(HOSTS), range(EACH)):
            name = f"h{host}s{one}"
            address = webs[host].script(f"/{one}.xml", Answer(feed(name, "One"), delay_s=SLOW_S, etag='"1"'))
            lines.append(f"      - {{feed: '{address}', id: {name}}}\n")
        configured(folder, url, f"  - id: asha\n    name: Asha Rao\n    sources:\n{''.join(lines)}", ONE)
        yield Stage(webs, url)


def worker(folder: Path) -> tuple[str, ...]:
    return "worker", "--config", str(folder / "aggregator.yaml")


def api(folder: Path) -> tuple[str, ...]:
    return "api", "--port", "0", "--config", str(folder / "aggregator.yaml")


async def agree(services: Sequence[Service], title: str) -> float:
    """Wait until every process shows this title, and see that all give the same bytes; seconds that it took."""
    began = time.monotonic()
    async with asyncio.timeout(30):
        while True:
            shown = [await service.documents(DOCUMENTS) for service in services]
            if all(title.encode() in one["/rss.xml"] for one in shown):
                break
            await asyncio.sleep(0.05)
    took = time.monotonic() - began
    assert all(one == shown[0] for one in shown)
    return took


def clean(*programs: Program) -> None:
    assert not [line for one in programs for line in one.lines if "Traceback" in line]


async def test_workers_die_and_the_server_restarts(cluster: Cluster, tmp_path: Path) -> None:
    async with staged(cluster.url, tmp_path) as stage, AsyncExitStack() as stack:

        async def start(arguments: tuple[str, ...]) -> Program:
            return await stack.enter_async_context(running(*arguments, cwd=tmp_path))

        # All at once on an empty database: one of them migrates it, the others wait.
        one, other, *apis = [await start(arguments) for arguments in (*[worker(tmp_path)] * 2, *[api(tmp_path)] * 2)]
        services = [await stack.enter_async_context(visited(await program.address(120))) for program in apis]
        await stage.polled(1)
        await agree(services, "One")

        stage.webs[0].script("/0.xml", Answer(feed("h0s0", "One", "Two"), delay_s=SLOW_S))
        before = value(stage.url, "SELECT value FROM state WHERE name = 'revision'")
        stage.due()
        await until(lambda: value(stage.url, "SELECT value FROM state WHERE name = 'revision'") != before, 60)
        assert await agree(services, "Two") < AGREE_S
        await stage.polled(2)

        cluster.restart()
        stage.webs[1].script("/0.xml", Answer(feed("h1s0", "One", "Three"), delay_s=SLOW_S))
        stage.due()
        await stage.polled(3)
        await agree(services, "Three")

        stage.webs[2].script(
            "/0.xml", Answer(feed("h2s0", "One", "Four"), delay_s=20), Answer(feed("h2s0", "One", "Four"))
        )
        stage.due()
        await until(lambda: len(stage.webs[2].asked("/0.xml")) == 4, 60)
        holder = value(stage.url, "SELECT lease_by FROM sources WHERE key = 'asha/h2s0'")
        dying, living = (one, other) if f":{one.process.pid}:" in str(holder) else (other, one)
        await dying.end(signal.SIGKILL)
        # As if three quarters of a minute had passed: the leases of the dead, and the jobs that nobody keeps alive.
        value(stage.url, f"UPDATE sources SET lease_until = now() WHERE lease_by = '{holder}'")
        value(stage.url, "UPDATE aggregator_pgqueuer SET heartbeat = now() - interval '1 minute'")
        await agree(services, "Four")
        await until(stage.settled, 120)
        assert min(stage.asked().values()) == 4
        assert await living.end() == 0
        for program in apis:
            assert await program.end() == 0
        clean(one, other, *apis)


async def test_a_frozen_worker_wakes_up_and_writes_nothing(url: str, tmp_path: Path) -> None:
    async with Web() as web:
        stale, fresh = feed("s", "Stale"), feed("s", "Fresh")
        address = web.script("/s.xml", Answer(stale, delay_s=1), Answer(fresh))
        configured(tmp_path, url, f"  - id: asha\n    name: A\n    sources: [{{feed: '{address}', id: s}}]\n", ONE)
        async with running(*worker(tmp_path), cwd=tmp_path) as frozen:
            await until(lambda: len(web.log) == 1)
            frozen.process.send_signal(signal.SIGSTOP)
            # As if three quarters of a minute had passed.
            value(url, "UPDATE sources SET lease_until = now()")
            async with running(*worker(tmp_path), cwd=tmp_path) as other:
                await until(lambda: value(url, "SELECT count(*) FROM copies") == 1)
                await until(lambda: value(url, "SELECT lease_by FROM sources WHERE key = 'asha/s'") is None)
                kept = value(url, "SELECT row(xmin, poll)::text FROM sources WHERE key = 'asha/s'")
                frozen.process.send_signal(signal.SIGCONT)
                await frozen.says("Another process took this source over")
                assert await frozen.end() == 0
                assert await other.end() == 0
        assert value(url, "SELECT row(xmin, poll)::text FROM sources WHERE key = 'asha/s'") == kept
        assert "Fresh" in str(value(url, "SELECT string_agg(value::text, '') FROM copies"))
        clean(frozen, other)


@pytest.mark.parametrize("command", ["worker", "api"])
async def test_sqlite_is_refused_in_a_sentence(command: str, tmp_path: Path) -> None:
    configured(tmp_path, f"sqlite:///{tmp_path / 'a.db'}", "  - {id: asha, name: A}\n", ONE)
    ended = await run(command, "--config", str(tmp_path / "aggregator.yaml"), cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "postgresql://user@host/name" in ended.err
    assert "aggregator serve" in ended.err
