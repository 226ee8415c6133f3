"""What RSS and Atom must both hold: addresses, dates, names of things, and the HTML inside of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html.entities import name2codepoint
from urllib.parse import urlsplit

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from aggregator.text.tables import words

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
FH = "http://purl.org/syndication/history/1.0"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# RFC 4151 section 2.1, with the form that contract section 5.1 gives an article's.
ARTICLE_ID = re.compile(r"tag:[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:article/[0-9A-HJKMNP-TV-Z]{26}")
LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?(?:-[0-9a-z]{4,8})*"
)
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
# What the W3C validator calls bad characters, and what no HTML may hold: C1, DEL, U+FFFD, noncharacters.
DOUBTFUL = re.compile("[\x7f-\x9f\ufffd\ufdd0-\ufdef]|[^\x00-\uffff](?<=[\U0001fffe\U0001ffff\U0010fffe\U0010ffff])")
_END_TAG = re.compile(r"</\w+>")
_ENTITY = re.compile(r"&(#?\w+)")
_EMAIL = re.compile(r"<[\w.+'-]+@[\w.-]+>")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DANGEROUS = words(
    """
    applet base button embed form frame frameset iframe input link math meta noscript object option param script
    select style svg template textarea
    """
)
_ADDRESSES = ("href", "src", "poster", "cite", "data", "action", "formaction", "background", "longdesc")
_SELF_LINK = "self"


def read(data: bytes) -> etree._Element:
    """The document, by a parser that forgives nothing (R13: one illegal character and it refuses)."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def web_address(url: str | None) -> bool:
    """Whether it is absolute, http(s), has a host, and needs no escaping."""
    if not url or not re.fullmatch(
        r"https?://[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#]+", url, re.IGNORECASE
    ):  # the characters of RFC 2396, and no others
        return False
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def markup_breaches(text: str, where: str) -> Iterator[str]:
    """ContainsHTML, ContainsEmail: what stands where no type can say that it is HTML, and looks like it."""
    words = _ENTITY.findall(text)
    if _END_TAG.search(text) or any(word in name2codepoint or word == "apos" or not word.isalpha() for word in words):
        yield f"R2 {where} {text!r} looks like HTML"
    if _EMAIL.search(text):
        yield f"R4 {where} {text!r} holds an e-mail address"


def html_breaches(html: str) -> Iterator[str]:
    """R8: what stands in HTML that must not."""
    tree = LexborHTMLParser(html)
    for node in tree.css("*"):
        attributes = node.attributes
        if node.tag in _DANGEROUS:
            yield f"R8 <{node.tag}> in the content"
        for name, value in attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc"):
                yield f"R8 {name}= on <{node.tag}>"
            if name in _ADDRESSES and not (web_address(value) or (value or "").startswith("mailto:")):
                yield f"R8 {name}={value!r} on <{node.tag}>"
            if name == "srcset":
                parts = [one.split()[0] for one in (value or "").split(",") if one.strip()]
                yield from (f"R8 srcset {one!r}" for one in parts if not web_address(one))


def rfc822(value: str | None, now: datetime) -> str | None:
    """R6: what is wrong with a date of RSS; None: nothing."""
    try:
        at = parsedate_to_datetime(value or "")
    except ValueError:
        return f"R6 {value!r} is no date"
    if at.tzinfo is None or format_datetime(at.astimezone(UTC), usegmt=True) != value:
        return f"R6 {value!r} is not spelled {format_datetime(at.astimezone(UTC), usegmt=True)!r}"
    return f"R6 {value!r} is in the future" if at > now else None


def rfc3339(value: str | None, now: datetime) -> str | None:
    """A4: what is wrong with a date of Atom; None: nothing."""
    if not _RFC3339.fullmatch(value or ""):
        return f"A4 {value!r} is no moment in UTC"
    return f"A4 {value!r} is in the future" if datetime.fromisoformat(value or "") > now else None


def illegal(root: etree._Element) -> Iterator[str]:
    """R13, for what a lenient parser would let through."""
    for element in root.iter():
        for text in filter(None, (element.text, element.tail, *map(str, element.attrib.values()))):
            if ILLEGAL.search(text) or DOUBTFUL.search(text):
                yield f"R13 {ILLEGAL.findall(text)} {DOUBTFUL.findall(text)} in <{element.tag!r}>"


def sized(image: etree._Element) -> bool:
    """Whether the size of an image, as far as it is told, is in whole pixels."""
    return all(re.fullmatch("[1-9][0-9]*", str(image.get(name) or "1")) for name in ("width", "height"))


def links(parent: etree._Element, rel: str) -> list[str]:
    """The addresses of its Atom links with this relation."""
    return [str(link.get("href")) for link in parent.findall(f"{{{ATOM}}}link") if link.get("rel") == rel]


def self_breaches(parent: etree._Element, address: str, media_type: str, row: str) -> Iterator[str]:
    """R1: one self link, of the right type, byte for byte the address that was asked for."""
    if links(parent, _SELF_LINK) != [address]:
        yield f"{row} self is {links(parent, _SELF_LINK)}, not {address}"
    for link in parent.findall(f"{{{ATOM}}}link"):
        if link.get("rel") in (_SELF_LINK, "first", "next") and link.get("type") != media_type:
            yield f"{row} {link.get('rel')} is of type {link.get('type')}"
        if not web_address(link.get("href")):
            yield f"{row} {link.get('href')!r} is no address"
        if link.get("title") is not None:
            yield from markup_breaches(str(link.get("title")), "the title of a link")
    yield from _paging(parent, address)


def _paging(parent: etree._Element, address: str) -> Iterator[str]:
    """A6 (RFC 5005): what is complete has no other page, and a page that is not the first says where that is."""
    complete, later = parent.find(f"{{{FH}}}complete") is not None, "cursor=" in address or "/after/" in address
    others = [*links(parent, "first"), *links(parent, "next")]
    if complete and (others or later):
        yield f"A6 it is complete, and there are other pages: {others}"
    if bool(links(parent, "first")) is not later or address in others:
        yield f"A6 first is {links(parent, 'first')}, next is {links(parent, 'next')} on {address}"
