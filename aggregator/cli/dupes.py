"""``aggregator dupes``: asks about articles that are nearly the same, and writes the answers into the config."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from aggregator import sources
from aggregator.bootstrap import agree, open_store, utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import headline, json, out, prose, some, whole
from aggregator.cli.options import config_option, json_option
from aggregator.cli.planned import day, edit_facts, named, show_edit
from aggregator.config import find_config, load
from aggregator.config.edit import Edit, add_group, names, remove_group
from aggregator.dedupe.wording import why
from aggregator.errors import ConfigError
from aggregator.model import Copy, Owner
from aggregator.poll.adopt import with_written
from aggregator.poll.remarks import contradictions
from aggregator.poll.steering import steering
from aggregator.render.wire import rfc3339
from aggregator.store import NearMiss, Store

_INDENT = 14
_ANSWERS = {"s": "same", "d": "different", "k": "keep", "q": "quit"}


@click.command("dupes")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many pairs at most.")
@click.option("--same", nargs=2, metavar="A B", help="Say that these two addresses are one article.")
@click.option("--different", nargs=2, metavar="A B", help="Say that they are two.")
@click.option("--forget", nargs=2, metavar="A B", help="Take back what was said of these two.")
@json_option
@config_option
def command(
    limit: int,
    same: tuple[str, str] | None,
    different: tuple[str, str] | None,
    forget: tuple[str, str] | None,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Ask about articles that are nearly the same, and write the answers into the config.

    Lists what was not joined although it came close. On a terminal it asks about each pair; the answer stands in the
    config, under `same` or `different` of the owner, and counts at once and for ever.

    \b
    Examples:
      aggregator dupes
      aggregator dupes --same https://asha.example/kafka https://dev.to/asha/k-1
      aggregator dupes --forget https://asha.example/kafka https://dev.to/asha/k-1
    """
    logs.set_up(logging.ERROR)
    given = [(said, pair) for said, pair in (("same", same), ("different", different), ("forget", forget)) if pair]
    if len(given) > 1:
        raise click.UsageError("one of --same, --different and --forget at a time")
    with _desk(find_config(config_path, os.environ), as_json) as desk:
        if given:
            desk.answer(given[0][0], *given[0][1])
        else:
            desk.go_through(limit)


@contextmanager
def _desk(path: Path, as_json: bool) -> Iterator[_Desk]:
    config = with_written(load(path, os.environ))
    store = open_store(config, utc_now())
    try:
        yield _Desk(path, store, config.owners, as_json)
    finally:
        store.close()


@dataclass(slots=True)
class _Desk:
    """The config and the store side by side, and somebody who answers."""

    path: Path
    store: Store
    owners: Sequence[Owner]
    as_json: bool

    # ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────

    def go_through(self, limit: int) -> None:
        """Every doubtful pair: as facts, as a list, or on a terminal one after the other with a question."""
        said = steering(with_written(load(self.path, os.environ)))
        found = self.store.near_misses(limit, said.told)
        if self.as_json:
            json([_facts(one) for one in found])
        elif not found:
            prose("No two articles came close to each other without being joined, or you answered about all of them.")
        elif sys.stdin.isatty() and sys.stdout.isatty():
            self._ask(found)
        else:
            for one in found:
                _show(one)
                out.print()
            prose(f"{some(len(found), 'pair')}. `aggregator dupes --same A B` or `--different A B` settles one.")

    def _ask(self, found: Sequence[NearMiss]) -> None:
        for number, one in enumerate(found, 1):
            first, second = one.a.entry.url or "", one.b.entry.url or ""
            if not set(self._articles(first)).isdisjoint(self._articles(second)):
                continue  # an earlier answer settled it
            prose(f"{number} of {len(found)}, by {one.a.owner}", style="bold")
            _show(one)
            answer = _answer()
            if answer == "quit":
                return
            if answer != "keep":
                self._say(answer, one.a.owner, first, second)
            out.print()

    # ── an answer ───────────────────────────────────────────────────────────────────────────────────────────────────

    def answer(self, said: str, a: str, b: str) -> None:
        """Write down one answer about two addresses, and act on it."""
        if a == b or not set(sources.keys_of(a)).isdisjoint(sources.keys_of(b)):
            raise ConfigError([f"{a} and {b} are one address; name two"])
        if said == "forget":
            self._forget(a, b)
            return
        first, second = self._copy(a), self._copy(b)
        owners = [owner.id for owner in self.owners if owner.id in (first.owner, second.owner)]
        if not owners:
            raise ConfigError([f"{first.owner} is no owner in {self.path} any more"])
        self._say(
            said, first.owner if first.owner in owners else owners[0], first.entry.url or a, second.entry.url or b
        )

    def _say(self, said: str, owner: str, a: str, b: str) -> None:
        for address in (a, b):
            if not sources.keys_of(address):
                raise ConfigError([f"{address} is shared by many articles (a home page, a list); it names none"])
        before = {*self._articles(a), *self._articles(b)}
        edit = add_group(self.path, owner, "same" if said == "same" else "different", [a, b], os.environ)
        self._settle(edit)
        self._tell(said, owner, edit, before, a, b)

    def _forget(self, a: str, b: str) -> None:
        owner = next((one for one in self.owners if any(names(group, [a, b]) for group in _said(one))), None)
        if owner is None:
            near = [group for one in self.owners for group in _said(one) if names(group, [a]) or names(group, [b])]
            hint = "".join(f"\n  it says something of {', '.join(group)}" for group in near)
            click.echo(f"{self.path} says nothing about these two; there is nothing to forget.{hint}", err=True)
            sys.exit(SOME_FAILED)
        before = {*self._articles(a), *self._articles(b)}
        edit = remove_group(self.path, owner.id, [a, b], os.environ)
        self._settle(edit)
        self._tell("forget", owner.id, edit, before, a, b)

    def _settle(self, edit: Edit) -> None:
        edit.write()
        config = with_written(edit.config)
        agree(config, self.store, utc_now())
        self.owners = config.owners

    # ── what came of it ─────────────────────────────────────────────────────────────────────────────────────────────

    def _tell(self, said: str, owner: str, edit: Edit, before: set[str], a: str, b: str) -> None:
        mine, other = self._articles(a), self._articles(b)
        one = not set(mine).isdisjoint(other)
        after = sorted({*mine, *other})
        failed = (said == "same" and not one) or (said == "different" and one)
        if self.as_json:
            retired = {ulid: self.store.follow(ulid) for ulid in sorted(before - set(after))}
            facts = {"said": said, "owner": owner, "config": edit_facts(edit), "one_article": one}
            json({**facts, "articles": [self._id(ulid) for ulid in after], "redirects": retired})
        else:
            self._show_outcome(edit, one, after, before)
        if failed:
            hindrance = next(iter(contradictions(edit.config)), None) or self._hindrance(mine, other)
            click.echo(f"It could not be done: {hindrance}", err=True)
            sys.exit(SOME_FAILED)

    def _show_outcome(self, edit: Edit, one: bool, after: Sequence[str], before: set[str]) -> None:
        if edit.lines:
            show_edit(edit)
        else:
            whole(f"{named(edit.file)} says so already.", style="")
        if not one:
            prose("They are two articles.")
        elif before - set(after):
            prose("They are one article now; what was known under the younger id is found under the older one.")
        else:
            prose("They are one article.")
        for ulid in after:
            whole(self._id(ulid), 2, "dim")

    def _hindrance(self, mine: Sequence[str], other: Sequence[str]) -> str:
        for ulid in mine:
            found = self.store.article(ulid)
            for verdict in found[2] if found is not None else ():
                if verdict.evidence.get("against") and verdict.linked and not verdict.joined and other:
                    return why(verdict)
        return "another line of the config says the opposite"

    def _articles(self, address: str) -> list[str]:
        return self.store.find(sources.keys_of(address))

    def _id(self, ulid: str) -> str:
        found = self.store.article(ulid)
        return found[0].id if found is not None else ulid

    def _copy(self, address: str) -> Copy:
        """The copy at an address; ends the command where there is none."""
        keys = set(sources.keys_of(address))
        for ulid in self.store.find(keys):
            found = self.store.article(ulid)
            for copy in found[1] if found is not None else ():
                if not keys.isdisjoint((*copy.entry.keys, *copy.aliases)):
                    return copy
        click.echo(f"No article here has a copy at {address}. Is it spelled right, and its source polled?", err=True)
        sys.exit(SOME_FAILED)


def _said(owner: Owner) -> Sequence[Sequence[str]]:
    return (*owner.same, *owner.different)


def _answer() -> str:
    """What somebody types: the first letter is enough."""
    while True:
        given = click.prompt("  [s]ame, [d]ifferent, [k]eep for later, [q]uit", default="k", show_default=False)
        found = [word for word in _ANSWERS.values() if word.startswith(str(given).strip().lower())]
        if len(found) == 1:
            return found[0]
        click.echo("  s, d, k or q")


def _show(one: NearMiss) -> None:
    for copy in (one.a, one.b):
        headline(copy.entry.title, f"  {day(copy)}  ")
        whole(copy.entry.url or "", _INDENT)
    prose(why(one.verdict), _INDENT, "dim")


def _facts(one: NearMiss) -> Mapping[str, object]:
    return {
        "owner": one.a.owner,
        "closeness": round(one.closeness, 3),
        "why": why(one.verdict),
        "rule": one.verdict.rule,
        "evidence": dict(one.verdict.evidence),
        "articles": [_copy_facts(copy) for copy in (one.a, one.b)],
    }


def _copy_facts(copy: Copy) -> Mapping[str, object]:
    return {
        "article": copy.article,
        "title": copy.entry.title,
        "url": copy.entry.url,
        "source": copy.source_key,
        "date_published": rfc3339(copy.published_at) if copy.date_precision != "unknown" else None,
    }
