"""The rule against the labelled set, from the documents on: precision first, and no half of it by chance."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from aggregator.dedupe.cluster import cluster
from aggregator.ingest import take
from aggregator.model import Copy, ParsedFeed, RawEntry, RawText, Source
from tests.core.dedupe.made import copies

DATA = Path(__file__).parents[4] / "shared/data/crosspost/synth-dev.jsonl.gz"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
KINDS = {"devto": "dev", "medium": "medium"}

Record = Mapping[str, Any]

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason=f"the labelled set is not beside the checkout ({DATA.name})")


@dataclass(frozen=True)
class Score:
    """Pairs of records: joined rightly, joined wrongly, missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.wrong + self.missed)


@pytest.fixture(scope="module")
def labelled() -> list[tuple[Record, Copy]]:
    """Every record with the copy that it comes to be."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    by_source: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_source[record["source"]].append(record)
    found: list[tuple[Record, Copy]] = []
    for name, mine in by_source.items():
        # A guid of our own tells which record an entry was; matching never looks at it within one document.
        entries = take(ParsedFeed("atom10", "", entries=tuple(map(_raw, mine))), _source(name, mine[0]), NOW).entries
        assert len(entries) == len(mine)
        found += zip(mine, copies(_source(name, mine[0]), entries, len(found) + 1), strict=True)
    return found


def _source(name: str, record: Record) -> Source:
    kind = KINDS.get(record["platform"], "feed")
    return Source(f"{record['owner']}/{name}", record["owner"], name, kind, "", own_site=record["platform"] == "site")


def _raw(record: Record) -> RawEntry:
    return RawEntry(
        guid=record["guid"] or record["url"],
        url=record["url"],
        title=RawText(record["title"] or ""),
        summary=RawText(record["summary"] or "", "html"),
        content=RawText(record["content_html"] or "", "html"),
        published=record["published"],
        canonical_url=record["canonical"],
        base=record["url"] or "",
    )


@pytest.fixture(scope="module")
def article_of(labelled: list[tuple[Record, Copy]]) -> dict[int, int]:
    """Copy id -> number of its group."""
    groups = cluster(copy for _, copy in labelled).groups
    return {copy.id: number for number, group in enumerate(groups) for copy in group}


def _score(labelled: Iterable[tuple[Record, Copy]], article_of: Mapping[int, int]) -> Score:
    counted: Counter[tuple[bool, bool]] = Counter()
    for (one, a), (other, b) in combinations(labelled, 2):
        same = one["cluster"] == other["cluster"]
        unscored = one.get("ignore_group")  # rewrites and translations: neither right nor wrong
        if same or not unscored or unscored != other.get("ignore_group"):
            counted[same, article_of[a.id] == article_of[b.id]] += 1
    return Score(counted[True, True], counted[False, True], counted[True, False])


def test_the_whole_set(labelled: list[tuple[Record, Copy]], article_of: dict[int, int]) -> None:
    score = _score(labelled, article_of)
    assert score.precision >= 0.996, score
    assert score.f1 >= 0.985, score


@pytest.mark.parametrize("half", [0, 1])
def test_each_half(half: int, labelled: list[tuple[Record, Copy]], article_of: dict[int, int]) -> None:
    """Halves by article, so that no copy of one stands in the other."""
    score = _score((one for one in labelled if int(one[0]["cluster"][-5:]) % 2 == half), article_of)
    assert score.precision >= 0.995, score
    assert score.f1 >= 0.985, score


def test_most_articles_have_exactly_their_copies(
    labelled: list[tuple[Record, Copy]], article_of: dict[int, int]
) -> None:
    truth: defaultdict[str, set[int]] = defaultdict(set)
    made: defaultdict[int, set[int]] = defaultdict(set)
    for record, copy in labelled:
        truth[record["cluster"]].add(copy.id)
        made[article_of[copy.id]].add(copy.id)
    several = [members for members in truth.values() if len(members) > 1]
    assert sum(members in made.values() for members in several) / len(several) >= 0.96


def test_few_articles_are_impure(labelled: list[tuple[Record, Copy]], article_of: dict[int, int]) -> None:
    labels: defaultdict[int, set[str]] = defaultdict(set)
    for record, copy in labelled:
        labels[article_of[copy.id]].add(record["cluster"])
    assert sum(len(found) > 1 for found in labels.values()) <= 1


@pytest.mark.parametrize("kind", ["neg-series", "neg-same-title", "neg-digest", "neg-yearly", "neg-release"])
def test_what_only_looks_alike(kind: str, labelled: list[tuple[Record, Copy]], article_of: dict[int, int]) -> None:
    of_kind = [one for one in labelled if kind in one[0]["kinds"]]
    assert len(of_kind) > 20
    assert _score(of_kind, article_of).wrong == 0
