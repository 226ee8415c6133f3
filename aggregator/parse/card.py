"""What one card of a list says of its article: title, date, summary, picture; around a link that is given."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import Tag

from aggregator.model import Image, Person, RawEntry, RawText
from aggregator.parse.soup import Page, attribute, said, words
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
    r"|permalink|link|open|here|click here|share|comments?|\d+ comments?|no comments|leave a comment"
    r"|(?:artikel |beitrag )?(?:weiter)?lesen|mehr(?: erfahren| lesen)?|lire (?:la suite|l['’]article)|en savoir plus"
    r"|(?:leer|ver|saber) más|seguir leyendo|(?:leia|saiba|ler|ver) mais|ler (?:o )?artigo|continuar (?:a ler|lendo)"
    r"|(?:continua(?: a leggere)?|leggi (?:tutto|di più|l['’]articolo))|lees (?:meer|verder)|läs mer"
    r"|l[æe]s mere?|lue lisää|czytaj (?:dalej|więcej)|číst dál|citește mai (?:mult|departe)|devamını oku"
    r"|читать (?:далее|дальше)|подробнее|читати далі|続きを読む|もっと(?:読む|見る)|阅读(?:全文|更多)|继续阅读"
    r"|閱讀(?:全文|更多)|더 ?(?:보기|읽기)|#+|\W*)(?: (?:about|of|on|here)\b.{0,80})?\W*\Z",
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
_NUMBERS = re.compile(r"(?<![\w./-])(\d\d?)[/-](\d\d?)[/-]((?:19|20)\d\d)(?![\w/-])")
_YEAR = re.compile(r"\W{0,3}((?:199|20[0-4])\d)\W{0,3}")
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
        published=date_of(card, page.day_first) or beside(card, page.day_first) or _in_path(url),
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
    inline = _INLINE if words(text) >= _LONG_LINK else _INLINE | {"span"}
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
    return len(text) <= _DATE_LENGTH and bool(_NUMBERS.fullmatch(text) or dates.parse(text))


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


def date_of(card: Tag, day_first: bool | None = None) -> str | None:
    """The first date in a card, as it stands there: of ``<time>``, of an attribute, of a text that is about one.

    ``day_first`` says how ``05/04/2026`` is meant there; such a date is then given as 2026-04-05.
    """
    for time in ([card] if card.name == "time" else []) + card.find_all("time", limit=3):
        for value in (attribute(time, "datetime"), said(time)):
            if found := dated(value, day_first):
                return found
    for tag in [card, *card.select("[itemprop=datePublished]", limit=2), *_told(card)]:
        for name in _DATE_ATTRIBUTES:
            if (value := attribute(tag, name)) and dates.parse(value):
                return value
    return _visible(card, day_first)


def _told(card: Tag) -> list[Tag]:
    return card.find_all(
        lambda tag: any(name.startswith("data-") and name in _DATE_ATTRIBUTES for name in tag.attrs), limit=3
    )


def _visible(card: Tag, day_first: bool | None) -> str | None:
    year = None
    for string in card.stripped_strings:
        if len(string) <= _DATE_LENGTH and (found := dated(string, day_first)):
            return found
        year = year or _YEAR.fullmatch(string)
    return year[1] if year else None


def dated(text: str, day_first: bool | None = None) -> str | None:
    """The date that a text is, or has in it; None for a text that is about more than a date."""
    text = " ".join(text.split())
    if not text or len(text) > 2 * _DATE_LENGTH or not any(character.isdigit() for character in text):
        return None
    if dates.parse(text) and not text.isdigit():
        return text
    if (found := dates.within(text)) or day_first is None:
        return found
    numbers = _NUMBERS.search(text)
    if numbers is None:
        return None
    day, month = (numbers[1], numbers[2]) if day_first else (numbers[2], numbers[1])
    whole = f"{numbers[3]}-{month:0>2}-{day:0>2}"
    return whole if dates.parse(whole) else None


def beside(card: Tag, day_first: bool | None = None) -> str | None:
    """A date that stands right before the card, or right after it on its line: ``<dt>``, a cell, plain text."""
    before = card.previous_sibling
    for _ in range(3):
        if before is None:
            break
        text = said(before) if isinstance(before, Tag) else " ".join(str(before).split())
        if text:
            linked = isinstance(before, Tag) and (before.name == "a" or before.find("a"))
            return dated(text, day_first) if len(text) <= _DATE_LENGTH and not linked else None
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
        text = _prose(block)
        length = words(text)
        label = length < _SUMMARY_WORDS or (length < 2 * _SUMMARY_WORDS and dates.within(text))
        if not label and title not in text[: len(title) + 5]:
            return text
    rest = _rest(card, title)
    return rest if words(rest) >= _SUMMARY_WORDS else ""


def _prose(block: Tag) -> str:
    """What a paragraph says, without dates and without the link to the rest of it."""
    pieces = [text for text in _pieces(block, _SUMMARY_LENGTH) if not _is_date(text)]
    while len(pieces) > 1 and is_label(pieces[-1]):
        pieces.pop()
    return " ".join(pieces).strip(_AROUND)[:_SUMMARY_LENGTH]


def _rest(card: Tag, title: str) -> str:
    """What follows the title in the same element, where nobody put an element around it."""
    pieces: list[str] = []
    for string in card.strings:
        if string.parent is not None and (string.parent is card or string.parent.name in _INLINE - {"a"}):
            text = " ".join(string.split())
            if text and text != title and not _is_date(text.strip("()[]")):
                pieces.append(text)
    return " ".join(pieces).strip(_AROUND)[:_SUMMARY_LENGTH]


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
