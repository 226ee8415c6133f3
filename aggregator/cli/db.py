"""``aggregator db``: migrations and backups."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli.options import config_option, load_config
from aggregator.errors import ConfigError
from aggregator.store import Store


@click.group("db")
def command() -> None:
    """Look after the database."""


@command.command("upgrade")
@config_option
def upgrade(config_path: Path | None) -> None:
    """Bring the database to the newest revision; all or nothing, a copy of the old one is kept."""
    url = load_config(config_path).database_url
    Store.upgrade(url)
    click.echo(f"The database is at revision {Store.current(url)}.")


@command.command("current")
@config_option
def current(config_path: Path | None) -> None:
    """Print the revision of the database."""
    revision = Store.current(load_config(config_path).database_url)
    click.echo(revision or "There is nothing in the database yet; `aggregator db upgrade` makes its tables.")


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def backup(file: Path, config_path: Path | None) -> None:
    """Copy the database into FILE while it is in use (SQLite)."""
    if file.exists():
        raise ConfigError([f"{file} exists; name a new file"])
    store = Store.open(load_config(config_path).database_url)
    try:
        store.backup(file)
    finally:
        store.close()
    click.echo(
        f"Written to {file}. To go back: stop the service, remove the database with its -wal and -shm files, "
        "put this file in its place, start again."
    )
