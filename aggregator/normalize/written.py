"""An entry written by hand in the config becomes an entry like any other; the owner's words are kept as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aggregator.model import Entry, Image, Metric, PageFacts, Written
from aggregator.normalize.dating import believed
from aggregator.normalize.tags import slug
from aggregator.normalize.wording import SUMMARY_LENGTH, TITLE_LENGTH
from aggregator.sources import keys_of
from aggregator.text import dates, language, urls
from aggregator.text.characters import fold, shorten

_TITLE_MOST = 300  # characters that a page's title may have


def written(item: Written, position: int) -> Entry:
    """One hand-written entry; ``position`` is its place in the owner's list, which orders what has no date.

    Its guid is its address, else its kind and title: what the owner would call it by. Without a title it has the words
    of its address, until its page is read.
    """
    url = urls.clean(item.url) if item.url else None
    title = (item.title or "").strip() or _named(url or item.url or "")
    dated = dates.parse(item.date) if item.date else None
    labels = {name: label for label in item.tags if (name := slug(label))}
    return Entry(
        guid=url or f"{item.kind}:{slug(title)}",
        url=url,
        title=title,
        summary=(item.summary or "").strip(),
        published=dated.at if dated else None,
        date_precision=dated.precision if dated else "unknown",
        tags=tuple(labels),
        tag_labels=labels,
        image=Image(image) if item.image and (image := urls.clean(item.image)) else None,
        dir=language.direction(None, f"{title} {item.summary or ''}"),
        keys=keys_of(url) if url else (),
        kind=item.kind,
        publisher=item.publisher,
        section=item.section,
        metrics=tuple(Metric(label, value) for label, value in item.metrics),
        position=position,
    )


def _named(url: str) -> str:
    """``a-lease-is-a-promise.html`` as "A lease is a promise"; the host where an address has no words."""
    words = shorten(fold(urls.name_of(url)), TITLE_LENGTH)
    return words[:1].upper() + words[1:] or urls.host(url).removeprefix("www.") or url


def completed(entry: Entry, item: Written, facts: PageFacts, now: datetime) -> Entry:
    """The entry of ``item`` with what its page says wherever the owner said nothing. Its guid stays what it was."""
    title = entry.title if item.title else shorten(fold(facts.title), _TITLE_MOST) or entry.title
    summary = entry.summary or shorten(fold(facts.summary), SUMMARY_LENGTH)
    dated = None if entry.published else believed(facts.published, now)
    return replace(
        entry,
        title=title,
        summary=summary,
        published=dated.at if dated else entry.published,
        date_precision=dated.precision if dated else entry.date_precision,
        image=entry.image or facts.image,
        publisher=entry.publisher or facts.publisher,
        language=facts.language,
        dir=language.direction(facts.language, f"{title} {summary}"),
    )
