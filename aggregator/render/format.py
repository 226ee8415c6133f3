"""What a format is, so that one new file in ``formats/`` is served, exported, listed and tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aggregator.model import View


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a view down. ``render`` is pure: the same view gives the same bytes, for ever."""

    document: str  # last segment of its address; "" is the page of a scope
    media_type: str  # of the Content-Type header
    title: str  # for people, different for every format
    render: Callable[[View], bytes]
    feed: bool = False  # for subscribers: articles in the order of their announcement, back-filled ones left out
    autodiscover: int | None = None  # place among the <link rel=alternate>; readers take the first they understand
    key: str = ""  # its short name under `links` in index.json
    policy: str = ""  # Content-Security-Policy to send with it; of what a browser shows
    headers: tuple[tuple[str, str], ...] = ()  # to send with it, names lower case; in place of a usual one or beside it
    articles: bool = True  # False: it tells of feeds or sources, no article is looked up for it
    limit: int | None = None  # articles where nobody says how many; None: as everywhere
    most: int | None = None  # articles at most, whoever asks for more; None: as everywhere
    leads: bool = False  # a scope's featured articles come first in it, however old
    quality: int | None = None  # of Brotli, where visitors of other pages wait for it; None: as everywhere
    weekly: bool = False  # it tells by whole weeks that are over, in the order of announcement, on one page
    relation: str = ""  # of a <link> to it in the head of a page, beside `autodiscover`; "": none

    @property
    def link(self) -> str:
        """Its name under ``links`` in index.json (contract section 4); the document's own where it has no shorter."""
        return self.key or self.document or "html"
