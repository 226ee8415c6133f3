"""The sources of a scope as OPML, to subscribe to each of them, or to move them to another reader."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import SourceRef, View
from aggregator.render import facts, links, opml
from aggregator.render.carry import scrubbed
from aggregator.render.format import Format

_NAME = "sources.opml"


def render(view: View) -> bytes:
    """The sources as OPML 2.0, UTF-8; a feed that two owners share stands there once."""
    view = scrubbed(replace(view, articles=(), facets={}))
    root, body = opml.document(view, f"Sources: {facts.name(view)}")
    feeds: dict[str, SourceRef] = {}
    for source in view.sources:
        if url := links.web(source.feed_url):
            feeds.setdefault(url, source)
    for url, source in feeds.items():
        opml.add_feed(body, source.title.strip() or source.id.strip() or url, url, source.url)
    return opml.finished(root)


FORMAT = Format(
    document=_NAME,
    media_type=opml.MEDIA_TYPE,
    title="Sources (OPML)",
    render=render,
    key="sources",
    articles=False,
    relation="blogroll",
)
