"""``aggregator prune``: forget sources that the config no longer has, after showing what goes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.markup import escape
from rich.progress import Progress

from aggregator.bootstrap import open_store, utc_now
from aggregator.cli import WRONG, logs
from aggregator.cli.console import err, headline, json, out, prose, table
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.model import Config, Leaving, Left
from aggregator.poll.prune import Pruned, prune
from aggregator.render.dates import until
from aggregator.store import Store

_SHOWN = 20  # articles of one list, on a terminal


@click.command("prune")
@click.option("--yes", is_flag=True, help="Forget them without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and forget nothing.")
@json_option
@config_option
def command(yes: bool, dry_run: bool, as_json: bool, config_path: Path | None) -> None:
    """Forget sources that the config no longer has.

    Until then their articles stay published. Shows the sources, the articles that go with them and those that only lose
    a copy, and asks. Articles with another copy keep id, date and place in the feeds. There is no way back but a backup
    (`aggregator db backup`); to keep a source's articles and ask it no more, say `enabled: false` instead.

    \b
    Example:
      aggregator prune
    """
    logs.set_up()
    config = load_config(config_path)
    now = utc_now()
    store = open_store(config, now)
    try:
        found = store.leaving()
        if not as_json:
            _show(found)
        wanted = bool(found.sources) and not dry_run and _asked(yes, as_json)
        done = _forget(config, store, found) if wanted else None
        if as_json:
            json(_facts(found, done))
        elif done is not None:
            prose(f"Forgotten: {_count(len(found.sources), 'source')}, {_count(done.articles, 'article')}.")
    finally:
        store.close()
    if found.sources and not dry_run and done is None and not sys.stdin.isatty():
        click.echo("Nothing was forgotten: there is no terminal to ask on. With --yes they are.", err=True)
        sys.exit(WRONG)


def _asked(yes: bool, as_json: bool) -> bool:
    if yes or not sys.stdin.isatty():
        return yes
    return click.confirm("Forget them?", default=False, err=as_json)


def _forget(config: Config, store: Store, found: Leaving) -> Pruned:
    keys = [one.key for one in found.sources]
    with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("Forgetting", total=sum(one.copies for one in found.sources))
        return prune(config, store, keys, utc_now(), lambda copies: progress.advance(bar, copies))


def _show(found: Leaving) -> None:
    if not found.sources:
        prose("The config has every source that the database knows: there is nothing to forget.")
        return
    now = utc_now()
    table(
        ["source", "taken out", "copies", "articles that go", "that stay"],
        [
            [
                escape(one.key),
                until(one.removed_at, now),
                str(one.copies),
                str(one.articles_gone),
                str(one.articles_kept),
            ]
            for one in found.sources
        ],
        frozenset({"copies", "articles that go", "that stay"}),
    )
    _list("These articles go:", found.articles_gone)
    _list("These stay, and lose a copy:", found.articles_kept)
    out.print()


def _list(heading: str, articles: Sequence[Left]) -> None:
    if not articles:
        return
    out.print()
    prose(heading)
    for one in articles[:_SHOWN]:
        headline(f"{one.title}  {one.url or ''}".rstrip(), "  ")
    if len(articles) > _SHOWN:
        prose(f"and {len(articles) - _SHOWN} more (--json lists all)", 2, "dim")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _facts(found: Leaving, done: Pruned | None) -> Mapping[str, object]:
    return {
        "sources": [
            {
                "key": one.key,
                "kind": one.kind,
                "title": one.title,
                "feed_url": one.feed_url,
                "removed_at": one.removed_at,
                "copies": one.copies,
                "articles_gone": one.articles_gone,
                "articles_kept": one.articles_kept,
            }
            for one in found.sources
        ],
        "articles_gone": [_fact(one) for one in found.articles_gone],
        "articles_kept": [_fact(one) for one in found.articles_kept],
        "pruned": done is not None,
    }


def _fact(one: Left) -> Mapping[str, object]:
    return {"id": one.id, "title": one.title, "url": one.url}
