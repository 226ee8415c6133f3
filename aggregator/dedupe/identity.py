"""Recognises an entry that a source sent before, although its guid, its address, its host or its dates changed.

Feeds regenerate guids on every build, move from http to https, from one host to another, or change the way they make
ids; most readers then show everything again (traps: FreshRSS #5909, feedbin/support #416 and #580). A kept copy
therefore answers to every guid and address it ever had, and at last to its text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from posixpath import basename
from urllib.parse import urlsplit

from aggregator.dedupe import titles
from aggregator.dedupe.index import BODY_SAMPLE, guid_key
from aggregator.model import Copy, Entry
from aggregator.text.fingerprints import containment, jaccard, sample, unpack

SAME_TEXT = 0.9
EDITED_TEXT = 0.3


def distinct_guids(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Make guids unique within one document: where several entries carry one, the address goes with it."""
    counted = Counter(entry.guid for entry in entries)
    taken: set[str] = set()
    result = []
    for entry in entries:
        guid = entry.guid
        if counted[guid] > 1:
            guid = f"{guid} {entry.url or entry.title}"
        if guid in taken:
            continue  # the same item twice in one document
        taken.add(guid)
        result.append(replace(entry, guid=guid))
    return tuple(result)


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
    drafts: Sequence[Copy],
    kept: Sequence[Copy],
    look_under: Callable[[Copy], Iterable[object]],
    score: Callable[[Copy, Copy], float],
) -> Iterator[tuple[Copy, Copy]]:
    """Pairs by falling score, each copy once; only those that share something to look under are compared."""
    found: defaultdict[object, list[Copy]] = defaultdict(list)
    for copy in kept:
        for thing in set(look_under(copy)):
            found[thing].append(copy)
    pairs = {
        (draft.id, copy.id): (draft, copy) for draft in drafts for thing in look_under(draft) for copy in found[thing]
    }
    scored = [(score(draft, copy), draft, copy) for draft, copy in pairs.values()]
    scored.sort(key=lambda row: (-row[0], row[1].entry.guid, row[2].entry.guid))
    done: set[int] = set()
    for points, draft, copy in scored:
        if points > 0 and draft.id not in done and copy.id not in done:
            done.update((draft.id, copy.id))
            yield draft, copy


def _guids(copy: Copy) -> Iterable[object]:
    return (guid_key(copy.source_key, copy.entry.guid), *copy.aliases)


def _addresses(copy: Copy) -> Iterable[object]:
    return (*copy.entry.keys, *copy.aliases)


def _texts(copy: Copy) -> Iterable[object]:
    signature = copy.entry.signature
    return (signature.title_key, *sample(unpack(signature.body), BODY_SAMPLE))


def _by_guid(draft: Copy, copy: Copy) -> float:
    same = draft.entry.guid == copy.entry.guid
    if not same and guid_key(copy.source_key, draft.entry.guid) not in copy.aliases:
        return 0.0
    # A guid that comes back with another address, another title and another text is used again, not edited.
    if not _same_address(draft, copy) and _title_likeness(draft, copy) < 0.5 and _shared(draft, copy) < EDITED_TEXT:
        return 0.0
    return 2.0 if same else 1.0


def _by_address(draft: Copy, copy: Copy) -> float:
    if not _same_address(draft, copy):
        return 0.0
    alike = max(_title_likeness(draft, copy), _shared(draft, copy))
    return alike if alike >= 0.5 else 0.0


def _by_text(draft: Copy, copy: Copy) -> float:
    mine, other = draft.entry.signature, copy.entry.signature
    if mine.title_key != other.title_key:
        left, right = unpack(mine.body), unpack(other.body)
        return jaccard(left, right) if len(left) > 100 and jaccard(left, right) >= SAME_TEXT else 0.0
    if mine.body and other.body:
        return 1.0 if containment(unpack(mine.body), unpack(other.body)) >= SAME_TEXT else 0.0
    return 0.8 if _moved_host(draft.entry.url, copy.entry.url) else 0.0


def _same_address(a: Copy, b: Copy) -> bool:
    return bool({*a.entry.keys, *a.aliases} & {*b.entry.keys, *b.aliases})


def _title_likeness(a: Copy, b: Copy) -> float:
    return titles.similarity(a.entry.signature.title_key, b.entry.signature.title_key)


def _shared(a: Copy, b: Copy) -> float:
    return containment(unpack(a.entry.signature.body), unpack(b.entry.signature.body))


def _moved_host(a: str | None, b: str | None) -> bool:
    """The same last path segment on another host: all that is left to go by when a source carries titles only."""
    if not a or not b:
        return False
    left, right = urlsplit(a), urlsplit(b)
    name = basename(left.path.rstrip("/"))
    return left.netloc != right.netloc and name != "" and name == basename(right.path.rstrip("/"))
