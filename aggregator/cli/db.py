"""``aggregator db``: migrations, backups, and the move to another engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from aggregator.cli.options import config_option, json_option, load_config
from aggregator.errors import ConfigError
from aggregator.store import Store


@click.group("db")
def command() -> None:
    """Look after the database.

    \b
    Examples:
      aggregator db backup backups/monday.db
      aggregator db restore backups/monday.db
      aggregator db copy --to postgresql://feeds@localhost/feeds
    """


@command.command("upgrade")
@config_option
def upgrade(config_path: Path | None) -> None:
    """Bring the database to the newest revision; all or nothing.

    `serve` and `poll` do the same by themselves. Of a SQLite file a copy from before is kept beside it.

    \b
    Example:
      aggregator db upgrade
    """
    url = load_config(config_path).database_url
    Store.upgrade(url)
    click.echo(f"The database is at revision {Store.current(url)}.")


@command.command("current")
@json_option
@config_option
def current(as_json: bool, config_path: Path | None) -> None:
    """Print the revision of the database.

    \b
    Example:
      aggregator db current
    """
    from aggregator.cli.console import json

    revision = Store.current(load_config(config_path).database_url)
    if as_json:
        json({"revision": revision})
        return
    click.echo(revision or "There is nothing in the database yet; `aggregator db upgrade` makes its tables.")


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def backup(file: Path, config_path: Path | None) -> None:
    """Write the whole database into FILE while it is in use.

    FILE is a SQLite database, whichever engine it comes from, and either engine takes it back.

    \b
    Example:
      aggregator db backup backups/$(date +%F).db
    """
    from aggregator.store import backups, engine

    if file.exists():
        raise ConfigError([f"{file} exists; name a new file"])
    with _progress("Backing up") as noticed:
        backups.backup(engine.address(load_config(config_path).database_url), file, noticed)
    click.echo(f"Written to {file}. To go back: stop the service, `aggregator db restore {file}`, start again.")


@command.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@config_option
def restore(file: Path, config_path: Path | None) -> None:
    """Let the database be what a backup holds.

    Stop the service first. FILE is read through before anything is touched; one that is damaged, or of a newer program,
    is refused. The SQLite file that was there is kept beside it. A PostgreSQL database must be empty: make a new one
    and name it in `database_url`, so that the old one is kept, too.

    \b
    Example:
      aggregator db restore backups/monday.db
    """
    from aggregator.bootstrap import utc_now
    from aggregator.store import backups, engine

    with _progress("Restoring") as noticed:
        kept = backups.restore(engine.address(load_config(config_path).database_url), file, utc_now(), noticed)
    click.echo(f"The database is what {file} holds." + (f" The one before it is {kept}." if kept else ""))


@command.command("copy")
@click.option(
    "--to",
    "target",
    required=True,
    envvar="AGGREGATOR_COPY_TO",
    metavar="URL",
    help="Where to: an empty database, postgresql://... or sqlite:///... (or $AGGREGATOR_COPY_TO).",
)
@json_option
@config_option
def copy(target: str, as_json: bool, config_path: Path | None) -> None:
    """Copy everything into another, empty database: SQLite to PostgreSQL, or back.

    Stop the service first. Ids, dates and what subscribers see stay the same, byte for byte. It is one transaction:
    everything is there afterwards, and counted, or nothing. The database it is read from stays as it is.

    \b
    Example:
      aggregator db copy --to postgresql://feeds@localhost/feeds
    """
    from aggregator.cli.console import json, prose
    from aggregator.store import engine, moving

    source, place = engine.address(load_config(config_path).database_url), engine.address(target)
    moving.refuse_running(source)
    with _progress("Copying") as noticed:
        counts = moving.copy(source, place, noticed)
    if as_json:
        json({"rows": counts})
        return
    told = f"{counts['articles']} articles in {counts['copies']} copies from {counts['sources']} sources"
    prose(f"Copied: {told}, {sum(counts.values())} rows in all.")
    name = place.set(drivername=place.get_backend_name()).render_as_string(hide_password=True)
    prose(f"Now set database_url to {name} and start the service. The old database is as it was.")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    from rich.progress import Progress

    from aggregator.cli.console import err

    with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
