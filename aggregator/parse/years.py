"""Reads dates that stand under their year: a heading ``2026``, and below it ``Apr 11`` or ``03/02`` beside a title."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import Tag
from bs4.element import NavigableString

from aggregator.parse.card import dated
from aggregator.parse.soup import Page
from aggregator.text import dates

_YEAR = re.compile(r"\W*((?:19|20)\d\d)\s?[年년]?\W*")
_LONGEST = 24  # characters of a day without its year
_NUMBERS = re.compile(r"(\d\d?)([/.-])(\d\d?)\.?")
_ELSEWHERE = ("a", "option", "script", "style")  # a row of years to choose from is no heading


def above(page: Page, cards: Iterable[Tag]) -> dict[int, str]:
    """The year under which each card stands, by its identity; those under none are not in it. One pass."""
    wanted = set(map(id, cards))
    found: dict[int, str] = {}
    year = ""
    for one in page.soup.descendants:
        if id(one) in wanted:
            if year:
                found[id(one)] = year
        elif isinstance(one, NavigableString) and len(one) < _LONGEST and not one.find_parent(_ELSEWHERE):
            match = _YEAR.fullmatch(one)
            year = match[1] if match else year
    return found


def date_under(card: Tag, link: Tag, year: str, day_first: bool | None) -> str | None:
    """The day that a card tells, completed by its year; None where it tells none."""
    inside = set(map(id, link.strings))
    for string in card.strings:
        text = " ".join(string.split()).strip(" ()[]·•–—-,:|")
        if not text or len(text) > _LONGEST or id(string) in inside:
            continue
        if (numbers := _NUMBERS.fullmatch(text)) is not None:
            first, between, second = numbers.groups()
            if between == "-" or (between == "/" and day_first is None):
                whole = f"{year}-{first:0>2}-{second:0>2}" if between == "-" and day_first is not True else ""
            else:
                whole = f"{first}{between}{second}{between}{year}"
            if whole and (found := dated(whole, day_first)):
                return found
        for whole in (f"{text} {year}", f"{year}年{text}", f"{year}년 {text}"):
            if dates.parse(whole) is not None:
                return whole
    return None
