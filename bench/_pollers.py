"""One poller, one store, three rounds over the feeds of `bench._feeds`: what each costs, as JSON lines on stdout.

python -m bench._pollers ADDRESS FEEDS FOLDER for ours; lemon24/reader runs the same from a file of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
import time
from pathlib import Path

import structlog

from aggregator.bootstrap import house
from aggregator.config import load
from bench._cpu import seconds
from bench._feeds import turn_to

OWNERS = 20  # sources of one owner are compared with each other


def peak_mb() -> float:
    """The most memory that this process, or the largest of its children, had."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) / 1024


def config_text(address: str, feeds: int, folder: Path) -> str:
    """Feeds of many owners; all of them stand on one host, which may be asked often."""
    owners = [
        {
            "id": f"o{owner}",
            "name": f"Owner {owner}",
            "sources": [
                {"feed": f"{address}/feed/{number}", "id": f"f{number}"} for number in range(owner, feeds, OWNERS)
            ],
        }
        for owner in range(OWNERS)
    ]
    fetch = {"allow_private": ["127.0.0.0/8"], "per_host": {"concurrency": 64, "interval": "0s"}}
    site = {"title": "bench", "base_url": "https://b.example"}
    return json.dumps(
        {"site": site, "database_url": f"sqlite:///{folder / 'ours.db'}", "fetch": fetch, "owners": owners}
    )


async def polled(path: Path, address: str) -> None:
    """One house, which polls all its sources in each turn."""
    async with house(load(path, {})) as rooms:
        keys = [source.key for source in rooms.config.sources]
        for turn, name in enumerate(("cold", "unchanged", "changed")):
            turn_to(address, turn)
            cpu, wall, failed = seconds(os.getpid()), time.perf_counter(), 0
            async for result in rooms.claims.round(keys, True):
                failed += result.what not in ("changed", "unchanged")
            cpu, wall = seconds(os.getpid()) - cpu, time.perf_counter() - wall
            print(json.dumps({"turn": name, "cpu": cpu, "wall": wall, "mb": peak_mb(), "failed": failed}), flush=True)


def main(address: str, feeds: int, folder: Path) -> None:
    """Poll in each turn."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    path = folder / "aggregator.yaml"
    path.write_text(config_text(address, feeds, folder), encoding="utf-8")
    asyncio.run(polled(path, address))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
