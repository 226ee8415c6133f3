"""``aggregator init``: writes a first config from what somebody pastes, after showing what it would bring."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import Progress

import aggregator
from aggregator.bootstrap import utc_now
from aggregator.cli import DONE, SOME_FAILED, WRONG, gathered, logs
from aggregator.cli.console import err, json, out, prose
from aggregator.cli.gathered import Gathered, Offer, Proposal
from aggregator.cli.options import config_option, json_option
from aggregator.cli.planned import named as shown
from aggregator.config import find_config, load
from aggregator.config.build import RESERVED
from aggregator.config.fields import HttpUrl, PrivateHost, Slug, fits
from aggregator.config.naming import default_id, named
from aggregator.config.start import Line, Start, is_sample, put, text
from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher
from aggregator.model import FetchPolicy
from aggregator.poll.byline import Byline, byline, site_of
from aggregator.poll.find import Finder, Place
from aggregator.poll.target import Account, Target, target
from aggregator.poll.together import together
from aggregator.poll.workers import Readers

_MOST_OFFERED = 8  # accounts found elsewhere that are looked at
_WHERE = (
    "Where do you publish? Give addresses or names, such as https://asha.example, dev:asharao or medium:@asharao;"
    " several on a line, or one after the other. An empty line ends the list."
)


@click.command("init")
@click.argument("profiles", nargs=-1, metavar="[PROFILE]...")
@click.option("--owner", "owner_id", help="The id, first part of the addresses; else it is taken from the profiles.")
@click.option("--name", help="The name as people know it; else it is taken from what the profiles say.")
@click.option(
    "--allow-private",
    multiple=True,
    metavar="HOST",
    help="A host, host:port or network that is not public and may be asked all the same.",
)
@click.option("--yes", is_flag=True, help="Write it without asking; of what was only found nothing is taken.")
@click.option("--force", is_flag=True, help="Replace a config that is there; it is kept beside the new one.")
@json_option
@config_option
def command(
    profiles: Sequence[str],
    owner_id: str | None,
    name: str | None,
    allow_private: Sequence[str],
    yes: bool,
    force: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Write a first config: from PROFILEs and sites to sources, shown before they are written.

    A PROFILE is an address (a site, a blog, a profile, a feed) or a name with its kind (dev:asharao). Every one is read
    once, nothing is stored. What they call their own elsewhere (rel="me") is offered. Without a PROFILE it asks.

    \b
    Examples:
      aggregator init
      aggregator init https://asha.example dev:asharao medium:@asharao
      aggregator init asha.example --yes
    """
    logs.set_up()
    path = find_config(config_path, os.environ)
    _check_free(path, force=force)
    if owner_id is not None:
        _id(owner_id)
    asks = sys.stdin.isatty() and not yes and not as_json
    wanted = _targets(profiles) if profiles else _asked_for(asks)
    found = asyncio.run(_looked(wanted, FetchPolicy(allow_private=_private(allow_private))))
    if not as_json:
        gathered.show_places(found)
    if not found.taken:
        raise ConfigError(["nothing was found that could be a source; nothing was written"])
    _choose(found, asks=asks)
    who = _who(found.taken, owner_id, name, asks=asks)
    proposal = _proposal(path, found, who, allow_private)
    if not as_json:
        gathered.show_together(proposal.brings)
        gathered.show_file(proposal)
    _finish(proposal, found, f" --config {path}" if config_path else "", yes=yes, as_json=as_json)
    sys.exit(SOME_FAILED if found.refused else DONE)


# ── what is there, and what is wanted ───────────────────────────────────────────────────────────────────────────────


def _check_free(path: Path, *, force: bool) -> None:
    if path.exists() and not force and not is_sample(path):
        raise ConfigError(
            [
                f"{path} is there already, and stays as it is.",
                "`aggregator add PROFILE` adds a source to it. --config NAME.yaml writes another one beside it;"
                " --force writes a new one in its place and keeps the old one.",
            ]
        )


def _private(hosts: Sequence[str]) -> tuple[str, ...]:
    """Raises ConfigError where one is none."""
    for host in hosts:
        if not fits(PrivateHost, host):
            raise ConfigError([f'--allow-private: "{host}" is no host, host:port or network'])
    return tuple(hosts)


def _targets(texts: Sequence[str]) -> list[Target]:
    """Each once, in order; raises ConfigError with everything that is wrong."""
    found: dict[str, Target] = {}
    problems: list[str] = []
    for one in texts:
        try:
            wanted = target(one)
        except ConfigError as error:
            problems += error.problems
            continue
        found.setdefault(wanted.resolved.feed_url, wanted)
    if problems:
        raise ConfigError(problems)
    return list(found.values())


def _asked_for(asks: bool) -> list[Target]:
    if not asks:
        raise ConfigError(
            ["say where you publish: `aggregator init https://asha.example dev:asharao` (an address or KIND:NAME)"]
        )
    prose(_WHERE)
    texts: list[str] = []
    while True:
        line = click.prompt(">", default="", show_default=False, prompt_suffix=" ")
        if not line.strip():
            if texts:
                return _targets(texts)
            prose("At least one is needed; Ctrl-C stops.")
            continue
        for one in line.replace(",", " ").split():
            try:
                target(one)
            except ConfigError as error:
                prose(error.problems[0], style="red")
            else:
                texts.append(one)


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _looked(wanted: Sequence[Target], policy: FetchPolicy) -> Gathered:
    with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Reading", total=len(wanted))

        async def find(one: Target) -> Place:
            place = await finder.find(one)
            bar.advance(task)
            return place

        async with Readers() as readers, Fetcher(policy, aggregator.__version__) as fetcher:
            finder = Finder(fetcher, readers, utc_now())
            places = _once(await asyncio.gather(*map(find, wanted)))
            named_by = await asyncio.gather(*map(finder.elsewhere, places))
            accounts = _new(places, named_by)
            bar.update(task, total=len(wanted) + len(accounts))
            seen = await asyncio.gather(*(find(account.target) for _, account in accounts))
    known = {place.target.resolved.feed_url for place in places}
    offers = [Offer(place, account, page) for place, (page, account) in zip(seen, accounts, strict=True)]
    return Gathered(
        [place for place in places if not place.seen.lasting],
        [place for place in places if place.seen.lasting],
        [one for one in offers if not one.place.seen.lasting and one.place.target.resolved.feed_url not in known],
    )


def _once(places: Sequence[Place]) -> list[Place]:
    """Each feed once; what stands on a site of their own before the platforms, else as they were given."""
    each: dict[str, Place] = {}
    for place in places:
        each.setdefault(place.target.resolved.feed_url, place)
    return sorted(each.values(), key=lambda place: site_of(place) is None)


def _new(places: Sequence[Place], named_by: Sequence[Sequence[Account]]) -> list[tuple[str, Account]]:
    """What the places name that is none of them, with who names it: their own first, at most so many."""
    known = {place.target.resolved.feed_url for place in places}
    pages = {place.target.resolved.home_page_url for place in places}
    found: dict[str, tuple[str, Account]] = {}
    for place, accounts in zip(places, named_by, strict=True):
        for one in accounts:
            url = one.target.resolved.feed_url
            if url not in known and url.rstrip("/") not in {(page or "").rstrip("/") for page in pages}:
                found.setdefault(url, (place.asked, one))
    return sorted(found.values(), key=lambda one: not one[1].mine)[:_MOST_OFFERED]


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _choose(found: Gathered, *, asks: bool) -> None:
    """Let the owner take what was found elsewhere; unasked nothing is taken."""
    for offer in list(found.offers) if asks else ():
        gathered.show_offer(offer)
        if click.confirm("Is that yours, and to be taken too?", default=offer.account.mine):
            found.offers.remove(offer)
            found.taken.append(offer.place)
    found.taken = _once(found.taken)


def _who(places: Sequence[Place], owner_id: str | None, name: str | None, *, asks: bool) -> Byline:
    guess = byline(places)
    who = Byline(name or guess.name, guess.home_page_url, owner_id or guess.handle)
    if not asks:
        return who
    out.print()
    home = click.prompt("Your home page (- for none)", default=who.home_page_url or "-", value_proc=_home_page)
    return Byline(
        name or click.prompt("Your name", default=who.name),
        None if home == "-" else home,
        owner_id or click.prompt("Your id, first part of the addresses", default=who.handle, value_proc=_id),
    )


def _home_page(text: str) -> str:
    url = text.strip()
    if url != "-" and not fits(HttpUrl, url):
        raise click.UsageError(f'"{url}" is no address; one looks like https://asha.example')
    return url


def _id(text: str) -> str:
    if not fits(Slug, text):
        raise click.UsageError(f'"{text}" is no id; use a-z, 0-9 and -')
    if text in RESERVED:
        raise click.UsageError(f'"{text}" is taken by the service itself')
    return text


def _proposal(path: Path, found: Gathered, who: Byline, private: Sequence[str]) -> Proposal:
    """The config as it would be written, read as the service reads it; raises ConfigError where it would not."""
    start = Start(
        who.handle,
        who.name,
        who.home_page_url,
        _lines(found.taken, who.home_page_url),
        [Line({one.place.target.kind: one.place.target.value}, gathered.named_by(one)) for one in found.offers],
        private,
    )
    body = text(start)
    config = load(path, os.environ, {path.resolve(): body.encode()})
    seen = [(source, place.seen) for source, place in zip(config.sources, found.taken, strict=True)]
    return Proposal(path, body, config, together(config, seen, utc_now()))


def _lines(places: Sequence[Place], home: str | None) -> list[Line]:
    lines, taken = [], set[str]()
    for place in places:
        wanted = place.target
        item = named(wanted.kind, wanted.value, wanted.resolved, home, taken)
        taken.add(item.get("id", default_id(wanted.kind, wanted.resolved, home)))
        lines.append(Line(item, gathered.gives(place)))
    return lines


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _finish(proposal: Proposal, found: Gathered, option: str, *, yes: bool, as_json: bool) -> None:
    wanted = yes or (click.confirm("Write that?", default=True, err=as_json) if sys.stdin.isatty() else None)
    kept, schema = put(proposal.path, proposal.body) if wanted else (None, None)
    if as_json:
        json(gathered.facts(proposal, found, written=bool(wanted)))
    if wanted is None:
        click.echo("Nothing was written: there is no terminal to ask on. With --yes it is written.", err=True)
        sys.exit(WRONG)
    if as_json:
        return
    if not wanted:
        prose("Nothing was written.")
        return
    prose(f"Written: {shown(proposal.path)}" + (f", and {shown(schema)} for editors" if schema else "") + ".")
    if kept:
        prose(f"What stood there is {shown(kept)} now.")
    gathered.show_next(proposal, found, option)
