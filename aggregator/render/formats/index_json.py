"""The portfolio index: a JSON Feed of summaries with facets, for the pages of owners (contract section 4)."""

from __future__ import annotations

from collections.abc import Mapping

from orjson import Fragment

from aggregator.model import Article, Facet, View
from aggregator.render import facts, formats, json_feed, links
from aggregator.render.carry import kept
from aggregator.render.format import Format
from aggregator.render.wire import json

_NAME = "index.json"
_Facets = Mapping[str, tuple[Facet, ...]]
_NAMES = ("tags", "sources", "kinds", "categories", "tracks", "years", "languages", "sections")


def render(view: View) -> bytes:
    """The view as the index, UTF-8; ``index.schema.json`` describes it."""
    return json_feed.render(view, _NAME, _content, _extension)


def _content(article: Article, view: View) -> json_feed.Members:
    """The summary once more: without ``content_text`` the index would be an empty feed to NetNewsWire."""
    return {"content_text": facts.gist(article, view)}


def _extension(view: View) -> json_feed.Members:
    def built(facets: _Facets) -> Fragment:
        return json(facets, lambda them: {name: [_facet(one, view) for one in them.get(name, ())] for name in _NAMES})

    return {
        "facets": kept(view, ("facets", view.base_url), built)(view.facets),
        "links": {f.link: links.whole(view, f.document) for f in sorted(formats().values(), key=lambda f: f.link)},
    }


def _facet(facet: Facet, view: View) -> json_feed.Members:
    return json_feed.present(
        {
            "value": facet.value,
            "label": facet.label,
            "count": facet.count,
            "url": links.absolute(view, facet.url),
            "description": facet.description,
        }
    )


FORMAT = Format(
    document=_NAME,
    media_type=json_feed.MEDIA_TYPE,
    title="Portfolio index",
    render=render,
    key="index",
    quality=11,  # 50 ms more for a page of thirty, once per change, for an eighth less in every visitor's way
)
