"""Reads a page without a feed: the ladder from what the page states down to the links it has (sources.md 2.3).

The rung that gave articles once is kept as a rule and climbed again on every visit. Another one is looked for only when
the rule gives nothing, or less than half of what it gave last; what is then found must share articles with what was
known, or the page is not believed: a rebuilt site, an error page, a parking page must not pass for a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.errors import NoListing, Walled
from aggregator.model import RawEntry, Rule
from aggregator.parse import card as cards
from aggregator.parse import charset, link_groups, selected, sitemap, structured, years
from aggregator.parse.link_groups import Group, Link
from aggregator.parse.paging import older_page
from aggregator.parse.soup import Page, attribute, page, said
from aggregator.text import language, urls

KNOWN = 30  # addresses that a rule remembers
PATIENCE = 3  # reads without any known article after which another list is believed
_ENOUGH = 3  # entries for a rung to be the one
_SURE = 0.5
_LIKELY = 0.3
_MAX_ENTRIES = 1_000
_SOME = 0.3  # of the known articles that a list found anew must share


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles of a page, how they were found, and how to find them the next time."""

    entries: tuple[RawEntry, ...]
    rung: str
    confidence: float  # 0 to 1
    rule: Rule
    title: str = ""
    language: str | None = None
    next_url: str | None = None  # of what is older


def read_listing(body: bytes, content_type: str, url: str, rule: Rule | None = None) -> Listing:
    """The articles that the page or sitemap at ``url`` lists; at most 2 MiB of a page are read.

    ``rule`` is how it was read before, or holds the owner's selectors. Raises ParseError, with one sentence: Walled for
    a check for bots, NoListing for a page without a list, Malformed, TooComplex; nothing else, for any bytes.
    """
    if sitemap.is_sitemap(charset.decode(body[:4_000], content_type)):
        return _sitemap(body, content_type, url, rule)
    read = page(body, content_type, url)
    if read.challenge:
        raise Walled(f"{url} shows a check for bots instead of its page; what is known stays, it is asked again later")
    found = _by_selectors(read, rule) if rule is not None and rule.options else _climbed(read, rule)
    return replace(found, title=_title(read), language=_language(read), next_url=older_page(read))


def _sitemap(body: bytes, content_type: str, url: str, rule: Rule | None) -> Listing:
    options = rule.options if rule is not None else ()
    entries, folder = sitemap.read(body, content_type, url, rule.path if rule is not None else "")
    return Listing(entries, "sitemap", _SURE, _rule("sitemap", entries, folder, options))


def _by_selectors(read: Page, rule: Rule) -> Listing:
    entries = selected.read(read, dict(rule.options))
    if not entries:
        what = "is an empty shell that a program fills" if read.empty else "has no item for the selectors in the config"
        raise NoListing(f"{read.url} {what}; what is known stays. If the page was rebuilt, write new selectors")
    return Listing(entries, "selectors", 1.0, _rule("selectors", entries, "", rule.options))


# ── the ladder ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _climbed(read: Page, rule: Rule | None) -> Listing:
    links = link_groups.links_of(read)
    if rule is not None and rule.found:
        kept = _again(read, links, rule)
        if 2 * len(kept) >= rule.found:
            return Listing(kept, rule.rung, 1.0, _rule(rule.rung, kept, rule.path))
    known = frozenset(rule.known) if rule is not None else frozenset()
    best = _best(read, links, known)
    if best is None:
        raise NoListing(_nothing(read, known))
    if rule is not None and known and not _is_believed(best, rule):
        raise NoListing(
            f"{read.url} was rebuilt: none of the articles known from it stands in the list that it has now. What is "
            "known stays; if the address is right, it is read anew after a few more visits, or use `page:` selectors"
        )
    return best


def _again(read: Page, links: Sequence[Link], rule: Rule) -> tuple[RawEntry, ...]:
    """What a rule gives now."""
    if rule.rung == "links":
        return _told(link_groups.again(rule.path, links), read)
    rung = _STATED.get(rule.rung)
    return _completed(rung(read), links, read) if rung is not None else ()


def _best(read: Page, links: Sequence[Link], known: frozenset[str]) -> Listing | None:
    """The first rung with enough entries; a longer list of links that has nearly all of them goes before it."""
    learnt = link_groups.learn(read, links, known)
    linked = None
    if learnt is not None:
        entries = _told(learnt[0], read)
        linked = Listing(entries, "links", learnt[1], _rule("links", entries, learnt[0].path))
    few: Listing | None = None
    for name, rung in _STATED.items():
        entries = _completed(rung(read), links, read)
        stated = Listing(entries, name, 0.95, _rule(name, entries))
        if len(entries) >= _ENOUGH:
            return linked if linked is not None and _has_more(linked, stated) else stated
        few = few or (stated if entries else None)
    return linked or few


_STATED: Mapping[str, Callable[[Page], tuple[RawEntry, ...]]] = {
    "json-ld": structured.json_ld,
    "h-feed": structured.h_feed,
}


def _has_more(linked: Listing, stated: Listing) -> bool:
    mine, theirs = _keys(linked.entries), _keys(stated.entries)
    return len(mine) >= 2 * len(theirs) and len(mine & theirs) >= 0.6 * len(theirs)


def _told(group: Group, read: Page) -> tuple[RawEntry, ...]:
    """The entries of a group of links; a link that says nothing names no article."""
    found = link_groups.cards_of(group)
    entries = [cards.entry(card, link.tag, link.url, read) for link, card in found]
    if not all(entry.published for entry in entries):
        years_ = years.above(read, (card for _, card in found))
        entries = [
            replace(entry, published=years.date_under(card, link.tag, years_[id(card)], read.day_first))
            if entry.published is None and id(card) in years_
            else entry
            for entry, (link, card) in zip(entries, found, strict=True)
        ]
    return tuple(entry for entry in entries if entry.title.value)[:_MAX_ENTRIES]


def _completed(entries: Sequence[RawEntry], links: Sequence[Link], read: Page) -> tuple[RawEntry, ...]:
    """With what their cards show where the statement is silent; nothing if most have no title even so."""
    if any(not (entry.title.value and entry.published and entry.summary.value and entry.image) for entry in entries):
        wanted = {urls.key(entry.url or "") for entry in entries}
        group = Group("", [link for link in links if urls.key(link.url) in wanted])
        shown = {urls.key(entry.url or ""): entry for entry in _told(group, read)}
        entries = [_filled(entry, shown.get(urls.key(entry.url or ""))) for entry in entries]
    titled = tuple(entry for entry in entries if entry.title.value)
    return titled[:_MAX_ENTRIES] if 2 * len(titled) > len(entries) else ()


def _filled(entry: RawEntry, shown: RawEntry | None) -> RawEntry:
    if shown is None:
        return entry
    return replace(
        entry,
        title=entry.title if entry.title.value else shown.title,
        summary=entry.summary if entry.summary.value else shown.summary,
        published=entry.published or shown.published,
        image=entry.image or shown.image,
        authors=entry.authors or shown.authors,
    )


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rule(rung: str, entries: Sequence[RawEntry], path: str = "", options: tuple[tuple[str, str], ...] = ()) -> Rule:
    known = tuple(dict.fromkeys(key for entry in entries if (key := urls.key(entry.url or ""))))
    return Rule(rung, path, known[:KNOWN], len(entries), options)


def _is_believed(found: Listing, rule: Rule) -> bool:
    """Whether a list that was found anew is the one that was known, or has been there long enough to be another."""
    shared = len(_keys(found.entries) & set(rule.known))
    if shared >= max(1, _SOME * min(len(rule.known), len(found.entries))):
        return True
    return rule.misses + 1 >= PATIENCE and found.confidence >= _LIKELY


def _keys(entries: Sequence[RawEntry]) -> set[str]:
    return {key for entry in entries if (key := urls.key(entry.url or ""))}


# ── the page itself ─────────────────────────────────────────────────────────────────────────────────────────────────


def _nothing(read: Page, known: frozenset[str]) -> str:
    stays = "; what is known stays" if known else ""
    if read.empty:
        return (
            f"{read.url} is an empty shell that a program fills in a browser, so there is no list to read{stays}. "
            "Give the address of its feed or sitemap"
        )
    return (
        f"{read.url} has no list of articles that can be recognised{stays}. "
        "Give the page that lists them, or say where they are with `page:` selectors"
    )


def _title(read: Page) -> str:
    name = read.soup.find("meta", property="og:site_name")
    return (attribute(name, "content") if name else "") or said(read.soup.title)[:200]


def _language(read: Page) -> str | None:
    return language.tag(attribute(read.soup.html, "lang")) if read.soup.html else None
