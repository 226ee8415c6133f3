"""``aggregator preview``: what would be read from a place, normalized; nothing is stored."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

import aggregator
from aggregator.bootstrap import utc_now
from aggregator.cli import SOME_FAILED, dropped, logs
from aggregator.cli.console import complaint, err, headline, json, out, prose, some, whole
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.config import find_config
from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher
from aggregator.model import Config, Entry, Fetched, FetchPolicy, Freshness, Source, Validators
from aggregator.poll.find import MOST, Finder
from aggregator.poll.look import Look, inspect, look
from aggregator.poll.target import Target, target
from aggregator.poll.workers import Readers
from aggregator.render.wire import rfc3339
from aggregator.sources import kinds
from aggregator.text import urls

_FILE_MAX = 64 * 1024 * 1024
_INDENT = 12  # behind a date


@click.command("preview")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("--url", help="For a file: the address that it would have been fetched from.")
@json_option
@config_option
def command(targets: Sequence[str], url: str | None, as_json: bool, config_path: Path | None) -> None:
    """Show what would be read from each TARGET; nothing is stored.

    TARGET is an address (of a feed, a site, a profile), a name with its kind (dev:asharao, medium:@asharao), a file (a
    feed, a page or a sitemap), or a source of the config (OWNER/SOURCE). What the config has as a source already is
    read as it says there: its filters are shown with what each of them left out.

    \b
    Examples:
      aggregator preview dev:asharao
      aggregator preview asha.example
      aggregator preview asha/team-blog
      aggregator preview https://asha.example/feed.xml --json
      aggregator preview saved.xml --url https://asha.example/feed.xml
    """
    logs.set_up()
    config = _config(config_path)
    wanted = [_wanted(text, url, config) for text in targets]
    seen = asyncio.run(_looked(wanted, config.fetch if config else FetchPolicy()))
    if as_json:
        facts = [_facts(*one) for one in seen]
        json(facts[0] if len(facts) == 1 else facts)
    for place, (source, found) in enumerate(seen if not as_json else ()):
        if place:
            out.rule(style="dim")
        _show(source, found)
    if any(found.error for _, found in seen):
        sys.exit(SOME_FAILED)


def _config(config_path: Path | None) -> Config | None:
    """The config, where there is one; a preview works without."""
    if config_path is None and not find_config(None, os.environ).is_file():
        return None
    return load_config(config_path)


def _wanted(text: str, url: str | None, config: Config | None) -> tuple[Source, Fetched] | Source | Target:
    """A file with what it is read as, a source of the config that this names or leads to, or what it could become.

    Raises:
        ConfigError: no kind of source takes it.
    """
    path = Path(text)
    if path.is_file():
        return _known(text, url, config) or _file_source(url or path.resolve().as_uri()), _read(path, url)
    return _known(text, None, config) or target(text, "the name of a file, or of a source of the config (owner/source)")


def _file_source(url: str) -> Source:
    if not url.startswith("file:"):
        return target(url).source("preview")
    return Source(key="preview/feed", owner="preview", id="feed", kind="feed", feed_url=url)


def _known(text: str, url: str | None, config: Config | None) -> Source | None:
    """The source of the config with this key, or with this address."""
    known = config.sources if config else ()
    found = next((one for one in known if one.key == text and one.feed_url), None)
    try:
        key = urls.key(target(url or text).resolved.feed_url)
    except ConfigError:
        return found
    return found or next((one for one in known if key and urls.key(one.feed_url) == key), None)


def _read(path: Path, url: str | None) -> Fetched:
    """A file as if it had been fetched from ``url``."""
    if path.stat().st_size > _FILE_MAX:
        raise ConfigError([f"{path} is larger than 64 MiB; a feed is not"])
    return Fetched(url or path.resolve().as_uri(), 200, path.read_bytes(), "", Validators(), Freshness())


async def _looked(
    wanted: Sequence[tuple[Source, Fetched] | Source | Target], policy: FetchPolicy
) -> list[tuple[Source, Look]]:
    now = utc_now()
    async with Readers() as readers, Fetcher(policy, aggregator.__version__) as fetcher:
        finder = Finder(fetcher, readers, now)

        async def seen(one: tuple[Source, Fetched] | Source | Target) -> tuple[Source, Look]:
            if isinstance(one, Target):
                place = await finder.find(one)
                return place.target.source("preview"), place.seen
            if isinstance(one, Source):
                return one, await look(one, fetcher, readers, now, MOST)
            return one[0], await _look_at_file(one[1], one[0], readers, now)

        with err.status("Reading") if sys.stderr.isatty() else nullcontext():
            return list(await asyncio.gather(*map(seen, wanted)))


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
        complaint(f"{source.feed_url}: {seen.error}")
        return
    feed = seen.feed
    if feed is not None:
        headline(feed.title or source.feed_url, style="bold")
        whole(feed.home_page_url or source.feed_url)
        prose(f"{kinds()[source.kind].label}, {feed.format}", style="dim")
        if not feed.complete:
            prose("The document is cut off or broken; what could be read is below.", style="red")
    for entry in seen.entries:
        _show_entry(entry)
    dropped.show(source, seen.skipped)
    out.print()
    prose(f"{some(len(seen.entries), 'entry', 'entries')}, {len(seen.skipped)} left out.")


def _show_entry(entry: Entry) -> None:
    out.print()
    headline(entry.title, f"{entry.published:%Y-%m-%d}  " if entry.published else "no date     ", "bold")
    whole(entry.url or "(no address)", _INDENT)
    told = [", ".join(person.name for person in entry.authors), " ".join(f"#{tag}" for tag in entry.tags)]
    told.append(some(entry.word_count, "word") if entry.word_count else "no text")
    prose("  ".join(filter(None, told)), _INDENT, "dim")
    if entry.canonical_url:
        prose("names as its original:", _INDENT)
        whole(entry.canonical_url, _INDENT)


def _show_found(seen: Look) -> None:
    """Which feeds a site has, the one that is read first, and where else its author writes."""
    for place, one in enumerate(seen.feeds):
        whole(f"feed {one.url}", style="")
        prose(f"{one.reason}; {'read below' if place == 0 else some(one.entries, 'entry', 'entries')}", 5, "dim")
    for other in seen.elsewhere:
        whole(f"also {other.target.text}", style="")
        prose(other.reason, 5, "dim")
    if seen.feed is not None and seen.feed.rule is not None and not seen.feeds:
        prose("No feed was found; this is the list on the page.", style="dim")
    if seen.feeds or seen.elsewhere:
        out.print()
