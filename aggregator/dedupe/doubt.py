"""Tells which pairs that were kept apart a person should look at: those that only the owner can settle."""

from __future__ import annotations

from aggregator.dedupe import titles
from aggregator.model import Verdict

SHARED_TEXT = 0.3  # share of the shorter text: so much in common has a reason, whatever the titles are


def doubtful(verdict: Verdict) -> bool:
    """Whether two copies came so close to being one article that their owner might say otherwise.

    A series (part 1, part 2; May, June) is alike in its titles only, each part to every other: nobody wants to be
    asked about those.
    """
    said = verdict.evidence
    if verdict.joined or said.get("told"):
        return False
    shared = said.get("shared_text", 0.0)
    if verdict.linked or "address" in said or (isinstance(shared, float) and shared >= SHARED_TEXT):
        return True
    return not titles.conflict(*(titles.title_key(str(said.get(name, ""))) for name in ("title_a", "title_b")))


def closeness(verdict: Verdict) -> float:
    """How near a pair came, 0 to 1; what had evidence enough, and was kept apart by something else, came nearest."""
    score = verdict.evidence.get("score", 0.0)
    if verdict.linked or "address" in verdict.evidence:
        return 1.0
    return min(float(score), 1.0) if isinstance(score, int | float) else 0.0
