"""Bytes to a feed: what a document says, whatever its format and its faults; nothing trusted, nothing cleaned."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import ParsedFeed, RawEntry, RawText
from aggregator.parse import charset, json_feed, sniff, xml

__all__ = ["parse"]


def parse(body: bytes, content_type: str, url: str) -> ParsedFeed:
    """The feed in ``body``, served as ``content_type`` ("" if unknown) and fetched from ``url``.

    Entries come in document order, each once. Raises NotAFeed (HTML, an error body, nothing), Malformed and TooComplex,
    each with a sentence for the owner; nothing else, for any bytes.
    """
    text = charset.decode(body, content_type)
    if sniff.is_blank(text):
        raise sniff.refuse_blank(url)
    feed = json_feed.read(text, url) if sniff.is_json(text) else xml.read(sniff.markup(text, url), url)
    return replace(feed, entries=_once(feed.entries))


def _once(entries: tuple[RawEntry, ...]) -> tuple[RawEntry, ...]:
    """Each entry once; two count as one when guid, address and title agree. The same guid on different items stays."""
    found: dict[tuple[str | None, str | None, RawText], RawEntry] = {}
    for entry in entries:
        found.setdefault((entry.guid, entry.url, entry.title), entry)
    return tuple(found.values())
