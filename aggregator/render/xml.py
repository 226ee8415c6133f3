"""What RSS and Atom share: who writes which part, the pieces that feedgen has no word for, and the bytes.

feedgen's ``FeedEntry`` builds every item and every entry, which is the bulk of both documents: it knows the elements,
their order, and which of them are required. What outputs.md asks beyond that, each format adds through feedgen's own
extension point. The heads are written here, because ``FeedGenerator`` cannot carry them: its ``lastBuildDate`` is the
clock's, the channel's link becomes the last link added, hubs and the next page are dropped. RSS dates are written here
too: feedgen spells them under ``locale.setlocale``, which changes the whole process, other threads included.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from aggregator.model import Article, View
from aggregator.render import links
from aggregator.render.carry import scrubbed
from aggregator.render.facts import elsewhere

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
GENERATOR = "article-aggregator"  # without a version: a new one must not change every document

_IMAGE = f"{{{MEDIA}}}content"
_MARKUP = re.compile("([&<>])")


def head(view: View) -> View:
    """The view without what stands further down in the document, every string fit for XML."""
    return scrubbed(replace(view, articles=(), facets={}))


def add(parent: etree._Element, tag: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    """One more child."""
    element = etree.SubElement(parent, tag, attributes)
    if text is not None:
        element.text = text
    return element


def hex_references(element: etree._Element) -> None:
    """Writes ``&``, ``<`` and ``>`` in the element's text as ``&#x26;``, ``&#x3C;`` and ``&#x3E;``.

    The one spelling of plain text in RSS that no reader takes for markup (RSS Advisory Board profile, outputs.md R2).
    lxml itself escapes with ``&amp;``, but writes a reference that it is given as it stands.
    """
    first, *rest = _MARKUP.split(element.text or "")
    if not rest:
        return
    element.text = first
    for mark, tail in zip(rest[::2], rest[1::2], strict=True):
        reference = etree.Entity(f"#x{ord(mark):X}")
        reference.tail = tail
        element.append(reference)


def add_links(parent: etree._Element, tag: str, view: View, name: str, media_type: str) -> None:
    """Where this document is, who tells of its changes (WebSub section 4), where it goes on (RFC 5005 section 3)."""
    add(parent, tag, rel="self", type=media_type, href=links.this(view, name))
    for hub in view.hubs:
        add(parent, tag, rel="hub", href=hub)
    following = links.following(view, name)
    if following:
        add(parent, tag, rel="next", type=media_type, href=following)


def add_copies(parent: etree._Element, tag: str, article: Article) -> None:
    """The other places where the article stands; ``links.COPY`` says why under this relation."""
    for url, copy in elsewhere(article):
        add(parent, tag, rel=links.COPY, href=url, title=copy.title or copy.source)


def add_image(parent: etree._Element, article: Article) -> None:
    """The lead image (Media RSS 1.5.1)."""
    image = article.image
    if image and (url := links.web(image.url)):
        size = {name: str(pixels) for name, pixels in (("width", image.width), ("height", image.height)) if pixels}
        add(parent, _IMAGE, url=url, medium="image", **size)


def document(root: etree._Element) -> bytes:
    """The bytes, UTF-8."""
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data
