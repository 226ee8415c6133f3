"""Reads an article's own page: where it says the original is, and what it says of itself; or that it is no article.

Only the head of the page is asked for addresses: what stands in its body may have been written by a visitor.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator

from bs4 import BeautifulSoup, Tag
from bs4.exceptions import ParserRejectedMarkup
from lxml import etree

from aggregator.errors import Malformed, TooComplex
from aggregator.model import Image, PageFacts, Person, RawText
from aggregator.parse import charset, linked_data, tree
from aggregator.text import dates, language, urls
from aggregator.text.html import text_of, xml_safe

_MAX_BYTES = 2 * 1024 * 1024
_MAX_TAGS = 40_000  # 1.5 s and 100 MiB; the largest article pages have 10,000
_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})
_TAG = re.compile(r"<[a-zA-Z]")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,8}=\s{0,8}["']?([\w.:-]{1,40})""", re.IGNORECASE)

_SHELL = 200  # characters of text below which a page is none (sources.md 2.3)
_WALL = 2_000  # from which on it is an article, even one about challenges
_CHALLENGE = re.compile(
    r"just a moment\.\.\.|checking (?:your browser|if the site connection is secure)|security checkpoint"
    r"|verify(?:ing)? (?:that )?you are (?:a |not a )?(?:human|robot)|attention required! \| cloudflare"
    r"|enable javascript and cookies to continue|ddos protection by|unusual traffic from your",
    re.IGNORECASE,
)
_CHALLENGE_MARKUP = re.compile(
    r"cf_chl_opt|cf-browser-verification|cf-challenge-|/\.well-known/vercel/security/|_px-?captcha"
)

_SEPARATOR = re.compile(r"\s(?:[|\-–—·•»«]|::)\s")
_Attribute = Callable[[str], str]


def read_page(body: bytes, content_type: str, url: str) -> PageFacts:
    """What the page in ``body``, served as ``content_type`` ("" if unknown) at ``url``, says of the article on it.

    At most 2 MiB of it are read. Raises Malformed for what is no page and TooComplex; nothing else, for any bytes.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in _TYPES:
        raise Malformed(f"{url} is {media_type[:80]}, which is no page to read.")
    markup = _decoded(body[:_MAX_BYTES], content_type)
    soup = _soup(markup, url)
    if _is_wall(soup, markup):
        return PageFacts(blocked=True)
    return _facts(soup, url)


def _decoded(body: bytes, content_type: str) -> str:
    if "charset" not in content_type.lower() and (inside := _META_CHARSET.search(body[:4096])):
        content_type = f"text/html; charset={inside[1].decode('ascii', 'ignore')}"
    return xml_safe(charset.decode(body, content_type))


def _soup(markup: str, url: str) -> BeautifulSoup:
    """The page as a tree. Time and memory of this parser grow with the number of tags and nothing else (measured)."""
    if len(_TAG.findall(markup)) > _MAX_TAGS:
        raise TooComplex(f"{url} is a page with more than {_MAX_TAGS:,} elements; nothing of it was read.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XHTML is read as HTML, as browsers do with what is served so
            return BeautifulSoup(markup, "lxml")
    except (ParserRejectedMarkup, etree.LxmlError, ValueError, AssertionError, RecursionError) as error:
        raise Malformed(f"{url} is no page that can be read ({type(error).__name__}).") from error


# ── is it an article at all ─────────────────────────────────────────────────────────────────────────────────────────


def _is_wall(soup: BeautifulSoup, markup: str) -> bool:
    """Whether a challenge or the empty shell of a program stands where an article should."""
    words = _opening(soup)
    if len(words) < _SHELL:
        return True
    if len(words) >= _WALL:
        return False
    return bool(_CHALLENGE.search(f"{_window_title(soup)}\n{words}") or _CHALLENGE_MARKUP.search(markup))


def _opening(soup: BeautifulSoup) -> str:
    """The first 2,000 characters that a reader sees; what is for browsers without scripts is not for readers."""
    hidden: set[int] = set()
    for tag in soup.find_all("noscript"):
        if id(tag) not in hidden:
            hidden.update(map(id, tag.descendants))
    said = ""
    for string in soup.body.strings if soup.body else ():  # without scripts, styles and templates
        if id(string) not in hidden and (piece := " ".join(string.split())):
            said = f"{said} {piece}" if said else piece
            if len(said) >= _WALL:
                break
    return said[:_WALL]


# ── what it says ────────────────────────────────────────────────────────────────────────────────────────────────────


def _facts(soup: BeautifulSoup, url: str) -> PageFacts:
    head = soup.head
    tags = tuple(head.find_all(["base", "link", "meta"])) if head else ()
    base = next((_absolute(_said(tag, "href"), url) for tag in tags if tag.name == "base"), None) or url
    meta = _meta(tags)
    here = urls.key(url)
    scripts = (tag.get_text() for tag in soup.find_all("script") if "ld+json" in _said(tag, "type").lower())
    data = linked_data.article(scripts, lambda address: here is not None and urls.key(address) == here)
    publisher = _line(meta("og:site_name") or linked_data.text(data, "publisher") or meta("application-name"))
    root = soup.html
    return PageFacts(
        canonical_url=next(_canonicals(tags, base), None),
        og_url=urls.clean(meta("og:url"), base) if meta("og:url") else None,
        title=_title(soup, meta("og:title") or linked_data.text(data, "headline", "name"), (publisher, urls.host(url))),
        summary=_line(meta("og:description") or meta("description") or linked_data.text(data, "description")),
        image=_image(meta, data, base),
        published=_date(_published(soup, meta, data)),
        updated=_date([linked_data.text(data, "dateModified"), meta("article:modified_time"), meta("og:updated_time")]),
        authors=_authors(meta, data, base),
        publisher=publisher or None,
        language=language.tag(_said(root, "lang") if root else "")
        or language.tag(meta("content-language"))
        or language.tag(meta("og:locale")),
    )


def _said(tag: Tag, attribute: str) -> str:
    value = tag.get(attribute)
    return (value if isinstance(value, str) else " ".join(value or ())).strip()


def _meta(tags: Iterable[Tag]) -> _Attribute:
    """The first value of a name, under whichever attribute a page gives names."""
    found: dict[str, str] = {}
    for tag in tags:
        if tag.name == "meta" and (content := _said(tag, "content")):
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                if name := _said(tag, attribute).lower():
                    found.setdefault(name, content)
    return lambda name: found.get(name, "")


def _canonicals(tags: Iterable[Tag], base: str) -> Iterator[str]:
    """Addresses of rel=canonical (RFC 6596), in order."""
    for tag in tags:
        if tag.name == "link" and "canonical" in _said(tag, "rel").lower().split():
            address = urls.clean(_said(tag, "href"), base) if _said(tag, "href") else None
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
    heading = next((part for part in parts if part.casefold() in headings), None)
    return heading or _without_site(title, {name.casefold().removeprefix("www.") for name in names if name})


def _without_site(title: str, sites: Collection[str]) -> str:
    cuts = list(_SEPARATOR.finditer(title))
    if cuts and title[cuts[-1].end() :].casefold() in sites:
        return title[: cuts[-1].start()]
    if cuts and title[: cuts[0].start()].casefold() in sites:
        return title[cuts[0].end() :]
    return title


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


def _published(soup: BeautifulSoup, meta: _Attribute, data: linked_data.Node) -> Iterator[str]:
    yield linked_data.text(data, "datePublished")
    yield meta("article:published_time")
    yield meta("datepublished")
    for place in filter(None, (soup.find("article"), soup.find("main"), soup.body)):
        for tag in place.find_all("time", limit=5):
            yield _said(tag, "datetime")


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
