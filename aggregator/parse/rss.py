"""RSS 0.9x, 1.0 and 2.0 as an element tree, with the modules that blogs use."""

from __future__ import annotations

import re

from lxml import etree

from aggregator.model import ParsedFeed, Person, RawEntry, RawText
from aggregator.parse import channel, tree
from aggregator.parse.names import Names

_VERSIONS = {"0.90": "rss090", "0.91": "rss091", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094", "1.0": "rss10"}
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_BODY = re.compile(r"<(?:h[1-6]|pre|ul|ol|blockquote|table|figure)[\s>]", re.IGNORECASE)
_PARAGRAPH = re.compile(r"<p[\s>]", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_EXCERPT_TAIL = re.compile(
    r"(?:\[?(?:…|\.\.\.|&#8230;|&hellip;)\]?\s{0,9}(?:</\w{1,10}>\s{0,9}){0,9}$)|"
    r"appeared first on|continue reading|read more",
    re.IGNORECASE,
)
_BODY_LENGTH = 500  # characters of text from which a description is the article and no longer a summary of it


def read(root: etree._Element, url: str) -> ParsedFeed:
    """The feed under ``<rss>`` or ``<rdf:RDF>``; RSS 0.90 and 1.0 keep their items beside the channel, not in it."""
    names = Names(root)
    top = tree.fields(root, names)
    channels = top.get("channel") or [root]
    of = tree.fields(channels[0], names)
    items = [*(item for one in channels for item in tree.fields(one, names).get("item", ())), *top.get("item", ())]
    base = tree.base_of(channels[0], url) or url
    links = of.get("atom:link", ())
    return ParsedFeed(
        format=_format(root, names),
        url=url,
        title=tree.line(_title(of)),
        home_page_url=tree.resolve(tree.first(of, "link"), base) or tree.alternate(links, base),
        feed_url=next(iter(tree.related(links, "self", base)), None),
        language=tree.first(of, "language", "dc:language") or tree.language_of(channels[0]) or tree.language_of(root),
        authors=_authors(of, "itunes:author", "managingeditor"),
        icon=_icon(of, names, base),
        generator=tree.first(of, "generator") or None,
        ttl_s=channel.seconds(
            tree.first(of, "ttl"), tree.first(of, "sy:updateperiod"), tree.first(of, "sy:updatefrequency")
        ),
        skip_hours=channel.hours(tree.plain(each) for one in of.get("skiphours", ()) for each in one),
        skip_days=channel.days(tree.plain(each) for one in of.get("skipdays", ()) for each in one),
        hubs=tree.related(links, "hub", base),
        next_url=tree.older(links, base),
        entries=tuple(_entry(item, names, url) for item in items if item is not channels[0]),
    )


def _entry(item: etree._Element, names: Names, url: str) -> RawEntry:
    of = tree.fields(item, names)
    base = tree.base_of(item, url) or url
    links = of.get("atom:link", ())
    guid, is_link = _guid(of, item)
    link = tree.first(of, "feedburner:origlink", "link") or next(
        (each.get("href") for each in of.get("link", ()) if each.get("href")), None
    )
    address = tree.resolve(link, base) or tree.alternate(links, base)
    if address is None and is_link and tree.is_web(guid):
        address = guid
    summary, content = _texts(of)
    return RawEntry(
        guid=guid,
        url=address,
        title=_title(of),
        summary=summary,
        content=content,
        published=tree.first(of, "pubdate", "dcterms:issued", "dc:date", "atom:published", "dcterms:created") or None,
        updated=tree.first(of, "atom:updated", "dcterms:modified", "atom:modified") or None,
        authors=_authors(of, "author", "itunes:author"),
        tags=_tags(of),
        image=tree.pictures(of, names, base),
        language=tree.first(of, "dc:language", "language") or tree.language_of(item),
        canonical_url=next(iter(tree.related(links, "canonical", base)), None),
        base=tree.base_of(item, url),
        in_reply_to="thr:in-reply-to" in of,
    )


def _format(root: etree._Element, names: Names) -> str:
    if names.of(root).endswith("rdf"):
        return "rss090" if any("netscape.com" in str(child.tag) for child in root) else "rss10"
    version = (root.get("version") or "").strip()
    return "rss20" if version.startswith("2") else _VERSIONS.get(version, "rss20")


def _guid(of: tree.Fields, item: etree._Element) -> tuple[str | None, bool]:
    """The guid, and whether it is an address to click: so by default (RSS 2.0, guid)."""
    for element in of.get("guid", ()):
        if value := tree.plain(element):
            permanent = element.get("isPermaLink") or element.get("ispermalink") or "true"
            return value, permanent.strip().lower() == "true"
    if about := item.get(_ABOUT):
        return about, True
    return tree.first(of, "dc:identifier", "atom:id") or None, True


def _title(of: tree.Fields) -> RawText:
    for name in ("title", "dc:title", "media:title", "itunes:title"):
        for element in of.get(name, ()):
            if (text := tree.html_of(element)).value:
                return text
    return RawText()


def _texts(of: tree.Fields) -> tuple[RawText, RawText]:
    """(summary, content). DEV and many small generators put the whole article into ``description``."""
    written = [
        tree.html_of(element)
        for name in ("content:encoded", "xhtml:body", "body", "atom:content", "content")
        for element in of.get(name, ())
    ]
    content = max(written, key=lambda text: len(text.value), default=RawText())
    short = [
        tree.html_of(element)
        for name in ("description", "atom:summary", "dc:description", "media:description", "itunes:summary", "abstract")
        for element in of.get(name, ())
    ]
    short += [tree.html_of(each) for group in of.get("media:group", ()) for each in group if _is_description(each)]
    short = [text for text in short if text.value and text != content]
    if not short:
        return RawText(), content
    if content.value:
        return short[0], content
    longest = max(short, key=lambda text: len(text.value))
    if is_body(longest.value):
        return next((text for text in short if text != longest), RawText()), longest
    return short[0], RawText()


def is_body(html: str) -> bool:
    """Whether a description is the article itself: long, or built like one, and not an excerpt with its own ending."""
    if _BODY.search(html):
        return True
    if len(_TAG.sub("", html)) > _BODY_LENGTH:
        return True
    return len(_PARAGRAPH.findall(html)) > 1 and not _EXCERPT_TAIL.search(html)


def _is_description(element: etree._Element) -> bool:
    return str(element.tag).endswith("}description")


def _authors(of: tree.Fields, *own: str) -> tuple[Person, ...]:
    """Who wrote: ``dc:creator`` (a name) before the elements of one's ``own`` (often a mail address)."""
    for name in ("dc:creator", "dc:author", "atom:author", *own):
        elements = of.get(name, ())
        if name == "atom:author":
            elements = [child for each in elements for child in each if str(child.tag).endswith("}name")]
        if found := tree.people(elements):
            return found
    return ()


def _tags(of: tree.Fields) -> tuple[str, ...]:
    found = [tree.plain(element) for name in ("category", "dc:subject") for element in of.get(name, ())]
    found += [element.get("term") or "" for element in of.get("atom:category", ())]
    for name in ("media:keywords", "itunes:keywords"):
        found += [word.strip() for element in of.get(name, ()) for word in tree.plain(element).split(",")]
    return tuple(dict.fromkeys(word for word in found if word))


def _icon(of: tree.Fields, names: Names, base: str) -> str | None:
    for element in of.get("image", ()):
        if address := tree.resolve(tree.first(tree.fields(element, names), "url"), base):
            return address
    image = tree.first(of, "webfeeds:icon", "atom:icon", "atom:logo")
    if image:
        return tree.resolve(image, base)
    return next((tree.resolve(each.get("href"), base) for each in of.get("itunes:image", ())), None)
