"""Reads the subscription lists that other readers export: OPML 1.0 to 2.0, as carelessly as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from aggregator.errors import NotAFeed
from aggregator.parse.subscriptions import Subscription, address
from aggregator.text.characters import fold

# In addresses it is common. Entities of its own no list needs, and they are not replaced.
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#[xX][0-9a-fA-F]+);)")

_PAGES = "html+"  # how FreshRSS begins the type of what it takes apart by XPath
_RULES = ("xml+", "json+")
_NO_FOLDER = frozenset({"all", "uncategorized"})  # what Miniflux and FreshRSS call that


def read(body: bytes) -> tuple[Subscription, ...]:
    """Every feed of the list, in its order and whatever folder it is in.

    FreshRSS says in ``type`` what is no feed (https://freshrss.github.io/FreshRSS/en/developers/OPML.html).

    Raises:
        NotAFeed: this is no OPML.
    """
    if b"\0" not in body:  # no UTF-16
        body = _BARE.sub(b"&amp;", body)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAFeed("the file is no OPML: it is no XML") from error
    if str(getattr(root, "tag", "")).rpartition("}")[2].lower() != "opml":  # of what cannot be mended there is no root
        raise NotAFeed("the file is no OPML: its first element is not <opml>")
    return tuple(_listed(root))


def _listed(root: etree._Element) -> Iterator[Subscription]:
    for outline in root.iter("{*}outline"):
        said = _said(outline)
        url = address(said.get("xmlurl", ""))
        if url is None:
            continue
        kind = said.get("type", "").lower()
        parent = outline.getparent()
        folder = _title(_said(parent)) if parent is not None and str(parent.tag).endswith("outline") else ""
        yield Subscription(
            url,
            _title(said),
            "" if folder.lower() in _NO_FOLDER else folder,
            page=kind.startswith(_PAGES),
            problem=f"it is read by rules of {kind}, which only FreshRSS knows" if kind.startswith(_RULES) else "",
        )


def _said(outline: etree._Element) -> dict[str, str]:
    return {etree.QName(name).localname.lower(): str(value) for name, value in outline.attrib.items()}


def _title(said: Mapping[str, str]) -> str:
    return fold(said.get("title") or said.get("text") or "")
