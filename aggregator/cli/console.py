"""How results look: tables that fit the terminal, JSON for programs, times that people can read."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from textwrap import fill

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
err = Console(stderr=True, highlight=False)

_ENDLESS = 10_000  # columns; what reads a pipe wants one line per row

_NAME = 30  # characters; a longer name leaves too little of a terminal to the others


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[str] = frozenset()) -> None:
    """Print rows; ``right`` names the columns of numbers. Off a terminal the lines are not cut.

    What the first column names stays in one piece, to be copied.
    """
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    rows = list(rows)
    named = max((len(row[0]) for row in rows), default=0) <= _NAME
    for place, name in enumerate(columns):
        kept = name in right or (named and not place)
        shown.add_column(name, justify="right" if name in right else "left", overflow="fold", no_wrap=kept)
    for row in rows:
        shown.add_row(*row)
    if sys.stdout.isatty():
        out.print(shown)
        return
    plain = Console(file=StringIO(), width=_ENDLESS, highlight=False)
    with plain.capture() as capture:
        plain.print(shown)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())


def headline(text: str, lead: str = "", style: str = "") -> None:
    """One line behind ``lead``; on a terminal cut at its edge."""
    line = Text.assemble(lead, (text, style))
    if sys.stdout.isatty():
        line.truncate(out.width, overflow="ellipsis")
    out.print(line, soft_wrap=True)


def prose(text: str, indent: int = 0, style: str = "") -> None:
    """Sentences; on a terminal wrapped between words, every line of them indented."""
    if not sys.stdout.isatty():
        out.print(Text(" " * indent + text, style))
        return
    for line in Text(text, style).wrap(out, max(out.width - indent, 20)):
        line.rstrip()
        out.print(Text(" " * indent) + line, soft_wrap=True)


def whole(text: str, indent: int = 0, style: str = "cyan") -> None:
    """An address: never cut and never broken by us, so that it can be copied."""
    out.print(Text(" " * indent + text, style), soft_wrap=True)


def complaint(text: str) -> None:
    """What is wrong, on stderr; on a terminal wrapped between words, and no address broken."""
    if sys.stderr.isatty():
        lines = (
            fill(line, max(err.width, 40), break_long_words=False, break_on_hyphens=False) for line in text.split("\n")
        )
        text = "\n".join(lines)
    click.echo(text, err=True)


def json(facts: object) -> None:
    """Print facts for programs, one document."""
    click.echo(orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z, default=str).decode())


def some(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"
