"""Takes off what a platform hangs on the markup of an article: whole widgets, and paragraphs at its end."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from functools import cache

from aggregator.errors import TooComplex
from aggregator.model import RawEntry, RawText
from aggregator.text.characters import shorten
from aggregator.text.html import plain

TITLE_LENGTH = 80

# WordPress with an SEO plugin ends every item so; the rest of the paragraph is two links.
_APPEARED = re.compile(r"^<p>\s*The post .{1,2000}? (?:appeared first|first appeared) on .{1,2000}?</p>\s*$", re.DOTALL)
_LAST_PARAGRAPH = 5000
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}")
_TRAILING_TAGS = re.compile(r"(?:\s{1,9}#\w{1,100}){1,30}\s{0,9}$")


def widget(classes: str) -> re.Pattern[str]:
    """A pattern for the start tags of elements that have one of ``classes`` (alternatives of an expression)."""
    return re.compile(
        rf"<(div|p|section|aside|form)\b[^<>]{{0,300}}?\bclass\s?=\s?[\"'](?:[^<>\"']{{0,200}}\s)?(?:{classes})(?![\w-])",
        re.IGNORECASE,
    )


def without(text: RawText, start: re.Pattern[str]) -> RawText:
    """The text without the elements that begin as ``start`` (from ``widget``) tells; linear in its length.

    An element that is never closed stays: everything after it would go with it.
    """
    markup, kept, at = text.value, [], 0
    while found := start.search(markup, at):
        end = _end(markup, found.start(), found[1].lower())
        if end is None:
            break
        kept.append(markup[at : found.start()])
        at = end
    return replace(text, value="".join([*kept, markup[at:]])) if kept else text


def _end(markup: str, start: int, name: str) -> int | None:
    depth = 0
    for tag in _tags(name).finditer(markup, start):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    return None


@cache
def _tags(name: str) -> re.Pattern[str]:
    return re.compile(rf"<(/?){name}\b[^<>]*>", re.IGNORECASE)


def without_last_line(text: RawText) -> RawText:
    """The text without "The post X appeared first on Y"."""
    start = text.value.rfind("<p>The post ")
    if start < 0 or len(text.value) - start > _LAST_PARAGRAPH or not _APPEARED.match(text.value[start:]):
        return text
    return replace(text, value=text.value[:start].rstrip())


def as_content(raw: RawEntry) -> RawEntry:
    """The item with its summary as its text, where the platform writes the whole of a post there."""
    if raw.content.value.strip() or not raw.summary.value.strip():
        return raw
    return replace(raw, content=raw.summary, summary=RawText())


def opening(text: RawText) -> RawText:
    """A title for a post that has none: how its text begins, without addresses and the tags at its end."""
    try:
        lines = plain(text.value if text.type == "html" else html.escape(text.value, quote=False)).splitlines()
    except TooComplex:
        return RawText()
    for line in lines:
        if words := _TRAILING_TAGS.sub("", " ".join(_ADDRESS.sub(" ", f" {line}").split())):
            return RawText(shorten(words, TITLE_LENGTH), "text")
    return RawText()
