"""RSS 2.0 with the RSS Advisory Board's profile: rows R1 to R13 of outputs.md section 1.1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from tests.rules.wording import (
    ARTICLE_ID,
    ATOM,
    CONTENT,
    DC,
    FH,
    LANGUAGE,
    MEDIA,
    html_breaches,
    illegal,
    links,
    markup_breaches,
    read,
    rfc822,
    rfc3339,
    self_breaches,
    sized,
    web_address,
)

_IN_CHANNEL = frozenset(
    (
        *("title", "link", "description", "language", "lastBuildDate", "generator", "ttl", "image", "item"),
        *(f"{{{ATOM}}}link", f"{{{FH}}}complete"),
    )
)
_IN_ITEM = frozenset(
    (
        *("title", "link", "description", "guid", "pubDate", "category", "source", f"{{{CONTENT}}}encoded"),
        *(f"{{{DC}}}creator", f"{{{DC}}}language", f"{{{ATOM}}}updated", f"{{{ATOM}}}link", f"{{{MEDIA}}}content"),
    )
)
_PLAIN = re.compile(rb"<(title|category)(?: [^>]*)?>(.*?)</\1>", re.DOTALL)
_REFERENCE = re.compile(rb"&(?!#x26;|#x3C;|#x3E;)")


def rss_breaches(data: bytes, address: str, now: datetime, ahead: timedelta = timedelta(0)) -> list[str]:
    """Every row that the document at ``address`` does not hold, each with what and where.

    ``ahead``: how far the moment of its own last change may be after ``now``; that of an item never may.
    """
    root = read(data)
    if root.tag != "rss" or root.get("version") != "2.0" or len(root) != 1 or root[0].tag != "channel":
        return ["R0 not RSS 2.0"]
    return [*_channel(root[0], address, now + ahead), *_spelling(data), *_items(root[0], now), *illegal(root)]


def _channel(channel: etree._Element, address: str, now: datetime) -> Iterator[str]:
    yield from self_breaches(channel, address, "application/rss+xml", "R1")
    for name in ("title", "link", "description"):
        found = channel.findall(name)
        if len(found) != 1 or not (found[0].text or "").strip():
            yield f"R0 the channel has {len(found)} {name}, or an empty one"
    if not web_address(channel.findtext("link")):
        yield f"R8 the channel links to {channel.findtext('link')!r}"
    for image in channel.findall("image"):
        if image.findtext("link") != channel.findtext("link"):
            yield "R9 the image's link is another one than the channel's"
    if (said := rfc822(channel.findtext("lastBuildDate"), now)) is not None:
        yield said
    language = channel.findtext("language")
    if language is not None and not LANGUAGE.fullmatch(language):
        yield f"R10 {language!r} is no language"
    names = [str(child.tag) for child in channel]
    yield from (f"R0 <{name}> does not belong into the channel" for name in set(names) - _IN_CHANNEL)
    if "item" in names[: -names.count("item") or None]:
        yield "R0 something stands behind the items (MisplacedItem)"
    for name in ("category", "managingEditor", "webMaster", f"{{{DC}}}creator"):
        if channel.find(name) is not None:
            yield f"R12 the channel has <{name}>"
    yield from (f"R10 hub {hub!r}" for hub in links(channel, "hub") if not web_address(hub))


def _spelling(data: bytes) -> Iterator[str]:
    for name, inner in _PLAIN.findall(data):
        if _REFERENCE.search(inner) or b"<" in inner:
            yield f"R2 <{name.decode()}> holds {inner!r}"


def _items(channel: etree._Element, now: datetime) -> Iterator[str]:
    items = channel.findall("item")
    guids = Counter(item.findtext("guid") for item in items)
    yield from (f"R5 {guid} is there {times} times" for guid, times in guids.items() if times > 1)
    for item in items:
        yield from (f"{breach} ({item.findtext('guid')})" for breach in _item(item, now))


def _item(item: etree._Element, now: datetime) -> Iterator[str]:
    names = Counter(str(child.tag) for child in item)
    order = list(names)
    yield from (f"R0 <{name}> does not belong into an item" for name in names.keys() - _IN_ITEM)
    title = item.findtext("title") or ""
    if not title.strip() or names["title"] != 1:
        yield "R2 no title, or two"
    encoded = f"{{{CONTENT}}}encoded"
    if encoded in names and ("description" not in names or order.index("description") > order.index(encoded)):
        yield "R3 the content stands before the description, or without one"
    if any(names[name] > 1 for name in ("description", encoded, "link", "guid", "source", f"{{{DC}}}language")):
        yield f"R7 something is there twice: {names}"
    creators = [creator.text or "" for creator in item.findall(f"{{{DC}}}creator")]
    if "author" in names or not creators or not all(creator.strip() for creator in creators):
        yield f"R4 authors {names['author']}, creators {creators}"
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink") != "false" or not ARTICLE_ID.fullmatch(guid.text or ""):
        yield "R5 the guid is not our tag URI, or not said to be no permalink"
    yield from _dates(item, names, now)
    yield from _addresses(item)
    for category in item.findall("category"):
        if "," in (category.text or "") or not (category.text or "").strip():
            yield f"R11 category {category.text!r}"
    language = item.findtext(f"{{{DC}}}language")
    if language is not None and not LANGUAGE.fullmatch(language):
        yield f"R10 {language!r} is no language"


def _dates(item: etree._Element, names: Counter[str], now: datetime) -> Iterator[str]:
    if names["pubDate"] != 1 or names[f"{{{DC}}}date"] or names[f"{{{ATOM}}}updated"] > 1:
        yield "R7 another number of dates than one"
    if (said := rfc822(item.findtext("pubDate"), now)) is not None:
        yield said
    updated = item.findtext(f"{{{ATOM}}}updated")
    if updated is not None and (said := rfc3339(updated, now)) is not None:
        yield said


def _addresses(item: etree._Element) -> Iterator[str]:
    told = [element.text for element in item.findall("link")]
    told += [element.get("url") for element in (*item.findall("source"), *item.findall(f"{{{MEDIA}}}content"))]
    told += [element.get("href") for element in item.findall(f"{{{ATOM}}}link")]
    yield from (f"R8 {url!r} is no address" for url in told if not web_address(url))
    for link in item.findall(f"{{{ATOM}}}link"):
        if ":" not in str(link.get("rel")):
            yield f"A2 a copy is told as {link.get('rel')!r}"
        yield from markup_breaches(str(link.get("title") or ""), "the title of a link")
    for image in item.findall(f"{{{MEDIA}}}content"):
        if image.get("medium") != "image" or not sized(image):
            yield f"R10 media:content is {image.get('medium')!r}"
    for name in (f"{{{CONTENT}}}encoded", "description"):
        yield from html_breaches(item.findtext(name) or "")
