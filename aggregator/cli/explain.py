"""``aggregator explain``: which article an address belongs to, and the evidence."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.markup import escape

from aggregator import sources
from aggregator.api.articles import ArticleAnswer, article_answer
from aggregator.bootstrap import open_store, utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import json, out
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.store import Store


@click.command("explain")
@click.argument("url")
@json_option
@config_option
def command(url: str, as_json: bool, config_path: Path | None) -> None:
    """Show which article URL belongs to, its copies, and what joined or separated them."""
    logs.set_up()
    store = open_store(load_config(config_path), utc_now())
    try:
        found = _find(store, url)
    finally:
        store.close()
    if not found:
        click.echo(
            f"No article here has a copy at {url}. Is its source in the config, and polled? See `status`.", err=True
        )
        sys.exit(SOME_FAILED)
    if as_json:
        json(
            [answer.model_dump(mode="json") for answer in found] if len(found) > 1 else found[0].model_dump(mode="json")
        )
        return
    for answer in found:
        _show(answer)


def _find(store: Store, url: str) -> list[ArticleAnswer]:
    keys = sources.keys_of(url)
    answers = []
    for ulid in store.find(keys):
        known = store.article(ulid)
        if known is not None:
            answers.append(article_answer(store, *known))
    return answers


def _show(answer: ArticleAnswer) -> None:
    out.print(f"[bold]{escape(answer.title)}[/bold]")
    out.print(escape(answer.url or "(no address)"), style="cyan")
    out.print(f"id {answer.id}, published {_day(answer)}, seen since {answer.first_seen:%Y-%m-%d %H:%M}\n")
    out.print("Copies")
    for copy in answer.copies:
        mark = "*" if copy.canonical else " "
        out.print(f" {mark} {escape(copy.source)}  {escape(copy.url or '(no address)')}")
        if copy.title != answer.title:
            out.print(f'     titled "{escape(copy.title)}"')
        if copy.declares:
            out.print(f"     names {escape(copy.declares)} as its original")
    if len(answer.copies) > 1:
        out.print("   * is the one that documents link to")
    for joined, heading in ((True, "One article, because"), (False, "Not the same, although close")):
        rows = [one for one in answer.evidence if one.joined is joined]
        if rows:
            out.print(f"\n{heading}")
        for one in rows:
            out.print(f"   {escape(one.why)}")
            out.print(f"     {escape(one.a or '?')}\n     {escape(one.b or '?')}", style="dim")


def _day(answer: ArticleAnswer) -> str:
    formats = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "second": "%Y-%m-%d %H:%M"}
    known = formats.get(answer.date_precision)
    return f"{answer.date_published:{known}}" if known else "at an unknown date"
