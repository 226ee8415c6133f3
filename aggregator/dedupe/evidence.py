"""Judges one pair of copies: are they the same work, by which rule, and what stands against it.

A function of the two copies alone (and of which addresses are crowded), so that no order of arrival can change it.
The rule and its thresholds are measured in docs/notes/copies.md; precision comes first, because a wrong merge hides
an article while a missed one shows it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from aggregator.dedupe import titles
from aggregator.model import Copy
from aggregator.text.fingerprints import containment, jaccard, unpack
from aggregator.text.urls import name_of

Evidence = Mapping[str, str | float | int | bool]

# Strength of a rule: the order in which links are taken, and their names in verdicts.
STRENGTH = {"same": 9, "key": 8, "link": 7, "body": 6, "title": 5, "title and text": 4, "lead": 3, "title and date": 2}

BODY_JACCARD = 0.5
BODY_CONTAINMENT = 0.8
BODY_RUNS = 40  # fewer runs prove nothing by themselves
BODY_RUNS_SURE = 120  # below this the titles must be alike as well
TITLE_SET = 0.55
DESPITE_NUMBERS = 0.92  # the whole text agrees although "part 1" and "part 2" stand in the titles
DESPITE_SWAP = 0.9
OTHER_OWNER_CONTAINMENT = 0.7
REISSUE_CONTAINMENT = 0.7  # two items of one source
TITLE_LIKE = 0.86
TITLE_ALIKE = 0.90
TEXT_SHARED = 0.3
TEXT_TRACE = 0.08
LEAD_CONTAINMENT = 0.75
STUB_RUNS = 40
TELLING_TITLE = 4  # words; a shorter title is used again after a while
LINK_JACCARD = 0.6
WINDOW = timedelta(days=30)
SAME_DAYS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one pair came to. ``rule`` is None where nothing joins them; ``against`` says what kept them apart."""

    rule: str | None
    score: float  # within a rule: the more, the surer
    evidence: Evidence = field(default_factory=dict)
    against: str | None = None
    reissue: bool = False  # two items of one source that are one: by key, or the same title and text


@dataclass(frozen=True, slots=True)
class _Pair:
    """Everything about a pair that more than one rule asks for."""

    a: Copy
    b: Copy
    jaccard: float
    contained: float
    runs: int  # of the smaller body
    conflict: bool
    swapped: bool
    ratio: float
    same_owner: bool
    same_source: bool
    near: bool  # published within the window of each other

    @property
    def stub(self) -> bool:
        return self.runs < STUB_RUNS

    @property
    def bodiless(self) -> bool:
        return self.runs == 0

    def texts(self) -> Evidence:
        return {"shared_text": round(self.contained, 3), "likeness_of_texts": round(self.jaccard, 3), "runs": self.runs}

    def names(self) -> Evidence:
        return {
            "title_a": self.a.entry.title,
            "title_b": self.b.entry.title,
            "likeness_of_titles": round(self.ratio, 3),
        }


@lru_cache(maxsize=4096)
def _set(packed: bytes) -> frozenset[int]:
    return unpack(packed)


def judge(a: Copy, b: Copy, crowded: frozenset[str] = frozenset()) -> Finding:
    """Compare two copies; symmetric.

    ``crowded`` holds identity keys that more than three differently titled entries share: no identity any more.
    """
    if (b.source_key, b.entry.guid) < (a.source_key, a.entry.guid):
        a, b = b, a
    pair = _compare(a, b)
    for rule in (_key, _link):
        finding = rule(pair, crowded)
        if finding is not None:
            return finding
    finding = _body(pair) or _edition(pair)
    if finding is not None or not pair.same_owner or pair.same_source:
        return finding or _nearly(pair)
    for weaker in (_title, _title_and_text, _lead, _title_and_date):
        finding = weaker(pair)
        if finding is not None:
            return finding
    return _nearly(pair)


def _compare(a: Copy, b: Copy) -> _Pair:
    mine, other = a.entry.signature, b.entry.signature
    left, right = _set(mine.body), _set(other.body)
    return _Pair(
        a=a,
        b=b,
        jaccard=jaccard(left, right),
        contained=containment(left, right),
        runs=min(len(left), len(right)),
        conflict=titles.conflict(mine.title_key, other.title_key),
        swapped=titles.swapped(mine.title_key, other.title_key),
        ratio=titles.similarity(mine.title_key, other.title_key),
        same_owner=a.owner == b.owner,
        same_source=a.source_key == b.source_key,
        near=abs(a.published_at - b.published_at) <= WINDOW,
    )


def _key(pair: _Pair, crowded: frozenset[str]) -> Finding | None:
    shared = sorted((set(pair.a.entry.keys) & set(pair.b.entry.keys)) - crowded)
    if not shared:
        return None
    evidence: Evidence = {"address": shared[0], **pair.names()}
    if (
        pair.same_source
        and pair.a.entry.signature.title_key != pair.b.entry.signature.title_key
        and pair.contained < TEXT_SHARED
    ):
        return Finding(None, 0.0, {**evidence, **pair.texts()}, against="one source gives one address to two texts")
    return Finding("key", 1.0, evidence, reissue=True)


def _link(pair: _Pair, crowded: frozenset[str]) -> Finding | None:
    a, b = pair.a.entry, pair.b.entry
    target = sorted(
        ((set(a.declared) & set(b.keys)) | (set(b.declared) & set(a.keys)) | (set(a.declared) & set(b.declared)))
        - crowded
    )
    if not target:
        return None
    evidence: Evidence = {"address": target[0], **pair.names()}
    if pair.same_source and not _reissue(pair):
        return Finding(None, 0.0, {**evidence, **pair.texts()}, against="two items of one source")
    if _contradicted(pair):
        return Finding(None, 0.0, {**evidence, **pair.texts()}, against="the numbers in the titles differ")
    return Finding("link", 1.0, evidence, reissue=pair.same_source)


def _contradicted(pair: _Pair) -> bool:
    """Whether the numbers in the titles speak against a declared link.

    A title that was cut off or rewritten may lack them, and a few words of text contradict nothing.
    """
    a, b = (titles.numbers(copy.entry.signature.title_key) for copy in (pair.a, pair.b))
    return a != b and pair.jaccard < LINK_JACCARD and bool(not pair.stub or (a and b))


def _reissue(pair: _Pair) -> bool:
    """Whether two items of one source are one: the same title, and the same text or "updated" in one of them."""
    a, b = pair.a.entry, pair.b.entry
    if a.signature.title_key != b.signature.title_key or not a.signature.title_key:
        return False
    if titles.marked_updated(a.title) != titles.marked_updated(b.title):
        return pair.stub or pair.contained >= TEXT_SHARED
    return pair.contained >= REISSUE_CONTAINMENT and not pair.stub


def editions(a: Copy, b: Copy) -> bool:
    """Whether two items of one source may stand in one article, although nothing joins them by itself.

    A re-publication under the same slug with -2 or -2024 behind it, where one of the two has no text to compare: a
    third copy that names the one and has the text of the other then joins both.
    """
    pair = _compare(a, b)
    return pair.stub and titles.same_slug(a.entry.url, b.entry.url)


def _edition(pair: _Pair) -> Finding | None:
    """Two items of one source of which one calls itself an update of the other."""
    if not pair.same_source or not _reissue(pair):
        return None
    return Finding("title", 1.0, {**pair.names(), **pair.texts()}, reissue=True)


def _body(pair: _Pair) -> Finding | None:
    if pair.runs < BODY_RUNS or not (pair.jaccard >= BODY_JACCARD or pair.contained >= BODY_CONTAINMENT):
        return None
    evidence = {**pair.texts(), **pair.names()}
    score = max(pair.jaccard, pair.contained)
    titles_ab = pair.a.entry.signature.title_key, pair.b.entry.signature.title_key
    against = None
    if pair.same_source and not _reissue(pair):
        against = "two items of one source"
    elif pair.runs < BODY_RUNS_SURE and titles.token_set(*titles_ab) < TITLE_SET:
        against = "the texts are short and the titles have little in common"
    elif pair.conflict and pair.jaccard < DESPITE_NUMBERS:
        against = "the numbers in the titles differ"
    elif pair.swapped and score < DESPITE_SWAP:
        against = "the titles differ in the word that matters"
    elif not pair.same_owner and pair.contained < OTHER_OWNER_CONTAINMENT:
        against = "another owner's text, and not enough of it"
    if against is not None:
        return Finding(None, score, evidence, against=against)
    return Finding("body", score, evidence, reissue=pair.same_source)


def _title(pair: _Pair) -> Finding | None:
    """The same title, and nothing in the texts against it: two full texts must have something in common."""
    mine, other = pair.a.entry, pair.b.entry
    same = mine.signature.title_key == other.signature.title_key != ""
    cut = titles.cut(mine.title, other.title) or titles.cut(other.title, mine.title)
    if not same and (pair.conflict or not cut):
        return None
    if not pair.stub and pair.contained < TEXT_TRACE:
        return None
    if pair.stub and not pair.near and len(mine.signature.title_key.split()) < TELLING_TITLE:
        return None
    return Finding("title", 1.0 if same else 0.9, {**pair.names(), **pair.texts()})


def _title_and_text(pair: _Pair) -> Finding | None:
    mine, other = pair.a.entry.signature.title_key, pair.b.entry.signature.title_key
    if pair.conflict or pair.swapped or pair.contained < TEXT_SHARED:
        return None
    if pair.ratio < TITLE_LIKE and not titles.within(mine, other):
        return None
    return Finding("title and text", pair.contained, {**pair.names(), **pair.texts()})


def _lead(pair: _Pair) -> Finding | None:
    if pair.conflict or pair.swapped:
        return None
    best = max(_opens(pair.a, pair.b), _opens(pair.b, pair.a))
    if best < LEAD_CONTAINMENT:
        return None
    return Finding("lead", best, {"summary_in_opening": round(best, 3), **pair.names()})


def _opens(stub: Copy, whole: Copy) -> float:
    """Share of the stub's runs that stand in the opening of the other's text."""
    said, opening = _set(stub.entry.signature.summary), _set(whole.entry.signature.lead)
    return len(said & opening) / len(said) if said and opening else 0.0


def _title_and_date(pair: _Pair) -> Finding | None:
    mine, other = pair.a.entry.signature.title_key, pair.b.entry.signature.title_key
    if pair.conflict or pair.swapped or not pair.bodiless or not pair.near:
        return None
    # A sitemap gives an address for a title: two words of it, on the day, are as telling as three of a real one.
    untitled = any(copy.entry.title == name_of(copy.entry.url or "") for copy in (pair.a, pair.b))
    least = 2 if untitled and abs(pair.a.published_at - pair.b.published_at) <= SAME_DAYS else 3
    if pair.ratio < TITLE_ALIKE and not titles.within(mine, other, least):
        return None
    return Finding("title and date", pair.ratio, pair.names())


def _nearly(pair: _Pair) -> Finding:
    """A pair that nothing joins: worth a look when the titles or the texts come close."""
    close = pair.ratio >= 0.8 or (pair.contained >= TEXT_SHARED and pair.runs >= BODY_RUNS)
    if not close:
        return Finding(None, 0.0)
    against = "not alike enough"
    if pair.conflict:
        against = "the numbers in the titles differ"
    elif pair.swapped:
        against = "the titles differ in the word that matters"
    elif pair.same_source:
        against = "two items of one source"
    return Finding(None, max(pair.ratio, pair.contained), {**pair.names(), **pair.texts()}, against=against)
