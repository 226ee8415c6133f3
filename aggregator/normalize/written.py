"""An entry written by hand in the config becomes an entry like any other; the owner's words are kept as they are."""

from __future__ import annotations

from datetime import datetime

from aggregator.model import Entry, Image, Metric, Written
from aggregator.normalize.tags import slug
from aggregator.sources import keys_of
from aggregator.text import dates, language, urls


def written(item: Written, position: int, now: datetime) -> Entry:
    """One hand-written entry; ``position`` is its place in the owner's list, which orders what has no date.

    Its guid is its address, else its kind and title: what the owner would call it by.
    """
    title = (item.title or "").strip() or item.url or ""
    url = urls.clean(item.url) if item.url else None
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
