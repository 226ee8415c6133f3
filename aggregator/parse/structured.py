"""Lists of articles that a page states in so many words: JSON-LD (schema.org) and microformats (h-feed)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bs4 import Tag

from aggregator.model import Image, Person, RawEntry, RawText
from aggregator.parse import card as cards
from aggregator.parse.linked_data import Node, objects, text
from aggregator.parse.soup import Page, attribute, said
from aggregator.text import urls
from aggregator.text.html import xml_safe

_MAX_SCRIPTS = 20
_MAX_LENGTH = 512 * 1024
_MAX_NODES = 5_000
_LISTS = frozenset({"Blog", "ItemList", "CollectionPage", "WebPage", "DataFeed", "Collection", "ProfilePage"})
_MEMBERS = ("blogPost", "blogPosts", "itemListElement", "hasPart", "dataFeedElement", "mainEntity")
_WORKS = ("Article", "BlogPosting", "Posting", "CreativeWork", "Report", "WebPage", "PodcastEpisode", "VideoObject")
_FIELD_LENGTH = 2_000


def json_ld(page: Page) -> tuple[RawEntry, ...]:
    """The articles of every list on the page, else every article that it describes, in document order."""
    listed: dict[str, RawEntry] = {}
    alone: dict[str, RawEntry] = {}
    for node in _nodes(page):
        if not _LISTS.isdisjoint(_types(node)):
            for member in _members(node):
                if entry := _entry(member, page):
                    listed.setdefault(entry.url or "", entry)
        elif any(name.endswith(("Article", "BlogPosting")) for name in _types(node)) and (entry := _entry(node, page)):
            alone.setdefault(entry.url or "", entry)
    return tuple((listed or alone).values())


def h_feed(page: Page) -> tuple[RawEntry, ...]:
    """The h-entry items of a page (microformats2), and the hentry ones of its forerunner."""
    found: dict[str, RawEntry] = {}
    for item in page.soup.select(".h-entry, .hentry", limit=1_000):
        if not item.find_parent(class_=["h-entry", "hentry"]) and (entry := _h_entry(item, page)):
            found.setdefault(entry.url or "", entry)
    return tuple(found.values())


# ── JSON-LD ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _nodes(page: Page) -> Iterator[Node]:
    """Every object in the page's scripts, outer ones first."""
    scripts = page.soup.find_all("script", type="application/ld+json", limit=_MAX_SCRIPTS)
    for script in scripts:
        left: deque[Any] = deque([_load(script.get_text()[:_MAX_LENGTH])])
        for _ in range(_MAX_NODES):
            if not left:
                break
            value = left.popleft()
            if isinstance(value, Mapping):
                yield value
            inner: Iterable[Any] = value.values() if isinstance(value, Mapping) else value or ()
            if isinstance(value, Mapping | list):
                left.extend(one for one in inner if isinstance(one, dict | list))


def _load(script: str) -> Any:
    try:
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return None


def _types(node: Node) -> tuple[str, ...]:
    kinds = node.get("@type")
    return tuple(str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])[:10] if kind)


def _members(node: Node) -> Iterator[Node]:
    for name in _MEMBERS:
        for member in objects(node, name)[:1_000]:
            inner = member.get("item")
            if isinstance(inner, Mapping):
                yield {"url": member.get("url"), **inner}
            elif isinstance(inner, str):
                yield {**member, "url": inner, "@type": None}
            elif "ListItem" in _types(member):
                yield {**member, "@type": None}
            else:
                yield member


def _entry(node: Node, page: Page) -> RawEntry | None:
    kinds = _types(node)
    if kinds and not any(name.endswith(_WORKS) for name in kinds):
        return None
    url = next((url for said_ in _addresses(node) if (url := urls.clean(said_, page.base))), None)
    key = urls.key(url) if url else None
    if url is None or key is None or key == urls.key(page.url):
        return None
    return RawEntry(
        guid=None,
        url=url,
        title=RawText(_plain(text(node, "headline", "name"))[: cards.TITLE_LENGTH]),
        summary=RawText(_plain(text(node, "description", "abstract"))),
        published=text(node, "datePublished", "dateCreated", "uploadDate") or None,
        updated=text(node, "dateModified") or None,
        authors=tuple(Person(name) for one in objects(node, "author") if (name := _plain(text(one, "name"))[:200])),
        tags=_tags(node.get("keywords")),
        image=_image(node, page.base),
        base=page.base,
    )


def _addresses(node: Node) -> tuple[str, ...]:
    main = node.get("mainEntityOfPage")
    told = (node.get("url"), main.get("@id") if isinstance(main, Mapping) else main, node.get("@id"))
    return tuple(one for one in told if isinstance(one, str))


def _image(node: Node, base: str) -> Image | None:
    value = node.get("image") or node.get("thumbnailUrl")
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("url") or value.get("contentUrl") if isinstance(value, Mapping) else value
    url = urls.absolute(value, base) if isinstance(value, str) else None
    return Image(url) if url else None


def _tags(value: object) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(word for each in words[:50] if isinstance(each, str) and (word := _plain(each)[:100])))


def _plain(value: str) -> str:
    return " ".join(xml_safe(value[:_FIELD_LENGTH]).split())


# ── microformats ────────────────────────────────────────────────────────────────────────────────────────────────────


def _h_entry(item: Tag, page: Page) -> RawEntry | None:
    link = item.select_one(
        "a.u-url[href], .p-name a[href], .entry-title a[href], a[rel~=bookmark][href], a.p-name[href]"
    )
    if link is None and item.name == "a" and item.get("href"):
        link = item
    url = urls.clean(attribute(link, "href"), page.base) if link else None
    if link is None or url is None or urls.key(url) is None or urls.key(url) == urls.key(page.url):
        return None
    seen = cards.entry(item, link, url, page)
    name = item.select_one(".p-name, .entry-title")
    date = item.select_one(".dt-published, .published, .entry-date")
    summary = item.select_one(".p-summary, .entry-summary")
    return RawEntry(
        guid=None,
        url=url,
        title=RawText(said(name)[: cards.TITLE_LENGTH]) if name and said(name) else seen.title,
        summary=RawText(said(summary)) if summary else seen.summary,
        published=(cards.date_of(date) if date else None) or seen.published,
        authors=seen.authors,
        tags=tuple(dict.fromkeys(said(tag, 100) for tag in item.select(".p-category", limit=20))),
        image=seen.image,
        base=page.base,
    )
