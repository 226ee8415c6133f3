"""What each filter of a source left out: ``preview`` shows it, so that a pattern is judged before it is relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregator.cli.console import out, prose
from aggregator.model import Skipped, Source
from aggregator.normalize import filters

_SHOWN = 10  # titles of one filter, on a terminal


def dropped(source: Source, skipped: Sequence[Skipped]) -> Mapping[str, list[str]]:
    """The titles that each filter of the source left out; those that left out nothing are here, too."""
    names = filters.names(source)
    return {name: [one.title for one in skipped if one.filter == name] for name in names}


def facts(source: Source, skipped: Sequence[Skipped]) -> list[Mapping[str, object]]:
    """The same for programs."""
    return [
        {"filter": name, "dropped": len(titles), "titles": titles} for name, titles in dropped(source, skipped).items()
    ]


def show(source: Source, skipped: Sequence[Skipped]) -> None:
    """Print every filter with what it left out, and behind them what was left out for other reasons."""
    for name, titles in dropped(source, skipped).items():
        out.print()
        prose(f"{name}  left out {len(titles) or 'nothing'}", style="bold")
        for title in titles[:_SHOWN]:
            prose(title, 2)
        if len(titles) > _SHOWN:
            prose(f"and {len(titles) - _SHOWN} more", 2, "dim")
    for one in skipped:
        if not one.filter:
            out.print()
            prose(f'left out: "{one.title}": {one.reason}')
