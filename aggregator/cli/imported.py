"""``aggregator import`` of what somebody exported elsewhere: what it shows, and where the items go."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import click
from rich.progress import Progress

from aggregator import sources
from aggregator.bootstrap import House, house, utc_now
from aggregator.cli import DONE, SOME_FAILED, logs
from aggregator.cli.console import err, headline, json, out, prose
from aggregator.config import is_own_site
from aggregator.errors import ConfigError
from aggregator.imports.files import Files, opened
from aggregator.imports.taking import MEMORY_BYTES, TIME_LIMIT_S, Line, Place, Report, Taking, unpacked
from aggregator.model import Circumstances, Config, Owner, Piece, Source, Unpacked
from aggregator.past.export import Export
from aggregator.past.unpack import exports, recognise
from aggregator.poll.adopt import with_written
from aggregator.poll.steering import steering
from aggregator.poll.workers import Readers
from aggregator.publish.values import missing
from aggregator.text import urls

_SHOWN = 10  # lines of each sort; --json has all
_SORTS = (("new", "new"), ("merged", "joined an article that was here"), ("filled", "gained what they had not"))


def take(
    file: Path, config: Config, owner: Owner, source_id: str | None, base_url: str | None, dry: bool, as_json: bool
) -> int:
    """Take in an export of whatever format; gives the exit status.

    Raises:
        ConfigError: the file is no export, or it cannot be told whose copies these are.
    """
    logs.set_up(logging.ERROR)
    with opened(file) as files:
        found = recognise(files.names, files.read)
        if found is None:
            raise ConfigError([_unknown(file, files)])
        export, pieces = found
        first = next(pieces)
        place = _place(export, first, owner, source_id, base_url)
        report = asyncio.run(_taken(with_written(config), place, _all(first, pieces), dry))
        report.skipped += [Line(name, None, reason=why) for name, why in files.passed_over]
        report.broken += [Line(name, None, reason=why) for name, why in files.broken]
    _show(report, file, place, dry, as_json)
    return SOME_FAILED if report.broken else DONE


def _all(first: Piece, rest: Iterator[Piece]) -> Iterator[Piece]:
    yield first
    yield from rest


def _unknown(file: Path, files: Files) -> str:
    if not files.names and not files.passed_over:
        return f"{file}: there is no file in it"
    known = ", ".join(export.label for export in exports().values())
    why = next((f" ({name}: {reason})" for name, reason in (*files.broken, *files.passed_over)), "")
    return f"{file}: is no file that can be imported{why}; that would be OPML, {known}"


# ── whose copies they are ───────────────────────────────────────────────────────────────────────────────────────────


def _place(export: Export, first: Piece, owner: Owner, source_id: str | None, base_url: str | None) -> Place:
    home = base_url or export.home(first)
    source = _configured(export, owner, source_id, home)
    site = (source.home_page_url or source.feed_url) if source else ""
    parts = urlsplit(site)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    circumstances = Circumstances(utc_now(), origin, _pattern(base_url))
    if source is not None:
        return Place(source, True, export, circumstances)
    return Place(_own(export, owner, home), False, export, circumstances)


def _configured(export: Export, owner: Owner, source_id: str | None, home: str | None) -> Source | None:
    """The source that is named, else the one that carries the same articles; None: there is none."""
    if source_id is not None:
        known = {source.id: source for source in owner.sources}
        if source_id not in known:
            raise ConfigError([missing("source", source_id, known)])
        _fitting(export, known[source_id])
        return known[source_id]
    near = [one for one in owner.sources if one.kind == export.kind and not sources.kinds()[one.kind].anywhere]
    near = near or [one for one in owner.sources if _carries(one, home)]
    if len(near) > 1:
        names = ", ".join(one.id for one in near)
        raise ConfigError([f"which source of {owner.id} has these articles? Say --source ID; there are {names}"])
    return near[0] if near else None


def _carries(source: Source, home: str | None) -> bool:
    hosts = {urls.host(url).removeprefix("www.") for url in (source.feed_url, source.home_page_url) if url}
    return bool(home) and urls.host(home or "").removeprefix("www.") in hosts - {""}


def _fitting(export: Export, source: Source) -> None:
    """Raises ConfigError where the copies of an export cannot be those of a source."""
    kind = sources.kinds()[source.kind]
    foreign = sources.kinds()[export.kind].hosts and source.kind != export.kind
    if foreign and not kind.anywhere and export.kind != "wordpress":
        raise ConfigError([f"{source.key} is on {kind.label}, and this is {export.label}; name another --source"])


def _own(export: Export, owner: Owner, home: str | None) -> Source:
    """A source for what no source of the config carries: never polled.

    It has the id that the platform's source would have: if that comes into the config one day, these are its copies.
    """
    id_ = export.name
    if any(source.id == id_ for source in owner.sources):
        raise ConfigError([f"{owner.id}/{id_} is in the config; say --source {id_} if these are its articles"])
    return Source(
        key=f"{owner.id}/{id_}",
        owner=owner.id,
        id=id_,
        kind=export.kind,
        feed_url="",
        home_page_url=_site(home),
        title=export.title or (urls.host(home) if home else None) or owner.name,
        enabled=False,
        own_site=bool(home) and is_own_site("feed", home or "", owner.home_page_url),
    )


def _site(home: str | None) -> str | None:
    parts = urlsplit(home or "")
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None


def _pattern(base_url: str | None) -> str:
    """The address of an article with {slug} in it. Raises ConfigError."""
    if base_url is None:
        return ""
    if urls.clean(base_url.replace("{", "").replace("}", "")) is None:
        raise ConfigError([f'--base-url "{base_url[:100]}" is no http(s) address'])
    unknown = [one for one in _braced(base_url) if one not in ("slug", "year", "month", "day")]
    if unknown:
        raise ConfigError([f"--base-url knows {{slug}}, {{year}}, {{month}} and {{day}}, not {{{unknown[0]}}}"])
    return base_url if "{slug}" in base_url else f"{base_url.rstrip('/')}/{{slug}}/"


def _braced(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]


# ── taking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _taken(config: Config, place: Place, pieces: Iterator[Piece], dry: bool) -> Report:
    async with house(config) as rooms, Readers(memory_bytes=MEMORY_BYTES, time_limit_s=TIME_LIMIT_S) as readers:
        if place.configured and not dry:
            await _polled_first(rooms, place.source)
        taking = Taking(rooms.store, steering(config), place, place.circumstances.now)
        waiting: list[Unpacked] = []
        with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
            bar = progress.add_task("Importing", total=None)
            async for portion in unpacked(pieces, place, readers):
                if dry:
                    waiting.append(portion)
                else:
                    await asyncio.to_thread(taking.take, [portion])
                progress.advance(bar, len(portion.entries) + len(portion.skipped) + len(portion.broken))
        if dry:
            await asyncio.to_thread(taking.try_out, waiting)
        else:
            rooms.publisher.noticed()
    return taking.report


async def _polled_first(rooms: House, source: Source) -> None:
    """What the source's feed has is announced by its first poll: an import before it would keep that from readers."""
    state = rooms.store.states([source.key])[source.key]
    if source.enabled and state.last_change_at is None:
        async for result in rooms.claims.round([source.key], True):
            if result.message:
                click.echo(f"{source.key}: {result.message}", err=True)


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _show(report: Report, file: Path, place: Place, dry: bool, as_json: bool) -> None:
    if as_json:
        facts = asdict(report)
        json({"format": place.export.name, "source": place.source.key, "dry_run": dry, **facts})
        return
    items = f"{report.items} item{'' if report.items == 1 else 's'}"
    prose(f"{file.name or file}: {place.export.label}, {items}, for {place.source.key}.")
    for name, words in _SORTS:
        _lines(words, getattr(report, name))
    if report.known:
        prose(f"{report.known} known already", style="bold")
    _reasons("left out", report.skipped)
    _lines("could not be read", report.broken)
    if dry:
        prose("Nothing was written: this was a try (--dry-run).")


def _lines(words: str, lines: Sequence[Line]) -> None:
    if not lines:
        return
    prose(f"{len(lines)} {words}", style="bold")
    for line in lines[:_SHOWN]:
        if line.reason:
            prose(f"{line.title}: {line.reason}", indent=2)
        else:
            headline(line.title, f"  {line.date or ''}".ljust(14))
    if len(lines) > _SHOWN:
        out.print(f"  and {len(lines) - _SHOWN} more")


def _reasons(words: str, lines: Sequence[Line]) -> None:
    if not lines:
        return
    prose(f"{len(lines)} {words}", style="bold")
    counted = Counter(line.reason or "" for line in lines)
    for reason, count in counted.most_common():
        title = next(line.title for line in lines if line.reason == reason)
        prose(f"{count}  {reason} ({title}{', ...' if count > 1 else ''})", indent=2)
