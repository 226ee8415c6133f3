"""An item as a document carries it becomes an entry: absolute, sanitized, dated; or is skipped, with a reason."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from aggregator.errors import TooComplex
from aggregator.model import Entry, Image, ParsedFeed, Person, RawEntry, Skipped, Source
from aggregator.normalize import filters, origin
from aggregator.normalize.dating import dates_of
from aggregator.normalize.lines import line
from aggregator.normalize.tags import tags_of
from aggregator.normalize.wording import minutes, wording_of
from aggregator.sources import keys_of
from aggregator.text import language, urls
from aggregator.text.characters import fold, xml_safe
from aggregator.text.html import lead_image

__all__ = ["normalize"]

_MAX_GUID = 1000
_MAX_AUTHORS = 20
_MAX_NAME = 200


def normalize(raw: RawEntry, feed: ParsedFeed, source: Source, now: datetime) -> Entry | Skipped:
    """One item of ``feed``, read at ``now`` (aware), as an entry; or why ``source`` does not take it. Never raises.

    ``signature`` is left at its default. The guid is the document's, else the address, else a digest of the words.
    """
    if raw.in_reply_to:
        return Skipped(line(raw.title.value, 200), "a reply to somebody's post, not an article")
    base = raw.base or feed.url
    url = urls.clean(raw.url, feed.url) if raw.url else None
    said = wording_of(raw, raw.base or url or base)
    title = said.title or fold(urls.name_of(url or ""))
    if not title:
        return Skipped(url or "", "neither title nor text")
    dates = dates_of(raw, now)
    tag_labels = tags_of(raw.tags)
    authors = _people(raw.authors) or _people(feed.authors)
    spoken = language.tag(raw.language) or language.tag(feed.language)
    canonical = _canonical(raw.canonical_url, url, base) or _noted(said.noted, url)
    entry = Entry(
        guid=_guid(raw.guid, url, title, said.text),
        url=url,
        title=title,
        summary=said.summary,
        content_html=said.content_html,
        published=dates.published,
        date_precision=dates.precision,
        date_said=dates.said,
        updated=dates.updated,
        authors=authors,
        tags=tuple(tag_labels),
        tag_labels=tag_labels,
        image=_image(raw, feed, said.content_html, base),
        language=spoken,
        dir=language.direction(spoken, said.text or title),
        canonical_url=canonical,
        keys=_keys(url, raw.guid),
        declared=keys_of(canonical) if canonical else (),
        word_count=said.word_count,
        reading_time_minutes=raw.reading_time_minutes or minutes(said.word_count),
        section=source.section,
    )
    return filters.refusal(entry, said.text, source) or entry


def _keys(url: str | None, guid: str | None) -> tuple[str, ...]:
    """What the address tells, and what a platform's own guid does: Medium names the post there on any domain."""
    by_url, by_guid = keys_of(url or ""), keys_of(guid or "")
    if not by_url:
        return by_guid
    return tuple(dict.fromkeys((*(key for key in by_guid if not key.startswith("u:")), *by_url)))


def _guid(guid: str | None, url: str | None, title: str, text: str) -> str:
    """Never empty; an overlong guid is kept as its digest."""
    found = xml_safe(guid or "").strip() or url or ""
    if found and len(found) <= _MAX_GUID:
        return found
    words = found or f"{title}\n{text}"
    return f"digest:{blake2b(words.encode(errors='replace'), digest_size=16).hexdigest()}"


def _people(people: Iterable[Person]) -> tuple[Person, ...]:
    """Names as plain text, http(s) addresses, each name once."""
    found: dict[str, Person] = {}
    for person in people:
        name = line(person.name, _MAX_NAME)
        if name and len(found) < _MAX_AUTHORS:
            home, avatar = (urls.clean(address) if address else None for address in (person.url, person.avatar))
            found.setdefault(name.casefold(), Person(name, home, avatar))
    return tuple(found.values())


def _canonical(declared: str | None, url: str | None, base: str) -> str | None:
    """Where a copy says its original is; None if that is the copy's own address under another spelling."""
    address = urls.clean(declared, base) if declared else None
    if address is None or urls.key(address) is None:
        return None
    if url and (urls.key(address) == urls.key(url) or set(keys_of(address)) & set(keys_of(url))):
        return None
    return address


def _noted(said: str, url: str | None) -> str | None:
    """The first address in a note on the original that is an article's and not this one's."""
    for address in origin.named(said):
        found = _canonical(address, url, "")
        if found and keys_of(found) and not urls.is_unfit(found):
            return found
    return None


def _image(raw: RawEntry, feed: ParsedFeed, content_html: str, base: str) -> Image | None:
    """The entry's own picture, else the first of its text; never the channel's, an avatar or a counting pixel."""
    address = urls.clean(raw.image.url, base) if raw.image else None
    faces = {feed.icon, *(person.avatar for person in (*raw.authors, *feed.authors))}
    if raw.image and address and not {raw.image.url, address} & faces and _is_picture(raw.image, address):
        return replace(raw.image, url=address, alt=line(raw.image.alt or "", 500) or None)
    try:
        return lead_image(content_html)
    except TooComplex:
        return None


def _is_picture(image: Image, address: str) -> bool:
    """Whether the rules for pictures in a text would take this one."""
    sides = "".join(f' {name}="{side}"' for name, side in (("width", image.width), ("height", image.height)) if side)
    return lead_image(f'<img src="{html.escape(address)}"{sides}>') is not None
