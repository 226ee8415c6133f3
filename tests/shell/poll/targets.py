"""Functions that reader processes run in tests: what hostile documents make of a reader."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from datetime import datetime
from pathlib import Path

from aggregator.errors import NotAFeed
from aggregator.model import Fetched, ParsedFeed, Reading, Skipped, Source


def play(fetched: Fetched, source: Source, now: datetime) -> Reading:
    """Do what the body says."""
    word, _, argument = fetched.body.decode().partition(" ")
    if word == "sleep":
        time.sleep(float(argument))
    elif word == "spin":
        while True:
            pass
    elif word == "grow":
        _grow(2**20)
    elif word == "grow_small":
        _grow(40)
    elif word == "grow_and_tell":
        with contextlib.suppress(MemoryError):
            _grow(2**20)
    elif word == "crash":
        os.abort()
    elif word == "exit":
        os._exit(int(argument))
    elif word == "recurse":
        return play(fetched, source, now)
    elif word == "fault":
        raise KeyError("no such thing")
    elif word == "refuse":
        raise NotAFeed("that is a shopping list")
    elif word == "huge":
        return reading("x" * 65 * 1024**2)
    elif word == "shout":
        sys.stdout.write("not a frame")
        sys.stdout.flush()
    return reading(source.key, f"{os.getpid()}", now.isoformat(), _peak(), *sorted(os.environ))


def _grow(size: int) -> None:
    held: list[bytes] = []
    try:
        while True:
            held.append(bytes([len(held) % 251]) * size)
    except MemoryError:
        held.clear()
        raise


def reading(*facts: str) -> Reading:
    """A reading that carries facts home."""
    return Reading(ParsedFeed("test", "http://x.example/"), (), tuple(Skipped(fact, "") for fact in facts))


def play_loaded(fetched: Fetched, source: Source, now: datetime) -> Reading:
    """Do what the body says in a process that has everything in it that really reads."""
    importlib.import_module("aggregator.ingest")
    return play(fetched, source, now)


def not_a_reading(fetched: Fetched, source: Source, now: datetime) -> str:
    """What no reader may return."""
    return "a string"


def _peak() -> str:
    """Most resident memory this process ever had, in KiB; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return "0"
    return next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
