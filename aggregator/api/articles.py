"""Tells everything about one article: its copies, and the evidence that joined or separated them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from aggregator.dedupe.wording import why
from aggregator.model import ArticleState, Copy, Verdict
from aggregator.store import Store


class CopyAnswer(BaseModel):
    """One copy of the article."""

    source: str = Field(examples=["asha/dev"])
    url: str | None
    title: str
    date_published: datetime | None = Field(description="as recorded at first sight; null: the source gave no date")
    first_seen: datetime
    canonical: bool
    words: int
    declares: str | None = Field(description="the address that this copy names as its original")


class EvidenceAnswer(BaseModel):
    """One pair that was compared, and what came of it."""

    a: str | None
    b: str | None
    joined: bool
    rule: str
    why: str = Field(examples=["87 % of the shorter text is in the other; same title"])
    evidence: dict[str, str | float | int | bool]
    decided_at: datetime | None


class ArticleAnswer(BaseModel):
    """An article, its copies and the reasons."""

    id: str
    url: str | None
    title: str
    owners: list[str]
    date_published: datetime
    date_precision: str
    first_seen: datetime
    announced_at: datetime | None
    revision: int
    copies: list[CopyAnswer]
    evidence: list[EvidenceAnswer]


def article_answer(
    store: Store, state: ArticleState, copies: tuple[Copy, ...], verdicts: tuple[Verdict, ...]
) -> ArticleAnswer:
    """The answer for what ``Store.article`` gave."""
    urls: dict[int, str | None] = {copy.id: copy.entry.url for copy in copies}
    others = {end for verdict in verdicts for end in (verdict.a, verdict.b)} - urls.keys()
    urls |= store.addresses(others)
    return ArticleAnswer(
        id=state.id,
        url=state.url,
        title=state.title,
        owners=list(state.owners),
        date_published=state.published_at,
        date_precision=state.date_precision,
        first_seen=state.first_seen_at,
        announced_at=state.announced_at,
        revision=state.revision,
        copies=[_copy(copy, state) for copy in sorted(copies, key=lambda one: (one.id != state.canonical, one.id))],
        evidence=[_evidence(verdict, urls) for verdict in sorted(verdicts, key=lambda one: not one.joined)],
    )


def _copy(copy: Copy, state: ArticleState) -> CopyAnswer:
    return CopyAnswer(
        source=copy.source_key,
        url=copy.entry.url,
        title=copy.entry.title,
        date_published=None if copy.date_precision == "unknown" else copy.published_at,
        first_seen=copy.first_seen_at,
        canonical=copy.id == state.canonical,
        words=copy.entry.word_count,
        declares=copy.entry.canonical_url,
    )


def _evidence(verdict: Verdict, urls: Mapping[int, str | None]) -> EvidenceAnswer:
    return EvidenceAnswer(
        a=urls.get(verdict.a),
        b=urls.get(verdict.b),
        joined=verdict.joined,
        rule=verdict.rule,
        why=why(verdict),
        evidence=dict(verdict.evidence),
        decided_at=verdict.decided_at,
    )
