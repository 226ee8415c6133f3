"""Finds the addresses and titles that name many works, and so none: a page that every item links to, "Weekly links".

What is found is kept with the copies (``Copy.crowded``), for the copies that prove it need not be there next time.
Adding a copy can crowd a key and never clears one, so that the order in which copies come makes no difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from aggregator.dedupe.editions import reissue
from aggregator.dedupe.index import title_name
from aggregator.dedupe.pair import Pair
from aggregator.model import Copy

CROWD = 3  # an address that more differently titled entries of one source share belongs to none of them
MANY = 32  # what more entries of one source share, whatever it is, tells none of them from another


def crowded_keys(copies: Iterable[Copy]) -> frozenset[str]:
    """Identity keys and title names that are no identity, found now or earlier."""
    titles_at: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    titled: defaultdict[tuple[str, str], list[Copy]] = defaultdict(list)
    found: set[str] = set()
    for copy in copies:
        title = copy.entry.signature.title_key
        found.update(copy.crowded)
        for key in {*copy.entry.keys, *copy.entry.declared}:
            titles_at[copy.source_key, key].append(title)
        if title:
            titled[copy.source_key, title].append(copy)
    found.update(
        key for (_, key), titles in titles_at.items() if len(titles) > CROWD and (len(titles) > MANY or _differ(titles))
    )
    found.update(
        title_name(several[0].owner, title)
        for (_, title), several in titled.items()
        if len(several) > 1 and (len(several) > MANY or _of_different_works(several))
    )
    return frozenset(found)


def _differ(titles: Iterable[str]) -> bool:
    return len(set(titles)) > CROWD


def sparse(copies: Sequence[Copy], places: Sequence[int]) -> Sequence[int]:
    """Of these places in ``copies`` those of sources that have no more than MANY among them.

    To compare each of a thousand with each takes minutes, and a stranger can send a thousand that are the same.
    """
    if len(places) <= MANY:
        return places
    counted = Counter(copies[place].source_key for place in places)
    return [place for place in places if counted[copies[place].source_key] <= MANY]


def _of_different_works(copies: Sequence[Copy]) -> bool:
    first, *others = sorted(copies, key=lambda copy: copy.entry.guid)
    return not all(reissue(Pair(first, other)) for other in others)


def marked(copies: Iterable[Copy], crowded: frozenset[str]) -> tuple[Copy, ...]:
    """The copies, each knowing which of its keys and titles are crowded."""
    return tuple(_marked(copy, crowded) if crowded else copy for copy in copies)


def _marked(copy: Copy, crowded: frozenset[str]) -> Copy:
    entry = copy.entry
    own = {*entry.keys, *entry.declared, *copy.aliases, title_name(copy.owner, entry.signature.title_key)}
    known = tuple(sorted(own & crowded | set(copy.crowded)))
    return copy if known == copy.crowded else replace(copy, crowded=known)
