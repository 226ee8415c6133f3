"""Decides whose own page is worth one visit, and what the address that a page declares means for its copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from aggregator.dedupe import titles
from aggregator.dedupe.slugs import untitled
from aggregator.model import Copy, Entry, PageFacts
from aggregator.poll.steering import Steering
from aggregator.sources import keys_of, kinds, on_domain
from aggregator.text import urls
from aggregator.text.hosts import is_private

_SAME_TITLE = 0.5  # of a page that a redirect led to; below it, it is another article or a notice that this one is gone

Said = Literal["nothing", "itself", "no article", "another page", "elsewhere"]


def wanted(copies: Iterable[Copy], known: Iterable[Copy], steer: Steering) -> frozenset[int]:
    """Ids of the ``copies`` whose own page may tell where their original is, or what a list did not say of them.

    Of several copies at one address (two feeds of one platform) it is one, and none if a ``known`` one is.
    """
    settled = (copy for copy in known if copy.entry.declared or _is_wanted(copy, steer))
    taken = {key for copy in settled for key in copy.entry.keys}
    found: set[int] = set()
    for copy in copies:
        if _is_wanted(copy, steer) and taken.isdisjoint(copy.entry.keys):
            taken.update(copy.entry.keys)
            found.add(copy.id)
    return frozenset(found)


def _is_wanted(copy: Copy, steer: Steering) -> bool:
    """Whether a page may be read, and may tell something.

    What a private address (a stand-in, a bridge in the house) says of public pages is not followed to them.
    """
    entry, source = copy.entry, steer.sources.get(copy.source_key)
    if source is None or not source.feed_url or entry.url is None or not entry.keys or not steer.fit(entry.url):
        return False
    if is_private(urls.host(source.feed_url)) and not is_private(urls.host(entry.url)):
        return False
    return untold(copy) or _may_name_original(copy, steer)


def untold(copy: Copy) -> bool:
    """Whether a list of articles left out of this one what the article's own page may say."""
    entry, kind = copy.entry, kinds().get(copy.kind)
    if kind is None or not kind.reads_pages or entry.content_html:
        return False
    return copy.date_precision == "unknown" or not entry.summary or untitled(entry)


def _may_name_original(copy: Copy, steer: Steering) -> bool:
    """Not of what is on the owner's own site, nor of what says already where its original is.

    And nobody's only source: there is no other copy to find.
    """
    entry, owner = copy.entry, steer.owners.get(copy.owner)
    if owner is None or len(owner.sources) < 2 or entry.canonical_url or entry.declared or copy.own_site:
        return False
    return entry.url is not None and not on_domain(entry.url, owner.home_page_url)


def said(entry: Entry, facts: PageFacts, asked: str, landed: str, fit: Callable[[str], bool]) -> Said:
    """What the page of ``entry``, asked for at one address and read at another, says of where the original is.

    Home pages, listings and addresses that are nobody's for long say nothing.
    """
    if facts.canonical_url is None:
        return "nothing"
    keys = keys_of(facts.canonical_url)
    if not keys or not fit(facts.canonical_url):
        return "no article"
    if not set(keys).isdisjoint(entry.keys):
        return "itself"
    if urls.key(asked) != urls.key(landed) and _likeness(entry.title, facts.title) < _SAME_TITLE:
        return "another page"
    return "elsewhere"


def _likeness(a: str, b: str) -> float:
    return titles.similarity(titles.title_key(a), titles.title_key(b))
