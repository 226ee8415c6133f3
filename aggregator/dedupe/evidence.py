"""Judges one pair of copies: are they the same work, by which rule, and what stands against it.

A function of the two copies alone (and of which addresses and titles are crowded), so that no order of arrival can
change it. The rule and its thresholds are measured in docs/notes/copies.md; precision comes first, because a wrong
merge hides an article while a missed one shows it twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregator.dedupe import titles
from aggregator.dedupe.declared import OTHER_NUMBERS, OTHER_WORD, RETITLED_JACCARD, broken_off, contradicted
from aggregator.dedupe.editions import SAME_DAYS, reissue
from aggregator.dedupe.index import addresses, title_name
from aggregator.dedupe.pair import Evidence, Pair
from aggregator.dedupe.recurring import generic, recurring
from aggregator.dedupe.slugs import from_address
from aggregator.model import Copy

# Strength of a rule: the order in which links are taken, and their names in verdicts.
STRENGTH = {"same": 9, "key": 8, "link": 7, "body": 6, "title": 5, "title and text": 4, "lead": 3, "title and date": 2}

BODY_JACCARD = 0.5
BODY_CONTAINMENT = 0.8
BODY_RUNS = 40  # fewer runs prove nothing by themselves
BODY_RUNS_SURE = 120  # below this the titles must be alike as well
TITLE_SET = 0.55
DESPITE_TITLES = 0.97  # the whole text agrees although "part 1" and "part 2" stand in the titles
WHOLLY = 0.98
LARGELY = 0.7
RETITLED_LEAD = 0.9
DESPITE_SILENCE = 0.85
OTHER_OWNER_CONTAINMENT = 0.7
TITLE_LIKE = 0.86
TITLE_ALIKE = 0.90
TITLE_NEAR = 0.8
TEXT_SHARED = 0.3
TEXT_HALF = 0.5
TEXT_TRACE = 0.08
TRACE_RUNS = 4
LEAD_CONTAINMENT = 0.75
TELLING_TITLE = 4  # words; a shorter title is used again after a while

_ONE_SOURCE = "two items of one source, without the same title over the same text"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one pair came to. ``rule`` is None where nothing joins them; ``against`` says what kept them apart."""

    rule: str | None
    score: float  # within a rule: the more, the surer
    evidence: Evidence = field(default_factory=dict)
    against: str | None = None
    reissue: bool = False  # two items of one source that are one: by key, or the same title and text


NOTHING = Finding(None, 0.0)


def judge(a: Copy, b: Copy, crowded: frozenset[str] = frozenset()) -> Finding:
    """Compare two copies; symmetric.

    ``crowded`` holds identity keys that many differently titled entries of one source share, and titles that one
    source used for different entries: neither is an identity any more.
    """
    pair = Pair(a, b)
    finding = _key(pair, crowded) or _link(pair, crowded) or _body(pair) or _edition(pair)
    if finding is None and pair.same_owner and not pair.same_source and pair.comparable:
        finding = (
            _title(pair, crowded) or _title_and_text(pair) or _lead(pair, crowded) or _title_and_date(pair, crowded)
        )
    return finding or _nearly(pair, crowded)


# ── addresses ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _key(pair: Pair, crowded: frozenset[str]) -> Finding | None:
    mine, other = addresses(pair.a), addresses(pair.b)
    shared = sorted((mine & other) - crowded)
    if not shared:
        return None
    evidence: Evidence = {"address": shared[0], **pair.names()}
    if pair.same_source and not pair.same_title and not _edited(pair):
        return Finding(None, 0.0, {**evidence, **pair.texts()}, against="one source gives one address to two texts")
    if not any(_platform_id(key) for key in shared) and _strangers(pair):
        return Finding(None, 0.0, {**evidence, **pair.texts()}, against="one address, but other titles and other texts")
    return Finding("key", pair.likeness, evidence, reissue=True)


def _edited(pair: Pair) -> bool:
    """Whether one entry stands there twice, once before and once after its title was edited; not two of a changelog."""
    if pair.conflict or pair.swapped:
        return _despite(pair, surely=True)
    return pair.contained >= TEXT_SHARED


def _platform_id(key: str) -> bool:
    """Whether a platform gave this identity to one article and to no other."""
    return not key.startswith("u:")


def _strangers(pair: Pair) -> bool:
    """Whether two entries, both with a text, have neither text nor title in common: they only link to one place."""
    return not pair.stub and pair.contained < TEXT_TRACE and pair.ratio < TITLE_SET and pair.token_set < TITLE_SET


def _link(pair: Pair, crowded: frozenset[str]) -> Finding | None:
    a, b = pair.a.entry, pair.b.entry
    if not a.declared and not b.declared:
        return None
    named = (set(a.declared) & addresses(pair.b)) | (set(b.declared) & addresses(pair.a))
    target = sorted((named or set(a.declared) & set(b.declared)) - crowded)
    if not target:
        return None
    evidence: Evidence = {"address": target[0], "both_name_it": not named, **pair.names()}
    if pair.same_source and not reissue(pair):
        return Finding(None, 0.0, {**evidence, **pair.texts()}, against=_ONE_SOURCE)
    against = contradicted(pair, bool(named))
    if against:
        return Finding(None, 0.0, {**evidence, **pair.texts()}, against=against)
    return Finding("link", pair.likeness + bool(named), evidence, reissue=pair.same_source)


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _edition(pair: Pair) -> Finding | None:
    """Two items of one source that are one."""
    if not pair.same_source or not reissue(pair):
        return None
    return Finding("title", pair.likeness, {**pair.names(), **pair.texts()}, reissue=True)


def _body(pair: Pair) -> Finding | None:
    if pair.runs < BODY_RUNS or not (pair.jaccard >= BODY_JACCARD or pair.contained >= BODY_CONTAINMENT):
        return None
    evidence = {**pair.texts(), **pair.names()}
    score = max(pair.jaccard, pair.contained)
    against = None
    if pair.same_source and not reissue(pair):
        against = _ONE_SOURCE
    elif pair.runs < BODY_RUNS_SURE and pair.token_set < TITLE_SET:
        against = "the texts are short and the titles have little in common"
    elif pair.jaccard < BODY_JACCARD and pair.token_set < TITLE_SET:
        against = "one text stands in the other, under a title that has little in common with it"
    elif pair.conflict and not _despite(pair, surely=titles.differ(*pair.titles)):
        against = OTHER_NUMBERS
    elif pair.swapped and not _despite(pair, surely=True) and not (pair.reworded and pair.jaccard >= RETITLED_JACCARD):
        against = OTHER_WORD
    elif not pair.same_owner and pair.contained < OTHER_OWNER_CONTAINMENT:
        against = f"another owner's text, and less than {OTHER_OWNER_CONTAINMENT:.0%} of it".replace("%", " %")
    if against is not None:
        return Finding(None, score, evidence, against=against)
    return Finding("body", score, evidence, reissue=pair.same_source)


def _despite(pair: Pair, surely: bool) -> bool:
    """Whether two texts are one although their titles are a series'.

    What is written from a template differs where the titles do, on both sides; a copy has something before or behind.
    A title that has no number at all (``surely`` False) may have lost it.
    """
    if not surely:
        return pair.jaccard >= DESPITE_SILENCE
    return pair.jaccard >= DESPITE_TITLES or (pair.contained >= WHOLLY and pair.jaccard >= LARGELY)


# ── titles, summaries, dates: within one owner, between two sources ─────────────────────────────────────────────────


def _title(pair: Pair, crowded: frozenset[str]) -> Finding | None:
    """The same title, and nothing in the texts against it: two full texts must have something in common."""
    mine, other = pair.a.entry, pair.b.entry
    cut = titles.cut(mine.title, other.title) or titles.cut(other.title, mine.title)
    if not pair.same_title and (not cut or pair.conflict):
        return None
    again = _again(pair, crowded)
    if pair.verbatim or (_agreed(pair, again) if pair.stub else _traced(pair, again)):
        return Finding("title", pair.likeness, {**pair.names(), **pair.texts()})
    return None


def _again(pair: Pair, crowded: frozenset[str]) -> bool:
    return _used_again(pair.a.owner, pair.titles[0], crowded)


def _used_again(owner: str, key: str, crowded: frozenset[str]) -> bool:
    """Whether this title names different works: one source used it twice, or it is of the kind that recurs."""
    return title_name(owner, key) in crowded or recurring(key) or generic(key)


def _each_time(pair: Pair, crowded: frozenset[str]) -> bool:
    """Whether a title of the two is used again each time, and the dates name two times."""
    return not _same_days(pair) and any(_used_again(pair.a.owner, key, crowded) for key in pair.titles)


def _same_days(pair: Pair) -> bool:
    return pair.apart is not None and pair.apart <= SAME_DAYS


def _traced(pair: Pair, again: bool) -> bool:
    return pair.contained >= (TEXT_SHARED if again else TEXT_TRACE) and pair.shared >= TRACE_RUNS


def _agreed(pair: Pair, again: bool) -> bool:
    """Where there is no text on one side: does the summary agree, or the date?"""
    key = pair.titles[0]
    if again and not generic(key):
        return _same_days(pair)  # each issue may open like the one before
    if pair.opened >= TEXT_HALF:
        return True
    return not generic(key) and (pair.near or len(key.split()) >= TELLING_TITLE)


def _title_and_text(pair: Pair) -> Finding | None:
    if pair.contained < TEXT_SHARED or pair.shared < TRACE_RUNS or pair.conflict or pair.swapped:
        return None
    if pair.ratio < TITLE_LIKE and not _extends(pair):
        return None
    return Finding("title and text", pair.contained, {**pair.names(), **pair.texts()})


def _extends(pair: Pair) -> bool:
    if titles.extends(pair.a.entry.title, pair.b.entry.title):
        return True
    return max(pair.contained, pair.opened) >= TEXT_HALF and titles.within(*pair.titles)


def _lead(pair: Pair, crowded: frozenset[str]) -> Finding | None:
    if pair.opened < TEXT_HALF or pair.conflict:
        return None
    if pair.swapped and not (pair.reworded and pair.opened >= RETITLED_LEAD):
        return None
    if pair.opened < LEAD_CONTAINMENT and not (pair.near and _extends(pair)):
        return None
    if not pair.near and pair.token_set < TITLE_SET:
        return None
    if _each_time(pair, crowded):
        return None
    return Finding("lead", pair.opened, {"summary_in_opening": round(pair.opened, 3), **pair.names()})


def _title_and_date(pair: Pair, crowded: frozenset[str]) -> Finding | None:
    if pair.words or not pair.near or not (pair.ratio >= TITLE_ALIKE or _named_alike(pair)):
        return None
    if pair.conflict or pair.swapped or any(generic(key) for key in pair.titles) or broken_off(pair):
        return None
    if _each_time(pair, crowded):
        return None
    return Finding("title and date", pair.likeness, pair.names())


def _named_alike(pair: Pair) -> bool:
    """Whether one title stands in the other. A sitemap gives an address for a title, which leaves out small words:

    two words of it, on the day, are as telling as three of a real one.
    """
    if not titles.within(*pair.titles, least=2):
        return False
    a, b = pair.a.entry, pair.b.entry
    if from_address(a.title, a.url) or from_address(b.title, b.url):
        return _same_days(pair) or titles.within(*pair.titles)
    return titles.within(*pair.titles) and titles.extends(a.title, b.title)


def _nearly(pair: Pair, crowded: frozenset[str]) -> Finding:
    """A pair that nothing joins: worth a look when the titles or the texts come close.

    Of the items that share a recurring title only neighbours in time are, for there are many.
    """
    named = pair.ratio >= TITLE_NEAR and (pair.near or not (pair.same_source or _again(pair, crowded)))
    if not named and (pair.contained < TEXT_SHARED or pair.runs < BODY_RUNS):
        return NOTHING
    against = "not alike enough"
    if pair.conflict:
        against = OTHER_NUMBERS
    elif pair.swapped:
        against = OTHER_WORD
    elif pair.same_source:
        against = _ONE_SOURCE
    score = max(pair.ratio, pair.contained)
    return Finding(None, score, {**pair.names(), **pair.texts()}, against=against)
