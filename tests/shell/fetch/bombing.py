"""Forty two-gigabyte bombs at once, in a process of their own: prints what they came to and how large it grew."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections import Counter
from pathlib import Path

from aggregator.fetch import Fetcher
from aggregator.model import Failed, FetchPolicy, Request
from tests.loopback import Web

COUNT = 40


def _peak_mb() -> int:
    """The most memory this process ever held. ``ru_maxrss`` would begin with what its parent held at the start."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024**2  # macOS counts bytes
    peak = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024


async def bombard(kind: str) -> None:
    """Fetch ``COUNT`` of one kind at the same time."""
    policy = FetchPolicy(
        allow_private=("127.0.0.0/8",), host_concurrency=COUNT, host_interval_s=0, concurrency=COUNT, timeout_s=60
    )
    async with Web() as web, Fetcher(policy, "1") as fetcher:
        urls = [web.hostile(kind, f"/{n}") for n in range(COUNT)]
        outcomes = await asyncio.gather(*(fetcher.fetch(Request(url)) for url in urls))
    codes = Counter(outcome.code if isinstance(outcome, Failed) else type(outcome).__name__ for outcome in outcomes)
    report = {"codes": codes, "asked": len(web.log), "peak_mb": _peak_mb()}
    os.write(1, json.dumps(report).encode())


if __name__ == "__main__":
    asyncio.run(bombard(sys.argv[1]))
