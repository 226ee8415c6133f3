"""``aggregator status``: every source with its health, from the database alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from aggregator.api.sources import BackfillHealth, HeldBack, SourceHealth, source_health, trouble
from aggregator.bootstrap import open_store, utc_now
from aggregator.cli import WRONG, logs
from aggregator.cli.backfill import so_far
from aggregator.cli.console import complaint, json, out, prose, some, table
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.config import database_of, find_config
from aggregator.errors import ConfigError, StoreError
from aggregator.model import Config
from aggregator.poll.edits import refused
from aggregator.render.dates import until
from aggregator.store import Store


@click.command("status")
@json_option
@config_option
def command(as_json: bool, config_path: Path | None) -> None:
    """Show how every source is doing: state, last success, next poll, and what is wrong.

    A config that is wrong is told first; what is known of its sources is shown all the same.

    \b
    Examples:
      aggregator status
      aggregator status --json
    """
    logs.set_up()
    now = utc_now()
    config, store, problems = _opened(config_path, now)
    try:
        health, edit = source_health(store), refused(store)
    finally:
        store.close()
    if problems:
        complaint("\n".join([*problems, "The config is wrong: nothing of its last edit is live."]))
    elif edit is not None:
        said = [f"{until(edit.at, now)} {edit.where} did not take an edit of its config:", *edit.problems]
        complaint("\n".join(said))
    _show(health, config, now, as_json)
    if problems:
        sys.exit(WRONG)


def _opened(path: Path | None, now: datetime) -> tuple[Config | None, Store, Sequence[str]]:
    """The config, the store, and what is wrong with the config: then there is none."""
    try:
        config = load_config(path)
    except ConfigError as error:
        url = database_of(find_config(path, os.environ), os.environ)
        if url is None:
            raise
        try:
            return None, Store.open(url), error.problems
        except StoreError:
            raise error from None
    return config, open_store(config, now), ()


def _show(health: Sequence[SourceHealth], config: Config | None, now: datetime, as_json: bool) -> None:
    if as_json:
        json([one.model_dump(mode="json") for one in health])
        return
    troubled = any(map(trouble, health))
    table(
        ["source", "state", "last success", "next poll", "entries", "articles", *["what is wrong"] * troubled],
        [
            [
                escape(one.key),
                _state(one),
                until(one.last_success_at, now),
                until(one.next_poll_at, now),
                str(one.entries),
                str(one.articles),
                *[escape(trouble(one))] * troubled,
            ]
            for one in health
        ],
        frozenset({"entries", "articles"}),
    )
    limits = {source.key: source.backfill for source in config.sources} if config else {}
    for one in health:
        if one.backfill is not None and one.backfill.state in ("running", "stopped"):
            prose(f"{one.key} history: {so_far(one.backfill, limits.get(one.key))}{_why(one.backfill)}")
        if one.held:
            out.print()
            prose(_held(one.key, one.held, now))


def _state(one: SourceHealth) -> str:
    if one.removed:
        return "removed"
    if one.imported:
        return "imported"
    return one.state if one.enabled else "disabled"


def _why(backfill: BackfillHealth) -> str:
    return f". {backfill.message}" if backfill.message else ""


def _held(key: str, held: HeldBack, now: datetime) -> str:
    left = held.count - held.recent
    ends = [f"{held.recent} {'goes' if held.recent == 1 else 'go'} out"] if held.recent else []
    ends += [f"{left} {'stays' if left == 1 else 'stay'} in the index only"] if left else []
    return (
        f"{key}: {some(held.count, 'new article')} held back {until(held.since, now)}: more, or older, than it "
        f"usually brings. `aggregator release {key}` announces them; with --index-only they never come into the feeds. "
        f"By itself, {until(held.until, now)}: {', '.join(ends)}."
    )
