"""Reads sitemaps (sitemaps.org 0.9): which of a site's pages are articles, and since when, if that can be believed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from aggregator.errors import Malformed, NoListing, TooComplex
from aggregator.model import RawEntry
from aggregator.parse import charset
from aggregator.text import dates, urls
from aggregator.text.tables import words

_ROOT = re.compile(r"<(?:\w{1,20}:)?(urlset|sitemapindex)[\s>]")
_LOOK = 4_000
_MAX_BYTES = 10 * 1024 * 1024
_MAX_ENTRIES = 2_000  # newest first where dates can be believed, else those that stand first
_MAX_URLS = 50_000  # sitemaps.org
_TRUE_DAYS = 0.2  # of all entries; below it lastmod is the day of a build (sources.md 2.3)
_FOLDERS = words("article articles blog blogs essays journal news notes post posts stories til weblog writing writings")
_NO_ARTICLE = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|users?|page|search|archives?|topics?|series|feed|about|contact|privacy|imprint"
    r"|terms|legal|now|uses|projects?|404)(?:/|\.html?$|$)",
    re.IGNORECASE,
)
_POSTS = re.compile(r"post|article|blog|news|stories|notes", re.IGNORECASE)
_OTHERS = re.compile(r"tag|categor|author|image|video|page-|product|taxonom|attachment", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Place:
    """One address of a sitemap."""

    url: str
    changed: str | None


def is_sitemap(text: str) -> bool:
    """Whether a document begins like a sitemap or a list of sitemaps."""
    return bool(_ROOT.search(text[:_LOOK]))


def read(body: bytes, content_type: str, url: str, folder: str = "") -> tuple[tuple[RawEntry, ...], str]:
    """The articles of a sitemap, and the folder in which they stand ("" where no folder stands out).

    ``folder`` is the one that was found before. Raises Malformed, NoListing and TooComplex.
    """
    text = charset.decode(body[:_MAX_BYTES], content_type)
    root = _tree(text, url)
    if _name(root) == "sitemapindex":
        raise NoListing(f"{url} is a list of sitemaps; name the one that has the articles")
    places = [place for place in _places(root, url) if _may_be_article(place.url)]
    chosen = folder if folder and any(_in(place.url, folder) for place in places) else _folder(places)
    mine = [place for place in places if _in(place.url, chosen)] if chosen else places
    if not mine:
        raise NoListing(f"{url} names no page that could be an article")
    believed = _believed(mine)
    if believed:
        mine = sorted(mine, key=lambda place: _moment(place.changed), reverse=True)
    return tuple(
        RawEntry(guid=None, url=place.url, published=place.changed if believed else None, base=url)
        for place in mine[:_MAX_ENTRIES]
    ), chosen


def children(body: bytes, content_type: str, url: str, most: int = 3) -> tuple[str, ...]:
    """Of a list of sitemaps those that have the articles, newest first; () for anything else. Raises TooComplex."""
    text = charset.decode(body[:_MAX_BYTES], content_type)
    try:
        root = _tree(text, url) if is_sitemap(text) else None
    except Malformed:
        return ()
    if root is None or _name(root) != "sitemapindex":
        return ()
    places = _places(root, url)
    likely = [place for place in places if _POSTS.search(urlsplit(place.url).path)]
    likely = likely or [place for place in places if not _OTHERS.search(urlsplit(place.url).path)] or list(places)
    likely.sort(key=lambda place: (_moment(place.changed), _last_number(place.url)), reverse=True)
    return tuple(place.url for place in likely[:most])


def joined(parts: Sequence[bytes]) -> bytes:
    """Several sitemaps as one, in this order."""
    root = etree.Element("urlset", nsmap={None: "http://www.sitemaps.org/schemas/sitemap/0.9"})
    for part in parts:
        try:
            found = _places(_tree(charset.decode(part[:_MAX_BYTES], ""), ""), "")
        except (Malformed, TooComplex):
            continue
        for place in found:
            one = etree.SubElement(root, "url")
            etree.SubElement(one, "loc").text = place.url
            if place.changed:
                etree.SubElement(one, "lastmod").text = place.changed
    return etree.tostring(root, encoding="utf-8")


def _tree(text: str, url: str) -> etree._Element:
    found = _ROOT.search(text, 0, _LOOK)
    if found is None:
        raise Malformed(f"{url} is no sitemap")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(text[found.start() :].encode(errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed(f"{url} is a sitemap that cannot be read") from error
    if root is None:
        raise Malformed(f"{url} is a sitemap that cannot be read")
    return root


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _places(root: etree._Element, base: str) -> tuple[Place, ...]:
    found: dict[str, Place] = {}
    for element in list(root)[:_MAX_URLS]:
        said = {_name(child): (child.text or "").strip() for child in element if isinstance(child.tag, str)}
        url = urls.clean(said.get("loc", ""), base or None) if said.get("loc") else None
        if url is not None:
            changed = said.get("lastmod")
            found.setdefault(url, Place(url, changed if changed and dates.parse(changed) else None))
    return tuple(found.values())


def _may_be_article(url: str) -> bool:
    path = urlsplit(url).path
    last = path.strip("/").rpartition("/")[2]
    return urls.key(url) is not None and not urls.is_home(url) and not _NO_ARTICLE.search(path) and last not in _FOLDERS


def _folder(places: Sequence[Place]) -> str:
    """Where the articles stand: the folder of a blog, else the one that most addresses share."""
    counted: Counter[str] = Counter()
    for place in places:
        above = urlsplit(place.url).path.strip("/").split("/")[:-1]
        counted.update("/" + "/".join(above[:depth]) + "/" for depth in range(1, len(above) + 1))
    named = [folder for folder in counted if folder.strip("/").rpartition("/")[2] in _FOLDERS]
    if named:
        return max(named, key=lambda folder: (counted[folder], -len(folder)))
    best = max(counted, key=lambda folder: (counted[folder], -len(folder)), default="")
    return best if best and counted[best] >= 0.6 * len(places) else ""


def _in(url: str, folder: str) -> bool:
    path = urlsplit(url).path
    return path.startswith(folder) and len(path) > len(folder)


def _believed(places: Sequence[Place]) -> bool:
    days = {(place.changed or "")[:10] for place in places if place.changed}
    return bool(days) and len(days) >= max(_TRUE_DAYS * len(places), 1) and (len(days) > 1 or len(places) == 1)


def _moment(value: str | None) -> float:
    found = dates.parse(value)
    return found.at.timestamp() if found else 0.0


def _last_number(url: str) -> int:
    numbers = _NUMBER.findall(urlsplit(url).path)
    return int(numbers[-1][:9]) if numbers else 0
