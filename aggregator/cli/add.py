"""``aggregator add``: shows what a source would bring, asks, and writes it into the config."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import click

import aggregator
from aggregator.bootstrap import utc_now
from aggregator.cli import DONE, SOME_FAILED, WRONG, logs
from aggregator.cli.console import complaint, err, json, out, prose
from aggregator.cli.options import config_option, json_option
from aggregator.cli.planned import edit_facts, plan_facts, show_edit, show_plan
from aggregator.config import find_config, load
from aggregator.config.edit import Edit, add_source
from aggregator.config.naming import named
from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher
from aggregator.model import Config, Owner, Source
from aggregator.poll.adopt import with_written
from aggregator.poll.find import Finder, Place
from aggregator.poll.plan import Plan, plan
from aggregator.poll.target import Account, Target, target
from aggregator.poll.workers import Readers
from aggregator.store import Planning, Store
from aggregator.text import urls


@dataclass(frozen=True, slots=True)
class _Call:
    """How it was called."""

    path: Path
    owner_id: str | None
    yes: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one target."""

    code: int
    facts: Mapping[str, object]
    elsewhere: Sequence[Account] = ()


@click.command("add")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("--owner", "owner_id", help="Whose it is: an owner's id; needed where there are several.")
@click.option("--yes", is_flag=True, help="Write it without asking; of what was only found nothing is taken.")
@json_option
@config_option
def command(targets: Sequence[str], owner_id: str | None, yes: bool, as_json: bool, config_path: Path | None) -> None:
    """Show what each TARGET would bring, ask, and write it into the config.

    TARGET is a name with its kind (dev:asharao, medium:@asharao), or an address: of a profile, of a site (its feed is
    looked for), of a feed. Nothing is stored before you say yes, and then one source is added to the config, with every
    comment kept. What a page calls its own elsewhere (rel="me") is offered.

    \b
    Examples:
      aggregator add dev:asharao
      aggregator add asha.example medium:@asharao
      aggregator add https://asha.example/feed.xml --owner asha --yes
    """
    logs.set_up()
    call = _Call(find_config(config_path, os.environ), owner_id, yes, as_json)
    config = load(call.path, os.environ)
    wanted = [(one, _owner(config, owner_id, one).id) for one in map(target, targets)]
    results = [_add(call, one, owner) for one, owner in wanted]
    if as_json:
        facts = [result.facts for result in results]
        json(facts[0] if len(facts) == 1 else facts)
    else:
        for account, owner in list(_news(call, wanted, results)):
            results += _offered(call, account, owner)
    sys.exit(max(result.code for result in results))


def _add(call: _Call, wanted: Target, owner_id: str) -> _Result:
    """Show what one target would bring, and write it where that is wanted."""
    config = load(call.path, os.environ)
    owner = next(one for one in config.owners if one.id == owner_id)
    if there := _there(config, owner, call, [wanted.resolved.feed_url]):
        return _already(there, call)
    place, accounts = _looked(wanted, config)
    seen = place.seen
    if seen.error:
        return _refused(place)
    addresses = [place.target.resolved.feed_url, *([seen.feed.url] if seen.feed else [])]
    if there := _there(config, owner, call, addresses):
        return _already(there, call)
    edit = add_source(call.path, owner.id, _item(place.target, owner), os.environ)
    with _planning(edit.config) as unit:
        planned = plan(with_written(edit.config), _added(config, edit.config), seen, unit, utc_now())
    return _proposed(planned, place, edit, accounts, call)


# ── what else there is ──────────────────────────────────────────────────────────────────────────────────────────────


def _news(
    call: _Call, wanted: Sequence[tuple[Target, str]], results: Sequence[_Result]
) -> Iterator[tuple[Account, str]]:
    """The accounts that pages call their own and the config has not, each once, with the owner of the page."""
    told: set[str] = set()
    config = load(call.path, os.environ)
    for (_, owner), result in zip(wanted, results, strict=True):
        for one in result.elsewhere:
            url = one.target.resolved.feed_url
            if one.mine and url not in told and not any(_same_feed(source, [url]) for source in config.sources):
                told.add(url)
                yield one, owner


def _offered(call: _Call, account: Account, owner: str) -> list[_Result]:
    out.print()
    prose(f"{account.reason[0].upper()}{account.reason[1:]}.")
    if call.yes or not sys.stdin.isatty():
        prose(f"`aggregator add {account.target.text} --owner {owner}` adds it.", 2)
        return []
    return [_add(call, account.target, owner)] if click.confirm("Look at that, too?", default=True) else []


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


def _there(config: Config, owner: Owner, call: _Call, addresses: Sequence[str]) -> Source | None:
    """The source that this owner has, or where nobody was named anybody."""
    having = owner.sources if call.owner_id is not None else config.sources
    return next((one for one in having if _same_feed(one, addresses)), None)


def _already(there: Source, call: _Call) -> _Result:
    if not call.as_json:
        off = "" if there.enabled else ", switched off (`enabled: false`)"
        prose(f"{there.key} is that source: it is in the config already{off}. Nothing was changed.")
    source = {"key": there.key, "kind": there.kind, "feed_url": there.feed_url}
    return _Result(DONE, {"source": source, "already": True, "written": False})


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _looked(wanted: Target, config: Config) -> tuple[Place, Sequence[Account]]:
    waiting = err.status(f"Reading {wanted.text}") if sys.stderr.isatty() else nullcontext()
    with waiting:
        return asyncio.run(_find(wanted, config))


async def _find(wanted: Target, config: Config) -> tuple[Place, Sequence[Account]]:
    async with Readers(count=1) as readers, Fetcher(config.fetch, aggregator.__version__) as fetcher:
        finder = Finder(fetcher, readers, utc_now())
        place = await finder.find(wanted)
        return place, await finder.elsewhere(place) if place.verified else ()


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


def _refused(place: Place) -> _Result:
    error, found = place.seen.error, place.target
    again = "" if place.seen.lasting else "; run this again once it can be read"
    complaint(f"{error}\nNothing was written{again}.")
    source = {"kind": found.kind, "feed_url": found.resolved.feed_url}
    return _Result(SOME_FAILED, {"source": source, "error": error, "written": False})


# ── asking and writing ──────────────────────────────────────────────────────────────────────────────────────────────


def _proposed(planned: Plan, place: Place, edit: Edit, accounts: Sequence[Account], call: _Call) -> _Result:
    if not call.as_json:
        if place.reason:
            prose(f"Chosen because {place.reason}." if place.seen.feeds else f"{place.reason}.", style="dim")
        show_plan(planned, place.seen)
        out.print()
        show_edit(edit)
        out.print()
    written = call.yes or _asked(call.as_json, useful=planned.same_as is None)
    if written:
        edit.write()
    if written is None:
        click.echo("Nothing was written: there is no terminal to ask on. With --yes it is written.", err=True)
    elif not call.as_json:
        prose(f"Written. `aggregator poll {planned.source.key}` reads it now." if written else "Nothing was written.")
    facts = {
        **plan_facts(planned),
        "reason": place.reason or None,
        "already": False,
        "config": edit_facts(edit),
        "elsewhere": [{"target": one.target.text, "reason": one.reason, "mine": one.mine} for one in accounts],
        "written": bool(written),
    }
    return _Result(WRONG if written is None else DONE, facts, accounts)


def _asked(as_json: bool, *, useful: bool) -> bool | None:
    """Whether to write it, yes if it is ``useful`` and nothing else is said; None: there is nobody to ask."""
    if not sys.stdin.isatty():
        return None
    return click.confirm("Write that?", default=useful, err=as_json)
