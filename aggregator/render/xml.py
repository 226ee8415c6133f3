"""What RSS and Atom share: who writes which part, the pieces that feedgen has no word for, and the bytes.

feedgen's ``FeedEntry`` builds every item and every entry, which is the bulk of both documents: it knows the elements,
their order, and which of them are required. What outputs.md asks beyond that, each format adds through feedgen's own
extension point. The heads are written here, because ``FeedGenerator`` cannot carry them: its ``lastBuildDate`` is the
clock's, the channel's link becomes the last link added, hubs and the next page are dropped. RSS dates are written here
too: feedgen spells them under ``locale.setlocale``, which changes the whole process, other threads included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from functools import partial
from html import escape
from html.entities import name2codepoint

from lxml import etree

from aggregator.model import Article, View
from aggregator.render import facts, links
from aggregator.render.carry import carried, kept, scrubbed
from aggregator.render.facts import elsewhere, size_of

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
FH = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
STYLE = "embed/v1/feed.css"  # below the address of the service
GENERATOR = "article-aggregator"  # without a version: a new one must not change every document

_IMAGE = f"{{{MEDIA}}}content"
_MARKUP = re.compile("([&<>])")
_END_TAG = re.compile(r"</\w+>")
_ENTITY = re.compile(r"&(#?\w+)")
_BARE = str.maketrans("<>&", "‹›＆")

# In UTF-8: DEL, C1 controls, the mark of a character that was lost, noncharacters. XML carries them, but neither does
# HTML, nor does the W3C validator let them pass (BadCharacters).
_DOUBTFUL = re.compile(
    rb"\x7f|\xc2[\x80-\x9f]|\xef\xbf\xbd|\xef\xb7[\x90-\xaf]|[\xf0-\xf4][\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf]"
)


# Without one of these there is nothing of that. The search above takes as long as to write the whole document, to look
# for these a fifth of that, and for a single byte, which most documents do not have, no time.
_SUSPECT = (b"\xef\xbf\xbd", b"\xef\xb7", b"\xbf\xbe", b"\xbf\xbf")
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")


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


def looks_like_markup(text: str) -> bool:
    """Whether readers and the W3C validator would take a plain text for HTML (ContainsUndeclaredHTML)."""
    named = _ENTITY.findall(text)
    return bool(_END_TAG.search(text)) or any(
        one in name2codepoint or one == "apos" or not one.isalpha() for one in named
    )


def declare_markup(element: etree._Element) -> None:
    """Says of an Atom text that is about markup that it is plain: as HTML, escaped (RFC 4287 section 3.1.1.2)."""
    if looks_like_markup(text := element.text or ""):
        element.set("type", "html")
        element.text = escape(text, quote=False)


def bare(text: str) -> str:
    """A name or label in which nothing can be taken for markup or an e-mail address: no type can say what it is."""
    return text.translate(_BARE) if "<" in text or looks_like_markup(text) else text


def add_complete(parent: etree._Element, view: View) -> None:
    """That nothing is missing, where the document is all there is (RFC 5005 section 2)."""
    if links.complete(view):
        etree.SubElement(parent, f"{{{FH}}}complete", nsmap={"fh": FH})


def add_links(parent: etree._Element, tag: str, view: View, name: str, media_type: str) -> None:
    """Where this document is, who tells of its changes (WebSub section 4), where it begins and goes on (RFC 5005).

    What follows a page is known, what stands before it is not: articles come in above, and a cursor marks a place.
    """
    add(parent, tag, rel="self", type=media_type, href=links.this(view, name))
    for hub in view.hubs:
        add(parent, tag, rel="hub", href=hub)
    for relation, url in links.pages(view, name):
        add(parent, tag, rel=relation, type=media_type, href=url)


def add_copies(parent: etree._Element, tag: str, article: Article) -> None:
    """The other places where the article stands; ``links.COPY`` says why under this relation."""
    for url, copy in elsewhere(article):
        title = bare(copy.title.strip() or copy.source.strip())
        add(parent, tag, rel=links.COPY, href=url, **({"title": title} if title else {}))


def add_image(parent: etree._Element, article: Article) -> None:
    """The lead image (Media RSS 1.5.1)."""
    image = article.image
    if image and (url := links.web(image.url)):
        size = {name: str(pixels) for name, pixels in size_of(image).items()}
        add(parent, _IMAGE, url=url, medium="image", **size)


def add_style(root: etree._Element, view: View) -> None:
    """What the document looks like in a browser that shows it as it stands: in an export, by a static host.

    CSS, because browsers take XSLT away (outputs.md 1.7).
    """
    href = escape(f"{view.base_url}/{STYLE}")
    root.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{href}"'))


def document(root: etree._Element) -> bytes:
    """The bytes, UTF-8, without characters that no reader shows."""
    data: bytes = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
    return _DOUBTFUL.sub(_legible, data) if _suspect(data) else data


def _suspect(data: bytes) -> bool:
    if b"\x7f" in data or _CONTROL.search(data):
        return True
    return (b"\xbf" in data or b"\xef" in data) and any(mark in data for mark in _SUSPECT)


def items(
    head: View, articles: Iterable[Article], name: str, build: Callable[[View, Article], etree._Element]
) -> list[etree._Element]:
    """An item or entry of each article that the document can carry."""
    if head.fragments is None:
        return carried(articles, name, partial(build, head))

    def copied(article: Article) -> etree._Element:
        said = (name, head.content, head.owner, facts.authors(article, head))
        return deepcopy(kept(head, said, partial(build, head))(article))  # what is put into a document is moved there

    return carried(articles, name, copied)


def _legible(found: re.Match[bytes]) -> bytes:
    """What a browser makes of it: a control is the character of windows-1252 that somebody took for UTF-8."""
    character = found[0].decode()
    meant = character.encode("latin-1", "ignore").decode("cp1252", "ignore")
    return (meant if meant > "\x7f" else "?").encode()
