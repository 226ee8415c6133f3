"""One poller, one store, three rounds over the feeds of `bench._feeds`: what each costs, as JSON lines on stdout.

python -m bench._pollers ADDRESS FEEDS FOLDER for ours; lemon24/reader runs the same from a file of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from pathlib import Path

import structlog

from aggregator.bootstrap import house
from aggregator.config import load
from bench._feeds import turn_to

OWNERS = 20  # sources of one owner are compared with each other


def spent() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


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


async def _round(path: Path) -> int:
    async with house(load(path, {})) as rooms:
        keys = [source.key for source in rooms.config.sources]
        failed = 0
        async for result in rooms.claims.round(keys, True):
            failed += result.what not in ("changed", "unchanged")
        return failed


def main(address: str, feeds: int, folder: Path) -> None:
    """Poll in each turn."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    path = folder / "aggregator.yaml"
    path.write_text(config_text(address, feeds, folder), encoding="utf-8")
    for turn, name in enumerate(("cold", "unchanged", "changed")):
        turn_to(address, turn)
        cpu, wall = spent(), time.perf_counter()
        failed = asyncio.run(_round(path))
        cpu, wall = spent() - cpu, time.perf_counter() - wall
        print(json.dumps({"turn": name, "cpu": cpu, "wall": wall, "mb": peak_mb(), "failed": failed}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
