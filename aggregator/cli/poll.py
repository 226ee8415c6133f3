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
from aggregator.cli.console import err, json, table, until
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.errors import ConfigError
from aggregator.model import WRITTEN, Config, Source
from aggregator.poll.poller import Result

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
    polled = {source.key: source for source in config.sources if source.enabled}
    if not which:
        return frozenset(polled)
    wanted: set[str] = set()
    problems = []
    for name in which:
        found = {key for key, source in polled.items() if name in (key, source.owner)}
        if not found:
            problems.append(f'"{name}" is no owner or source of this config{_instead(name, polled.values())}')
        wanted |= found
    if problems:
        raise ConfigError(problems)
    return frozenset(wanted)


def _instead(name: str, polled: Collection[Source]) -> str:
    """What somebody who wrote ``name`` may have meant: a key, an owner, or a source named without its owner."""
    known = {source.key: source.key for source in polled} | {source.owner: source.owner for source in polled}
    near = get_close_matches(name.lower(), [*known, *(key.partition("/")[2] for key in known)], 1, 0.5)
    found = [known[one] if one in known else next(key for key in known if key.endswith(f"/{one}")) for one in near]
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
            progress.add_task("Reading pages", total=None)
            await rooms.visits.round(WRITTEN)
    return sorted(results, key=lambda result: result.source_key)


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
                    escape(result.message or result.what),
                    *(str(count) if count else "" for count in (result.new, result.updated, result.merged)),
                    until(result.next_poll_at, now),
                ]
                for result in results
            ],
            frozenset({"new", "updated", "merged"}),
        )
    waiting = asked - len(results)
    if waiting:
        click.echo(f"{waiting} of {asked} sources are not due yet; --force asks them all the same.", err=True)
