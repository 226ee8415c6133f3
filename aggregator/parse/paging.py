"""Finds where a page that lists articles goes on: its next page, or the site's archive."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator.parse.soup import Page, attribute, said
from aggregator.text import urls

_OLDER = re.compile(
    r"(?:[\s«‹←<]*)(?:older(?: posts| entries| articles)?|previous(?: posts| entries)|earlier(?: posts)?"
    r"|next(?: page| posts)?|more posts|older posts)(?:[\s»›→>]*)",
    re.IGNORECASE,
)
_ARCHIVE = re.compile(r"(?:the |blog |full )?archives?|all (?:posts|articles|notes|writing|entries)", re.IGNORECASE)
_CLASSES = frozenset({"next", "next-page", "pagination-next", "nav-next", "older-posts", "older", "pagination__next"})
_LONGEST = 30  # characters of such a link


def older_page(read: Page) -> str | None:
    """The address of what is older than this page lists, on the same host; None where nothing tells."""
    for href in _named(read):
        address = urls.absolute(href, read.base) if href and not href.startswith("#") else None
        if address and urls.host(address) == urls.host(read.url) and urls.key(address) != urls.key(read.url):
            return address
    return None


def _named(read: Page) -> Iterator[str]:
    """What the links say, the plainest word first."""
    links = list(read.soup.find_all(["link", "a"], href=True))
    yield from (attribute(tag, "href") for tag in links if "next" in attribute(tag, "rel").lower().split())
    anchors = [tag for tag in links if tag.name == "a"]
    yield from (attribute(tag, "href") for tag in anchors if _CLASSES & set(attribute(tag, "class").lower().split()))
    spoken = [(tag, said(tag, _LONGEST + 1)) for tag in anchors]
    for pattern in (_OLDER, _ARCHIVE):
        yield from (attribute(tag, "href") for tag, words in spoken if pattern.fullmatch(words.strip()))
