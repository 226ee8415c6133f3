"""What one card of a list says of its article: title, date, summary, picture; around a link that is given."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import Tag

from aggregator.model import Image, Person, RawEntry, RawText
from aggregator.parse.soup import Page, attribute, said
from aggregator.text import dates, urls

TITLE_LENGTH = 300
_SUMMARY_LENGTH = 1_000
_SUMMARY_WORDS = 6  # below that it is a label
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LONG_LINK = 20  # words from which on a link is a whole card, and its first line the title
_INLINE = frozenset(("a", "b", "strong", "em", "i", "code", "small", "mark", "u", "abbr", "sup", "sub", "font", "wbr"))
_AROUND = " \t|·•–—-,:/"  # what stands between a date and the words beside it

_LABEL = re.compile(
    r"(?:(?:continue|keep) reading|read (?:more|on|the (?:full |whole )?(?:post|article|story|note)|article|post|story)"
    r"|(?:learn|see|view|show|find out) more|view (?:post|article|details)|details|more|full (?:story|article)"
    r"|permalink|link|open|here|click here|share|comments?|\d+ comments?|no comments|leave a comment|weiterlesen|mehr"
    r"|lire la suite|leer más|saiba mais|continua|#+|\W*)(?: (?:about|of|on|here)\b.{0,80})?\W*\Z",
    re.IGNORECASE,
)
_DATE_ATTRIBUTES = (
    "datetime",
    "data-date",
    "data-datetime",
    "data-published",
    "data-time",
    "data-timestamp",
    "content",
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"[12]\d{3}"
_VISIBLE = re.compile(
    rf"(?<![\w-])(?:{_YEAR}-\d\d-\d\d(?![\w-])|{_YEAR}[./]\d\d[./]\d\d(?!\w)|\d\d?[./]\d\d?[./]{_YEAR}(?!\w)"
    rf"|{_MONTH} {_DAY},? {_YEAR}|{_DAY}(?: of)?[ -]{_MONTH},?[ -]{_YEAR}|{_YEAR}[ -]{_MONTH}[ -]\d\d?(?!\w)"
    rf"|{_MONTH},? {_YEAR}|{_YEAR} ?[年년] ?\d\d? ?[月월](?: ?\d\d? ?[日일])?)",
    re.IGNORECASE,
)
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_-])")
_DATE_LENGTH = 80  # of a text that is about a date and little else
_INNER = (*_HEADINGS, "p", "div", "ul", "a")  # what a paragraph has none of
_LAZY = ("data-src", "data-lazy-src", "data-original", "src")
_NO_PICTURE = re.compile(r"avatar|gravatar|logo|icon|sprite|badge|pixel|spacer|placeholder|emoji", re.IGNORECASE)


def is_label(text: str) -> bool:
    """Whether a link says only that there is more: ``Read more``, ``3 comments``, ``→``."""
    return bool(_LABEL.match(text))


def entry(card: Tag, link: Tag, url: str, page: Page) -> RawEntry:
    """The article behind ``link`` (absolute: ``url``), as the ``card`` around it tells."""
    title = title_of(card, link, url, page.base)
    return RawEntry(
        guid=None,
        url=url,
        title=RawText(title),
        summary=RawText(summary_of(card, title)),
        published=date_of(card) or beside(card) or _in_path(url),
        authors=_authors(card),
        image=image_of(card, page.base),
        base=page.base,
    )


# ── title ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def title_of(card: Tag, link: Tag, url: str, base: str) -> str:
    """The first heading in the card, else what the links to the article say; never ``Read more``."""
    for heading in card.find_all(_HEADINGS, limit=4):
        if (text := undated(heading)) and not is_label(text):
            return text[:TITLE_LENGTH]
    links = [link, *(one for one in card.find_all("a", href=True, limit=20) if one is not link)]
    mine = [one for one in links if one is link or urls.clean(attribute(one, "href"), base) == url]
    told = [text for one in mine if (text := _line(one)) and not is_label(text)]
    if told:
        return told[0][:TITLE_LENGTH]
    return next(_spare_titles(card, mine), "")[:TITLE_LENGTH]


def undated(tag: Tag, most: int = 2_000) -> str:
    """What a reader sees of an element, without the dates that stand in it by themselves."""
    return " ".join(text for text in _pieces(tag, most) if not _is_date(text)).strip(_AROUND)


def _line(link: Tag) -> str:
    """What a link says; of one that is a whole card its first line."""
    text = undated(link, 800)
    inline = _INLINE if len(text.split()) >= _LONG_LINK else _INLINE | {"span"}
    lines: dict[int, list[str]] = {}
    for string in link.strings:
        if piece := " ".join(string.split()):
            block = next((tag for tag in string.parents if tag.name not in inline or tag is link), link)
            lines.setdefault(id(block), []).append(piece)
    told = [" ".join(pieces) for pieces in lines.values() if not _is_date(" ".join(pieces))]
    if len(told) < 2:
        return text
    return next((line for line in told if any(map(str.isalpha, line)) and not is_label(line)), text)


def _pieces(tag: Tag, most: int) -> Iterator[str]:
    length = 0
    for string in tag.stripped_strings:
        yield " ".join(string.split())
        length += len(string)
        if length > most:
            return


def _is_date(text: str) -> bool:
    text = text.strip(_AROUND)
    return (
        len(text) <= _DATE_LENGTH and bool(text) and (bool(_VISIBLE.fullmatch(text)) or dates.parse(text) is not None)
    )


def _spare_titles(card: Tag, links: list[Tag]) -> Iterator[str]:
    for link in links:
        for name in ("aria-label", "title"):
            if (text := attribute(link, name)) and not is_label(text):
                yield text
    for strong in card.find_all(["strong", "b", "dt"], limit=3):
        if (text := said(strong)) and not is_label(text):
            yield text
    for picture in card.find_all("img", limit=3):
        if text := attribute(picture, "alt"):
            yield text


# ── date ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def date_of(card: Tag) -> str | None:
    """The first date in a card, as it stands there: of ``<time>``, of an attribute, of a text that is about one."""
    for time in ([card] if card.name == "time" else []) + card.find_all("time", limit=3):
        for value in (attribute(time, "datetime"), said(time)):
            if found := _dated(value):
                return found
    for tag in [card, *card.select("[itemprop=datePublished]", limit=2), *_told(card)]:
        for name in _DATE_ATTRIBUTES:
            if (value := attribute(tag, name)) and dates.parse(value):
                return value
    return _visible(card)


def _told(card: Tag) -> list[Tag]:
    return card.find_all(
        lambda tag: any(name.startswith("data-") and name in _DATE_ATTRIBUTES for name in tag.attrs), limit=3
    )


def _visible(card: Tag) -> str | None:
    for string in card.stripped_strings:
        if len(string) <= _DATE_LENGTH and (found := _dated(string)):
            return found
    return None


def _dated(text: str) -> str | None:
    """The date that a text is, or has in it."""
    text = " ".join(text.split())
    if not text or len(text) > 2 * _DATE_LENGTH or not any(character.isdigit() for character in text):
        return None
    if dates.parse(text) and not text.isdigit():
        return text
    found = _VISIBLE.search(text)
    return found[0] if found and dates.parse(found[0]) else None


def beside(card: Tag) -> str | None:
    """A date that stands right before the card, or right after it on its line: ``<dt>``, a cell, plain text."""
    before = card.previous_sibling
    for _ in range(3):
        if before is None:
            break
        text = said(before) if isinstance(before, Tag) else " ".join(str(before).split())
        if text:
            linked = isinstance(before, Tag) and (before.name == "a" or before.find("a"))
            return _dated(text) if len(text) <= _DATE_LENGTH and not linked else None
        before = before.previous_sibling
    return None


def _in_path(url: str) -> str | None:
    found = _IN_PATH.search(url)
    value = f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else ""
    return value if dates.parse(value) else None


# ── the rest ────────────────────────────────────────────────────────────────────────────────────────────────────────


def summary_of(card: Tag, title: str) -> str:
    """The first paragraph that is more than a label and not the title again."""
    for block in card.find_all(["p", "blockquote", "dd", "div", "span"], limit=60):
        if block.name not in ("p", "blockquote") and block.find(_INNER):
            continue
        text = undated(block, _SUMMARY_LENGTH)[:_SUMMARY_LENGTH]
        words = len(text.split())
        label = words < _SUMMARY_WORDS or (words < 2 * _SUMMARY_WORDS and _VISIBLE.search(text))
        if not label and title not in text[: len(title) + 5]:
            return text
    return ""


def image_of(card: Tag, base: str) -> Image | None:
    """The first picture of a card that is no logo and no face."""
    for picture in card.find_all("img", limit=5):
        address = next(
            (found for name in _LAZY if (found := attribute(picture, name)) and not found.startswith("data:")), ""
        )
        if not address:
            address = attribute(picture, "srcset").partition(" ")[0].rstrip(",")
        url = urls.absolute(address, base) if address else None
        if url and not _NO_PICTURE.search(f"{address} {attribute(picture, 'class')}"):
            return Image(url, alt=attribute(picture, "alt") or None)
    return None


def _authors(card: Tag) -> tuple[Person, ...]:
    told = card.select_one('[rel~="author"], [itemprop="author"], .p-author')
    name = said(told)[:200] if told else ""
    return (Person(name),) if name else ()
