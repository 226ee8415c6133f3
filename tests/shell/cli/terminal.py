"""Runs the real command as people do: on a terminal of 80 columns that they type into, or in a script."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

from tests.shell.command import Ended, run, start

COLUMNS = 80
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_REDRAWN = re.compile(r"^.*\x1b\[2K", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown(Ended):
    """A command that came to its end, and what it left on the screen."""

    def wide(self) -> list[str]:
        """Lines that do not fit on the terminal, but for those with an address, which must not be broken."""
        return [line for line in self.out.splitlines() if cell_len(line) > COLUMNS and "://" not in line]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, without what this program would read from it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AGGREGATOR_")}
    for name in ("COLUMNS", "LINES", "FORCE_COLOR"):
        kept.pop(name, None)
    return kept | {"TERM": "xterm-256color", "NO_COLOR": "1"} | dict(extra or {})


def script(*words: str, cwd: Path, extra: Mapping[str, str] | None = None) -> Ended:
    """``aggregator`` with these words, without a terminal."""
    return run(words, cwd, environment(extra))


def terminal(*words: str, cwd: Path, types: Sequence[tuple[str, str]] = ()) -> Shown:
    """``aggregator`` on a terminal; ``types`` are what to wait for and what is then typed, one after the other."""
    with _screen() as (ours, theirs):
        command = start(words, cwd, environment(), (theirs, theirs, theirs))
        os.close(theirs)
        try:
            seen = _play(ours, list(types))
        except BaseException:
            command.kill()
            raise
        code = command.wait(30)
    shown = _CONTROL.sub("", _REDRAWN.sub("", seen.replace("\r\n", "\n")))
    return Shown(code, shown.replace("\r", ""))


@contextmanager
def _screen() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def _play(ours: int, types: list[tuple[str, str]]) -> str:
    seen, answered = b"", 0
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.5)[0]:
            continue
        try:
            more = os.read(ours, 65536)
        except OSError:  # the other end is closed: it has ended
            return seen.decode()
        if not more:
            return seen.decode()
        seen += more
        if types and types[0][0].encode() in seen[answered:]:
            os.write(ours, types.pop(0)[1].encode())
            answered = len(seen)
    raise TimeoutError(f"still waiting for {types}:\n{seen.decode()}")
