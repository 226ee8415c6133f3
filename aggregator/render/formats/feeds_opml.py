"""Our own feeds of a scope as OPML: all of it, each owner, and each category, reading list and tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from aggregator.model import Facet, View
from aggregator.render import facts, formats, links, opml
from aggregator.render.carry import scrubbed
from aggregator.render.format import Format

_NAME = "feeds.opml"
_FOLDERS = (("categories", "Categories"), ("tracks", "Reading lists"), ("tags", "Topics"))


def render(view: View) -> bytes:
    """The feeds as OPML 2.0, UTF-8: one for each view, in the format that we recommend, or readers would have two.

    A view that is narrowed is one feed. The path of a scope has a segment at most: its owner.
    """
    view = scrubbed(replace(view, articles=()))
    name, feed = facts.name(view), _recommended()
    root, body = opml.document(view, f"Feeds: {name}")
    here = links.document(view, "", links.selection(view.query))
    opml.add_feed(body, name, links.subscription(view, feed), here, view.language or "")
    if view.path.count("/") < 2 and not links.selection(view.query):
        opml.add_folder(body, "People", _people(view, feed))
        for group, title in _FOLDERS:
            opml.add_folder(body, title, _narrowed(view, name, view.facets.get(group, ()), feed))
    return opml.finished(root)


def _recommended() -> str:
    """The document that pages name first."""
    offered = [form for form in formats().values() if form.feed and form.autodiscover is not None]
    return min(offered, key=lambda form: (form.autodiscover or 0, form.document)).document


def _people(view: View, feed: str) -> Iterator[tuple[str, str, str]]:
    """Everyone, in the view of all."""
    for owner, name in view.owner_names.items() if view.owner is None else ():
        page = f"{view.base_url}/{quote(owner)}/"
        yield name.strip() or owner, f"{page}{feed}", page


def _narrowed(view: View, name: str, found: tuple[Facet, ...], feed: str) -> Iterator[tuple[str, str, str]]:
    for facet in found:
        page = links.absolute(view, facet.url)
        yield f"{name}: {facet.label or facet.value}", f"{page.rstrip('/')}/{feed}", page


FORMAT = Format(
    document=_NAME,
    media_type=opml.MEDIA_TYPE,
    title="All feeds (OPML)",
    render=render,
    key="feeds",
    articles=False,
    relation="related",
)
