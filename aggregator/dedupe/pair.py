"""Everything that two copies have in common and that sets them apart, each measured when a rule first asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property, lru_cache

from aggregator.dedupe import titles
from aggregator.dedupe.index import WINDOW
from aggregator.dedupe.slugs import from_address, titles_of
from aggregator.model import Copy, Precision
from aggregator.text.fingerprints import unpack

Evidence = Mapping[str, str | float | int | bool]

STUB_WORDS = 45  # a text with fewer is no text to compare by
TELLING_RUNS = 10  # a text of which furniture leaves fewer runs is none either
_WRITTEN = frozenset({"article", "publication"})  # two names of one thing; a talk, a story, a project are others
NO_TIME = timedelta(0)
SPAN: Mapping[Precision, timedelta] = {  # how long a date is that names a day, a month or a year
    "second": NO_TIME,
    "day": timedelta(days=1),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
    "unknown": NO_TIME,
}


@lru_cache(maxsize=8192)
def runs_of(packed: bytes) -> frozenset[int]:
    """An unpacked set of runs; the same copies are compared with many others in a row."""
    return unpack(packed)


class Pair:
    """Two copies, in an order that does not depend on when they came."""

    def __init__(self, a: Copy, b: Copy) -> None:
        if (b.source_key, b.entry.guid, b.id) < (a.source_key, a.entry.guid, a.id):
            a, b = b, a
        self.a = a
        self.b = b
        self.titles = titles_of(a.entry, b.entry)
        self.same_owner = a.owner == b.owner
        self.same_source = a.source_key == b.source_key

    # ── titles ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def same_title(self) -> bool:
        """Whether both have a title, and the same."""
        return self.titles[0] == self.titles[1] != ""

    @property
    def titled(self) -> bool:
        """Whether both have a title of their own, and not only what the address says."""
        return not any(from_address(one.entry.title, one.entry.url) for one in (self.a, self.b))

    @cached_property
    def ratio(self) -> float:
        """Likeness of the titles, 0 to 1."""
        return titles.similarity(*self.titles)

    @cached_property
    def token_set(self) -> float:
        """Likeness of the titles as sets of words, 0 to 1."""
        return titles.token_set(*self.titles)

    @cached_property
    def conflict(self) -> bool:
        """Whether the numbers in the titles speak against one work."""
        return titles.conflict(*self.titles)

    @cached_property
    def swapped(self) -> bool:
        """Whether the titles differ in the word that matters."""
        return titles.swapped(*self.titles)

    @property
    def reworded(self) -> bool:
        """Whether the titles differ in more than a word that matters."""
        return titles.reworded(*self.titles)

    # ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def verbatim(self) -> bool:
        """The same words from the first to the last, whatever their sources repeat around other texts."""
        mine, other = self.a.entry.signature, self.b.entry.signature
        return mine.digest == other.digest != ""

    @cached_property
    def _sizes(self) -> tuple[int, int, int]:
        """Runs of one, of the other, of both; a verbatim copy shares everything, if anything is its own."""
        mine, other = self.a.entry.signature, self.b.entry.signature
        if self.verbatim and mine.body and other.body:
            whole = max(len(mine.body), len(other.body)) // 4
            return whole, whole, whole
        if not mine.body or not other.body:
            return len(mine.body) // 4, len(other.body) // 4, 0
        left, right = runs_of(mine.body), runs_of(other.body)
        return len(left), len(right), len(left & right)

    @property
    def runs(self) -> int:
        """Of the smaller body."""
        return min(self._sizes[:2])

    @property
    def shared(self) -> int:
        """Runs that both bodies have."""
        return self._sizes[2]

    @property
    def jaccard(self) -> float:
        """Share of all runs that both bodies have, 0 to 1."""
        left, right, both = self._sizes
        return both / (left + right - both) if both else 0.0

    @property
    def contained(self) -> float:
        """Share of the smaller body that stands in the other."""
        return self.shared / self.runs if self.shared else 0.0

    @property
    def words(self) -> int:
        """Of the shorter text, those that its source repeats included."""
        return min(self.a.entry.signature.words, self.b.entry.signature.words)

    @property
    def stub(self) -> bool:
        """Whether one side has no text to speak of, or none of its own."""
        return self.words < STUB_WORDS or self.runs < TELLING_RUNS

    @cached_property
    def opened(self) -> float:
        """Share of one's summary that stands in the opening of the other's text; the better of both ways."""
        return max(_opens(self.a, self.b), _opens(self.b, self.a))

    @cached_property
    def has_opening(self) -> bool:
        """Whether there are a summary and an opening to compare."""
        one, two = self.a.entry.signature, self.b.entry.signature
        return bool(one.summary and two.lead) or bool(two.summary and one.lead)

    # ── the rest ────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def apart(self) -> timedelta | None:
        """Time between the two dates, as far as these are known; None if one is not."""
        first, second = self.a, self.b
        if "unknown" in (first.date_precision, second.date_precision):
            return None
        if second.published_at < first.published_at:
            first, second = second, first
        return max(second.published_at - first.published_at - SPAN[first.date_precision], NO_TIME)

    @property
    def near(self) -> bool:
        """Whether the dates speak for one work."""
        return self.apart is not None and self.apart <= WINDOW

    @cached_property
    def likeness(self) -> float:
        """How alike two copies are in whatever they are most alike in, 0 to 1: to choose between links of one rule."""
        near = 1 / (1 + self.apart / WINDOW) if self.apart is not None else 0.0
        return round(0.5 * self.ratio + 0.4 * max(self.contained, self.opened) + 0.1 * near, 4)

    @cached_property
    def comparable(self) -> bool:
        """Whether title, summary and date may join them: the same sort of work, in the same language."""
        one, two = self.a.entry, self.b.entry
        if one.kind != two.kind and not {one.kind, two.kind} <= _WRITTEN:
            return False
        mine, other = (_spoken(language) for language in (one.language, two.language))
        return mine == other or not mine or not other

    def texts(self) -> Evidence:
        """How the texts compare, for a verdict."""
        return {"shared_text": round(self.contained, 3), "likeness_of_texts": round(self.jaccard, 3), "runs": self.runs}

    def names(self) -> Evidence:
        """How the titles compare, for a verdict."""
        return {
            "title_a": self.a.entry.title,
            "title_b": self.b.entry.title,
            "likeness_of_titles": round(self.ratio, 3),
        }


def _opens(stub: Copy, whole: Copy) -> float:
    said, opening = stub.entry.signature.summary, whole.entry.signature.lead
    if not said or not opening:
        return 0.0
    runs = runs_of(said)
    return len(runs & runs_of(opening)) / len(runs)


def _spoken(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()
