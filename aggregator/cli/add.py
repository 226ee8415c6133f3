"""``aggregator add``: shows what a source would bring, asks, and writes it into the config."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from difflib import get_close_matches
from pathlib import Path

import click

import aggregator
from aggregator.bootstrap import utc_now
from aggregator.cli import SOME_FAILED, WRONG, logs
from aggregator.cli.console import err, json, out, prose
from aggregator.cli.options import config_option, json_option
from aggregator.cli.planned import edit_facts, plan_facts, show_edit, show_plan
from aggregator.config import find_config, load
from aggregator.config.edit import Edit, add_source
from aggregator.config.naming import named
from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher
from aggregator.model import Config, Owner, Source
from aggregator.poll.adopt import with_written
from aggregator.poll.look import Look, look
from aggregator.poll.plan import Plan, plan
from aggregator.poll.target import Target, target
from aggregator.poll.workers import Readers
from aggregator.store import Planning, Store
from aggregator.text import urls


@click.command("add")
@click.argument("target_", metavar="TARGET")
@click.option("--owner", "owner_id", help="Whose it is: an owner's id; needed where there are several.")
@click.option("--yes", is_flag=True, help="Write it without asking.")
@json_option
@config_option
def command(target_: str, owner_id: str | None, yes: bool, as_json: bool, config_path: Path | None) -> None:
    """Show what TARGET would bring, ask, and write it into the config.

    TARGET is a name with its kind (dev:asharao, medium:@asharao), the address of a profile, or of a feed. Nothing is
    stored before you say yes, and then one source is added to the config, with every comment kept.

    \b
    Examples:
      aggregator add dev:asharao
      aggregator add https://asha.example/feed.xml --owner asha --yes
    """
    logs.set_up()
    path = find_config(config_path, os.environ)
    config = load(path, os.environ)
    wanted = target(target_)
    owner = _owner(config, owner_id, wanted)
    if not _is_there(config, owner, owner_id, [wanted.resolved.feed_url], as_json):
        edit = add_source(path, owner.id, _item(wanted, owner), os.environ)
        source = _added(config, edit.config)
        seen = _looked(source, edit.config)
        if seen.error:
            _refuse(source, seen.error, as_json)
        elif not _is_there(config, owner, owner_id, [seen.feed.url] if seen.feed else [], as_json):
            with _planning(edit.config) as unit:
                planned = plan(with_written(edit.config), source, seen, unit, utc_now())
            _propose(planned, seen, edit, yes=yes, as_json=as_json)


# ── whose, and what ─────────────────────────────────────────────────────────────────────────────────────────────────


def _owner(config: Config, owner_id: str | None, wanted: Target) -> Owner:
    """The owner that was named; else the only one, or the one who has this source already.

    Raises:
        ConfigError: nobody, or several.
    """
    known = {owner.id: owner for owner in config.owners}
    if owner_id is not None and owner_id not in known:
        near = get_close_matches(owner_id.lower(), known, 1)
        said = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known) or 'none'}"
        raise ConfigError([f'there is no owner "{owner_id}" in the config; {said}'])
    if owner_id is not None:
        return known[owner_id]
    having = [known[one.owner] for one in config.sources if _same_feed(one, [wanted.resolved.feed_url])]
    if len(config.owners) == 1 or having:
        return (having or list(config.owners))[0]
    if not known:
        raise ConfigError(["there is no owner in the config yet; write one under `owners:` (an id and a name)"])
    raise ConfigError([f"whose is it? Say --owner ID; there are {', '.join(known)}"])


def _same_feed(source: Source, addresses: Iterable[str]) -> bool:
    own = urls.key(source.feed_url) or source.feed_url
    return any(own == (urls.key(address) or address) for address in addresses)


def _item(wanted: Target, owner: Owner) -> Mapping[str, str]:
    """The source as it stands in a config, with an id of its own where the default is taken."""
    taken = {source.id for source in owner.sources}
    return named(wanted.kind, wanted.value, wanted.resolved, owner.home_page_url, taken)


def _added(before: Config, after: Config) -> Source:
    known = {source.key for source in before.sources}
    return next(source for source in after.sources if source.key not in known)


def _is_there(config: Config, owner: Owner, owner_id: str | None, addresses: list[str], as_json: bool) -> bool:
    """Whether this owner has the source, or where nobody was named anybody; and say so."""
    having = owner.sources if owner_id is not None else config.sources
    there = next((one for one in having if _same_feed(one, addresses)), None)
    if there is None:
        return False
    if as_json:
        json(
            {
                "source": {"key": there.key, "kind": there.kind, "feed_url": there.feed_url},
                "already": True,
                "written": False,
            }
        )
        return True
    off = "" if there.enabled else ", switched off (`enabled: false`)"
    prose(f"{there.key} is that source: it is in the config already{off}. Nothing was changed.")
    return True


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _looked(source: Source, config: Config) -> Look:
    waiting = err.status(f"Reading {source.feed_url}") if sys.stderr.isatty() else nullcontext()
    with waiting:
        return asyncio.run(_look(source, config))


async def _look(source: Source, config: Config) -> Look:
    async with Readers(count=1) as readers, Fetcher(config.fetch, aggregator.__version__) as fetcher:
        return await look(source, fetcher, readers, utc_now())


@contextmanager
def _planning(config: Config) -> Iterator[Planning | None]:
    """What is kept so far, to read only; None: there is no database yet, and none is made."""
    if Store.current(config.database_url) is None:
        yield None
        return
    store = Store.open(config.database_url)
    try:
        with store.planning() as unit:
            yield unit
    finally:
        store.close()


def _refuse(source: Source, error: str, as_json: bool) -> None:
    if as_json:
        json({"source": {"kind": source.kind, "feed_url": source.feed_url}, "error": error, "written": False})
    click.echo(f"{error}\nNothing was written; run this again once it can be read.", err=True)
    sys.exit(SOME_FAILED)


# ── asking and writing ──────────────────────────────────────────────────────────────────────────────────────────────


def _propose(planned: Plan, seen: Look, edit: Edit, *, yes: bool, as_json: bool) -> None:
    if not as_json:
        show_plan(planned, seen)
        out.print()
        show_edit(edit)
        out.print()
    written = yes or _asked(as_json)
    if written:
        edit.write()
    if as_json:
        json({**plan_facts(planned), "already": False, "config": edit_facts(edit), "written": bool(written)})
    if written is None:
        click.echo("Nothing was written: there is no terminal to ask on. With --yes it is written.", err=True)
        sys.exit(WRONG)
    if not as_json:
        prose(f"Written. `aggregator poll {planned.source.key}` reads it now." if written else "Nothing was written.")


def _asked(as_json: bool) -> bool | None:
    """Whether to write it; None: there is nobody to ask."""
    if not sys.stdin.isatty():
        return None
    return click.confirm("Write that?", default=True, err=as_json)
