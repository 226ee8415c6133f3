"""Tells everything about one article: its copies, and the evidence that joined or separated them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from aggregator.config.rewrite import group_line
from aggregator.dedupe.canonical import speaker, why_canonical
from aggregator.dedupe.doubt import closeness, doubtful
from aggregator.dedupe.news import WAIT
from aggregator.dedupe.wording import figures, why
from aggregator.model import ArticleState, Config, Copy, Verdict
from aggregator.poll.steering import steering
from aggregator.sources import keys_of
from aggregator.store import Store
from aggregator.text.html import inert


class CopyAnswer(BaseModel):
    """One copy of the article."""

    source: str = Field(examples=["asha/dev"])
    source_title: str
    url: str | None
    title: str
    language: str | None
    dir: str
    date_published: datetime | None = Field(description="as recorded at first sight; null: the source gave no date")
    date_precision: str
    date_said: str | None = Field(description="what the source wrote for a date, if it cannot be believed")
    first_seen: datetime
    canonical: bool
    words: int
    declares: str | None = Field(description="the address that this copy names as its original")


class SideAnswer(BaseModel):
    """One of the two copies that were compared."""

    article: str = Field(description="the last part of the id of the article that it is a copy of")
    source: str
    source_title: str
    url: str | None
    title: str
    language: str | None
    dir: str


class FigureAnswer(BaseModel):
    """One thing that was measured of a pair."""

    name: str = Field(examples=["of the shorter text in the other"])
    value: str = Field(examples=["87 %"])
    enough: str = Field(description="from where on it counts", examples=["80 %"])


class EvidenceAnswer(BaseModel):
    """One pair that was compared, and what came of it; ``a`` is a copy of this article."""

    a: str | None
    b: str | None
    sides: list[SideAnswer] = Field(description="the copy at `a` and the one at `b`")
    joined: bool
    rule: str
    why: str = Field(examples=["87 % of the shorter text is in the other; same title"])
    figures: list[FigureAnswer]
    evidence: dict[str, str | float | int | bool]
    told: bool = Field(description="the config decided it")
    doubtful: bool = Field(description="kept apart, and worth a look of the owner")
    line: str | None = Field(
        description="what stands in the config, under `same` or `different`, for a word about these two",
        examples=["- [https://asha.example/kafka, https://dev.to/asharao/kafka-1abc]"],
    )
    decided_at: datetime | None


class ArticleAnswer(BaseModel):
    """An article, its copies and the reasons."""

    id: str
    url: str | None
    title: str
    language: str | None
    dir: str
    owners: list[str]
    date_published: datetime
    date_precision: str
    first_seen: datetime
    announced_at: datetime | None = Field(description="its place in the feeds; null: it is in the index only")
    held_until: datetime | None = Field(
        description="it came in a flood and is kept out of the feeds, until then or `aggregator release`"
    )
    revision: int
    copies: list[CopyAnswer]
    canonical_because: str = Field(examples=["site is preferred to dev"])
    evidence: list[EvidenceAnswer]


Found = tuple[ArticleState, tuple[Copy, ...], tuple[Verdict, ...]]


def article_answer(store: Store, config: Config, found: Found, hidden: Collection[str] = ()) -> ArticleAnswer:
    """The answer for what ``Store.article`` gave; nothing of the articles whose ulids are ``hidden`` stands in it."""
    state, copies, verdicts = found
    hold = store.hold(state.ulid) if state.announced_at is None else None
    there = {copy.id: copy for copy in copies}
    others = {end for verdict in verdicts for end in (verdict.a, verdict.b)} - there.keys()
    there |= {copy.id: copy for copy in store.copies(others) if copy.article not in hidden}
    titles = store.source_titles()
    ordered = sorted(copies, key=lambda one: (one.id != state.canonical, one.published_at, one.id))
    places = {copy.id: place for place, copy in enumerate(ordered)}
    pairs = [_ordered(verdict, places) for verdict in verdicts if verdict.a in there and verdict.b in there]
    pairs.sort(key=lambda pair: _weight(pair, places))
    return ArticleAnswer(
        id=state.id,
        url=state.url,
        title=state.title,
        language=state.language,
        dir=state.dir,
        owners=list(state.owners),
        date_published=state.published_at,
        date_precision=state.date_precision,
        first_seen=state.first_seen_at,
        announced_at=state.announced_at,
        held_until=hold.at + WAIT if hold is not None else None,
        revision=state.revision,
        copies=[_copy(copy, state, titles) for copy in ordered],
        canonical_because=_because(state, copies, config),
        evidence=[_evidence(verdict, there[a], there[b], titles) for verdict, a, b in pairs],
    )


def _ordered(verdict: Verdict, places: Mapping[int, int]) -> tuple[Verdict, int, int]:
    """A verdict with its two copies, this article's and the canonical one first."""
    last = len(places)
    a, b = sorted((verdict.a, verdict.b), key=lambda end: (places.get(end, last), end))
    return verdict, a, b


def _weight(pair: tuple[Verdict, int, int], places: Mapping[int, int]) -> tuple[float, ...]:
    """What joined comes first, then what came nearest."""
    verdict, a, b = pair
    near = 0.0 if verdict.joined else -closeness(verdict)
    last = len(places)
    return (
        not verdict.joined,
        not verdict.linked,
        not doubtful(verdict),
        near,
        places.get(a, last),
        places.get(b, last),
        b,
    )


def _because(state: ArticleState, copies: tuple[Copy, ...], config: Config) -> str:
    steer = steering(config)
    owner = speaker(steer.owners, copies)
    return why_canonical(copies, owner, steer.fit, state.canonical)


def _copy(copy: Copy, state: ArticleState, titles: Mapping[str, str]) -> CopyAnswer:
    return CopyAnswer(
        source=copy.source_key,
        source_title=titles.get(copy.source_key, copy.source_id),
        url=copy.entry.url,
        title=copy.entry.title,
        language=copy.entry.language,
        dir=copy.entry.dir,
        date_published=None if copy.date_precision == "unknown" else copy.published_at,
        date_precision=copy.date_precision,
        date_said=copy.entry.date_said and inert(copy.entry.date_said),
        first_seen=copy.first_seen_at,
        canonical=copy.id == state.canonical,
        words=copy.entry.word_count,
        declares=copy.entry.canonical_url,
    )


def _evidence(verdict: Verdict, a: Copy, b: Copy, titles: Mapping[str, str]) -> EvidenceAnswer:
    addresses = [copy.entry.url for copy in (a, b) if copy.entry.url and keys_of(copy.entry.url)]
    return EvidenceAnswer(
        a=a.entry.url,
        b=b.entry.url,
        sides=[_side(copy, titles) for copy in (a, b)],
        joined=verdict.joined,
        rule=verdict.rule,
        why=why(verdict),
        figures=[FigureAnswer(name=one.name, value=one.value, enough=one.enough) for one in figures(verdict)],
        evidence=dict(verdict.evidence),
        told="told" in verdict.evidence,
        doubtful=doubtful(verdict),
        line=group_line(addresses) if len(set(addresses)) == 2 else None,
        decided_at=verdict.decided_at,
    )


def _side(copy: Copy, titles: Mapping[str, str]) -> SideAnswer:
    return SideAnswer(
        article=copy.article,
        source=copy.source_key,
        source_title=titles.get(copy.source_key, copy.source_id),
        url=copy.entry.url,
        title=copy.entry.title,
        language=copy.entry.language,
        dir=copy.entry.dir,
    )
