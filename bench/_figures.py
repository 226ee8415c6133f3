"""What a bench found: a table, and bars beside it, kept in docs/performance.md between the marks of that bench."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/performance.md"
PICTURES = ROOT / "docs/pictures"
_WIDTH, _LABEL, _ROW, _TOP = 720, 250, 26, 40
_INK, _OURS, _THEIRS, _PAPER = "#6b7280", "#c2662d", "#7f96a8", "none"


@dataclass(frozen=True, slots=True)
class Bar:
    """One length of a chart."""

    label: str
    value: float
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What one bench measured; every number in ``rows`` is written as it is to be read."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    chart: str = ""  # its title, with the unit
    bars: Sequence[Bar] = ()
    remark: str = ""


def said(found: Found) -> str:
    """The table for a terminal."""
    lines = [found.columns, *found.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(found.columns))]
    return "\n".join(
        "   "
        + "  ".join(
            cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def keep(name: str, found: Found) -> None:
    """Write it into the page in place of what an earlier run said. Raises ValueError if the page has no place."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- bench {name} -->", "<!-- end -->"
    if begin not in page:
        raise ValueError(f"docs/performance.md has no line {begin}: write one where the numbers of this bench belong")
    table = [found.columns, ["---"] + ["---:"] * (len(found.columns) - 1), *found.rows]
    parts = ["\n".join(f"| {' | '.join(row)} |" for row in table)]
    if found.bars:
        (PICTURES / f"performance-{name}.svg").write_text(chart(found.chart, found.bars), encoding="utf-8")
        parts.append(f"![{found.chart}](pictures/performance-{name}.svg)")
    when = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}"
    parts.append(f"{found.remark} Measured {when}.".strip())
    block = f"{begin}\n\n" + "\n\n".join(parts) + f"\n\n{end}"
    page = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: block, page, count=1, flags=re.DOTALL)
    PAGE.write_text(page, encoding="utf-8")


def chart(title: str, bars: Sequence[Bar]) -> str:
    """Horizontal bars as an SVG picture that can be read on light and on dark pages."""
    longest = max(bar.value for bar in bars) or 1.0
    room = _WIDTH - _LABEL - 80
    lines = [f'<text x="0" y="18" font-weight="600">{escape(title)}</text>']
    for place, bar in enumerate(bars):
        y = _TOP + place * _ROW
        length = max(1.0, room * bar.value / longest)
        colour = _OURS if bar.ours else _THEIRS
        lines += [
            f'<text x="{_LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect x="{_LABEL}" y="{y}" width="{length:.1f}" height="18" rx="2" fill="{colour}"/>',
            f'<text x="{_LABEL + length + 6:.1f}" y="{y + 13}">{bar.value:,.3g}</text>'
            if bar.value < 1000
            else f'<text x="{_LABEL + length + 6:.1f}" y="{y + 13}">{bar.value:,.0f}</text>',
        ]
    height = _TOP + len(bars) * _ROW
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">\n'
        f"{body}\n</svg>\n"
    )
