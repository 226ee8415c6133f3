"""Decides whose own page is worth one visit, and what the address that a page declares means for its copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from aggregator.dedupe import titles
from aggregator.model import Copy, Entry, PageFacts
from aggregator.poll.steering import Steering
from aggregator.sources import keys_of, on_domain
from aggregator.text import urls
from aggregator.text.hosts import is_private

_SAME_TITLE = 0.5  # of a page that a redirect led to; below it, it is another article or a notice that this one is gone

Said = Literal["nothing", "itself", "no article", "another page", "elsewhere"]


def wanted(copies: Iterable[Copy], known: Iterable[Copy], steer: Steering) -> frozenset[int]:
    """Ids of the ``copies`` whose own page may tell where their original is.

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
    """Not what is written by hand or on the owner's own site, not what says already where its original is.

    And nobody's only source: there is no other copy to find. What a private address (a stand-in, a bridge in the
    house) says of public pages is not followed to them.
    """
    entry, owner, source = copy.entry, steer.owners.get(copy.owner), steer.sources.get(copy.source_key)
    if owner is None or source is None or len(owner.sources) < 2 or not source.feed_url:
        return False
    if entry.url is None or entry.canonical_url or entry.declared or not entry.keys or copy.own_site:
        return False
    if on_domain(entry.url, owner.home_page_url):
        return False
    if is_private(urls.host(source.feed_url)) and not is_private(urls.host(entry.url)):
        return False
    return steer.fit(entry.url)


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
