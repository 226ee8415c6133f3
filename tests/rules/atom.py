"""Atom 1.0 (RFC 4287): rows A1 to A6 of outputs.md section 1.2, and of 1.1 what holds for every feed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from tests.rules.wording import (
    ARTICLE_ID,
    ATOM,
    FH,
    LANG,
    LANGUAGE,
    MEDIA,
    html_breaches,
    illegal,
    links,
    markup_breaches,
    read,
    rfc3339,
    self_breaches,
    sized,
    web_address,
)

A = f"{{{ATOM}}}"
_RELATIONS = frozenset(("alternate", "self", "hub", "first", "next", "enclosure", "via"))
_IN_FEED = frozenset(("id", "title", "subtitle", "updated", "author", "link", "generator", "entry"))
_IN_ENTRY = frozenset(
    ("id", "title", "updated", "author", "content", "link", "summary", "category", "published", "source")
)
_ONCE = ("id", "title", "subtitle", "updated", "generator", "summary", "content", "published", "source")
_NOT_FOR_COPIES = frozenset(("related", "syndication", "self"))  # readers take them for the article itself


def atom_breaches(data: bytes, address: str, now: datetime, ahead: timedelta = timedelta(0)) -> list[str]:
    """Every row that the document at ``address`` does not hold, each with what and where.

    ``ahead``: how far the moment of its own last change may be after ``now``; that of an item never may.
    """
    root = read(data)
    if root.tag != f"{A}feed":
        return ["A0 not Atom"]
    return [*_feed(root, address, now + ahead), *_entries(root, now), *illegal(root)]


def _feed(feed: etree._Element, address: str, now: datetime) -> Iterator[str]:
    yield from self_breaches(feed, address, "application/atom+xml", "R1")
    yield from _required(feed, now)
    if not web_address(feed.findtext(f"{A}id")):
        yield f"A1 the feed is called {feed.findtext(f'{A}id')!r}"
    if len(links(feed, "alternate")) != 1:
        yield f"A2 the feed's pages are {links(feed, 'alternate')}"
    yield from _elements(feed, _IN_FEED, {f"{{{FH}}}complete"})
    yield from _construct(feed, "subtitle")
    yield from _language(feed)
    spoken = {entry.get(LANG) for entry in feed.findall(f"{A}entry")}
    if len(spoken) == 1 and feed.get(LANG) not in spoken:
        yield f"A5 the feed says {feed.get(LANG)!r}, its entries {spoken}"
    if len(links(feed, "next")) > 1:
        yield "A6 more than one next page"


def _required(parent: etree._Element, now: datetime) -> Iterator[str]:
    for name in ("id", "title", "updated"):
        found = parent.findall(f"{A}{name}")
        if len(found) != 1 or not (found[0].text or "").strip():
            yield f"A0 {len(found)} {name}, or an empty one"
    yield from _construct(parent, "title")
    for called in parent.findall(f"{A}author/{A}name"):
        yield from markup_breaches(called.text or "", "the author")
    authors = parent.findall(f"{A}author")
    if not authors or not all((author.findtext(f"{A}name") or "").strip() for author in authors):
        yield "A3 nobody is named as its author"
    for uri in parent.findall(f"{A}author/{A}uri"):
        if not web_address(uri.text):
            yield f"R8 {uri.text!r} is no address of an author"
    if (said := rfc3339(parent.findtext(f"{A}updated"), now)) is not None:
        yield said
    for link in parent.findall(f"{A}link"):
        rel = str(link.get("rel"))
        if rel not in _RELATIONS and ":" not in rel:
            yield f"A2 {rel!r} is no registered relation"
        if not web_address(link.get("href")):
            yield f"R8 {link.get('href')!r} is no address"


def _elements(parent: etree._Element, known: frozenset[str], others: set[str]) -> Iterator[str]:
    """No element that the validator does not know there, none twice that may be there once."""
    names = Counter(str(child.tag) for child in parent)
    yield from (f"A0 <{name}> does not belong there" for name in names if name.removeprefix(A) not in known | others)
    yield from (f"A0 <{name}> is there {names[A + name]} times" for name in _ONCE if names[A + name] > 1)


def _construct(parent: etree._Element, name: str) -> Iterator[str]:
    """A text is plain, or plain text that is escaped because it looks like markup (ContainsUndeclaredHTML)."""
    for text in parent.findall(f"{A}{name}"):
        inner = text.text or ""
        if text.get("type", "text") == "text":
            yield from markup_breaches(inner, f"<{name}>")
        elif text.get("type") != "html" or "<" in inner or LexborHTMLParser(inner).css("body *"):
            yield f"A0 <{name}> is {text.get('type')}: {inner[:80]!r}"


def _language(element: etree._Element) -> Iterator[str]:
    language = element.get(LANG)
    if language is not None and not LANGUAGE.fullmatch(language):
        yield f"A5 {language!r} is no language"


def _entries(feed: etree._Element, now: datetime) -> Iterator[str]:
    entries = feed.findall(f"{A}entry")
    ids = Counter(entry.findtext(f"{A}id") for entry in entries)
    yield from (f"A1 {id_} is there {times} times" for id_, times in ids.items() if times > 1)
    for entry in entries:
        yield from (f"{breach} ({entry.findtext(f'{A}id')})" for breach in _entry(entry, now))


def _entry(entry: etree._Element, now: datetime) -> Iterator[str]:
    yield from _required(entry, now)
    yield from _elements(entry, _IN_ENTRY, {f"{{{MEDIA}}}content"})
    yield from _language(entry)
    if not ARTICLE_ID.fullmatch(entry.findtext(f"{A}id") or ""):
        yield "A1 its id is not our tag URI"
    published, updated = entry.findtext(f"{A}published"), entry.findtext(f"{A}updated")
    if (said := rfc3339(published, now)) is not None:
        yield said
    if (updated or "") < (published or ""):
        yield f"A4 updated {updated} before it was published {published}"
    kinds = Counter(
        (link.get("type"), link.get("hreflang")) for link in entry.findall(f"{A}link") if link.get("rel") == "alternate"
    )
    # What has no address has content instead (RFC 4287 section 4.1.2).
    if sum(kinds.values()) != 1 and (kinds or not entry.findtext(f"{A}content")):
        yield f"A2 alternates {kinds}"
    for link in entry.findall(f"{A}link"):
        if link.get("rel") in _NOT_FOR_COPIES:
            yield f"A2 a copy is told as {link.get('rel')!r}"
    yield from _source(entry)
    yield from _texts(entry)


def _source(entry: etree._Element) -> Iterator[str]:
    sources = entry.findall(f"{A}source")
    if len(sources) != 1 or entry[-1] is not sources[0]:
        yield "A3 the source does not stand last, or is not there"
        return
    source = sources[0]
    yield from _construct(source, "title")
    if not re.fullmatch(r"[^/?#]+//[^/?#]+/.*", source.findtext(f"{A}id") or ""):
        yield f"A3 the source's id {source.findtext(f'{A}id')!r} is not in its canonical spelling"
    for name in ("id", "title", "updated"):
        if not (source.findtext(f"{A}{name}") or "").strip():
            yield f"A3 the source has no {name}"
    # What an owner wrote by hand comes from a page, not from a feed: it has no self.
    page = (source.findtext(f"{A}id") or "") in {end for url in links(source, "alternate") for end in (url, f"{url}/")}
    for rel in ("alternate",) if page else ("self", "alternate"):
        if len(links(source, rel)) != 1 or not all(map(web_address, links(source, rel))):
            yield f"A3 the source's {rel} is {links(source, rel)}"
    if source.find(f"{A}author") is not None:
        yield "A3 the source names an author of its own"


def _texts(entry: etree._Element) -> Iterator[str]:
    yield from _construct(entry, "summary")
    if not any((entry.findtext(f"{A}{name}") or "").strip() for name in ("summary", "content")):
        yield "A0 it has no text at all (MissingTextualContent)"
    for name in ("title", "summary", "content"):
        for text in entry.findall(f"{A}{name}"):
            if len(text) or text.get("type", "text") not in (("html", "text")):
                yield f"A0 <{name}> is {text.get('type')} with {len(text)} elements in it"
            if text.get("type") == "html" and name == "content":
                yield from html_breaches(text.text or "")
    for category in entry.findall(f"{A}category"):
        if "," in str(category.get("term")) or not str(category.get("term")).strip():
            yield f"R11 category {category.get('term')!r}"
        yield from markup_breaches(str(category.get("label") or ""), "the label of a category")
    for image in entry.findall(f"{{{MEDIA}}}content"):
        if not web_address(image.get("url")) or image.get("medium") != "image" or not sized(image):
            yield f"R10 media:content {dict(image.attrib)}"
