"""A million mutated vectors through the gate, and what came out looked at with another parser."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.torture.dom import judged
from tests.torture.report import Figure, forget, remember, remembered
from tests.torture.vectors import mutated, vectors

COUNT = int(os.environ.get("TORTURE_VECTORS", "1000000"))
_CHUNK = 5_000


def chunk(seed: int) -> tuple[int, list[str], float]:
    """Judge one chunk: its seed, what was wrong in it, and the longest time that one vector took, in seconds."""
    wrong, longest = [], 0.0
    for vector in mutated(seed, _CHUNK):
        started = time.process_time()
        wrong += [f"{fault} of {vector!r}" for fault in judged(vector)]
        longest = max(longest, time.process_time() - started)
    return seed, wrong[:20], longest


def main() -> list[Figure]:
    """Judge the vectors themselves and ``COUNT`` mutations of them."""
    wrong = [f"{fault} of {vector!r}" for vector in vectors() for fault in judged(vector)]
    state = remembered("content")
    done = set(state.get("done", ()))
    wrong += state.get("wrong", [])
    longest = float(state.get("longest", 0))
    seeds = [seed for seed in range(-(-COUNT // _CHUNK)) if seed not in done]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for seed, faults, slowest in pool.map(chunk, seeds):
            done.add(seed)
            wrong, longest = wrong + faults, max(longest, slowest)
            remember("content", {"done": sorted(done), "wrong": wrong, "longest": longest})
            print(f"\r   {len(done) * _CHUNK:,}", end="", file=sys.stderr, flush=True)  # noqa: T201
    print(file=sys.stderr)  # noqa: T201
    if not wrong:
        forget("content")
    for one in wrong[:10]:
        print(f"   {one[:300]}")  # noqa: T201
    return [
        Figure("vectors of our own", "some hundred", f"{len(vectors()):,}", len(vectors()) > 500),
        Figure("mutations of them", "1,000,000", f"{len(done) * _CHUNK:,}", len(done) * _CHUNK >= 1_000_000),
        Figure("handlers, elements or addresses that came through", "0", f"{len(wrong):,}", not wrong),
        Figure("longest that one took", "1 s", f"{longest:.2f} s", longest < 1),
    ]
