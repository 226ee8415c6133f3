"""Writes the few words in which a new article is announced, as long as a network takes them and not one sign longer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wcwidth import iter_graphemes

from aggregator.model import ArticleState

_PLACE = re.compile(r"\{([a-z]+)\}")
_URL = re.compile(r"https?://[^\s<>\"]+")
_GIVES_WAY = ("summary", "tags", "authors", "title")  # what is shortened first, where it is too long


def length(text: str) -> int:
    """As people count: in grapheme clusters (UAX #29)."""
    return sum(1 for _ in iter_graphemes(text))


def mastodon_length(text: str) -> int:
    """As Mastodon counts: an address is 23 signs long, whatever it is."""
    return length(_URL.sub("x" * 23, text))


def written(template: str, article: ArticleState, most: int, measure: Callable[[str], int] = length) -> str:
    """The template filled in, at most so long by ``measure``: texts are cut between words, the address never is."""
    said = {
        "title": article.title or article.summary,
        "url": article.url or "",
        "summary": article.summary,
        "authors": ", ".join(person.name for person in article.authors),
        "tags": " ".join(f"#{re.sub(r'[^0-9A-Za-z]', '', tag)}" for tag in article.tags if tag.isascii()),
    }
    text = _filled(template, said)
    for name in _GIVES_WAY:
        over = measure(text) - most
        if over <= 0:
            break
        if f"{{{name}}}" in template:
            said[name] = cut(said[name], max(length(said[name]) - over, 0))
            text = _filled(template, said)
    return text if measure(text) <= most else said["url"]


def cut(text: str, most: int) -> str:
    """The beginning of a text, at most so many grapheme clusters, between words where that loses little."""
    signs = list(iter_graphemes(text))
    if len(signs) <= most:
        return text
    if most < 2:
        return ""
    kept = "".join(signs[: most - 1])
    head, _, tail = kept.rpartition(" ")
    return f"{head if head and len(tail) < 25 else kept}".rstrip(" ,;:.-–—") + "…"


def _filled(template: str, said: Mapping[str, str]) -> str:
    text = _PLACE.sub(lambda place: said.get(place[1], place[0]), template)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def link_at(text: str, url: str) -> tuple[int, int] | None:
    """Where the address stands, in bytes of UTF-8: what a facet of Bluesky counts in."""
    at = text.find(url) if url else -1
    if at < 0:
        return None
    start = len(text[:at].encode())
    return start, start + len(url.encode())


def hashtags(text: str) -> list[tuple[int, int, str]]:
    """Every ``#tag``: where it stands, in bytes, and the tag."""
    found = []
    for match in re.finditer(r"(?<![\w/&#])#([A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*)", text):
        start = len(text[: match.start()].encode())
        found.append((start, start + len(match[0].encode()), match[1]))
    return found
