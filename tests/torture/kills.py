"""Kills the service before statements, before commits and at random, and its database; then looks for damage."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text

from aggregator.bootstrap import House, house
from aggregator.publish.publisher import Place as Where
from bench._machines import Cluster, cluster
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import tree
from tests.shell.acceptance.stage import Clock, configured
from tests.shell.store.made import raw
from tests.torture._dying import Ends, forked
from tests.torture.migrations import place
from tests.torture.report import Figure, forget, remember, remembered

KILLS = 1000
RECOVERY_S = 5.0
IN_A_FEED = 6  # items that the two sites show
BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)
WAYS = ("statement",) * 5 + ("commit",) * 2 + ("random",) * 2 + ("reader",)


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The files of a folder over HTTP, from a process of its own; the port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.kill()


@dataclass(slots=True)
class Ledger:
    """What was seen published, against which everything that is published later is held."""

    rounds: int = 0
    known: dict[str, list[str]] = field(default_factory=dict)  # title -> id, date
    shown: list[str] = field(default_factory=list)  # ids in the feed, the last time
    left: list[str] = field(default_factory=list)  # ids that are out of the feed's window

    def damage(self, seen: dict[str, Any]) -> list[str]:
        """What of the promises of the contract's section 5 does not hold any more; then keep what was seen."""
        items, feed = seen["items"], seen["feed"]
        titles = [item["title"] for item in items]
        wanted = [f"Post {number}" for number in range(max(0, self.rounds - 190), self.rounds)]
        wrong = [f"lost: {title}" for title in wanted if title not in titles]
        wrong += [f"twice: {title}" for title in sorted({one for one in titles if titles.count(one) > 1})]
        wrong += [f"{seen['total']} articles instead of {self.rounds}"] if seen["total"] != self.rounds else []
        wrong += [f"{item['title']}: not one with its copy" for item in items if item["copies"] != 2]
        for item in items:
            before, now = self.known.setdefault(item["title"], [item["id"], item["date"]]), [item["id"], item["date"]]
            wrong += [f"{item['title']}: was {before}, is {now}"] if before != now else []
        wrong += ["twice in the feed"] if len(set(feed)) != len(feed) else []
        wrong += [f"came back into the feed: {id_}" for id_ in feed if id_ in self.left]
        wrong += [f"never in the feed: {title}" for title in wanted[-1:] if self.known.get(title, [""])[0] not in feed]
        self.left += [id_ for id_ in self.shown if id_ not in feed]
        self.shown = feed
        return wrong


@dataclass(slots=True)
class Stage:
    """Two sites that carry the same posts, one more each round, and a database that reads them."""

    folder: Path
    port: int
    database_url: str
    ledger: Ledger = field(default_factory=Ledger)
    number: int = 1  # of the statement or commit that is next
    statements: int = 0  # in a round that nobody disturbs

    def publish(self) -> None:
        """One more post on both sites."""
        self.ledger.rounds += 1
        for site in ("one", "two"):
            posts = range(max(0, self.ledger.rounds - IN_A_FEED), self.ledger.rounds)
            items = [
                Item(f"Post {n}", f"https://{site}.example/{n}", prose(str(n), 120), published=self.at(n))
                for n in posts
            ]
            file = self.folder / f"{site}.xml"
            file.with_suffix(".new").write_text(rss(site, f"https://{site}.example/", items), encoding="utf-8")
            stamp = self.at(self.ledger.rounds).timestamp()
            os.utime(file.with_suffix(".new"), (stamp, stamp))
            file.with_suffix(".new").replace(file)

    def at(self, number: int) -> datetime:
        """The moment of a round."""
        return BEGAN + timedelta(hours=6) * number

    def life(self, way: str, number: int) -> tuple[int, Any, Any]:
        """Begin a process that recovers, tells what it publishes, and polls the next post when it is told to."""
        (told, tells), (go, starts) = os.pipe(), os.pipe()

        def live() -> None:
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
            asyncio.run(self._live(Ends(number, "commit" if way == "commit" else "statement"), way, tells, go))

        pid, wait = forked(live)
        os.close(tells)
        os.close(go)
        return pid, wait, (os.fdopen(told), starts)

    async def _live(self, ends: Ends, way: str, tells: int, go: int) -> None:
        owner = "  - id: asha\n    name: Asha\n    sources:\n"
        feeds = "".join(
            f"      - {{feed: 'http://127.0.0.1:{self.port}/{site}.xml', id: {site}}}\n" for site in ("one", "two")
        )
        clock = Clock(self.at(self.ledger.rounds) + timedelta(hours=1))
        began = time.monotonic()
        async with house(configured(self.folder, self.database_url, owner + feeds), clock) as rooms:
            await _round(rooms)
            said = _published(rooms) | {"seconds": time.monotonic() - began}
            os.write(tells, json.dumps(said).encode() + b"\n")
            await asyncio.to_thread(os.read, go, 1)
            clock.at = self.at(self.ledger.rounds + 1) + timedelta(minutes=30)
            if way in ("statement", "commit"):
                ends.listen()
            await _round(rooms)
            os.write(tells, json.dumps(ends.seen).encode() + b"\n")

    def killed(self, way: str, chance: random.Random, down: Any = None) -> tuple[list[str], float, bool]:
        """Recover from the last kill, look for damage, poll one more post and be killed in this way.

        Gives the damage, the seconds that recovery took, and whether the process died while it polled.
        """
        pid, wait, (said, starts) = self.life(way, self.number)
        line = said.readline()
        if not line:
            wait()
            os.close(starts)
            said.close()
            return ["it did not come up again"], 0.0, False
        seen = json.loads(line)
        damage = self.ledger.damage(seen)
        self.publish()
        os.write(starts, b"1")
        os.close(starts)
        if way == "random":
            time.sleep(chance.uniform(0, 0.25))
            os.killpg(pid, signal.SIGKILL)
        if way == "reader":
            for reader in tree(pid)[1:]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(reader, signal.SIGKILL)
            time.sleep(chance.uniform(0, 0.5))
            os.killpg(pid, signal.SIGKILL)
        if down is not None:
            time.sleep(chance.uniform(0, 0.15))
            down()
        survived = said.readline()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        said.close()
        wait()
        if way in ("statement", "commit"):
            self.number = 1 if survived else self.number + chance.randint(1, 3 if way == "statement" else 1)
        self._let_leases_run_out()
        return damage, seen["seconds"], not survived

    def _let_leases_run_out(self) -> None:
        """PostgreSQL goes by its own clock, which cannot be put forward by a quarter of an hour."""
        if self.database_url.startswith("postgresql"):
            with raw(self.database_url) as connection:
                connection.execute(text("UPDATE sources SET lease_until = lease_until - interval '1 hour'"))
                connection.commit()


async def _round(rooms: House) -> None:
    async for _ in rooms.claims.round([source.key for source in rooms.config.sources], True):
        pass


def _published(rooms: House) -> dict[str, Any]:
    index = json.loads(rooms.publisher.document(Where((), "index.json"), (("limit", "200"),)).body)
    return shown(index, json.loads(rooms.publisher.document(Where((), "feed.json")).body))


def shown(index: dict[str, Any], feed: dict[str, Any]) -> dict[str, Any]:
    """What an index and a feed show, as a ledger takes it."""
    items = [
        {
            "title": item["title"],
            "id": item["id"],
            "date": item["date_published"],
            "copies": len(item["_aggregator"]["copies"]),
        }
        for item in index["items"]
    ]
    return {"items": items, "total": index["_aggregator"]["total"], "feed": [item["id"] for item in feed["items"]]}


@dataclass(slots=True)
class Tally:
    """What came of the kills of one engine."""

    kills: int = 0
    rounds: int = 0
    slowest_s: float = 0.0
    damage: list[str] = field(default_factory=list)


def short(engine: str, count: int) -> Tally:
    """A few kills on a database of the server that tests use."""
    with place(engine) as at, served(at.folder) as port:
        stage = Stage(at.folder, port, at.fresh("tried"))
        stage.publish()
        return through(stage, count, Tally(), random.Random(count))


def through(stage: Stage, count: int, tally: Tally, chance: random.Random) -> Tally:
    """Kill it so often."""
    most = tally.rounds + 2 * count  # a process that outlives its round is no kill
    wanted = tally.kills + count
    while tally.kills < wanted and tally.rounds < most:
        damage, seconds, died = stage.killed(WAYS[tally.rounds % len(WAYS)], chance)
        tally.damage += [f"round {stage.ledger.rounds}: {one}" for one in damage]
        tally.slowest_s = max(tally.slowest_s, seconds)
        tally.kills += died
        tally.rounds += 1
    return tally


def main() -> list[Figure]:
    """A thousand kills on both engines, then the server of the database itself."""
    count = int(os.environ.get("TORTURE_KILLS") or KILLS) // 2
    tallies, stops = {}, Tally()
    state = remembered("kills")
    for engine in ("sqlite", "postgresql"):
        if engine in state:
            tallies[engine] = Tally(**state[engine])
            continue
        with tempfile.TemporaryDirectory(prefix="torture-") as folder, contextlib.ExitStack() as stack:
            port = stack.enter_context(served(Path(folder)))
            server = stack.enter_context(cluster()) if engine == "postgresql" else None
            url = server.url if server else f"sqlite:///{folder}/aggregator.db"
            stage = Stage(Path(folder), port, url)
            stage.publish()
            tallies[engine] = through(stage, count, Tally(), random.Random(8))
            if server is not None:
                stopped(stage, server, stops)
                state["stops"] = _plain(stops)
        state[engine] = _plain(tallies[engine])
        remember("kills", state)
    stops = Tally(**state["stops"])
    forget("kills")
    both = [*tallies.values(), stops]
    kills, slowest = sum(one.kills for one in tallies.values()), max(one.slowest_s for one in both)
    damage = [said for one in both for said in one.damage]
    for said in damage[:20]:
        print(f"   {said}", flush=True)  # noqa: T201
    return [
        Figure(
            "kills of the service and its readers, both engines", f"{2 * count:,}", f"{kills:,}", kills >= 2 * count
        ),
        Figure("PostgreSQL stopped and killed under it", "10", f"{stops.rounds}", stops.rounds >= 10),
        Figure("articles lost, twice, with another id or date, or back in the feed", "0", f"{len(damage)}", not damage),
        Figure("until it polls and publishes again, at most", f"{RECOVERY_S:g} s", f"{slowest:.1f} s", slowest <= 5),
    ]


def _plain(tally: Tally) -> dict[str, Any]:
    return {name: getattr(tally, name) for name in Tally.__slots__}


def stopped(stage: Stage, server: Cluster, tally: Tally) -> None:
    """Take the database away in the middle of rounds: in order, and without warning."""
    chance = random.Random(9)
    for number in range(10):

        def down(mode: str = "fast" if number % 2 else "immediate") -> None:
            server.control("--mode", mode, "stop")
            server.begin()

        damage, seconds, _ = stage.killed("database", chance, down)
        tally.damage += damage
        tally.slowest_s = max(tally.slowest_s, seconds)
        tally.rounds += 1
