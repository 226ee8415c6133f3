"""What a process has used, with the children that it still has and those that have ended."""

from __future__ import annotations

import os
from pathlib import Path


def seconds(pid: int) -> float:
    """CPU seconds of a process, of its children, and of those of them that it has waited for."""
    alive = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
    return _used(pid, ended=True) + sum(_used(child, ended=False) for child in alive)


def _used(pid: int, *, ended: bool) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, stat[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")
