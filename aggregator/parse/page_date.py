"""Finds when the article on a page was published: what programs are told, then what a reader sees by its title."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from bs4 import Tag
from bs4.element import NavigableString

from aggregator.parse.card import dated
from aggregator.parse.soup import Page, attribute, said

# Besides Open Graph: Dublin Core, Highwire Press, Parse.ly, Sailthru and plain names that site generators write.
_META = (
    "article:published_time", "article:published", "og:article:published_time", "og:published_time", "datepublished",
    "date.published", "dcterms.issued", "dcterms.created", "dcterms.date", "dc.date.issued", "dc.date.created",
    "dc.date", "citation_publication_date", "citation_online_date", "citation_date", "parsely-pub-date",
    "sailthru.date", "publish-date", "publish_date", "publication_date", "pubdate", "date",
)  # fmt: skip
_NAMED = re.compile(
    r"(?:^|[-_])(?:date|published|pubdate|posted(?:-?on)?|timestamp|byline|dateline|post-?meta|entry-?meta|meta)(?:$|[-_])"
    r"|(?:post|publish|article|entry|created)_?date",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\W*(?:last )?(?:updated?|modified|edited|revised|changed"
    r"|aktualisiert|geändert|mis à jour|actualizado|atualizado)\b",
    re.IGNORECASE,
)
_ASIDE = ("aside", "footer", "nav", "form", "template", "script", "style", "noscript")
_AFTER, _BEFORE = 14, 6  # pieces of text on either side of the title
_LOOKED_AT = 12  # elements that are named for a date


def candidates(page: Page, meta: Callable[[str], str], stated: str) -> Iterator[str]:
    """What may be the date, best first, as it stands; ``stated`` is what the page's JSON-LD says."""
    yield stated
    yield from map(meta, _META)
    soup = page.soup
    for tag in soup.select("[itemprop~=datePublished], .dt-published", limit=3):
        yield from _of(tag, page)
    places = [place for place in (soup.find("article"), soup.find("main"), soup.body) if place is not None]
    for place in places:
        for tag in place.find_all("time", limit=5):
            if not _is_aside(tag, place) and not _CHANGED.match(said(tag.parent, 80)):
                yield from _of(tag, page)
    for place in places:
        yield from _by_title(place, page)
        yield from _by_name(place, page)


def _of(tag: Tag, page: Page) -> Iterator[str]:
    for name in ("datetime", "content"):
        yield attribute(tag, name)
    yield dated(said(tag, 200), page.day_first) or ""


def _by_title(place: Tag, page: Page) -> Iterator[str]:
    """A short line below or above the first heading, such as ``By Asha · 12 March 2024``."""
    heading = place.find("h1") or place.find("h2")
    if heading is None:
        return
    inside = set(map(id, heading.descendants))
    after = (one for one in heading.next_elements if isinstance(one, NavigableString) and id(one) not in inside)
    before = (one for one in heading.previous_elements if isinstance(one, NavigableString))
    for strings, most in ((after, _AFTER), (before, _BEFORE)):
        shown = (one for one in strings if one.strip() and place in one.parents and not _is_aside(one, place))
        for one in islice(shown, most):
            text = " ".join(one.split())
            if not _CHANGED.match(text) and (found := dated(text, page.day_first)):
                yield found


def _by_name(place: Tag, page: Page) -> Iterator[str]:
    named = place.find_all(class_=_NAMED, limit=_LOOKED_AT)
    for tag in named:
        text = said(tag, 200)
        if not _is_aside(tag, place) and not _CHANGED.match(text) and (found := dated(text, page.day_first)):
            yield found


def _is_aside(one: Tag | NavigableString, place: Tag) -> bool:
    """Whether it stands in a part of the page that is about other things; an article's own footer is not."""
    outer = one.find_parent(_ASIDE)
    return outer is not None and outer is not place and (outer.name != "footer" or outer.find_parent("article") is None)
