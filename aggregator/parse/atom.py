"""Atom 0.3 and 1.0 as an element tree (RFC 4287), with threading, paging and the modules that blogs use."""

from __future__ import annotations

import base64
import binascii
import re

from lxml import etree

from aggregator.model import Image, ParsedFeed, Person, RawEntry, RawText
from aggregator.parse import channel, tree
from aggregator.parse.names import Names

_LOOKS_LIKE_HTML = re.compile(r"</(?:p|a|div|b|i|em|strong|ul|ol|li|h[1-6]|pre|code|blockquote)>|<br ?/?>|<img\s")
_WORD = re.compile(r"[^\W_]+")
_HTML_TYPES = frozenset({"html", "text/html"})
_XHTML_TYPES = frozenset({"xhtml", "application/xhtml+xml"})


def read(root: etree._Element, url: str) -> ParsedFeed:
    """The feed under ``<feed>``."""
    names = Names(root)
    of = tree.fields(root, names)
    base = tree.base_of(root, url) or url
    links = [*of.get("link", ()), *of.get("atom:link", ())]
    generator = next(iter(of.get("generator", ())), None)
    icon = tree.first(of, "icon", "logo", "webfeeds:icon")
    return ParsedFeed(
        format="atom03" if "purl.org/atom" in str(root.tag) or root.get("version") == "0.3" else "atom10",
        url=url,
        title=tree.line(_text(of, "title")),
        home_page_url=tree.alternate(links, base),
        feed_url=next(iter(tree.related(links, "self", base)), None),
        language=tree.language_of(root) or tree.first(of, "dc:language") or None,
        authors=_authors(of, names, base),
        icon=tree.resolve(icon, base),
        generator=None if generator is None else tree.plain(generator) or generator.get("uri") or generator.get("url"),
        ttl_s=channel.seconds("", tree.first(of, "sy:updateperiod"), tree.first(of, "sy:updatefrequency")),
        hubs=tree.related(links, "hub", base),
        next_url=tree.older(links, base),
        entries=tuple(_entry(entry, names, url) for entry in of.get("entry", ())),
    )


def _entry(entry: etree._Element, names: Names, url: str) -> RawEntry:
    of = tree.fields(entry, names)
    base = tree.base_of(entry, url) or url
    links = [*of.get("link", ()), *of.get("atom:link", ())]
    guid = tree.first(of, "id", "dc:identifier") or None
    address = tree.resolve(tree.first(of, "feedburner:origlink"), base) or tree.alternate(links, base)
    if address is None:
        address = next((tree.resolve(each.get("src"), base) for each in of.get("content", ()) if each.get("src")), None)
    if address is None and tree.is_web(guid):
        address = guid
    content_base = next((tree.base_of(each, url) for each in of.get("content", ())), "")
    content = _text(of, "content")
    return RawEntry(
        guid=guid,
        url=address,
        title=_text(of, "title", "media:title"),
        summary=_summary(of, names, content),
        content=content,
        published=tree.first(of, "published", "issued", "created", "dcterms:issued", "dc:date", "pubdate") or None,
        updated=tree.first(of, "updated", "modified", "dcterms:modified") or None,
        authors=_authors(of, names, base) or _source_authors(of, names, base),
        tags=_tags(of),
        image=_enclosed(links, base) or tree.pictures(of, names, base),
        language=tree.language_of(entry) or _content_language(of) or tree.first(of, "dc:language") or None,
        canonical_url=next(iter(tree.related(links, "canonical", base)), None),
        base=content_base or tree.base_of(entry, url),
        in_reply_to="thr:in-reply-to" in of,
    )


def _text(of: tree.Fields, *names: str) -> RawText:
    """The first text construct that is not empty (RFC 4287 section 3.1; Atom 0.3's modes too)."""
    for name in names:
        for element in of.get(name, ()):
            if (text := _construct(element)).value:
                return text
    return RawText()


def _construct(element: etree._Element) -> RawText:
    kind = (element.get("type") or "").strip().lower()
    mode = (element.get("mode") or "").strip().lower()
    if element.get("src"):
        return RawText()
    if mode == "base64":
        return RawText(_decoded(tree.plain(element)), "html")
    if len(element) and (kind in _XHTML_TYPES or kind in _HTML_TYPES or not kind or mode == "xml"):
        div = element[0]
        wrapped = len(element) == 1 and str(div.tag).endswith("}div") and not (element.text or div.tail or "").strip()
        return RawText(tree.inner(div if wrapped and len(div) else element), "html")
    value = tree.plain(element)
    if kind in _HTML_TYPES or kind in _XHTML_TYPES:
        return RawText(value, "html")
    if not kind and _LOOKS_LIKE_HTML.search(value):
        return RawText(value, "html")  # the type was forgotten; nobody writes </p> to be read
    if kind and kind != "text" and not kind.startswith("text/"):
        return RawText()
    return RawText(value, "text")


def _summary(of: tree.Fields, names: Names, content: RawText) -> RawText:
    text = _text(of, "summary", "media:description", "dc:description")
    if not text.value:
        for group in of.get("media:group", ()):
            text = _text(tree.fields(group, names), "media:description")
    return RawText() if text.value == content.value else text


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _authors(of: tree.Fields, names: Names, base: str) -> tuple[Person, ...]:
    found: list[Person] = []
    for element in of.get("author", ()):
        inside = tree.fields(element, names)
        who = tree.person(tree.first(inside, "name", "email") or ("" if len(element) else tree.plain(element)))
        if who:
            address = tree.resolve(tree.first(inside, "uri", "url", "homepage"), base)
            found.append(Person(who.name, address if tree.is_web(address) else None))
    return tuple(dict.fromkeys(found)) or tree.people(of.get("dc:creator", ()))


def _source_authors(of: tree.Fields, names: Names, base: str) -> tuple[Person, ...]:
    """An entry without authors has those of the feed it was copied from (RFC 4287 section 4.2.1)."""
    for source in of.get("source", ()):
        if found := _authors(tree.fields(source, names), names, base):
            return found
    return ()


def _tags(of: tree.Fields) -> tuple[str, ...]:
    found = [
        _tag(element.get("term") or "", element.get("label") or "") or tree.plain(element)
        for element in of.get("category", ())
        if not (element.get("scheme") or "").endswith("#kind")  # Blogger's "this is a post"
    ]
    found += [tree.plain(element) for element in of.get("dc:subject", ())]
    return tuple(dict.fromkeys(word.strip() for word in found if word.strip()))


def _tag(term: str, label: str) -> str:
    """The label where it is the term as people write it: ``Distributed Systems`` for ``distributed-systems``."""
    same = [name.casefold() for name in _WORD.findall(term)] == [name.casefold() for name in _WORD.findall(label)]
    return label if same else term or label


def _enclosed(links: list[etree._Element], base: str) -> Image | None:
    for link in links:
        if link.get("rel") == "enclosure" and (link.get("type") or "").lower().startswith("image/"):
            address = tree.resolve(link.get("href"), base)
            if address:
                return Image(address)
    return None


def _content_language(of: tree.Fields) -> str | None:
    return next((language for each in of.get("content", ()) if (language := tree.language_of(each))), None)
