"""What a long form found, kept from run to run, and written into its section of ``docs/reliability.md``."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
KEPT = ROOT / ".cache" / "torture"


@dataclass(frozen=True, slots=True)
class Figure:
    """One promise: what was to be, what came out, and whether that is it."""

    what: str
    promised: str
    measured: str
    held: bool


def remembered(name: str) -> dict[str, Any]:
    """How far a long form came in earlier runs; empty at the first."""
    file = KEPT / f"{name}.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def remember(name: str, state: dict[str, Any]) -> None:
    """Keep how far it came, so that a run that was stopped goes on there."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{name}.json"
    file.with_suffix(".new").write_text(json.dumps(state), encoding="utf-8")
    file.with_suffix(".new").replace(file)


def forget(name: str) -> None:
    """Begin anew the next time."""
    (KEPT / f"{name}.json").unlink(missing_ok=True)


def write(name: str, figures: list[Figure], seconds: float, page: Path = PAGE) -> None:
    """Put the figures between the marks of their section; the words around them are a person's."""
    text = page.read_text(encoding="utf-8")
    rows = "".join(f"| {one.what} | {one.promised} | {one.measured} | {_kept(one)} |\n" for one in figures)
    day = datetime.now(UTC).date().isoformat()
    table = f"| | promised | measured | |\n| --- | --- | --- | --- |\n{rows}\n{day}, {_machine()}, {seconds:.0f} s.\n"
    marks = re.compile(rf"(<!-- torture:{name} -->\n).*?(<!-- /torture:{name} -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"{page.name} has no section for {name}: <!-- torture:{name} --> and its end")
    page.write_text(marks.sub(lambda found: f"{found[1]}{table}{found[2]}", text), encoding="utf-8")


def _kept(figure: Figure) -> str:
    return "kept" if figure.held else "**not kept**"


def _machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores"
