"""Gives a source that goes into a config a readable id where the one that it would have is taken."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

from aggregator.config.build import is_own_site
from aggregator.sources import Resolved, kinds

_SLUG_BREAK = re.compile(r"[^a-z0-9]+")
_SAYS_NOTHING = frozenset({"feed", "feeds", "rss", "atom", "index", "xml", "json", "rss2", "latest"})
_LONGEST_ID = 63


def default_id(kind: str, found: Resolved, home_page_url: str | None) -> str:
    """The id that a source has where its owner sets none; ``home_page_url`` is the owner's."""
    own = kinds()[kind].anywhere and is_own_site(kind, found.feed_url, home_page_url)
    return "site" if own else found.default_id


def named(
    kind: str, value: str, found: Resolved, home_page_url: str | None, taken: Collection[str]
) -> Mapping[str, str]:
    """The source as it stands in a config: ``{"dev": "asharao"}``, with an ``id`` where the default is ``taken``."""
    default = default_id(kind, found, home_page_url)
    if default not in taken:
        return {kind: value}
    free = (name for name in _names(default, found.home_page_url or found.feed_url) if name not in taken)
    return {kind: value, "id": next(free)}


def _names(default: str, url: str) -> Iterator[str]:
    """Readable ids: with what the address says behind its host, else numbered."""
    words = [word for word in _SLUG_BREAK.split(urlsplit(url).path.lower()) if word and word not in _SAYS_NOTHING]
    if words:
        yield f"{default}-{words[-1]}"[:_LONGEST_ID].strip("-")
        yield "-".join([default, *words])[:_LONGEST_ID].strip("-")
    number = 2
    while True:
        yield f"{default[: _LONGEST_ID - 4]}-{number}"
        number += 1
