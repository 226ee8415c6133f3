"""Recognises an entry that a source sent before, although its guid, its address, its host or its dates changed.

Feeds regenerate guids on every build, move from http to https, from one host to another, or change the way they make
ids; most readers then show everything again (traps: FreshRSS #5909, feedbin/support #416 and #580). A kept copy
therefore answers to every guid and address it ever had, and at last to its text.

What is taken for a kept copy overwrites it, so it must be sure: an entry that is not recognised becomes a copy of its
own, and matching still finds that the two are one article.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from aggregator.dedupe import titles
from aggregator.dedupe.editions import reissue
from aggregator.dedupe.index import addresses, guid_key, samples_of
from aggregator.dedupe.pair import NO_TIME, Pair
from aggregator.dedupe.slugs import last_segment
from aggregator.model import Copy, Entry

SAME_TEXT = 0.9
EDITED_TEXT = 0.3
LIKE_TITLE = 0.5

Score = Callable[[Copy, Copy], float]


def distinct_guids(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Make guids unique within one document: where several entries carry one, the address goes with it, or the title.

    The same item twice (guid, address and title) is one.
    """
    result = {(entry.guid, entry.url, entry.title): entry for entry in reversed(entries)}
    kept = tuple(reversed(result.values()))
    by_guid = Counter(entry.guid for entry in kept)
    by_address = Counter((entry.guid, entry.url) for entry in kept)
    taken = {guid for guid, count in by_guid.items() if count == 1}

    def distinct(entry: Entry) -> Entry:
        if by_guid[entry.guid] == 1:
            return entry
        alone = entry.url and by_address[entry.guid, entry.url] == 1
        guid = shared_guid(entry.guid, entry.url, None if alone else entry.title)
        while guid in taken:
            guid += "'"
        taken.add(guid)
        return replace(entry, guid=guid)

    return tuple(map(distinct, kept))


def shared_guid(guid: str, *marks: str | None) -> str:
    """The guid of one of several entries that share ``guid``."""
    return " ".join((guid, *filter(None, marks)))


def recognise(drafts: Sequence[Copy], kept: Sequence[Copy]) -> dict[int, Copy]:
    """Which kept copy of the same source each draft is; drafts that are new are left out. One to one.

    The passes go from the surest evidence to the weakest, and a kept copy that a surer pass took, or that stands in
    the document itself, is no candidate for a weaker one.
    """
    matched: dict[int, Copy] = {}
    left = list(kept)
    for look_under, score in ((_guids, _by_guid), (_addresses, _by_address), (_texts, _by_text)):
        waiting = [draft for draft in drafts if draft.id not in matched]
        for draft, copy in _best(waiting, left, look_under, score):
            matched[draft.id] = copy
        taken = {copy.id for copy in matched.values()}
        left = [copy for copy in left if copy.id not in taken]
    return matched


def _best(
    drafts: Sequence[Copy], kept: Sequence[Copy], look_under: Callable[[Copy], Iterable[object]], score: Score
) -> Iterator[tuple[Copy, Copy]]:
    """Pairs by falling score, each copy once; only those that share something to look under are compared."""
    found: defaultdict[tuple[str, object], list[Copy]] = defaultdict(list)
    for copy in kept:
        for thing in set(look_under(copy)):
            found[copy.source_key, thing].append(copy)
    pairs = {
        (draft.id, copy.id): (draft, copy)
        for draft in drafts
        for thing in look_under(draft)
        for copy in found.get((draft.source_key, thing), ())
    }
    scored = [(score(draft, copy), draft, copy) for draft, copy in pairs.values()]
    scored.sort(key=lambda row: (-row[0], row[1].entry.guid, row[2].entry.guid, row[2].id))
    done: set[int] = set()
    for points, draft, copy in scored:
        if points > 0 and draft.id not in done and copy.id not in done:
            done.update((draft.id, copy.id))
            yield draft, copy


def _guids(copy: Copy) -> Iterable[object]:
    return (guid_key(copy.source_key, copy.entry.guid), *copy.aliases)


def _addresses(copy: Copy) -> Iterable[object]:
    return addresses(copy)


def _texts(copy: Copy) -> Iterable[object]:
    return (copy.entry.signature.title_key, *samples_of(copy.entry))


def _by_guid(draft: Copy, copy: Copy) -> float:
    same = draft.entry.guid == copy.entry.guid
    if not same and guid_key(copy.source_key, draft.entry.guid) not in copy.aliases:
        return 0.0
    pair = Pair(draft, copy)
    stays = not addresses(draft).isdisjoint(addresses(copy))
    if same and stays:
        return 3.0
    # A guid that comes back with another address and another title needs the text to be an edit, and not a new entry
    # of a feed that gives one guid to all.
    return 2.0 * same + stays + 0.5 if _edited(pair, EDITED_TEXT) else 0.0


def _by_address(draft: Copy, copy: Copy) -> float:
    if addresses(draft).isdisjoint(addresses(copy)):
        return 0.0
    pair = Pair(draft, copy)
    return max(pair.ratio, pair.contained) if _edited(pair, SAME_TEXT) else 0.0


def _edited(pair: Pair, least: float) -> bool:
    """Whether two entries under one guid or address may be one that was edited: a title or a text like before."""
    if pair.same_title or pair.a.entry.title == pair.b.entry.title or (pair.contained >= least and not pair.stub):
        return True
    return titles.overlap(*pair.titles) >= LIKE_TITLE and not pair.conflict and not pair.swapped


def _by_text(draft: Copy, copy: Copy) -> float:
    """The same title and text, of the same moment or under the same last part of an address. What differs in more is a
    copy of its own, and matching finds that the two are one article."""
    pair = Pair(draft, copy)
    same_words = draft.entry.signature.digest == copy.entry.signature.digest
    if not pair.same_title or not (same_words or (pair.contained >= SAME_TEXT and not pair.stub)):
        return 0.0
    stays = pair.apart == NO_TIME or last_segment(draft.entry.url) == last_segment(copy.entry.url)
    return 0.5 + 0.5 * pair.jaccard if stays and reissue(pair) else 0.0
