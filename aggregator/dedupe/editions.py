"""Tells whether two items of one source are one: sent again, published again, or moved to another address."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from aggregator.dedupe import titles
from aggregator.dedupe.index import WINDOW, addresses
from aggregator.dedupe.pair import NO_TIME, Pair
from aggregator.dedupe.slugs import last_segment, same_slug
from aggregator.model import Copy

SAME_DAYS = timedelta(days=3)
UPDATED_CONTAINMENT = 0.3  # an "(updated)" title says why the rest is new
REISSUE_CONTAINMENT = 0.7
SAME_RUNS = 100


def reissue(pair: Pair) -> bool:
    """Whether two items of one source are one: the same title, and the same text, "updated" in one, or a moved page;
    or the same words of the same moment under another title."""
    if titles.marked_updated(pair.a.entry.title) != titles.marked_updated(pair.b.entry.title) and _named_alike(pair):
        return pair.stub or pair.contained >= UPDATED_CONTAINMENT
    if not pair.same_title:
        return _renamed(pair)
    if not pair.stub:
        return pair.contained >= REISSUE_CONTAINMENT
    return pair.comparable and _moved(pair) and (pair.shared > 0 or pair.runs == 0)


def _named_alike(pair: Pair) -> bool:
    if pair.same_title:
        return True
    return same_slug(pair.a.entry.url, pair.b.entry.url) and not pair.conflict and not pair.swapped


def _renamed(pair: Pair) -> bool:
    if not pair.verbatim or pair.runs < SAME_RUNS or pair.apart != NO_TIME:
        return False
    return not pair.conflict and not pair.swapped


def _moved(pair: Pair) -> bool:
    """The same last segment on another host or below another path, or the same moment: all there is to go by where
    texts are missing."""
    if pair.apart == NO_TIME and pair.a.date_precision == pair.b.date_precision == "second":
        return True
    a, b = pair.a.entry.url, pair.b.entry.url
    if not a or not b:
        return False
    if not last_segment(a) or last_segment(a) != last_segment(b):
        return False
    # /2023/05/overview and /2024/05/overview are two; /overview and /blog/overview are one.
    return urlsplit(a).netloc != urlsplit(b).netloc or pair.apart is None or pair.apart < SAME_DAYS


def worth_comparing(a: Copy, b: Copy) -> bool:
    """Whether two items of one source with one title are, even if their texts have nothing in common: the same last
    segment, "updated" in one title, or dates near each other."""
    one, other = a.entry, b.entry
    if abs(a.published_at - b.published_at) <= WINDOW:
        return True
    if titles.marked_updated(one.title) != titles.marked_updated(other.title):
        return True
    return bool(one.url and other.url) and last_segment(one.url) == last_segment(other.url)


def editions(a: Copy, b: Copy) -> bool:
    """Whether two items of one source may stand in one article, although nothing joins them by itself.

    A re-publication under the same slug with -2 or -2024 behind it, where one of the two has no text to compare: a
    third copy that names the one and has the text of the other then joins both.
    """
    if not addresses(a).isdisjoint(addresses(b)):
        return False
    return same_slug(a.entry.url, b.entry.url) and Pair(a, b).stub
