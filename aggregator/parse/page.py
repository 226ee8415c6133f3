"""Reads an article's own page: where it says the original is, and what it says of itself; or that it is no article.

Only the head of the page is asked for addresses: what stands in its body may have been written by a visitor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from bs4 import BeautifulSoup, Tag

from aggregator.errors import Malformed
from aggregator.model import Image, PageFacts, Person, RawText
from aggregator.parse import linked_data, page_date, tree
from aggregator.parse.soup import Page, attribute, page, said, words
from aggregator.text import dates, language, urls
from aggregator.text.html import text_of

_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})
_PARAGRAPH = 8  # words
_SEPARATOR = re.compile(r"\s(?:[|\-–—·•»«]|::)\s")
_Attribute = Callable[[str], str]


def read_page(body: bytes, content_type: str, url: str) -> PageFacts:
    """What the page in ``body``, served as ``content_type`` ("" if unknown) at ``url``, says of the article on it.

    At most 2 MiB of it are read. Raises Malformed for what is no page and TooComplex; nothing else, for any bytes.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in _TYPES:
        raise Malformed(f"{url} is {media_type[:80]}, which is no page to read.")
    read = page(body, content_type, url)
    if read.empty or read.challenge:  # a check for bots or the shell of a program stands where an article should
        return PageFacts(blocked=True)
    return _facts(read)


# ── what it says ────────────────────────────────────────────────────────────────────────────────────────────────────


def _facts(read: Page) -> PageFacts:
    soup, url = read.soup, read.url
    head = soup.head
    tags = tuple(head.find_all(["base", "link", "meta"])) if head else ()
    base = next((_absolute(attribute(tag, "href"), url) for tag in tags if tag.name == "base"), None) or url
    meta = _meta(tags)
    here = urls.key(url)
    scripts = (tag.get_text() for tag in soup.find_all("script") if "ld+json" in attribute(tag, "type").lower())
    data = linked_data.article(scripts, lambda address: here is not None and urls.key(address) == here)
    publisher = _line(meta("og:site_name") or linked_data.text(data, "publisher") or meta("application-name"))
    root = soup.html
    return PageFacts(
        canonical_url=next(_canonicals(tags, base), None),
        og_url=urls.clean(meta("og:url"), base) if meta("og:url") else None,
        title=_title(soup, meta("og:title") or linked_data.text(data, "headline", "name"), (publisher, urls.host(url))),
        summary=_line(meta("og:description") or meta("description") or linked_data.text(data, "description"))
        or _opening(soup),
        image=_image(meta, data, base),
        published=_date(page_date.candidates(read, meta, linked_data.text(data, "datePublished", "dateCreated"))),
        updated=_date([linked_data.text(data, "dateModified"), meta("article:modified_time"), meta("og:updated_time")]),
        authors=_authors(meta, data, base),
        publisher=publisher or None,
        language=language.tag(attribute(root, "lang") if root else "")
        or language.tag(meta("content-language"))
        or language.tag(meta("og:locale")),
    )


def _meta(tags: Iterable[Tag]) -> _Attribute:
    """The first value of a name, under whichever attribute a page gives names."""
    found: dict[str, str] = {}
    for tag in tags:
        if tag.name == "meta" and (content := attribute(tag, "content")):
            for naming in ("property", "name", "itemprop", "http-equiv"):
                if name := attribute(tag, naming).lower():
                    found.setdefault(name, content)
    return lambda name: found.get(name, "")


def _canonicals(tags: Iterable[Tag], base: str) -> Iterator[str]:
    """Addresses of rel=canonical (RFC 6596), in order."""
    for tag in tags:
        if tag.name == "link" and "canonical" in attribute(tag, "rel").lower().split():
            address = urls.clean(attribute(tag, "href"), base) if attribute(tag, "href") else None
            if address:
                yield address


def _absolute(address: str, base: str) -> str | None:
    return urls.absolute(address, base) if address else None


def _line(text: str) -> str:
    return text_of(RawText(text))


def _window_title(soup: BeautifulSoup) -> str:
    title = soup.head.find("title") if soup.head else None  # pictures in the text have titles, too
    return title.get_text() if title else ""


def _title(soup: BeautifulSoup, stated: str, names: Iterable[str]) -> str:
    """The stated title, else the one of the window, as far as a heading repeats it; else without the site's name."""
    title = _line(stated or _window_title(soup))
    headings = {_line(tag.get_text()).casefold() for tag in soup.find_all("h1", limit=5)}
    cuts = list(_SEPARATOR.finditer(title))
    parts = (title, *(title[: cut.start()] for cut in reversed(cuts)), *(title[cut.end() :] for cut in cuts))
    if not title:
        return _line(said(soup.find("h1")))
    heading = next((part for part in parts if part.casefold() in headings), None)
    return heading or _without_site(title, {name.casefold().removeprefix("www.") for name in names if name})


def _without_site(title: str, sites: Collection[str]) -> str:
    cuts = list(_SEPARATOR.finditer(title))
    if cuts and title[cuts[-1].end() :].casefold() in sites:
        return title[: cuts[-1].start()]
    if cuts and title[: cuts[0].start()].casefold() in sites:
        return title[cuts[0].end() :]
    return title


def _opening(soup: BeautifulSoup) -> str:
    """The first paragraph of the article that is more than a line; "" where no element says which part it is."""
    place = soup.find("article") or soup.find("main")
    paragraphs = place.find_all("p", limit=20) if place is not None else []
    shown = (said(one) for one in paragraphs if one.find_parent(["header", "footer", "aside", "nav"]) is None)
    return next((text for text in shown if words(text) >= _PARAGRAPH), "")


def _image(meta: _Attribute, data: linked_data.Node, base: str) -> Image | None:
    stated = meta("og:image:secure_url") or meta("og:image") or meta("og:image:url")
    address = _absolute(stated, base)
    if address:
        width, height = (_pixels(meta(f"og:image:{side}")) for side in ("width", "height"))
        return Image(address, width, height, _line(meta("og:image:alt")) or None)
    others = (
        meta("twitter:image"),
        *(linked_data.text(one, "url", "contentUrl") for one in linked_data.objects(data, "image")),
    )
    found = next((one for other in others if (one := _absolute(other, base))), None)
    return Image(found) if found else None


def _pixels(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 5 and int(value) else None


def _date(candidates: Iterable[str]) -> str | None:
    """The first that is certainly a date, as it stands."""
    return next((one for one in candidates if one and dates.parse(one)), None)


def _authors(meta: _Attribute, data: linked_data.Node, base: str) -> tuple[Person, ...]:
    found: dict[str, Person] = {}
    for one in linked_data.objects(data, "author"):
        who = tree.person(_line(linked_data.text(one, "name")))
        if who and not tree.is_web(who.name):
            found.setdefault(who.name.casefold(), Person(who.name, _absolute(linked_data.text(one, "url"), base)))
    for name in (meta("author"), meta("article:author")):
        who = tree.person(_line(name))
        if who and not found and not tree.is_web(who.name):
            found[who.name.casefold()] = who
    return tuple(found.values())[:20]
