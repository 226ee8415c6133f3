"""One XML document to one feed: well-formed ones by the element tree, mended ones too, the rest by feedparser.

feedparser reads what nothing else reads, at thirty times the cost of an element tree: it gets what needs it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from aggregator.errors import Malformed, TooComplex
from aggregator.model import ParsedFeed
from aggregator.parse import atom, repair, rss
from aggregator.parse.sniff import Markup

MAX_ENTRIES = 2000
_ENTRY = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]")
_TOO_DEEP = "Excessive depth"


def read(document: Markup, url: str) -> ParsedFeed:
    """The feed in ``document``, fetched from ``url``.

    ``complete`` is False when the document stops before its root's end tag: then only the entries that were complete
    are there (traps.md T15). Raises Malformed and TooComplex.
    """
    text = repair.legal(document.text)
    left_out = 0
    if len(_ENTRY.findall(text)) > MAX_ENTRIES:
        whole, kept = repair.whole_entries(text, MAX_ENTRIES)
        if kept == MAX_ENTRIES:
            left_out = len(_ENTRY.findall(text)) - kept
            text = whole
    root = _tree(text)
    if root is not None:
        return replace(_read_tree(root, url), left_out=left_out)
    return replace(_read_broken(text, document, url), left_out=left_out)


def _read_broken(text: str, document: Markup, url: str) -> ParsedFeed:
    """A document that is not well-formed: mended, cut back to what is whole, or left to feedparser."""
    mended = repair.mend(text, document.entities)
    whole = repair.up_to_root_end(mended, document.root)
    complete = whole is not None
    if whole is None:
        whole, kept = repair.whole_entries(mended, MAX_ENTRIES)
        if not kept:
            raise Malformed(f"{url} was cut off before its first entry was complete; it is asked again later")
    root = _tree(whole)
    if root is None:
        from aggregator.parse import loose  # and feedparser with it, which few documents need

        feed = loose.read(whole, url)
    else:
        feed = _read_tree(root, url)
    return feed if complete else replace(feed, complete=False)


def _tree(text: str) -> etree._Element | None:
    """The root element; None if the text is not well-formed. Raises TooComplex."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,  # keeps libxml2's limits on depth and on the size of one text
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        if _TOO_DEEP in str(error):
            raise TooComplex("the feed nests its elements too deep to be a feed; it is not read") from error
        return None


def _read_tree(root: etree._Element, url: str) -> ParsedFeed:
    return atom.read(root, url) if str(root.tag).rpartition("}")[2].lower() == "feed" else rss.read(root, url)
