"""``aggregator backfill``: reads what is older than the feeds, now, and goes on where it was stopped."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from aggregator.api.sources import BackfillHealth, backfill_health
from aggregator.bootstrap import house, utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import complaint, err, json, prose, table
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.cli.poll import chosen
from aggregator.errors import ConfigError
from aggregator.model import Backfill, Config, Source
from aggregator.render.dates import until
from aggregator.schedule.backfills import wanted

Limit = Callable[[Source], int | None]


@click.command("backfill")
@click.argument("which", nargs=-1, metavar="[OWNER[/SOURCE]]...")
@click.option("--limit", metavar="N|all", help="Articles of each source. Default: what the config says, else all.")
@click.option("--again", is_flag=True, help="From the start, whatever was read before.")
@json_option
@config_option
def command(which: Sequence[str], limit: str | None, again: bool, as_json: bool, config_path: Path | None) -> None:
    """Read what is older than the feeds, now.

    Without a name the sources whose config says `backfill`; with names those owners or sources. What comes of it goes
    to the index, not to subscribers. One page is asked after the other, slowly; it may be stopped at any time, and the
    next call goes on there. A running service does the same by itself where the config asks for it. Exit status 1: some
    sources could not be read to the end.

    \b
    Examples:
      aggregator backfill                        what the config asks for
      aggregator backfill asha/dev --limit all   everything that DEV has of Asha
    """
    logs.set_up(logging.ERROR)
    config = load_config(config_path)
    most = _limit(limit)
    asked = _asked(config, which)
    if not asked:
        complaint("No source of the config says `backfill`; name an owner or a source to read its history.")
        if as_json:
            json([])
        return
    states = asyncio.run(_read(config, asked, most, again))
    _show([states[source.key] for source in asked if source.key in states], most, asked, as_json)
    if len(states) < len(asked) or any(one.state not in ("complete", "enough") for one in states.values()):
        sys.exit(SOME_FAILED)


def _limit(text: str | None) -> Limit:
    if text is None:
        return lambda source: source.backfill or None
    if text.lower() == "all":
        return lambda source: None
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise ConfigError([f'--limit must be all or a number of articles, not "{text[:80]}"'])
    number = int(text[:9])
    return lambda source: number


def _asked(config: Config, which: Sequence[str]) -> list[Source]:
    keys = chosen(config, which) if which else wanted(config).keys()
    return [source for source in config.sources if source.key in keys]


async def _read(config: Config, asked: Sequence[Source], most: Limit, again: bool) -> dict[str, Backfill]:
    """Every history that can be read: a source that was never polled is polled first, so that its feed comes first."""
    async with house(config) as rooms:
        states = rooms.store.states([source.key for source in asked])
        async for result in rooms.claims.round([key for key, one in states.items() if not one.last_change_at], True):
            if result.message:
                click.echo(f"{result.source_key}: {result.message}", err=True)
        states = rooms.store.states([source.key for source in asked])
        ready = [source for source in asked if states[source.key].last_change_at]
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
        with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
            bars = {source.key: progress.add_task(source.key, total=most(source), said="") for source in ready}

            waiting: set[str] = set()

            def told(state: Backfill, elsewhere: bool) -> None:
                if elsewhere and state.source_key not in waiting:
                    waiting.add(state.source_key)
                    progress.console.print(_ELSEWHERE.format(key=state.source_key), soft_wrap=True, markup=False)
                total = most(next(one for one in ready if one.key == state.source_key))
                done = state.articles if total else state.pages
                of = total or state.pages + state.left or None
                progress.update(bars[state.source_key], total=of, completed=done, said=so_far(state, total))

            return await rooms.backfills.run(ready, most, told, again)


def so_far(state: Backfill | BackfillHealth, wanted: int | None) -> str:
    """How far a history is read, in a few words: "40 of 100 articles, page 5"."""
    of = f" of {wanted}" if wanted and wanted >= state.articles and state.state == "running" else ""
    word = "article" if (wanted if of else state.articles) == 1 else "articles"
    return f"{state.articles}{of} {word}, page {state.pages + (state.state == 'running')}"


_ELSEWHERE = "{key}: another process reads this history. If it was killed, this one goes on within a minute."

_ENDS = {
    "running": "to be continued",
    "enough": "as many as wanted",
    "complete": "nothing is older",
    "stopped": "given up",
}


def _show(states: Sequence[Backfill], most: Limit, asked: Sequence[Source], as_json: bool) -> None:
    if as_json:
        json([{"source": one.source_key, **backfill_health(one).model_dump(mode="json")} for one in states])
        return
    now = utc_now()
    table(
        ["source", "articles", "pages", "state"],
        [
            [
                escape(one.source_key),
                str(one.articles),
                str(one.pages),
                _ENDS[one.state] + (f", {until(one.due_at, now)}" if one.due_at and one.due_at > now else ""),
            ]
            for one in states
        ],
        frozenset({"articles", "pages"}),
    )
    for one in states:
        if one.message:
            prose(f"{one.source_key}: {one.message}")
