"""A list to include in a page of one's own while it is built: an h-feed with JSON-LD, without style or script.

What stands in it may be read once more by whatever includes it, so that no text opens a tag of a template language:
Liquid, Nunjucks, Handlebars and Go templates all begin theirs with a brace.
"""

from __future__ import annotations

from urllib.parse import quote

from aggregator.model import View
from aggregator.render.carry import fit, kept
from aggregator.render.dates import dated
from aggregator.render.facts import authors, byline, elsewhere, heading, name, terms
from aggregator.render.format import Format
from aggregator.render.jinja import TEMPLATES
from aggregator.render.linked_data import item_list
from aggregator.render.links import tags, web

_NAME = "list.html"


def render(view: View) -> bytes:
    """The view as a fragment of HTML, UTF-8: one ``div``, empty where there is no article."""
    view = fit(view)
    listed = TEMPLATES.get_template("list.html").render(
        view=view,
        name=name(view),
        here=f"{view.base_url}{view.path}/",
        authors=authors,
        byline=byline,
        dated=dated,
        elsewhere=elsewhere,
        heading=heading,
        tag_url=lambda slug: f"{tags(view)}{quote(slug, safe='')}/",
        terms=terms,
        once=lambda entry, article: kept(view, (_NAME, view.owner, view.content, byline(article, view)), entry)(
            article
        ),
        web=web,
    )
    structured = f'<script type="application/ld+json">{item_list(view)}</script>\n' if view.articles else ""
    return f"{listed.replace('{', '&#123;')}{structured}</div>\n".encode()


FORMAT = Format(
    document=_NAME,
    media_type="text/html; charset=utf-8",
    title="HTML list",
    render=render,
    key="list_html",
    policy="default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    headers=(("x-robots-tag", "noindex"),),  # the originals are to be found, not this
)
