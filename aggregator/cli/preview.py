"""``aggregator preview``: what would be read from a place, normalized; nothing is stored."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

import aggregator
from aggregator.bootstrap import utc_now
from aggregator.cli import SOME_FAILED, dropped, logs
from aggregator.cli.console import json, out
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.config import find_config
from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher
from aggregator.model import Config, Entry, Fetched, FetchPolicy, Freshness, Source, Validators
from aggregator.poll.look import Look, explore, inspect
from aggregator.poll.target import target
from aggregator.poll.workers import Readers
from aggregator.render.wire import rfc3339
from aggregator.text import urls

_FILE_MAX = 64 * 1024 * 1024


@click.command("preview")
@click.argument("target_", metavar="TARGET")
@click.option("--url", help="For a file: the address that it would have been fetched from.")
@json_option
@config_option
def command(target_: str, url: str | None, as_json: bool, config_path: Path | None) -> None:
    """Show what would be read from TARGET; nothing is stored.

    TARGET is an address, a name with its kind (dev:asharao, medium:@asharao), a file (a feed, a page or a sitemap),
    or a source of the config (OWNER/SOURCE). What the config has as a source already is read as it says there: its
    filters are shown with what each of them left out.

    \b
    Examples:
      aggregator preview dev:asharao
      aggregator preview asha/team-blog
      aggregator preview https://asha.example/feed.xml --json
      aggregator preview saved.xml --url https://asha.example/feed.xml
    """
    logs.set_up()
    path = Path(target_)
    config = _config(config_path)
    source = _source(url or path.resolve().as_uri() if path.is_file() else target_, config)
    local = _read(path, url) if path.is_file() else None
    seen = asyncio.run(_look(source, local, config.fetch if config else FetchPolicy()))
    if as_json:
        json(_facts(source, seen))
    else:
        _show(source, seen)
    if seen.error:
        sys.exit(SOME_FAILED)


def _config(config_path: Path | None) -> Config | None:
    """The config, where there is one; a preview works without."""
    if config_path is None and not find_config(None, os.environ).is_file():
        return None
    return load_config(config_path)


def _source(text: str, config: Config | None) -> Source:
    """The source of the config that this names or leads to, else the one that it would become.

    Raises:
        ConfigError: no kind of source takes it.
    """
    known = config.sources if config else ()
    found = next((one for one in known if one.key == text and one.feed_url), None)
    if found is not None:
        return found
    if text.startswith("file:"):
        return Source(key="preview/feed", owner="preview", id="feed", kind="feed", feed_url=text)
    wanted = target(text, "the name of a file, or of a source of the config (owner/source)").source("preview")
    key = urls.key(wanted.feed_url)
    return next((one for one in known if key and urls.key(one.feed_url) == key), wanted)


def _read(path: Path, url: str | None) -> Fetched:
    """A file as if it had been fetched from ``url``."""
    if path.stat().st_size > _FILE_MAX:
        raise ConfigError([f"{path} is larger than 64 MiB; a feed is not"])
    return Fetched(url or path.resolve().as_uri(), 200, path.read_bytes(), "", Validators(), Freshness())


async def _look(source: Source, local: Fetched | None, policy: FetchPolicy) -> Look:
    now = utc_now()
    async with Readers(count=1) as readers:
        if local is not None:
            return await _look_at_file(local, source, readers, now)
        async with Fetcher(policy, aggregator.__version__) as fetcher:
            return await explore(source, fetcher, readers, now)


async def _look_at_file(local: Fetched, source: Source, readers: Readers, now: datetime) -> Look:
    """A saved feed, else a saved page or sitemap; its relative addresses stand under the one that it gives itself."""
    seen = await inspect(local, source, readers, now)
    if seen.error and source.kind == "feed":
        page = await inspect(local, replace(source, kind="site"), readers, now)
        return seen if page.error else page
    own = seen.feed.feed_url if seen.feed else None
    if own and local.url.startswith("file:"):
        return await inspect(replace(local, url=own), source, readers, now)
    return seen


def _facts(source: Source, seen: Look) -> Mapping[str, object]:
    feed = seen.feed
    return {
        "source": {
            "key": source.key,
            "kind": source.kind,
            "feed_url": source.feed_url,
            "home_page_url": source.home_page_url,
        },
        "feed": None
        if feed is None
        else {
            "format": feed.format,
            "title": feed.title,
            "home_page_url": feed.home_page_url,
            "feed_url": feed.feed_url,
            "language": feed.language,
            "icon": feed.icon,
            "generator": feed.generator,
            "hubs": list(feed.hubs),
            "complete": feed.complete,
        },
        "feeds": [
            {"url": one.url, "reason": one.reason, "title": one.title, "entries": one.entries} for one in seen.feeds
        ],
        "elsewhere": [
            {"target": one.target.text, "feed_url": one.target.resolved.feed_url, "reason": one.reason}
            for one in seen.elsewhere
        ],
        "entries": [_entry(entry) for entry in seen.entries],
        "skipped": [{"title": one.title, "reason": one.reason} for one in seen.skipped],
        "filters": dropped.facts(source, seen.skipped),
        **({"error": seen.error} if seen.error else {}),
    }


def _entry(entry: Entry) -> Mapping[str, object]:
    """Field names of contract section 4, and ``guid``."""
    authors = [{key: value for key, value in _person(one).items() if value} for one in entry.authors]
    return {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.content_html,
        "image": entry.image.url if entry.image else None,
        "date_published": rfc3339(entry.published) if entry.published else None,
        "date_modified": rfc3339(entry.updated) if entry.updated else None,
        "authors": authors,
        "author": authors[0] if authors else None,
        "tags": list(entry.tags),
        "language": entry.language,
        "canonical_url": entry.canonical_url,
        "_aggregator": {
            "kind": entry.kind,
            "date_precision": entry.date_precision,
            "reading_time_minutes": entry.reading_time_minutes,
            "word_count": entry.word_count,
            "dir": entry.dir,
            "tag_labels": dict(entry.tag_labels),
        },
    }


def _person(person: object) -> Mapping[str, str | None]:
    return {name: getattr(person, name) for name in ("name", "url", "avatar")}


def _show(source: Source, seen: Look) -> None:
    _show_found(seen)
    if seen.error:
        click.echo(f"{source.feed_url}: {seen.error}", err=True)
        return
    feed = seen.feed
    if feed is not None:
        out.print(f"[bold]{escape(feed.title or source.feed_url)}[/bold]  ({escape(feed.format)})")
        out.print(escape(feed.home_page_url or source.feed_url), style="cyan")
        if not feed.complete:
            out.print("The document is cut off or broken; what could be read is below.", style="red")
    for entry in seen.entries:
        day = f"{entry.published:%Y-%m-%d}" if entry.published else "no date   "
        out.print(f"\n{day}  [bold]{escape(entry.title)}[/bold]")
        out.print(f"            {escape(entry.url or '(no address)')}", style="cyan")
        told = [", ".join(person.name for person in entry.authors), " ".join(f"#{tag}" for tag in entry.tags)]
        told.append(f"{entry.word_count} words" if entry.word_count else "no text")
        out.print(f"            {escape('  '.join(filter(None, told)))}", style="dim")
        if entry.canonical_url:
            out.print(f"            names {escape(entry.canonical_url)} as its original")
    dropped.show(source, seen.skipped)
    out.print(f"\n{len(seen.entries)} entries, {len(seen.skipped)} left out.")


def _show_found(seen: Look) -> None:
    """Which feeds a site has, the one that is read first, and where else its author writes."""
    for place, one in enumerate(seen.feeds):
        mark = "read below" if place == 0 else f"{one.entries} entries"
        out.print(f"feed {escape(one.url)}  [dim]{escape(one.reason)}; {mark}[/dim]")
    for other in seen.elsewhere:
        out.print(f"also {escape(other.target.text)}  [dim]{escape(other.reason)}[/dim]")
    if seen.feed is not None and seen.feed.rule is not None and not seen.feeds:
        out.print("No feed was found; this is the list on the page.", style="dim")
    if seen.feeds or seen.elsewhere:
        out.print()
