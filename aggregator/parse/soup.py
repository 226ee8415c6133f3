"""Bytes to a bounded tree of a page: what every way of reading pages without a feed begins with."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.exceptions import ParserRejectedMarkup
from lxml import etree

from aggregator.errors import Malformed, TooComplex
from aggregator.parse import charset
from aggregator.text import urls
from aggregator.text.html import xml_safe

MAX_BYTES = 2 * 1024 * 1024
_MAX_TAGS = 40_000  # of a tree that takes 1.5 s and 100 MiB
_MAX_DEPTH = 200
_TAG = re.compile(r"<[a-zA-Z]")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,8}=\s{0,8}["']?([\w.:-]{1,40})""", re.IGNORECASE)
_SHELL = 200  # characters of text below which a page says nothing (sources.md 2.3)
_WALL = 2_000  # from which on it is no challenge, even if it is about one
_CHALLENGE = re.compile(
    r"just a moment\.\.\.|checking (?:your browser|if the site connection is secure)|security checkpoint"
    r"|verify(?:ing)? (?:that )?you are (?:a |not a )?(?:human|robot)|attention required! \| cloudflare"
    r"|enable javascript and cookies to continue|ddos protection by|unusual traffic from your",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"(?<![\d/.-])(\d\d)[/-](\d\d)[/-](?:19|20)\d\d(?![\d/-])")
_DAYS_BEFORE_MONTHS = "ar ca cs da de el es fi fr he hi id it nb nl no pl pt ro ru sk th tr uk vi"
_DAY_FIRST = frozenset(_DAYS_BEFORE_MONTHS.split())
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")  # scripts that put no space between words
_CHALLENGE_MARKUP = re.compile(
    r"cf_chl_opt|cf-browser-verification|cf-challenge-|/\.well-known/vercel/security/|_px-?captcha"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a tree, with what its addresses stand on."""

    soup: BeautifulSoup
    url: str
    base: str
    text: str  # the first 2,000 characters that a reader sees
    challenge: bool  # a check for bots
    day_first: bool | None = None  # how its ``05/04/2026`` is to be read; None: nobody knows

    @property
    def empty(self) -> bool:
        """Whether it is the shell of a program that would fill it in a browser."""
        return len(self.text) < _SHELL


def page(body: bytes, content_type: str, url: str) -> Page:
    """The page in ``body``; at most 2 MiB of it. Raises Malformed and TooComplex."""
    markup = decoded(body, content_type)
    if len(_TAG.findall(markup)) > _MAX_TAGS:
        raise TooComplex(f"{url} is a page with more than {_MAX_TAGS:,} elements; nothing of it was read.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XHTML is read as HTML, as browsers do with what is served so
            soup = BeautifulSoup(markup, "lxml")
    except (ParserRejectedMarkup, etree.LxmlError, ValueError, AssertionError, RecursionError) as error:
        raise Malformed(f"{url} is no page that can be read ({type(error).__name__}).") from error
    base = soup.find("base", href=True)
    text = _opening(soup)
    wall = len(text) < _WALL and (_CHALLENGE.search(f"{said(soup.title)}\n{text}") or _CHALLENGE_MARKUP.search(markup))
    stands_on = (urls.absolute(attribute(base, "href"), url) if base else None) or url
    return Page(soup, url, stands_on, text, bool(wall), _day_first(markup, soup))


def _day_first(markup: str, soup: BeautifulSoup) -> bool | None:
    """By the other dates of the page, where one number can be no month; else by its language and country."""
    told = {first > "12" for first, second in _SLASHED.findall(markup) if (first > "12") != (second > "12")}
    if told:
        return told == {True} if len(told) == 1 else None
    language, _, country = (attribute(soup.html, "lang") if soup.html else "").lower().partition("-")
    if language == "en":
        return None if not country else country not in ("us", "ph")
    return True if language in _DAY_FIRST else None


def decoded(body: bytes, content_type: str) -> str:
    """The characters of a page, its own word on their encoding heard."""
    body = body[:MAX_BYTES]
    if "charset" not in content_type.lower() and (inside := _META_CHARSET.search(body[:4096])):
        content_type = f"text/html; charset={inside[1].decode('ascii', 'ignore')}"
    return xml_safe(charset.decode(body, content_type))


def attribute(tag: Tag, name: str) -> str:
    """The value of an attribute, "" where there is none."""
    value = tag.get(name)
    return (value if isinstance(value, str) else " ".join(value or ())).strip()


def said(tag: Tag | None, most: int = 2_000) -> str:
    """What a reader sees of an element, on one line."""
    if tag is None:
        return ""
    words: list[str] = []
    length = 0
    for piece in tag.stripped_strings:
        words.append(" ".join(piece.split()))
        length += len(piece) + 1
        if length >= most:
            break
    return " ".join(words)[:most]


def words(text: str) -> int:
    """How many words a text has; where words are not apart two letters count as one."""
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def above(tag: Tag) -> list[Tag]:
    """The elements around one, innermost first; the document itself left out."""
    found: list[Tag] = []
    parent = tag.parent
    while parent is not None and parent.parent is not None and len(found) < _MAX_DEPTH:
        found.append(parent)
        parent = parent.parent
    return found


def _opening(soup: BeautifulSoup) -> str:
    hidden: set[int] = set()
    for tag in soup.find_all("noscript"):
        if id(tag) not in hidden:
            hidden.update(map(id, tag.descendants))
    text = ""
    for string in soup.body.strings if soup.body else ():
        if id(string) not in hidden and (piece := " ".join(string.split())):
            text = f"{text} {piece}" if text else piece
            if len(text) >= _WALL:
                break
    return text[:_WALL]
