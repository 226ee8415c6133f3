"""Kills the command `aggregator serve` itself, with everything below it, at moments by chance, and starts it again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench._machines import cluster
from tests.shell.acceptance.program import environment
from tests.shell.acceptance.stage import config_text
from tests.shell.store.made import raw
from tests.torture.kills import RECOVERY_S, Stage, served, shown
from tests.torture.report import ROOT, Figure, forget, remember, remembered

KILLS = 200
LONGEST_S = 1.5  # that it lives after news came; the sources are asked every second
_ADDRESS = re.compile(rb"serving (http://127\.0\.0\.1:\d+/)")
FETCH = """\
fetch:
  allow_private: [127.0.0.0/8]
  min_interval: 1s
  per_host: {concurrency: 64, interval: 0s}
"""


@dataclass(slots=True)
class Service:
    """One life of the command."""

    process: subprocess.Popen[bytes]
    log: Path
    began: float = field(default_factory=time.monotonic)

    def address(self) -> str | None:
        """Where it serves, once it does."""
        found = _ADDRESS.search(self.log.read_bytes())
        return found[1].decode() if found else None

    def kill(self) -> None:
        """It and its readers, now."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(folder: Path) -> Service:
    """Start it in a session of its own."""
    log = folder / "log"
    command = [sys.executable, "-m", "aggregator", "serve", "--port", "0", "--config", str(folder / "aggregator.yaml")]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=said, stderr=said, start_new_session=True
        )
    return Service(process, log)


def _asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.loads(answer.read())


def published(address: str) -> dict[str, Any]:
    """What it shows, as a ledger takes it."""
    return shown(_asked(f"{address}index.json?limit=200"), _asked(f"{address}feed.json"))


def recovered(stage: Stage, service: Service) -> tuple[dict[str, Any], float, float]:
    """What it shows once it has polled what it was killed over; the seconds until it answered, and until that."""
    answered = 0.0
    seen: dict[str, Any] = {"items": [], "total": 0, "feed": []}
    while time.monotonic() - service.began < 60:
        address = service.address()
        if address is None:
            time.sleep(0.05)
            continue
        seen = published(address)
        answered = answered or time.monotonic() - service.began
        if seen["total"] >= stage.ledger.rounds and all(item["copies"] == 2 for item in seen["items"]):
            break
        time.sleep(0.1)
    return seen, answered, time.monotonic() - service.began


def _end_leases(database_url: str) -> None:
    """As if the time of a lease had passed: 40 seconds for each kill would be all that is waited for."""
    with raw(database_url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("UPDATE sources SET lease_until = lease_until - interval '1 hour'"))
        else:
            past = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
            connection.execute(
                text("UPDATE sources SET lease_until = min(lease_until, :at) WHERE lease_until IS NOT NULL"),
                {"at": int(past * 1_000_000)},
            )
        connection.commit()


def through(folder: Path, port: int, database_url: str, count: int, chance: random.Random) -> dict[str, Any]:
    """Kill it so often."""
    stage = Stage(folder, port, database_url)
    feeds = "".join(
        f"      - {{feed: 'http://127.0.0.1:{port}/{site}.xml', id: {site}, interval: 1s}}\n" for site in ("one", "two")
    )
    owner = f"  - id: asha\n    name: Asha\n    sources:\n{feeds}"
    (folder / "aggregator.yaml").write_text(config_text(database_url, owner, FETCH), encoding="utf-8")
    stage.publish()
    tally: dict[str, Any] = {"kills": 0, "damage": [], "answered_s": 0.0, "recovered_s": 0.0}
    service = start(folder)
    try:
        for _ in range(count):
            seen, answered, all_there = recovered(stage, service)
            tally["answered_s"] = max(tally["answered_s"], answered or 60.0)
            tally["recovered_s"] = max(tally["recovered_s"], all_there)
            tally["damage"] += [f"round {stage.ledger.rounds}: {one}" for one in stage.ledger.damage(seen)]
            stage.publish()
            time.sleep(chance.uniform(0, LONGEST_S))
            service.kill()
            tally["kills"] += 1
            _end_leases(database_url)
            service = start(folder)
    finally:
        service.kill()
    return tally


def main() -> list[Figure]:
    """Two hundred kills of the command, half of them on PostgreSQL; a half that is done is not done again."""
    count = int(os.environ.get("TORTURE_KILLS") or KILLS) // 2
    state = remembered("serves")
    for engine in ("sqlite", "postgresql"):
        if engine in state:
            continue
        with tempfile.TemporaryDirectory(prefix="torture-") as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            port = stack.enter_context(served(folder))
            server = stack.enter_context(cluster()) if engine == "postgresql" else None
            url = server.url if server else f"sqlite:///{folder}/aggregator.db"
            state[engine] = through(folder, port, url, count, random.Random(13))
        remember("serves", state)
    forget("serves")
    both = list(state.values())
    damage = [said for one in both for said in one["damage"]]
    for said in damage[:20]:
        print(f"   {said}", flush=True)  # noqa: T201
    kills, answered = sum(one["kills"] for one in both), max(one["answered_s"] for one in both)
    polled = max(one["recovered_s"] for one in both)
    return [
        Figure("kills of `aggregator serve`, both engines", f"{2 * count:,}", f"{kills:,}", kills >= 2 * count),
        Figure("articles lost, twice, with another id or date, or back in the feed", "0", f"{len(damage)}", not damage),
        Figure(
            "from its start until it answers, at most", f"{RECOVERY_S:g} s", f"{answered:.1f} s", answered <= RECOVERY_S
        ),
        Figure(
            "until it polled again what it was killed over, leases put aside",
            "10 s",
            f"{polled:.1f} s",
            polled <= 10,
        ),
    ]
