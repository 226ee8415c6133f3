"""``aggregator export``: everything that is published as static files, for hosts that serve nothing else."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.progress import Progress

from aggregator.api.article_routes import article_files
from aggregator.bootstrap import open_store, shown, utc_now
from aggregator.cli import logs
from aggregator.cli.console import err, json, prose, some
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.config.fields import BaseUrl, fits
from aggregator.errors import ConfigError
from aggregator.export.run import Exported, export
from aggregator.model import Config

_NAMED = 5  # files that are named before the rest is counted


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--base-url", metavar="URL", help="Where DIR will be reached (default: `site.base_url` of the config).")
@click.option("--force", is_flag=True, help="Export into a folder that holds other files; those of our names give way.")
@click.option("--again", is_flag=True, help="Make and compare every file, even if nothing changed.")
@json_option
@config_option
def command(
    folder: Path, base_url: str | None, force: bool, again: bool, as_json: bool, config_path: Path | None
) -> None:
    """Write every document to DIR as static files.

    Byte for byte what `serve` answers: every owner, tag, category, track, source and kind in every format, and the
    further pages that they lead to. Only what changed is written, all of it or nothing; what is not published any more
    is removed, and nobody else's file is touched. On GitHub Actions the output `changed` is true or false.

    \b
    Examples:
      aggregator export public
      aggregator export public --base-url https://asha.github.io/feeds
    """
    logs.set_up(logging.ERROR)
    config = load_config(config_path)
    served = _at(config, base_url)
    store = open_store(config, utc_now())  # what it says goes by the config; only the files are for another address
    try:
        with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
            bar = progress.add_task("Exporting", total=None)
            done = export(
                served,
                store,
                folder,
                shown(served),
                article_files,
                force=force,
                again=again,
                told=lambda done, of: progress.update(bar, completed=done, total=of),
            )
    finally:
        store.close()
    _tell_github(done)
    _show(done, folder, as_json)


def _at(config: Config, base_url: str | None) -> Config:
    if base_url is None:
        return config
    if not fits(BaseUrl, base_url):
        raise ConfigError([f"--base-url must be an http or https address without query and fragment, not {base_url!a}"])
    return replace(config, site=replace(config.site, base_url=base_url.strip().rstrip("/")))


def _tell_github(done: Exported) -> None:
    """Set outputs of a step of GitHub Actions."""
    path = os.environ.get("GITHUB_OUTPUT")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"changed={str(done.changed).lower()}\nfiles={done.files}\n")


def _show(done: Exported, folder: Path, as_json: bool) -> None:
    if as_json:
        json(
            {
                "changed": done.changed,
                "files": done.files,
                "bytes": done.bytes,
                "written": list(done.written),
                "removed": list(done.removed),
                "kept": list(done.kept),
                "skipped": [{"file": name, "why": why} for name, why in done.skipped],
            }
        )
        return
    what = (
        f"{len(done.written)} written, {len(done.removed)} removed"
        if done.changed
        else "nothing changed, nothing written"
    )
    prose(f"{folder}: {some(done.files, 'file')}, {done.bytes / 1e6:.1f} MB; {what}.")
    if done.kept:
        prose(
            f"Not ours, and left as they are: {_listed(done.kept)}. `--force` writes over them, else rename them.",
        )
    for name, why in done.skipped[:_NAMED]:
        click.echo(f"left out: {name}: {why}", err=True)
    if len(done.skipped) > _NAMED:
        click.echo(f"left out: {len(done.skipped) - _NAMED} more; --json names them all.", err=True)


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
