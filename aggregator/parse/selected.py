"""Reads a page by the selectors of its owner: ``item``, and inside it ``title``, ``link``, ``date`` and the others."""

from __future__ import annotations

from collections.abc import Mapping

import soupsieve
from bs4 import Tag

from aggregator.model import Image, RawEntry, RawText
from aggregator.parse import card as cards
from aggregator.parse.soup import Page, attribute, said
from aggregator.text import urls

NAMES = ("item", "title", "link", "date", "summary", "image")
_MAX_ITEMS = 2_000
_MAX_SELECTOR = 500


def problem(selector: str) -> str | None:
    """What is wrong with ``time@datetime`` (a CSS selector, and an attribute behind ``@``); None if nothing is."""
    css = _split(selector)[0]
    if len(selector) > _MAX_SELECTOR:
        return f"is longer than {_MAX_SELECTOR} characters"
    try:
        soupsieve.compile(css or "*")
    except (soupsieve.SelectorSyntaxError, ValueError) as error:
        return f"is no CSS selector: {str(error).splitlines()[0]}"
    return None


def read(page: Page, selectors: Mapping[str, str]) -> tuple[RawEntry, ...]:
    """The items of the page, in document order; an item without a link to another page is none."""
    found: dict[str, RawEntry] = {}
    for item in page.soup.select(selectors["item"], limit=_MAX_ITEMS):
        entry = _entry(item, page, selectors)
        if entry is not None:
            found.setdefault(entry.url or "", entry)
    return tuple(found.values())


def _entry(item: Tag, page: Page, selectors: Mapping[str, str]) -> RawEntry | None:
    href = _value(item, selectors.get("link", "a@href"), "href")
    url = urls.clean(href, page.base) if href else None
    if url is None:
        return None
    first = item if item.name == "a" else item.find("a", href=True)
    seen = cards.entry(item, first if isinstance(first, Tag) else item, url, page)
    title = _value(item, selectors["title"]) if "title" in selectors else seen.title.value
    summary = _value(item, selectors["summary"]) if "summary" in selectors else seen.summary.value
    date = _value(item, selectors["date"], "datetime") if "date" in selectors else seen.published
    picture = _value(item, selectors["image"], "src") if "image" in selectors else None
    image = urls.absolute(picture, page.base) if picture else None
    return RawEntry(
        guid=None,
        url=url,
        title=RawText((title or seen.title.value)[: cards.TITLE_LENGTH]),
        summary=RawText(summary or ""),
        published=date or None,
        authors=seen.authors,
        image=Image(image) if image else seen.image,
        base=page.base,
    )


def _value(item: Tag, selector: str, usual: str = "") -> str:
    """The attribute or text that a selector names, of the item itself or inside it; "" where there is none."""
    css, name = _split(selector)
    tag = item if not css or soupsieve.match(css, item) else item.select_one(css)
    if tag is None:
        return ""
    if name:
        return attribute(tag, name)
    return (attribute(tag, usual) if usual else "") or said(tag)


def _split(selector: str) -> tuple[str, str]:
    css, at, name = selector.rpartition("@")
    return (css.strip(), name.strip().lower()) if at else (selector.strip(), "")
