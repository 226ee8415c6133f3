"""Reads the subscription lists that other readers export: OPML 1.0 to 2.0, as carelessly as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from aggregator.errors import NotAFeed
from aggregator.text import urls
from aggregator.text.characters import fold

# In addresses it is common. Entities of its own no list needs, and they are not replaced.
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#[xX][0-9a-fA-F]+);)")

MOST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed of a list."""

    feed_url: str  # absolute http(s)
    title: str = ""


def read(body: bytes) -> tuple[Subscription, ...]:
    """Every feed of the list, each once, in its order and whatever folder it is in.

    Raises:
        NotAFeed: this is no OPML, or far too much of it.
    """
    if len(body) > MOST_BYTES:
        raise NotAFeed(f"the file is longer than {MOST_BYTES // 1024 // 1024} MiB; no list of feeds is")
    if b"\0" not in body:  # no UTF-16
        body = _BARE.sub(b"&amp;", body)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAFeed("the file is no OPML: it is no XML") from error
    if str(getattr(root, "tag", "")).rpartition("}")[2].lower() != "opml":  # of what cannot be mended there is no root
        raise NotAFeed("the file is no OPML: its first element is not <opml>")
    found: dict[str, Subscription] = {}
    for outline in root.iter("{*}outline"):
        said = {etree.QName(name).localname.lower(): value for name, value in outline.attrib.items()}
        url = _address(str(said.get("xmlurl", "")))
        if url is not None:
            title = fold(str(said.get("title") or said.get("text") or ""))
            found.setdefault(urls.key(url) or url, Subscription(url, title))
    return tuple(found.values())


def _address(text: str) -> str | None:
    """The address, also where it was made for a click in a browser of old: ``feed://`` and ``feed:https://``."""
    url = text.strip()
    if url.lower().startswith("feed:"):
        rest = url[len("feed:") :]
        url = f"http:{rest}" if rest.startswith("//") else rest
    return urls.absolute(url)
