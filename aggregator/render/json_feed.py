"""JSON Feed 1.1 with our extension (contract section 4): what feed.json and index.json share.

A member without a value (None, "", an empty list or object) is left out; ``false`` and ``0`` are values. What a page
counts on (``items``, ``source``, ``copies``, every facet) stands even when empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import orjson

from aggregator.model import Article, Person, SourceRef, View
from aggregator.render import facts, links, wire
from aggregator.render.carry import carried, kept, scrubbed

SCHEMA = "1.0"
MEDIA_TYPE = "application/feed+json"

Members = dict[str, object]


def render(
    view: View,
    name: str,
    content: Callable[[Article, View], Members],
    extension: Callable[[View], Members],
) -> bytes:
    """One JSON Feed. ``content`` gives an item its text, ``extension`` the feed what it alone says of itself.

    Every item is serialized by itself, so that one that cannot be costs the document nothing else.
    """
    head = replace(scrubbed(replace(view, articles=(), facets={})), facets=view.facets)

    def built(article: Article) -> orjson.Fragment:
        return wire.json(article, lambda one: _item(one, head, content))

    def serialized(article: Article) -> orjson.Fragment:
        return kept(head, (name, head.content, facts.authors(article, head)), built)(article)

    items = carried(view.articles, name, serialized)
    document = present(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": facts.name(head),
            "home_page_url": head.home_page_url,
            "feed_url": links.this(head, name),
            "description": head.description,
            "next_url": links.following(head, name),
            "language": head.language,
            "authors": _feed_authors(head, view.articles),
            "hubs": [{"type": "WebSub", "url": hub} for hub in head.hubs],
            "_aggregator": present(
                {
                    "about": f"{head.base_url}/docs",
                    "schema": SCHEMA,
                    "owner": head.owner,
                    "total": head.total,
                    "count": len(items),
                }
            )
            | extension(head),
        }
    )
    return orjson.dumps(document | {"items": items})


def present(members: Mapping[str, object]) -> Members:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", [], {})}


def _item(article: Article, view: View, content: Callable[[Article, View], Members]) -> Members:
    people = [_person(person) for person in facts.authors(article, view)]
    core = {
        "id": article.id,
        "url": links.web(article.url),
        "title": article.title,
        "summary": article.summary if view.content != "title" else None,
        **content(article, view),
        "image": links.web(article.image.url) if article.image else None,
        "date_published": wire.rfc3339(facts.published(article)),
        "date_modified": wire.rfc3339(article.updated_at) if article.updated_at else None,
        "authors": people,
        "author": people[0],  # deprecated in 1.1, and the one that Feedbin shows (outputs.md 0.7)
        "tags": list(facts.terms(article)),
        "language": article.language,
    }
    return present(core) | {"_aggregator": _extension(article)}


def _person(person: Person) -> Members:
    return present({"name": person.name, "url": links.web(person.url), "avatar": links.web(person.avatar)})


def _feed_authors(view: View, articles: Iterable[Article]) -> list[Members]:
    """The one author of everything here, else nobody: Miniflux adds the feed's authors to every item's."""
    author = facts.author(view)
    if author is None or any(facts.authors(article, view) != (author,) for article in articles):
        return []
    return [_person(author)]


def _extension(article: Article) -> Members:
    image = article.image if article.image and links.web(article.image.url) else None
    known = {
        "kind": article.kind,
        "section": article.section,
        "publisher": article.publisher,
        "featured": article.featured,
        "slug": article.slug,
        "date_precision": article.date_precision,
        "reading_time_minutes": article.reading_time_minutes,
        "word_count": article.word_count,
        "dir": article.dir,
        "track": _track(article),
        "tag_labels": {t: label for t in sorted(facts.terms(article)) if (label := article.tag_labels.get(t))},
        "image_meta": present({**facts.size_of(image), "alt": image.alt}) if image else None,
        "metrics": [{"label": metric.label, "value": metric.value} for metric in article.metrics],
        "first_seen": wire.rfc3339(article.first_seen_at),
        "revision": article.revision,
    }
    return present(known) | {"source": _source(article.source), "copies": _copies(article)}


def _source(source: SourceRef) -> Members:
    return present(
        {
            "id": source.id,
            "title": source.title,
            "kind": source.kind,
            "url": links.web(source.url),
            "icon": links.web(source.icon),
        }
    )


def _copies(article: Article) -> list[Members]:
    return [
        present(
            {
                "source": copy.source,
                "title": copy.title,
                "url": links.web(copy.url),
                "date_published": wire.rfc3339(copy.date_published) if copy.date_published else None,
                "canonical": copy.canonical,
            }
        )
        for copy in facts.copies(article)
    ]


def _track(article: Article) -> Members | None:
    track = article.track
    if track is None:
        return None
    return present(
        {
            "id": track.id,
            "title": track.title,
            "position": track.position,
            "total": track.total,
            "previous": links.web(track.previous),
            "next": links.web(track.next),
        }
    )
