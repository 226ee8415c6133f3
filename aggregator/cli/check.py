"""``aggregator check``: whether the config is right, and whether its sources answer."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
from rich.markup import escape
from rich.progress import Progress

import aggregator
from aggregator.bootstrap import utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import err, json, prose, some, table
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.errors import StoreError
from aggregator.fetch import Fetcher
from aggregator.model import Config, Source
from aggregator.poll.look import Look, look
from aggregator.poll.remarks import contradictions, unknown
from aggregator.poll.workers import Readers
from aggregator.store import Store


@click.command("check")
@click.option("--online", is_flag=True, help="Ask every source once; nothing is stored.")
@json_option
@config_option
def command(online: bool, as_json: bool, config_path: Path | None) -> None:
    """Validate the config; with --online, ask every source once.

    What the config says of single articles is held against itself, and against the articles that are here: a line
    that contradicts another, or names what nobody knows, is told. It does no harm.

    \b
    Examples:
      aggregator check
      aggregator check --online
    """
    logs.set_up()
    config = load_config(config_path)
    polled = [source for source in config.sources if source.enabled]
    remarks = [*contradictions(config), *_unknown(config)]
    looks = asyncio.run(_ask(config, polled)) if online else []
    if as_json:
        json(
            {
                "valid": True,
                "owners": len(config.owners),
                "sources": len(polled),
                "remarks": remarks,
                "asked": [
                    {"source": source.key, "entries": len(seen.entries), "error": seen.error}
                    for source, seen in zip(polled, looks, strict=False)
                ],
            }
        )
    else:
        click.echo(f"The config is valid: {some(len(config.owners), 'owner')}, {some(len(polled), 'source')}.")
        for remark in remarks:
            prose(f"{remark}.")
        if online:
            rows = [
                [escape(source.key), escape(seen.error or some(len(seen.entries), "entry", "entries"))]
                for source, seen in zip(polled, looks, strict=True)
            ]
            table(["source", "answer"], rows)
    if any(seen.error for seen in looks):
        sys.exit(SOME_FAILED)


def _unknown(config: Config) -> tuple[str, ...]:
    """What the config says of articles that are not there; nothing where there is no database, or none to be had."""
    try:
        if Store.current(config.database_url) is None:
            return ()
        store = Store.open(config.database_url)
    except StoreError:
        return ()
    try:
        return unknown(config, store)
    finally:
        store.close()


async def _ask(config: Config, polled: list[Source]) -> list[Look]:
    now = utc_now()
    with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("Asking", total=len(polled))
        async with Fetcher(config.fetch, aggregator.__version__) as fetcher, Readers() as readers:

            async def ask(source: Source) -> Look:
                seen = await look(source, fetcher, readers, now)
                progress.advance(bar)
                return seen

            return list(await asyncio.gather(*map(ask, polled)))
