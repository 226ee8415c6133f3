"""``aggregator import``: what was exported elsewhere goes into the index, the feeds of OPML into the config."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from aggregator import sources
from aggregator.cli import DONE, SOME_FAILED, WRONG, imported, logs
from aggregator.cli.console import json, out, prose
from aggregator.cli.options import config_option, json_option
from aggregator.cli.planned import edit_facts, show_edit
from aggregator.config import find_config, load
from aggregator.config.edit import Edit, add_sources
from aggregator.config.naming import default_id, named
from aggregator.errors import ConfigError, NotAFeed
from aggregator.model import Config, Owner
from aggregator.parse.lists import is_list, read
from aggregator.parse.subscriptions import Subscription
from aggregator.poll.target import Target, target
from aggregator.publish.values import missing
from aggregator.text import urls

_LOOK = 65536  # bytes in which a list of feeds says that it is one


@dataclass(frozen=True, slots=True)
class _Import:
    """What would become of a list."""

    items: Sequence[Mapping[str, str]]  # as they stand in a config
    known: Sequence[Subscription]  # are there already
    refused: Sequence[tuple[Subscription, str]]  # and why


class _File(click.Path):
    """A file or folder that is there; of one that is not the one that is called like it is named."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            path = Path(value)
            beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
            near = get_close_matches(path.name, beside, 1)
            hint = f" Did you mean '{path.parent / near[0]}'?" if near and not path.exists() else ""
            raise click.BadParameter(f"{error.message}{hint}", ctx, param) from error


@click.command("import")
@click.argument("file", type=_File(path_type=Path, exists=True, allow_dash=True))
@click.option("--owner", "owner_id", help="Whose it is: an owner's id; needed where there are several.")
@click.option("--source", "source_id", metavar="ID", help="The source whose articles these are, if that is not plain.")
@click.option("--base-url", metavar="URL", help="Where Markdown is published: https://asha.example/blog/{slug}/")
@click.option("--sections", is_flag=True, help="OPML: the folder (category) of a feed becomes its section.")
@click.option("--dry-run", is_flag=True, help="Show what would come of it and write nothing.")
@click.option("--yes", is_flag=True, help="Lists of feeds: write the sources without asking.")
@json_option
@config_option
def command(
    file: Path,
    owner_id: str | None,
    source_id: str | None,
    base_url: str | None,
    sections: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Take in what you exported elsewhere, or the feeds that another program reads.

    FILE is told by what is in it: an export of Medium or DEV (the zip as it came, or unpacked), of WordPress (XML), a
    folder or zip of Markdown with front matter; or a list of feeds: OPML (FreshRSS, Miniflux and all others), the
    config of a Planet, a workflow with blog-post-workflow in it ("-": a list from standard input).

    Articles go to the index, beside what is known already: nothing comes twice, and nobody's feed reader hears of them.
    Drafts, replies and pages are left out. They become copies of the source in the config that carries the same
    articles, if there is one. Exit status 1: some items could not be read, the rest is done.

    The feeds of a list become sources of the owner. That shows the lines, asks, and writes all of them or none.

    \b
    Examples:
      aggregator import medium-export.zip --owner asha --dry-run
      aggregator import ~/posts --base-url https://asha.example/blog/{slug}/
      aggregator import subscriptions.opml --owner asha --sections
      aggregator import planet.ini --owner asha
      aggregator import .github/workflows/blog-posts.yml --owner asha
    """
    logs.set_up()
    path = find_config(config_path, os.environ)
    config = load(path, os.environ)
    owner = _owner(config, owner_id)
    if str(file) != "-" and not _is_list(file):
        sys.exit(imported.take(file, config, owner, source_id, base_url, dry_run, as_json))
    _subscribe(file, path, owner, sections=sections, yes=yes and not dry_run, as_json=as_json)


def _is_list(file: Path) -> bool:
    """Whether it begins like a list of feeds; what is neither that nor any export is told as that."""
    if file.is_dir():
        return False
    with file.open("rb") as opened:
        return is_list(file.name, opened.read(_LOOK))


def _subscribe(file: Path, path: Path, owner: Owner, *, sections: bool, yes: bool, as_json: bool) -> None:
    try:
        listed = read(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except NotAFeed as error:
        raise ConfigError([f"{file}: {error}"]) from error
    found = _import(listed, owner, sections)
    if not found.items:
        _tell(found, None, as_json, written=False)
        sys.exit(SOME_FAILED if found.refused or not listed else DONE)
    edit = add_sources(path, owner.id, found.items, os.environ)
    if not as_json:
        show_edit(edit)
        out.print()
    wanted = yes or (click.confirm("Write that?", default=True, err=as_json) if sys.stdin.isatty() else None)
    if wanted:
        edit.write()
    _tell(found, edit, as_json, written=bool(wanted))
    if wanted is None:
        click.echo("Nothing was written: there is no terminal to ask on. With --yes it is written.", err=True)
        sys.exit(WRONG)
    sys.exit(SOME_FAILED if found.refused else DONE)


def _owner(config: Config, owner_id: str | None) -> Owner:
    known = {owner.id: owner for owner in config.owners}
    if owner_id is None and len(known) == 1:
        return config.owners[0]
    if owner_id is None:
        raise ConfigError([f"whose are they? Say --owner ID; there are {', '.join(known) or 'none'}"])
    if owner_id not in known:
        raise ConfigError([missing("owner", owner_id, known)])
    return known[owner_id]


def _import(listed: Sequence[Subscription], owner: Owner, sections: bool) -> _Import:
    feeds = {urls.key(source.feed_url) or source.feed_url for source in owner.sources}
    ids = {source.id for source in owner.sources}
    items, known, refused = [], [], []
    for one in listed:
        try:
            wanted = _target(one)
        except ConfigError as error:
            refused.append((one, error.problems[0]))
            continue
        key = urls.key(wanted.resolved.feed_url) or wanted.resolved.feed_url
        if key in feeds:
            known.append(one)
            continue
        feeds.add(key)
        items.append(_item(one, wanted, owner, ids, sections))
    return _Import(items, known, refused)


def _target(one: Subscription) -> Target:
    """The account of a platform, where the platform knows it as one; every other feed by its address."""
    if one.problem:
        raise ConfigError([one.problem])
    if one.page:
        return target(f"site:{one.feed_url}")
    try:
        return target(one.feed_url)
    except ConfigError:
        return Target("feed", one.feed_url, sources.resolve("feed", one.feed_url))


def _item(one: Subscription, wanted: Target, owner: Owner, ids: set[str], sections: bool) -> Mapping[str, str]:
    """The source as it stands in a config; ``ids`` are taken, and take its own."""
    default = default_id(wanted.kind, wanted.resolved, owner.home_page_url)
    item = dict(named(wanted.kind, wanted.value, wanted.resolved, owner.home_page_url, ids))
    ids.add(item.get("id", default))
    if sources.kinds()[wanted.kind].anywhere and one.title and one.title not in (one.feed_url, default):
        item["title"] = one.title
    if sections and one.folder:
        item["section"] = one.folder
    return item


def _tell(found: _Import, edit: Edit | None, as_json: bool, *, written: bool) -> None:
    if as_json:
        json(
            {
                "added": list(found.items),
                "known": [one.feed_url for one in found.known],
                "refused": [{"feed_url": one.feed_url, "reason": reason} for one, reason in found.refused],
                "config": edit_facts(edit) if edit else None,
                "written": written,
            }
        )
        return
    for one, reason in found.refused:
        click.echo(f"{one.feed_url}: {reason}", err=True)
    said = [f"{len(found.items)} {'added' if written else 'to add'}"]
    said += [f"{len(found.known)} already there"] if found.known else []
    said += [f"{len(found.refused)} refused"] if found.refused else []
    prose(f"{', '.join(said)}." if found.items or found.known or found.refused else "There is no feed in this file.")
