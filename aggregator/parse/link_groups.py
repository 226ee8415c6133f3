"""Learns which of the links of a page are its articles, and finds the same ones again on the next visit.

Links that stand in the same place of the structure form a group; the group that looks most like a list of articles
wins (sources.md 2.2: many distinct links, titles of several words, dates beside them, and not in a menu).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import log2
from statistics import fmean
from urllib.parse import urlsplit

from bs4 import Tag

from aggregator.parse import card as cards
from aggregator.parse import years
from aggregator.parse.soup import Page, above, attribute, said, words
from aggregator.text import urls

LEAST = 2  # links of a group
_MOST_LINKS = 4_000
_LEVELS = 6  # elements of a path, the link counted
_LOOKED_AT = 14  # groups whose cards are read
_SAMPLE = 60  # cards of a group that are looked at to judge it
_FRAME = ("html", "body", "main")
_SETS = ("nav", "footer", "aside", "menu")
_AWAY = re.compile(
    r"(?:^|[-_])(?:nav(?:bar|igation)?|(?:sub)?menu|footer|sidebar|breadcrumbs?|pagination|pager|social|shar(?:e|ing)"
    r"|tag(?:s|cloud)|categor(?:y|ies)|related|comments?|cookies?|legal|languages?|dropdown|toc|widget|masthead|author"
    r"|byline|blogroll|sponsors?|login)(?:$|[-_])",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"(?:^|[-_])(?:btn|button|tag|categor(?:y|ies)|share|social|nav|menu|dropdown)(?:$|[-_])|^page(?:-link|-item|-numbers?)?$",
    re.IGNORECASE,
)
_OF_ONE_POST = ("category-", "tag-", "post-", "type-", "author-", "format-", "wp-")  # on a card: what it is about
_LISTS = re.compile(
    r"(?:^|[-_ ])(?:posts?|articles?|entr(?:y|ies)|h-entry|hentry|blog|story|stories|notes?|episodes?|news|archive)",
    re.IGNORECASE,
)
_NO_ARTICLE = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|users?|page|search|login|signin|signup|register|account|cart|wp-admin|feed|rss)(?:/|$|\?)",
    re.IGNORECASE,
)
_FILES = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|zip|gz|mp3|mp4|css|js|xml|rss|atom|ics)(?:$|\?)", re.IGNORECASE)
_FORMAT = re.compile(r"\W*(?:pdf|ps|html|epub|slides?|video|audio|code|bib(?:tex)?|doi)\W*\Z", re.IGNORECASE)
_ANY = True  # 05/04/2026 is a date, whichever
_WORDED = re.compile(r"[^/_-][_-][^/_-]+[_-][^/_-]+[^/]*/?$|/(?:19|20)\d\d/")  # three words, or a year: made of a title
_CHANGING = re.compile(
    r"\d{2,}|^(?:odd|even|first|last|active|current|sticky|featured|category-|tag-|post-|format-|status-|is-|has-)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page that may lead to an article."""

    tag: Tag
    url: str
    text: str
    around: tuple[Tag, ...]  # innermost first
    away: bool  # in a menu, a footer, a row of buttons


@dataclass(slots=True)
class Group:
    """The links of one place in the structure."""

    path: str
    links: list[Link] = field(default_factory=list)

    @property
    def addresses(self) -> frozenset[str]:
        """Where they lead."""
        return frozenset(link.url for link in self.links)


def links_of(page: Page) -> list[Link]:
    """Every link that may lead to an article of its own: not to this page, a file, a tag, a sign-in."""
    here = (urls.key(page.url) or "").partition("#")[0]
    found: list[Link] = []
    judged: dict[int, bool] = {}
    for tag in page.soup.find_all("a", href=True, limit=_MOST_LINKS):
        href = attribute(tag, "href")
        url = urls.clean(href, page.base) if href and not href.startswith("#") else None
        if url is None or _FORMAT.match(said(tag, 20)) or _FILES.search(url) or _NO_ARTICLE.search(urlsplit(url).path):
            continue
        key = urls.key(url)
        if key is None and urls.host(url) == urls.host(page.url):
            continue
        if key is None or key.partition("#")[0] != here:
            around = tuple(above(tag))
            found.append(Link(tag, url, said(tag, 400), around, _stands_away(tag, around, judged, len(page.text) // 3)))
    return found


def paths(link: Link) -> tuple[str, str]:
    """Where a link stands: with the classes of the elements around it, and without."""
    chain_ = [link.tag, *link.around][:_LEVELS]
    exact = ">".join(_named(tag) for tag in reversed(chain_))
    return exact, ">".join(tag.name for tag in reversed([link.tag, *link.around]))


def _named(tag: Tag) -> str:
    if tag.name in _FRAME:
        return tag.name
    stable = sorted(name for name in attribute(tag, "class").split() if not _CHANGING.search(name))
    return ".".join([tag.name, *stable[:6]])


def again(path: str, links: Sequence[Link]) -> Group:
    """The links that stand where ``path`` says."""
    return Group(path, [link for link in links if path in paths(link)])


# ── learning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def learn(page: Page, links: Sequence[Link], known: frozenset[str] = frozenset()) -> tuple[Group, float] | None:
    """The group that is most likely the articles, with how likely (0 to 1); None if none is.

    ``known``: keys of addresses that are articles for certain.
    """
    groups: dict[str, Group] = {}
    for link in links:
        for path in paths(link):
            groups.setdefault(path, Group(path)).links.append(link)
    likely = [group for group in groups.values() if len(group.addresses) >= LEAST]
    own = urls.host(page.url).removeprefix("www.")
    quick = sorted(likely, key=lambda group: _quick(group) * _met(group, known), reverse=True)
    judged = [(_score(group, own) * _met(group, known), group) for group in _different(quick)]
    score, best = max(judged, key=lambda one: one[0], default=(0.0, None))
    return (best, min(score / 4, 1.0)) if best is not None and score >= _ENOUGH else None


_ENOUGH = 0.8


def _different(groups: Iterable[Group]) -> list[Group]:
    """The first few, each set of links once."""
    found: dict[tuple[int, ...], Group] = {}
    for group in groups:
        found.setdefault(tuple(id(link.tag) for link in group.links), group)
        if len(found) >= _LOOKED_AT:
            break
    return list(found.values())


def _met(group: Group, known: frozenset[str]) -> float:
    met = sum(1 for url in group.addresses if (urls.key(url) or url) in known) if known else 0
    return 1 + 3 * met / len(known) if met else 1.0


def _quick(group: Group) -> float:
    length = fmean(min(words(link.text), 12) for link in group.links)
    return log2(1 + len(group.addresses)) * (0.3 + length) * (0.2 if _is_away(group) else 1)


def _score(group: Group, own: str) -> float:
    """From 0 up; about 1 for what may be a list of articles, 4 for what can be nothing else."""
    count = len(group.addresses)
    said_ = [(link, card) for link, card in cards_of(group)][:_SAMPLE]
    titles = [cards.title_of(card, link.tag, link.url, "") for link, card in said_]
    length = fmean(min(words(title), 10) for title in titles)
    distinct = len(set(titles)) / len(titles)
    dated = sum(_is_dated(link, card) for link, card in said_) / len(said_)
    body = fmean(min(words(said(card, 600)), 40) for _, card in said_)
    heads = sum(1 for _, card in said_ if card.find(["h1", "h2", "h3", "h4", "h5", "h6"])) / len(said_)
    listed = _share(group, lambda tag: tag.name == "article" or bool(_LISTS.search(_classes(tag))))
    inside = sum(1 for url in group.addresses if urls.host(url).removeprefix("www.") == own) / count
    worded = sum(1 for url in group.addresses if _WORDED.search(urlsplit(url).path)) / count
    score = log2(1 + min(count, 60)) / 3 * distinct**2 * (0.15 + min(length, 6) / 6)
    score *= 1 + 0.8 * dated + 0.5 * heads + 0.4 * listed + 0.4 * inside + 0.4 * worded + 0.5 * min(body / 25, 1)
    if _is_away(group):
        score *= 0.2
    score *= 1 - 0.8 * sum(map(_is_prose, group.links)) / len(group.links)
    if count < 3 and not (listed or dated > 0.5 or body > 12):
        score *= 0.3
    return score


def _is_dated(link: Link, card: Tag) -> bool:
    """Whether a card shows a date; which one, the language and the headings of the page decide later."""
    return bool(cards.date_of(card, _ANY) or cards.beside(card, _ANY) or years.date_under(card, link.tag, "2000", _ANY))


def _share(group: Group, wanted: Callable[[Tag], bool]) -> float:
    return sum(1 for link in group.links if any(wanted(tag) for tag in link.around[:5])) / len(group.links)


def _classes(tag: Tag) -> str:
    return f"{attribute(tag, 'class')} {attribute(tag, 'id')}"


def _is_away(group: Group) -> bool:
    """Whether most of the links stand in a menu, a footer, a row of buttons."""
    return sum(link.away for link in group.links) > len(group.links) / 2


def _stands_away(tag: Tag, around: Sequence[Tag], judged: dict[int, bool], large: int) -> bool:
    if any(_BUTTON.search(name) for name in attribute(tag, "class").split()):
        return True
    for place, outer in enumerate(around):
        if outer.name in _FRAME:
            return False
        if id(outer) not in judged:
            judged[id(outer)] = _is_set_aside(outer, around[place:], large)
        if judged[id(outer)]:
            return True
    return False


def _is_set_aside(tag: Tag, around: Sequence[Tag], large: int) -> bool:
    if tag.name == "header":  # that of an article is none of the page, and one that holds the page is none at all
        return not any(one.name in ("article", "section", "li", "main") for one in around) and len(said(tag)) < large
    names = (name for name in _classes(tag).split() if not name.startswith(_OF_ONE_POST))
    return tag.name in _SETS or any(map(_AWAY.search, names))


def _is_prose(link: Link) -> bool:
    """Whether a link stands in the middle of a sentence."""
    if link.tag.parent is None or link.tag.parent.name != "p":
        return False
    before = "".join(str(one) for one in link.tag.previous_siblings if not isinstance(one, Tag))
    return len(before.split()) > 3


# ── cards ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def cards_of(group: Group) -> list[tuple[Link, Tag]]:
    """Each address once, with the largest element that has no other address of the group in it."""
    inside: defaultdict[int, set[str]] = defaultdict(set)
    for link in group.links:
        for tag in link.around:
            inside[id(tag)].add(link.url)
    best: dict[str, Link] = {}
    for link in group.links:
        held = best.get(link.url)
        if held is None or (cards.is_label(held.text) and not cards.is_label(link.text)):
            best[link.url] = link
    found = []
    for link in best.values():
        card = link.tag
        for tag in link.around:
            if len(inside[id(tag)]) > 1 or tag.name in _FRAME:
                break
            card = tag
        found.append((link, card))
    return found
