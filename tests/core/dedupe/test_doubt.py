"""Only the owner can settle some pairs, and nobody wants to be asked about the others."""

from __future__ import annotations

from typing import Any

import pytest

from aggregator.dedupe.doubt import closeness, doubtful
from aggregator.model import Verdict


def verdict(*, linked: bool = False, joined: bool = False, **said: Any) -> Verdict:
    titles: dict[str, str | float] = {
        "title_a": "Kafka at night",
        "title_b": "Kafka by night",
        "likeness_of_titles": 0.93,
    }
    return Verdict(1, 2, "none", linked, joined, {**titles, "against": "not alike enough", **said})


@pytest.mark.parametrize(
    ("pair", "asked"),
    [
        (verdict(score=0.93), True),
        (verdict(score=0.93, joined=True), False),
        (verdict(score=1.0, told="different"), False),
        (verdict(title_a="Kafka, part 1", title_b="Kafka, part 2", score=0.97), False),
        (verdict(title_a="Overview of May", title_b="Overview of June 2024", score=0.9), False),
        (verdict(title_a="Kafka, part 1", title_b="Kafka, part 2", shared_text=0.4), True),
        (verdict(title_a="Kafka, part 1", title_b="Kafka, part 2", linked=True), True),
        (verdict(title_a="Kafka, part 1", title_b="Kafka, part 2", address="u:kafka.example/1"), True),
        (verdict(title_a="Kafka, part 1", title_b="Kafka, part 2", shared_text=0.1), False),
    ],
)
def test_what_is_asked(pair: Verdict, asked: bool) -> None:
    assert doubtful(pair) is asked


def test_evidence_that_something_overruled_comes_first() -> None:
    assert closeness(verdict(score=0.4, linked=True)) == closeness(verdict(score=0.0, address="u:x")) == 1.0
    assert closeness(verdict(score=0.4)) == 0.4
    assert closeness(verdict(score=1.7)) == 1.0
    assert closeness(verdict()) == 0.0
