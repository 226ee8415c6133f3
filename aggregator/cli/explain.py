"""``aggregator explain``: which article an address or an id belongs to, and the evidence."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rapidfuzz import fuzz, process

from aggregator import sources
from aggregator.api.articles import ArticleAnswer, CopyAnswer, EvidenceAnswer, article_answer
from aggregator.bootstrap import open_store, utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import headline, json, out, prose, whole
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.model import Selection
from aggregator.store import Store

NEAREST = 3
LIKE = 90  # of 100; below that two addresses are more than a slip of the fingers apart
APART = 5  # near misses that are listed when nobody could take them for the same


@click.command("explain")
@click.argument("url", metavar="URL")
@json_option
@config_option
def command(url: str, as_json: bool, config_path: Path | None) -> None:
    """Show which article URL belongs to, its copies, and what joined or separated them.

    URL is any address of any copy, in any spelling (http, www, with tracking), or the id of an article. The exit
    status is 1 if nothing here is known under it.

    \b
    Examples:
      aggregator explain https://dev.to/asharao/kafka-1abc
      aggregator explain 01M7WF5S92EDQVPXQ717TJ8SDW
    """
    logs.set_up()
    config = load_config(config_path)
    store = open_store(config, utc_now())
    try:
        ulids = _find(store, url)
        known = {ulid: store.article(ulid) for ulid in ulids}
        found = [article_answer(store, config, one) for one in known.values() if one is not None]
        near = {} if found else _nearest(store, url)
    finally:
        store.close()
    if as_json:
        json(_facts(url, found, near))
    elif found:
        for number, answer in enumerate(found):
            if number:
                out.print()
            _show(answer)
            _show_reasons(answer)
    if not found:
        _tell_unknown(url, near)
        sys.exit(SOME_FAILED)


# ── finding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _find(store: Store, wanted: str) -> list[str]:
    """Ulids of the articles at an address, however it is spelled, or under an id, one that retired too."""
    wanted = wanted.strip()
    ulids = store.find(sources.keys_of(wanted))
    if not ulids and "://" not in wanted:
        ulids = store.find(sources.keys_of(f"https://{wanted}"))
    name = wanted.rpartition("/")[2].upper()
    return ulids or ([store.follow(name)] if name.isascii() and name.isalnum() else [])


def _nearest(store: Store, wanted: str) -> Mapping[str, str]:
    """Addresses that are spelled like this one, or the articles that a search for it finds, each with its title."""
    if "://" not in wanted and "." not in wanted:
        named = store.select(Selection(q=wanted, order="relevance", limit=NEAREST)).articles if wanted else ()
        return {one.url or one.id: one.title for one in named}
    every = store.every_address()
    like = process.extract(
        _bare(wanted), {url: _bare(url) for url in every}, scorer=fuzz.ratio, limit=NEAREST, score_cutoff=LIKE
    )
    ulids = {url: every[url] for _, _, url in like}
    states = {ulid: store.article(ulid) for ulid in ulids.values()}
    return {url: state[0].title for url, ulid in ulids.items() if (state := states[ulid]) is not None}


def _bare(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").partition("#")[0].rstrip("/") or url


# ── saying ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _facts(url: str, found: Sequence[ArticleAnswer], near: Mapping[str, str]) -> Mapping[str, object]:
    """One object: the article as ``/api/articles/{id}`` has it, or how many there are at this address."""
    if len(found) == 1:
        return found[0].model_dump(mode="json")
    nearest = [{"url": address, "title": title} for address, title in near.items()]
    return {"asked": url, "articles": [one.model_dump(mode="json") for one in found], "nearest": nearest}


def _tell_unknown(url: str, near: Mapping[str, str]) -> None:
    if "://" in url and not sources.keys_of(url):
        click.echo(f"{url} is shared by many articles (a home page, a list); name one of them.", err=True)
        return
    click.echo(f"No article here has a copy at {url}. Is its source in the config, and polled? See `status`.", err=True)
    if near:
        click.echo("Did you mean", err=True)
    for address, title in near.items():
        click.echo(f"  {address}\n    {title}", err=True)


def _show(answer: ArticleAnswer) -> None:
    headline(answer.title or "Untitled", style="bold")
    whole(answer.url or "(no address)")
    whole(f"id {answer.id}", style="dim")
    prose(f"Published {_day(answer)}, in the index since {answer.first_seen:%Y-%m-%d %H:%M}; {_place(answer)}.")
    out.print()
    prose("Copies", style="bold")
    for copy in answer.copies:
        _show_copy(copy, answer)


def _show_copy(copy: CopyAnswer, answer: ArticleAnswer) -> None:
    mark = "*" if copy.canonical else " "
    whole(f"{mark} {copy.source}  {copy.url or '(no address)'}", 1, "")
    if copy.title != answer.title:
        headline(f'titled "{copy.title}"', " " * 5)
    if copy.date_said:
        prose(f'dated "{copy.date_said}", which cannot be: it counts from {copy.first_seen:%Y-%m-%d %H:%M}', 5, "dim")
    if copy.declares:
        whole(f"names {copy.declares} as its original", 5, "")
    if copy.canonical and len(answer.copies) > 1:
        prose(f"canonical: {answer.canonical_because}", 5, "dim")


def _show_reasons(answer: ArticleAnswer) -> None:
    joined = [one for one in answer.evidence if one.joined]
    telling = [one for one in answer.evidence if not one.joined and (one.doubtful or one.told)]
    others = [one for one in answer.evidence if not one.joined and not (one.doubtful or one.told)]
    for heading, found in (("One article, because", joined), ("Close, and kept apart", [*telling, *others[:APART]])):
        if found:
            out.print()
            prose(heading, style="bold")
        for one in found:
            _show_pair(one)
    if others[APART:]:
        prose(f"and {len(others) - APART} more that are called alike; --json names them all", 3, "dim")
    if joined or telling:
        out.print()
        prose("Is that wrong? `aggregator dupes --same A B` or `--different A B` settles it for good.", style="dim")


def _show_pair(one: EvidenceAnswer) -> None:
    prose(one.why, 3)
    measured = [f"{it.value} {it.name}{f' (enough: {it.enough})' if it.enough else ''}" for it in one.figures]
    if measured:
        prose("; ".join(measured), 5, "dim")
    for side in one.sides:
        whole(side.url or f"(no address, {side.source})", 5)
    if one.decided_at is not None:
        prose(f"decided {one.decided_at:%Y-%m-%d %H:%M}", 5, "dim")


def _day(answer: ArticleAnswer) -> str:
    formats = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "second": "%Y-%m-%d %H:%M"}
    known = formats.get(answer.date_precision)
    return f"{answer.date_published:{known}}" if known else "at an unknown date"


def _place(answer: ArticleAnswer) -> str:
    at = answer.announced_at
    if at is not None and at == answer.date_published:
        return "in the feeds at that date"
    if answer.held_until is not None:
        return f"held back from the feeds until {answer.held_until:%Y-%m-%d %H:%M}, see `aggregator release`"
    return f"in the feeds at {at:%Y-%m-%d %H:%M}" if at is not None else "not in the feeds"
