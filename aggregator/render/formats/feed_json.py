"""JSON Feed 1.1 with the content of the articles, for readers (outputs.md 1.3)."""

from __future__ import annotations

from aggregator.model import Article, View
from aggregator.render import facts, json_feed
from aggregator.render.format import Format

_NAME = "feed.json"


def render(view: View) -> bytes:
    """The view as JSON Feed 1.1, UTF-8."""
    return json_feed.render(view, _NAME, _content, lambda _: {})


def _content(article: Article, view: View) -> json_feed.Members:
    """``content_html``, else ``content_text``, never neither: NetNewsWire drops such an item (outputs.md 0.6)."""
    if view.content == "full" and article.content_html.strip():
        return {"content_html": article.content_html}
    return {"content_text": facts.gist(article, view)}


FORMAT = Format(
    document=_NAME,
    media_type=json_feed.MEDIA_TYPE,
    title="JSON Feed",
    render=render,
    feed=True,
    autodiscover=3,
    headers=(("vary", "Accept-Encoding, Sec-Fetch-Dest"),),
    key="json",
)
