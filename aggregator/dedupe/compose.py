"""Makes the published state of an article out of its copies, field by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from aggregator.dedupe.canonical import by_preference, date_of, is_whole, text_copy, title_copy
from aggregator.dedupe.permanence import settled
from aggregator.model import WRITTEN, ArticleState, Copy, Owner, Precision

T = TypeVar("T")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Naming:
    """What is decided about an article before its words are chosen."""

    ulid: str
    id: str  # tag URI
    announced_at: datetime | None
    published_at: datetime
    date_precision: Precision


@dataclass(frozen=True, slots=True)
class Touched:
    """Copies that this merge changed."""

    changed: frozenset[int] = frozenset()  # anything that is shown
    rewritten: frozenset[int] = frozenset()  # the text itself, beyond a typo


def compose(
    copies: Sequence[Copy],
    before: ArticleState | None,
    naming: Naming,
    touched: Touched,
    owner: Owner,
    fit: Callable[[str], bool],
    now: datetime,
) -> ArticleState:
    """The state of one article; equal to ``before`` when nothing that is shown changed."""
    preferred = by_preference(copies, owner, fit)
    canonical = preferred[0]
    spoken = _spoken(preferred, before, touched, now)
    fresh = _words(spoken, before, owner)
    first_seen_at = min(copy.first_seen_at for copy in copies)
    state = replace(
        fresh,
        ulid=naming.ulid,
        id=before.id if before else naming.id,
        owners=tuple(sorted({copy.owner for copy in copies})),
        canonical=canonical.id,
        url=canonical.entry.url or _first(copy.entry.url for copy in preferred),
        published_at=naming.published_at,
        date_precision=naming.date_precision,
        first_seen_at=before.first_seen_at if before else first_seen_at,
        announced_at=naming.announced_at,
        updated_at=_updated(copies, before, fresh.text, touched, now),
        slug=before.slug if before else _slug(fresh.title),
    )
    return replace(state, revision=_revision(state, before))


def _spoken(
    preferred: Sequence[Copy], before: ArticleState | None, touched: Touched, now: datetime
) -> tuple[Copy, ...]:
    """The copies in the order in which they are listened to: the owner's own words, what subscribers saw, the rest."""
    kept = before.lead if before is not None and settled(before, now) else None
    if {preferred[0].id, kept} & touched.rewritten:
        kept = None  # the text that is shown, or would be, really changed: choose anew
    return tuple(sorted(preferred, key=lambda copy: (copy.kind != WRITTEN, copy.id != kept)))


def _words(spoken: Sequence[Copy], before: ArticleState | None, owner: Owner) -> ArticleState:
    """What is said, from the copies in the order of ``spoken``; identity and dates are filled in by the caller."""
    titled = title_copy(spoken)
    text = _text(spoken, before)
    tagged = next((copy.entry for copy in spoken if copy.entry.tags), text.entry)
    tags = tuple(dict.fromkeys(owner.tag_aliases.get(tag, tag) for tag in tagged.tags))
    lead = spoken[0].entry
    return ArticleState(
        ulid="",
        id="",
        owners=(),
        canonical=0,
        text=text.id,
        url=None,
        title=titled.entry.title,
        summary=_first(copy.entry.summary for copy in spoken) or "",
        content_html=text.entry.content_html,
        published_at=text.published_at,
        date_precision="unknown",
        first_seen_at=text.first_seen_at,
        announced_at=None,
        updated_at=None,
        authors=_first(copy.entry.authors for copy in spoken) or (),
        tags=tags,
        tag_labels={tag: owner.tag_labels.get(tag) or tagged.tag_labels.get(tag, tag) for tag in tags},
        image=_first(copy.entry.image for copy in spoken),
        language=_first(copy.entry.language for copy in (text, *spoken)),
        dir=text.entry.dir,
        word_count=text.entry.word_count,
        reading_time_minutes=_first(copy.entry.reading_time_minutes for copy in (text, *spoken)) or 0,
        kind=lead.kind,
        publisher=_first(copy.entry.publisher for copy in spoken),
        section=_first(copy.entry.section for copy in spoken),
        metrics=_first(copy.entry.metrics for copy in spoken) or (),
        position=lead.position,
        lead=spoken[0].id,
    )


def _text(spoken: Sequence[Copy], before: ArticleState | None) -> Copy:
    """The copy whose text is shown: the one that was, if the same copy leads and it is no excerpt of another."""
    chosen = text_copy(spoken)
    if before is None or spoken[0].id != before.lead:
        return chosen
    shown = next((copy for copy in spoken if copy.id == before.text), chosen)
    return shown if is_whole(shown, spoken) else chosen


def _first(values: Iterable[T]) -> T | None:
    return next((value for value in values if value), None)


def _updated(
    copies: Sequence[Copy], before: ArticleState | None, text: int, touched: Touched, now: datetime
) -> datetime | None:
    """When the text last really changed: never because a copy turned up, an address flipped or a feed was rebuilt."""
    if before is None:
        stated = [
            copy.entry.updated for copy in copies if copy.entry.updated and copy.entry.updated <= copy.first_seen_at
        ]
        latest = max(stated, default=None)
        return latest if latest is not None and latest > date_of(copies)[0] else None
    if text not in touched.rewritten:
        return before.updated_at
    stated = [copy.entry.updated for copy in copies if copy.id == text and copy.entry.updated]
    after = before.updated_at or before.published_at
    return stated[0] if stated and after < stated[0] <= now else max(now, after)


def _revision(state: ArticleState, before: ArticleState | None) -> int:
    if before is None:
        return 1
    return before.revision if replace(state, revision=before.revision) == before else before.revision + 1


def _slug(title: str) -> str:
    """A readable last part for addresses; letters of every script stay, at most 80 characters, cut between words."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", title).casefold())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:80]
        if len(longer) > 80:
            break
        slug = longer
    return slug
