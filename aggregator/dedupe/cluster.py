"""Groups copies into articles: a function of the set of copies and the owner's word, never of their order.

The strongest evidence is taken first; a link that would put two items of one source into one article is refused
unless those two are the same item sent twice. Ties are broken by what a copy is (source and guid), not by when it
came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aggregator.dedupe.evidence import STRENGTH, Finding, editions, judge
from aggregator.dedupe.index import index_of, probes
from aggregator.model import Copy

CROWD = 3  # an address that more differently titled entries than this share belongs to none of them

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Groups:
    """The outcome: which copies are one article, and what was found for every pair that mattered."""

    groups: tuple[tuple[Copy, ...], ...]
    findings: Mapping[Pair, Finding]
    linked: frozenset[Pair]  # pairs with evidence enough, taken or not


def cluster(
    copies: Iterable[Copy],
    same: Sequence[frozenset[str]] = (),
    different: Sequence[frozenset[str]] = (),
) -> Groups:
    """Group ``copies``; ``same`` and ``different`` are the owner's sets of identity keys: stronger than evidence."""
    ordered = sorted(copies, key=lambda copy: (copy.source_key, copy.entry.guid))
    crowded = crowded_keys(ordered)
    findings: dict[Pair, Finding] = {}
    for a, b in _candidates(ordered, [*same, *different]):
        finding = _told(a, b, same, different) or judge(a, b, crowded)
        if finding.rule is not None or finding.against is not None:
            findings[_pair(a, b)] = finding
    return _group(ordered, findings)


def _candidates(copies: Sequence[Copy], told: Sequence[frozenset[str]]) -> list[tuple[Copy, Copy]]:
    """The pairs that share anything under which one looks for the other: what the store would find, too."""
    found_under: defaultdict[str | int, list[int]] = defaultdict(list)
    for place, copy in enumerate(copies):
        rows = index_of(copy)
        under: set[str | int] = {*rows.keys, *rows.samples, *_told_keys(copy, told)}
        for key in under:
            found_under[key].append(place)
    pairs: set[tuple[int, int]] = set()
    for place, copy in enumerate(copies):
        wanted = probes([copy])
        look: set[str | int] = {*wanted.keys, *wanted.samples, *_told_keys(copy, told)}
        for key in look:
            pairs.update((min(place, other), max(place, other)) for other in found_under.get(key, ()) if other != place)
    return [(copies[a], copies[b]) for a, b in sorted(pairs)]


def _told_keys(copy: Copy, told: Sequence[frozenset[str]]) -> list[str]:
    own = {*copy.entry.keys, *copy.aliases}
    return [f"told:{number}" for number, keys in enumerate(told) if own & keys]


def crowded_keys(copies: Sequence[Copy]) -> frozenset[str]:
    """Identity keys shared by more than three differently titled entries (a category page linked by every post)."""
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for copy in copies:
        for key in copy.entry.keys:
            titles[key].add(copy.entry.signature.title_key)
    return frozenset(key for key, named in titles.items() if len(named) > CROWD)


def _pair(a: Copy, b: Copy) -> Pair:
    return (a.id, b.id) if a.id < b.id else (b.id, a.id)


def _told(a: Copy, b: Copy, same: Sequence[frozenset[str]], different: Sequence[frozenset[str]]) -> Finding | None:
    """The owner's word on two copies, by any address either has or had."""
    mine, other = {*a.entry.keys, *a.aliases}, {*b.entry.keys, *b.aliases}
    if mine & other:
        return None
    for told in different:
        if mine & told and other & told:
            return Finding(None, 1.0, {"told": "different"}, against="the config says that they are different")
    for told in same:
        if mine & told and other & told:
            return Finding("same", 1.0, {"told": "same"}, reissue=True)
    return None


def _group(copies: Sequence[Copy], findings: Mapping[Pair, Finding]) -> Groups:
    order = {copy.id: place for place, copy in enumerate(copies)}
    by_id = {copy.id: copy for copy in copies}
    links = sorted(
        (pair for pair, finding in findings.items() if finding.rule is not None),
        key=lambda pair: (
            -STRENGTH[findings[pair].rule or ""],
            -findings[pair].score,
            *sorted((order[pair[0]], order[pair[1]])),
        ),
    )
    group_of = {copy.id: [copy.id] for copy in copies}
    for a, b in links:
        left, right = group_of[a], group_of[b]
        if left is right or not _may_join(left, right, by_id, findings):
            continue
        left.extend(right)
        for member in right:
            group_of[member] = left
    seen: set[int] = set()
    groups = []
    for copy in copies:
        if copy.id not in seen:
            members = sorted(group_of[copy.id], key=order.__getitem__)
            seen.update(members)
            groups.append(tuple(by_id[member] for member in members))
    return Groups(tuple(groups), findings, frozenset(links))


def _may_join(
    left: Sequence[int], right: Sequence[int], by_id: Mapping[int, Copy], findings: Mapping[Pair, Finding]
) -> bool:
    """Whether two groups may become one: nobody said otherwise, and no source would have two items in it."""
    for a in left:
        for b in right:
            finding = findings.get(_pair(by_id[a], by_id[b]))
            if finding is not None and finding.evidence.get("told") == "different":
                return False
            if by_id[a].source_key != by_id[b].source_key or (finding is not None and finding.reissue):
                continue
            if not editions(by_id[a], by_id[b]):
                return False
    return True
