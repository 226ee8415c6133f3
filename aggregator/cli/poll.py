"""``aggregator poll``: one round now, with a table of what came of it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path

import click
from rich.markup import escape
from rich.progress import Progress

from aggregator.bootstrap import house, utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import err, json, out, prose, some, table
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.errors import ConfigError
from aggregator.model import WRITTEN, Config
from aggregator.poll.poller import Result
from aggregator.render.dates import until

_FAILED = frozenset({"failed", "blocked", "gone", "lost"})


@click.command("poll")
@click.argument("which", nargs=-1, metavar="[OWNER[/SOURCE]]...")
@click.option("--force", is_flag=True, help="Due or not; the requests are conditional all the same.")
@json_option
@config_option
def command(which: Sequence[str], force: bool, as_json: bool, config_path: Path | None) -> None:
    """Poll once, now, and show what came of it.

    Without a name every source that is due; with names those owners or sources that are due. Exit status 1: some
    sources failed, the rest is done.

    \b
    Examples:
      aggregator poll
      aggregator poll asha/dev --force
      aggregator poll --json
    """
    logs.set_up(logging.ERROR)
    config = load_config(config_path)
    keys = chosen(config, which)
    results = asyncio.run(_round(config, keys, force))
    _show(results, len(keys), as_json)
    if any(result.what in _FAILED for result in results):
        sys.exit(SOME_FAILED)


def chosen(config: Config, which: Sequence[str]) -> frozenset[str]:
    """The keys of the sources that these names mean; all that can be polled without a name.

    Raises:
        ConfigError: a name that nobody has.
    """
    polled = {source.key for source in config.sources if source.enabled}
    return named(which, polled) if which else frozenset(polled)


def named(which: Sequence[str], keys: Collection[str]) -> frozenset[str]:
    """Those of these keys that are meant by the names of owners and sources.

    Raises:
        ConfigError: a name that nobody has.
    """
    wanted: set[str] = set()
    problems = []
    for name in which:
        found = {key for key in keys if name in (key, key.partition("/")[0])}
        if not found:
            problems.append(f'"{name}" is no owner or source of this config{_instead(name, keys)}')
        wanted |= found
    if problems:
        raise ConfigError(problems)
    return frozenset(wanted)


def _instead(name: str, keys: Collection[str]) -> str:
    """What somebody who wrote ``name`` may have meant: a key, an owner, or a source named without its owner."""
    known = {*keys, *(key.partition("/")[0] for key in keys)}
    sources = {key.partition("/")[2]: key for key in sorted(keys, reverse=True)}
    near = get_close_matches(name.lower(), [*sorted(known), *sources], 1, 0.5)
    found = [one if one in known else sources[one] for one in near]
    if found:
        return f'; did you mean "{found[0]}"?'
    return f"; there are {', '.join(sorted(known)[:20]) or 'none'}"


async def _round(config: Config, keys: frozenset[str], force: bool) -> list[Result]:
    results = []
    async with house(config) as rooms:
        await rooms.holds.expire()
        with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
            bar = progress.add_task("Polling", total=len(keys))
            async for result in rooms.claims.round(keys, force):
                results.append(result)
                progress.advance(bar)
            if await asyncio.to_thread(rooms.store.pages_due, rooms.clock(), 1, WRITTEN):
                progress.add_task("Reading pages", total=None)
                await rooms.visits.round(WRITTEN)
        await rooms.tellings.round()
    return sorted(results, key=lambda result: result.source_key)


def _what(result: Result) -> str:
    what = result.message or result.what
    return f"{what}, {result.held} held back" if result.held else what


def _show(results: Sequence[Result], asked: int, as_json: bool) -> None:
    if as_json:
        json([asdict(result) for result in results])
        return
    now = utc_now()
    if results:
        table(
            ["source", "result", "new", "updated", "merged", "next poll"],
            [
                [
                    escape(result.source_key),
                    escape(_what(result)),
                    *(str(count) if count else "" for count in (result.new, result.updated, result.merged)),
                    until(result.next_poll_at, now),
                ]
                for result in results
            ],
            frozenset({"new", "updated", "merged"}),
        )
    for result in results:
        if result.held:
            out.print()
            prose(
                f"{result.source_key} brought more, or older, than it usually does: {some(result.held, 'article')} "
                f"{'is' if result.held == 1 else 'are'} in the index, but not in the feeds. "
                f"`aggregator release` tells what becomes of that, and lets you decide."
            )
    waiting = asked - len(results)
    if waiting:
        click.echo(f"{waiting} of {asked} sources are not due yet; --force asks them all the same.", err=True)
