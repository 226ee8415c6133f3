"""``aggregator release``: what is held back of a flood goes out, or stays in the index only, by the owner's word."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from aggregator.bootstrap import open_store, utc_now
from aggregator.cli import logs
from aggregator.cli.console import json, out, prose, some, table
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.cli.planned import day
from aggregator.cli.poll import named
from aggregator.dedupe.news import WAIT
from aggregator.model import Waiting
from aggregator.poll.holds import Settled, settle
from aggregator.render.dates import until
from aggregator.render.wire import rfc3339


@click.command("release")
@click.argument("which", nargs=-1, metavar="[OWNER[/SOURCE]]...")
@click.option("--all", "everything", is_flag=True, help="Everything that is held back, whosever it is.")
@click.option("--index-only", is_flag=True, help="Let it stay in the index: it never comes into the feeds.")
@json_option
@config_option
def command(which: Sequence[str], everything: bool, index_only: bool, as_json: bool, config_path: Path | None) -> None:
    """Announce what is held back, or keep it out of the feeds for good.

    A source that suddenly brings many old or unknown articles does not flood subscribers: they are in the index at
    once, and in the feeds when you say so. Without a word from you, what was recent goes out a day later, and the
    rest stays in the index only.

    Without a name it lists what is held back; nothing changes then.

    \b
    Examples:
      aggregator release                          what is held back, until when
      aggregator release asha/blog                announce what it brought
      aggregator release asha/blog --index-only   spare subscribers all of it
    """
    logs.set_up(logging.ERROR)
    if which and everything:
        raise click.UsageError("names or --all, not both")
    if index_only and not which and not everything:
        raise click.UsageError("name the sources whose articles are to stay in the index only, or say --all")
    now = utc_now()
    config = load_config(config_path)
    store = open_store(config, now)
    try:
        if not which and not everything:
            _list(store.waiting(now), now, as_json)
            return
        known = {source.key for source in config.sources} | {row.key for row in store.sources_rows()}
        keys = None if everything else named(which, known)
        _tell(settle(config, store, now, now, lambda _: not index_only, keys), index_only, as_json)
    finally:
        store.close()


def _list(waiting: Sequence[Waiting], now: datetime, as_json: bool) -> None:
    if as_json:
        json([{**_facts(one), "announced_by_itself": one.hold.recent and not one.known} for one in waiting])
    elif not waiting:
        prose("Nothing is held back.")
    else:
        table(
            ["source", "date", "title", "by itself"],
            [[*_row(one), f"{_by_itself(one)} {until(one.hold.at + WAIT, now)}"] for one in waiting],
        )
        out.print()
        prose(
            "`aggregator release` with a source, an owner or --all announces this; with --index-only as well, it stays "
            "in the index only."
        )


def _tell(settled: Settled, index_only: bool, as_json: bool) -> None:
    if as_json:
        json(
            {
                "announced": [_facts(one) for one in settled.announced],
                "index_only": [_facts(one) for one in settled.index_only],
            }
        )
        return
    if not settled.announced and not settled.index_only:
        prose("Nothing of that is held back.")
        return
    rows = [[*_row(one), "announced"] for one in settled.announced]
    rows += [[*_row(one), _why(one, index_only)] for one in settled.index_only]
    table(["source", "date", "title", "result"], rows)
    parts = [f"{some(len(settled.announced), 'article')} announced"] if settled.announced else []
    parts += [f"{some(len(settled.index_only), 'article')} in the index only"] if settled.index_only else []
    out.print()
    prose(f"{', '.join(parts)}.")


def _row(one: Waiting) -> list[str]:
    return [escape(one.hold.source_key), day(one.state), escape(one.state.title)]


def _by_itself(one: Waiting) -> str:
    return "announced" if one.hold.recent and not one.known else "index only"


def _why(one: Waiting, index_only: bool) -> str:
    if index_only:
        return "index only"
    return "subscribers have it already" if one.known else "hidden by the config"


def _facts(one: Waiting) -> Mapping[str, object]:
    state = one.state
    return {
        "source": one.hold.source_key,
        "id": state.id,
        "url": state.url,
        "title": state.title,
        "date_published": None if state.date_precision == "unknown" else rfc3339(state.published_at),
        "since": rfc3339(one.hold.at),
        "until": rfc3339(one.hold.at + WAIT),
    }
