"""OPML 2.0: lists of feeds that readers import, and that directories read (outputs.md 1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from aggregator.model import View
from aggregator.render import facts, links, wire, xml

MEDIA_TYPE = "text/x-opml; charset=utf-8"

_OWNER_ID = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:/|$)", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?=\S)|<")


def document(view: View, title: str) -> tuple[etree._Element, etree._Element]:
    """A document without outlines, and its body to put them in; ``view`` fit for XML (``carry.scrubbed``).

    No ``docs`` in the head: the validator takes it for a mistake.
    """
    root = etree.Element("opml", version="2.0")
    head = xml.add(root, "head")
    xml.add(head, "title", _plain(title))
    xml.add(head, "dateModified", wire.rfc822(view.updated_at))
    author = facts.author(view)
    owner = view.owner_names.get(view.owner, "") if view.owner else author.name if author else ""
    if owner.strip():
        xml.add(head, "ownerName", _plain(owner))
    if (url := links.web(view.owner_url)) and _OWNER_ID.match(url):
        xml.add(head, "ownerId", url)
    return root, xml.add(root, "body")


def finished(root: etree._Element) -> bytes:
    """The bytes; a body has one outline at least (OPML 2.0, "What is a <body>?")."""
    body = root[1]
    if not len(body):
        xml.add(body, "outline", text="Nothing to subscribe to")
    etree.indent(root)  # people read these, too, and keep them under version control: one element a line
    return xml.document(root)


def add_feed(parent: etree._Element, text: str, feed_url: str, home_page_url: str | None, language: str = "") -> None:
    """One subscription. Its ``type`` is rss for feeds of every format (OPML 2.0, "Subscription lists")."""
    known = {"htmlUrl": links.web(home_page_url), "language": language}
    more = {name: value for name, value in known.items() if value}
    name = _plain(text)
    xml.add(parent, "outline", text=name, title=name, type="rss", xmlUrl=feed_url, **more)


def add_folder(parent: etree._Element, text: str, feeds: Iterable[tuple[str, str, str]]) -> None:
    """A group of subscriptions: text, address of the feed, address of the page; nothing where there is none."""
    found = tuple(feeds)
    if found:
        folder = xml.add(parent, "outline", text=_plain(text))
        for name, feed_url, home_page_url in found:
            add_feed(folder, name, feed_url, home_page_url)


def _plain(text: str) -> str:
    """A text in which nothing is markup: an outline's is HTML to validators, and shown as it stands by readers."""
    return _REFERENCE.sub(lambda found: "＆" if found[0] == "&" else "‹", text)
