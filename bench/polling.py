"""What a poll costs: 1,000 feeds on loopback, new, unchanged, one in ten changed, against lemon24/reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._archive import KEPT
from bench._feeds import served
from bench._figures import Bar, Found

FEEDS = int(os.environ.get("BENCH_FEEDS") or 1_000)
PEER = "reader>=3,<4"
TURNS = ("cold", "unchanged", "changed")
WHAT = {"cold": "everything new", "unchanged": "nothing new (304)", "changed": "one feed in ten changed"}


def main() -> Found:
    """Poll the same feeds with both, one after the other, each into a store of its own."""
    peer = _peer()
    with served() as address, tempfile.TemporaryDirectory() as folder:
        ours = _rounds([sys.executable, "-m", "bench._pollers"], address, folder)
        theirs = _rounds([str(peer), str(Path(__file__).with_name("_peer_reader.py"))], address, folder)
    rows, bars = [], []
    for turn in TURNS:
        a, b = ours[turn], theirs[turn]
        each = [f"{1000 * one['cpu'] / FEEDS:.2f}" for one in (a, b)]
        walls = [f"{one['wall']:.1f}" for one in (a, b)]
        times = [f"{b[what] / a[what]:.1f}" for what in ("cpu", "wall")]
        rows.append([WHAT[turn], *each, times[0], *walls, times[1], f"{a['mb']:.0f}", f"{b['mb']:.0f}"])
        bars += [
            Bar(f"{turn}: aggregator", 1000 * a["cpu"] / FEEDS, ours=True),
            Bar(f"{turn}: reader", 1000 * b["cpu"] / FEEDS),
        ]
    columns = ["round", "CPU ms per feed", "reader's", "times less", "wall s", "reader's", "times less"]
    remark = (
        f"{FEEDS:,} feeds of 10 to 25 entries of 9 kB; ours sanitizes, signs, matches and fills a full text index, and "
        "starts its reader processes in the first round."
    )
    return Found([*columns, "peak MB", "reader's"], rows, "CPU ms per feed", bars, remark)


def _rounds(command: list[str], address: str, folder: str) -> dict[str, dict[str, Any]]:
    done = subprocess.run([*command, address, str(FEEDS), folder], stdout=subprocess.PIPE, text=True, check=True)
    told = {one["turn"]: one for one in map(json.loads, done.stdout.splitlines())}
    failed = {turn: one["failed"] for turn, one in told.items() if one["failed"]}
    if failed or told.keys() != set(TURNS):
        raise RuntimeError(f"{command[0]}: not every feed was read: {failed}")
    return told


def _peer() -> Path:
    """A Python that has lemon24/reader; made once, in .cache."""
    python = KEPT / "peers/bin/python"
    if not python.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(KEPT / "peers")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PEER, "sgmllib3k"], check=True)
    return python
