"""Groups copies into articles: a function of the set of copies and the owner's word, never of their order.

The strongest evidence is taken first; a link that would put two items of one source into one article is refused
unless those two are the same item sent twice. Ties are broken by what a copy is (source and guid), not by when it
came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

from aggregator.dedupe import titles
from aggregator.dedupe.crowd import crowded_keys, sparse
from aggregator.dedupe.editions import editions, worth_comparing
from aggregator.dedupe.evidence import STRENGTH, Finding, judge
from aggregator.dedupe.index import SHARED, WINDOW, addresses, month_keys, months, names, samples_of
from aggregator.dedupe.pair import SPAN
from aggregator.dedupe.slugs import bare_key
from aggregator.model import Copy

SURE = STRENGTH["link"]  # from here on numbers in other copies' titles do not speak against a link
SHELF = 256  # titles of one source with one word in one month, from which on that word tells nothing
AHEAD = 10  # neighbours in time with which one of many namesakes is compared

Couple = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Groups:
    """The outcome: which copies are one article, and what was found for every pair that mattered."""

    groups: tuple[tuple[Copy, ...], ...]
    findings: Mapping[Couple, Finding]
    linked: frozenset[Couple]  # pairs with evidence enough, taken or not
    crowded: frozenset[str] = frozenset()
    refused: Mapping[Couple, str] = field(default_factory=dict)  # of those, why one that came up was not taken


def cluster(
    copies: Iterable[Copy],
    same: Sequence[frozenset[str]] = (),
    different: Sequence[frozenset[str]] = (),
) -> Groups:
    """Group ``copies``; ``same`` and ``different`` are the owner's sets of identity keys: stronger than evidence."""
    ordered = sorted(copies, key=lambda copy: (copy.source_key, copy.entry.guid, copy.id))
    crowded = crowded_keys(ordered)
    findings: dict[Couple, Finding] = {}
    for a, b in _candidates(ordered, crowded, [*same, *different]):
        finding = _told(a, b, same, different) or judge(a, b, crowded)
        if finding.rule is not None or finding.against is not None:
            findings[_couple(a, b)] = finding
    return _group(ordered, findings, crowded)


# ── candidates ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _candidates(
    copies: Sequence[Copy], crowded: frozenset[str], told: Sequence[frozenset[str]]
) -> list[tuple[Copy, Copy]]:
    """The pairs that share anything under which one looks for the other: what the store would find, too.

    Two items of one source need more in common than a title or a week, and what very many items of one source share is
    nothing in common.
    """
    shared = Counter(_together(copies, (samples_of(copy.entry) for copy in copies)))
    pairs = {couple for couple, count in shared.items() if count >= SHARED}
    pairs.update(_together(copies, (_strong_keys(copy, crowded, told) for copy in copies)))
    pairs.update(_namesakes(copies, crowded))
    pairs.update(_by_month(copies))
    return [(copies[a], copies[b]) for a, b in sorted(pairs)]


def _together(copies: Sequence[Copy], keys_of: Iterable[Iterable[Hashable]]) -> Iterator[Couple]:
    """The places of every two that have a key in common, once for each such key; the smaller place first."""
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, keys in enumerate(keys_of):
        for key in set(keys):
            places[key].append(place)
    for found in places.values():
        if len(found) > 1:
            yield from combinations(sparse(copies, found), 2)


def _strong_keys(copy: Copy, crowded: frozenset[str], told: Sequence[frozenset[str]]) -> Iterator[str]:
    own = addresses(copy)
    yield from (own | set(copy.entry.declared)) - crowded
    yield from (f"told:{number}" for number, keys in enumerate(told) if not own.isdisjoint(keys))


def _namesakes(copies: Sequence[Copy], crowded: frozenset[str]) -> Iterator[Couple]:
    """Those with one title; where that is used again and again, only neighbours in time."""
    called: defaultdict[str, list[int]] = defaultdict(list)
    for place, copy in enumerate(copies):
        for name in names(copy):
            called[name].append(place)
    for name, places in called.items():
        if name in crowded or len(sparse(copies, places)) < len(places):
            yield from _neighbours(copies, places)
        else:
            for a, b in combinations(places, 2):
                if copies[a].source_key != copies[b].source_key or worth_comparing(copies[a], copies[b]):
                    yield a, b


def _neighbours(copies: Sequence[Copy], places: Iterable[int]) -> Iterator[Couple]:
    dated = sorted(
        (place for place in places if copies[place].date_precision != "unknown"),
        key=lambda place: copies[place].published_at,
    )
    for number, place in enumerate(dated):
        for other in islice(dated, number + 1, number + 1 + AHEAD):
            if copies[other].published_at - copies[place].published_at > WINDOW + SPAN[copies[place].date_precision]:
                break
            yield min(place, other), max(place, other)


def _by_month(copies: Sequence[Copy]) -> Iterator[Couple]:
    """Stubs, and what was published about then in other sources under a title with words in common."""
    standing: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, copy in enumerate(copies):
        for key in month_keys(copy):
            standing[key][copy.source_key].append(place)
    for place, copy in enumerate(copies):
        shared = Counter(
            other
            for key in months(copy)
            for source_key, others in standing.get(key, {}).items()
            if source_key != copy.source_key and len(others) <= SHELF
            for other in others
        )
        for other in sparse(copies, [other for other, count in shared.items() if count >= SHARED]):
            yield min(place, other), max(place, other)


# ── the owner's word ────────────────────────────────────────────────────────────────────────────────────────────────


def _told(a: Copy, b: Copy, same: Sequence[frozenset[str]], different: Sequence[frozenset[str]]) -> Finding | None:
    """The owner's word on two copies, by any address either has or had; none on two copies of one such address."""
    mine, other = addresses(a), addresses(b)
    for told in different:
        if _both(mine, other, told):
            return Finding(None, 1.0, {"told": "different"}, against="the config says that they are different")
    for told in same:
        if _both(mine, other, told):
            return Finding("same", 1.0, {"told": "same"}, reissue=True)
    return None


def _both(mine: frozenset[str], other: frozenset[str], told: frozenset[str]) -> bool:
    left, right = mine & told, other & told
    return bool(left and right) and left.isdisjoint(right)


# ── groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Forest:
    """Groups that grow into each other as links are taken."""

    def __init__(self, copies: Sequence[Copy], findings: Mapping[Couple, Finding]) -> None:
        self._by_id = {copy.id: copy for copy in copies}
        self._findings = findings
        self._group_of = {copy.id: [copy.id] for copy in copies}
        self.refused: dict[Couple, str] = {}

    def join(self, a: int, b: int, strength: int) -> None:
        """Make one group of those of ``a`` and ``b`` if nothing between any two of their members forbids it."""
        left, right = self._group_of[a], self._group_of[b]
        if left is right:
            return
        against = {self._against(one, other, strength) for one in left for other in right} - {None}
        if against:
            self.refused[a, b] = max(filter(None, against))  # one of them, whatever the order; the config's first
            return
        left.extend(right)
        for member in right:
            self._group_of[member] = left

    def _against(self, a: int, b: int, strength: int) -> str | None:
        """What forbids two copies to be in one article: somebody said otherwise, no source would have two items in it,
        no series two parts."""
        one, other = self._by_id[a], self._by_id[b]
        finding = self._findings.get(_couple(one, other))
        if finding is not None and finding.evidence.get("told") == "different":
            return "the config says that two of the copies are different"
        if strength == STRENGTH["same"] or (finding is not None and finding.reissue):
            return None
        if one.source_key == other.source_key:
            return None if editions(one, other) else "another item of the same source is in that article"
        if strength >= SURE or (finding is not None and finding.rule is not None):
            return None
        if titles.differ(bare_key(one.entry), bare_key(other.entry)):
            return "a copy in that article has other numbers in its title"
        return None

    def groups(self, order: Mapping[int, int]) -> Iterator[tuple[Copy, ...]]:
        """Every group once, in the order of its first member."""
        for copy, members in self._group_of.items():
            members.sort(key=order.__getitem__)
            if members[0] == copy:
                yield tuple(self._by_id[member] for member in members)


def _group(copies: Sequence[Copy], findings: Mapping[Couple, Finding], crowded: frozenset[str]) -> Groups:
    """Evidence first, the surest before the rest; then the owner's word joins the articles that came of it."""
    order = {copy.id: place for place, copy in enumerate(copies)}
    strength = {pair: STRENGTH[finding.rule] for pair, finding in findings.items() if finding.rule is not None}
    said = STRENGTH["same"]
    links = sorted(
        strength,
        key=lambda pair: (
            strength[pair] == said,
            -strength[pair],
            -findings[pair].score,
            *sorted((order[pair[0]], order[pair[1]])),
        ),
    )
    forest = _Forest(copies, findings)
    for pair in links:
        forest.join(*pair, strength[pair])
    return Groups(tuple(forest.groups(order)), findings, frozenset(links), crowded, forest.refused)


def _couple(a: Copy, b: Copy) -> Couple:
    return (a.id, b.id) if a.id < b.id else (b.id, a.id)
