"""Entries, copies and texts made up for tests of matching: every text is a function of its seed, and like no other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from aggregator.dedupe.signature import sign
from aggregator.model import Copy, Entry, Precision, Source
from aggregator.sources import boilerplate, keys_of
from aggregator.text.tables import words

SYLLABLES = sorted(words("ba co di fu ge ha ji ko lu me na po qui ra so ti u ve wo xi yo za"))
ISSUED = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@lru_cache(maxsize=4096)
def prose(seed: str, length: int = 300, alphabet: str = "latin") -> str:
    """``length`` words that no other seed shares runs with."""
    random = Random(f"{seed} {alphabet}")
    made = ("".join(random.choices(SYLLABLES, k=random.randint(1, 4))) for _ in range(length))
    if alphabet == "latin":
        return " ".join(made)
    first, last = {"han": (0x4E00, 0x9FA0), "arabic": (0x0621, 0x0648), "cyrillic": (0x0430, 0x044F)}[alphabet]
    letters = ("".join(chr(random.randint(first, last)) for _ in word) for word in made)
    return ("" if alphabet == "han" else " ").join(letters)


def html(text: str, per_paragraph: int = 60) -> str:
    """A text as an article's body."""
    said = text.split()
    pieces = [said[at : at + per_paragraph] for at in range(0, len(said), per_paragraph)]
    return "".join(f"<p>{' '.join(piece)}</p>" for piece in pieces)


def source(name: str, owner: str = "asha", kind: str = "feed", own_site: bool = False) -> Source:
    """A place of an owner's."""
    return Source(
        key=f"{owner}/{name}",
        owner=owner,
        id=name,
        kind=kind,
        feed_url=f"https://{name}.example/feed",
        own_site=own_site,
    )


def entry(
    title: str,
    text: str = "",
    url: str | None = None,
    guid: str | None = None,
    at: datetime | None = ISSUED,
    canonical: str | None = None,
    precision: Precision = "second",
    summary: str = "",
    language: str | None = None,
    kind: str = "article",
    updated: datetime | None = None,
) -> Entry:
    """An entry as normalize makes it, without signature; ``text`` without markup becomes paragraphs."""
    markup = text if text.startswith("<") else html(text)
    return Entry(
        guid=guid or url or f"guid of {title}",
        url=url,
        title=title,
        content_html=markup,
        published=at,
        date_precision=precision if at else "unknown",
        canonical_url=canonical,
        keys=keys_of(url) if url else (),
        declared=keys_of(canonical) if canonical else (),
        word_count=len(text.split()),
        summary=summary,
        language=language,
        kind=kind,
        updated=updated,
    )


def copies(place: Source, entries: Iterable[Entry], first_id: int = 1) -> tuple[Copy, ...]:
    """The entries of one document of a source as copies."""
    return tuple(
        Copy(
            id=first_id + number,
            source_key=place.key,
            owner=place.owner,
            entry=one,
            published_at=one.published or datetime(2026, 11, 20, tzinfo=UTC),
            date_precision=one.date_precision,
            first_seen_at=datetime(2026, 11, 20, tzinfo=UTC),
            article="",
            born="",
            own_site=place.own_site,
            kind=place.kind,
            source_id=place.id,
        )
        for number, one in enumerate(sign(tuple(entries), boilerplate()))
    )
