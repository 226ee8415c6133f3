"""Five readers, as far as they tell a new item from a known one: what a subscriber would see as new.

How each of them names an item was read in its source: Miniflux sha256(guid) per feed, NetNewsWire md5(feed URL + " " +
guid), FreshRSS the guid per feed, Thunderbird the id per account, which it forgets a day after the item left the
document, Feedbin sha1(feed URL + guid) and beside it the guid without scheme and host.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import feedparser

FORGETS = timedelta(days=1)


@lru_cache(maxsize=32)  # every reader takes the same bytes
def guids(body: bytes, document: str) -> tuple[str, ...]:
    """What the items of a document call themselves, in its order."""
    if document.partition("?")[0].endswith(".json"):
        return tuple(item["id"] for item in json.loads(body)["items"])
    return tuple(entry["id"] for entry in feedparser.parse(io.BytesIO(body)).entries)


def _hashless_host(guid: str) -> str:
    parts = urlsplit(guid)
    return guid if parts.scheme == "tag" else f"{parts.path}?{parts.query}"


NAMES: dict[str, Callable[[str, str], tuple[str, ...]]] = {
    "Miniflux": lambda feed, guid: (hashlib.sha256(guid.encode()).hexdigest(),),
    "NetNewsWire": lambda feed, guid: (hashlib.md5(f"{feed} {guid}".encode()).hexdigest(),),
    "FreshRSS": lambda feed, guid: (guid,),
    "Thunderbird": lambda feed, guid: (guid,),
    "Feedbin": lambda feed, guid: (hashlib.sha1(f"{feed}{guid}".encode()).hexdigest(), _hashless_host(guid)),
}


@dataclass(slots=True)
class Reader:
    """One subscription of one reader: what it knows, and what it showed as new."""

    name: str
    feed: str  # path of the document that it subscribed to
    known: dict[str, datetime] = field(default_factory=dict)  # name -> last seen in the document

    def read(self, body: bytes, now: datetime) -> list[str]:
        """Take a document; gives the guids that are shown as new."""
        fresh = []
        present: set[str] = set()
        for guid in guids(body, self.feed):
            names = NAMES[self.name](self.feed, guid)
            if not any(name in self.known for name in names):
                fresh.append(guid)
            present.update(names)
        self.known.update(dict.fromkeys(present, now))
        if self.name == "Thunderbird":
            self.known = {name: at for name, at in self.known.items() if name in present or now - at <= FORGETS}
        return fresh


def subscribers(documents: Iterable[str]) -> list[Reader]:
    """Every reader, subscribed to every document."""
    return [Reader(name, document) for document in documents for name in NAMES]
